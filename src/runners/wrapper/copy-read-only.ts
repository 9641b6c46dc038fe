import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, opendir, readlink, stat, symlink } from 'node:fs/promises';

/**
 * Copies a file or folder so that the task cannot reach the original through it: shared blocks where the file system can (reflink), else
 * bytes. Links inside a folder are kept as links when they stay inside, else followed. No file of the copy is writable, so that a script that
 * alters its input fails here too; its folders are, since whoever removes the attempt must be able to.
 */
export async function copyReadOnly(source: string, target: string): Promise<'reflink' | 'copy'> {
  const facts = await stat(source);
  if (!facts.isDirectory()) return copyOne(source, target, facts.mode);
  await mkdir(target, { recursive: true });
  let how: 'reflink' | 'copy' = 'reflink';
  for await (const entry of await opendir(source)) {
    const from = `${source}/${entry.name}`;
    const to = `${target}/${entry.name}`;
    if (entry.isSymbolicLink()) {
      const leads = await readlink(from);
      if (!leads.startsWith('/') && !leads.startsWith('../')) {
        await symlink(leads, to);
        continue;
      }
    }
    if ((await copyReadOnly(from, to)) === 'copy') how = 'copy';
  }
  return how;
}

async function copyOne(source: string, target: string, mode: number): Promise<'reflink' | 'copy'> {
  let how: 'reflink' | 'copy' = 'reflink';
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE);
  } catch {
    how = 'copy';
    await copyFile(source, target);
  }
  await chmod(target, 0o444 | (mode & 0o111));
  return how;
}
