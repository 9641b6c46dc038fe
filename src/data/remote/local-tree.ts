import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { remoteProblem } from './problem.ts';

export interface LocalFile {
  /** With `/` between parts; empty for the file itself. */
  readonly inside: string;
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** The files that are to be put somewhere: one, or all of a folder. Those at the top of a folder come last: readers of an OME-Zarr look for them first, and then find all the rest there. */
export async function localTree(
  from: string,
): Promise<{ readonly directory: boolean; readonly files: readonly LocalFile[] }> {
  const top = await stat(from);
  if (!top.isDirectory())
    return { directory: false, files: [{ inside: '', path: from, size: top.size, mtimeMs: top.mtimeMs }] };
  const files: LocalFile[] = [];
  for (const name of (await readdir(from, { recursive: true })).sort()) {
    const path = join(from, name);
    const found = await stat(path);
    if (found.isFile()) files.push({ inside: name, path, size: found.size, mtimeMs: found.mtimeMs });
  }
  const isTop = (file: LocalFile): boolean => !file.inside.includes('/');
  return { directory: true, files: [...files.filter((file) => !isTop(file)), ...files.filter(isTop)] };
}

/** What was put has to be what lay here all the time. */
export async function unchangedHere(uri: string, file: LocalFile): Promise<void> {
  const now = await stat(file.path);
  if (now.size === file.size && now.mtimeMs === file.mtimeMs) return;
  throw remoteProblem(
    'failed',
    uri,
    `${file.path} was changed while it was being put to ${uri}`,
    'Try again once nobody writes to it.',
  );
}
