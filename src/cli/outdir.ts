import { mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandProblem } from './problem.ts';
import { shortPath } from './queries/wording.ts';

/**
 * Refuses a folder for results that cannot be made or written, before anything runs: hours of tasks must not end in a publish that was
 * impossible from the start. Makes nothing that stays.
 */
export async function refuseOutdir(outdir: string, options: { readonly folder: string }): Promise<void> {
  const shown = shortPath(outdir, options.folder);
  const nearest = await nearestThere(outdir);
  if (!nearest.isFolder) {
    const file = shortPath(nearest.path, options.folder);
    throw new CommandProblem({
      exit: 2,
      message:
        nearest.path === outdir
          ? `Results cannot go to ${shown}: it is a file`
          : `Results cannot go to ${shown}: ${file} is a file, not a folder`,
      help: 'Name a folder with `--outdir DIR`, or move the file away.',
    });
  }
  try {
    // Trying is the only test that every file system answers truly.
    await rmdir(await mkdtemp(join(nearest.path, '.bit-')));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new CommandProblem({
        exit: 75,
        message: `Results cannot go to ${shown}: no space is left there`,
        help: 'Free space, or name another folder with `--outdir DIR`.',
      });
    throw new CommandProblem({
      exit: 3,
      message: `Results cannot go to ${shown}: ${shortPath(nearest.path, options.folder)} cannot be written (${code})`,
      help: 'Name a folder that you may write with `--outdir DIR`.',
    });
  }
}

async function nearestThere(path: string): Promise<{ readonly path: string; readonly isFolder: boolean }> {
  for (let at = path; ; at = dirname(at)) {
    const facts = await stat(at).catch(() => undefined);
    if (facts !== undefined || at === dirname(at)) return { path: at, isFolder: facts?.isDirectory() ?? true };
  }
}
