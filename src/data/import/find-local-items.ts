import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as letOthersIn } from 'node:timers/promises';
import { fileSetQuestions } from './file-set-questions.ts';
import { fileSets } from './file-sets.ts';
import { type FoundFile, findFiles } from './find-files.ts';
import type { FoundItem, FoundItems, LeftOut } from './found-item.ts';
import { refuseLostSource } from './source-lost.ts';

/** Items of this machine. Files that belong together are one; a file that was named is an item even where its extension is no image's. */
export async function findLocalItems(
  sources: readonly string[],
  options: { readonly recursive: boolean; readonly signal: AbortSignal },
): Promise<FoundItems> {
  const found = await findFiles(sources, options);
  const { root, files } = found;
  const absolute = (path: string): string => join(root, path);
  const sets = fileSets(files, await fileSetQuestions(files, { absolute, signal: options.signal }));
  await letOthersIn();
  const byPath = new Map(files.map((file) => [file.path, file]));
  const item = (file: FoundFile, kind: FoundItem['kind'], companions: readonly string[]): FoundItem => ({
    kind,
    name: file.path,
    path: absolute(file.path),
    directory: file.kind === 'image-folder',
    size: file.size,
    mtimeMs: file.mtimeMs,
    companions: companions.map((path) => ({
      path: absolute(path),
      size: byPath.get(path)?.size ?? 0,
      mtimeMs: byPath.get(path)?.mtimeMs ?? 0,
    })),
    tags: {},
  });
  const items = sets.items.flatMap(({ path, companions }) => {
    const file = byPath.get(path);
    return file === undefined ? [] : [item(file, 'image', companions)];
  });
  const used = new Set(sets.items.flatMap(({ path, companions }) => [path, ...companions]));
  const others = files.filter(({ path }) => found.named.has(path) && !used.has(path));
  return {
    root,
    items: [...items, ...others.map((file) => item(file, 'other', []))],
    leftOut: without(sets.leftOut, others),
    left: found.left,
    unreadable: found.unreadable,
    closedFolders: found.closedFolders,
    isGone: ({ path }) => path.startsWith('/') && !existsSync(path),
    refuseLost: (lost) => refuseLostSource(found, lost),
  };
}

function without(leftOut: LeftOut, taken: readonly { readonly path: string }[]): LeftOut {
  if (taken.length === 0) return leftOut;
  const counts = new Map(leftOut.map(({ extension, count }) => [extension, count]));
  for (const { path } of taken) {
    const extension = [...counts.keys()].find((each) => each !== '' && path.toLowerCase().endsWith(each)) ?? '';
    counts.set(extension, (counts.get(extension) ?? 1) - 1);
  }
  return [...counts].flatMap(([extension, count]) => (count > 0 ? [{ extension, count }] : []));
}
