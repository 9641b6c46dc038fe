import { constants, renameSync } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { breather } from '../../util/breather.ts';
import { isTreeFailure, type Tree, walkTree } from './tree.ts';

/** Moves by rename; answers `false` where source and target lie on different file systems. */
export function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EXDEV') return false;
    throw error;
  }
}

/** A reflink where the file system has them, else a copy. `to` must not exist. Times and modes are new. */
export async function copyContent(from: string, to: string, options: { readonly directory: boolean }): Promise<void> {
  if (!options.directory) return copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  const tree = await walkTree(from, breather(8));
  if (isTreeFailure(tree)) throw new Error(tree.message);
  await copyTree(tree, to);
}

async function copyTree(tree: Tree, to: string): Promise<void> {
  await mkdir(to, { mode: 0o755 });
  for (const entry of tree.entries) {
    const target = `${to}/${entry.name}`;
    if (entry.kind === 'directory') await copyTree(entry.tree, target);
    else if (entry.kind === 'link') await symlink(await readlink(entry.path), target);
    else await copyFile(entry.path, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  }
}

/** Removes a file or a folder, read-only folders of the store included. */
export async function removeWhole(path: string): Promise<void> {
  await unseal(path);
  await rm(path, { recursive: true, force: true });
}

/** Moves something out of the way, whatever its modes. */
export async function moveAside(from: string, to: string): Promise<void> {
  await unseal(from);
  await rename(from, to);
}

/** Folders of the store are read-only, and their owner could not empty them. Whatever else is in there is left to `rm`. */
async function unseal(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isDirectory()) return;
  if ((found.mode & 0o700) !== 0o700) await chmod(path, 0o700).catch(() => {});
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await unseal(`${path}/${entry.name}`);
  }
}
