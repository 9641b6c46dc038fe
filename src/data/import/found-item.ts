import { join } from 'node:path';
import { setImmediate as letOthersIn } from 'node:timers/promises';
import type { RemoteFile } from '../../engine/ports/remote.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { fileSetAnswers } from './file-set-answers.ts';
import { fileSets } from './file-sets.ts';
import type { FoundFile, FoundFiles } from './find-files.ts';

/** One item as it was found, before anything of it was read. */
export interface FoundItem {
  /** Below the source, with `/`. */
  readonly name: string;
  /** Absolute, or a URI. */
  readonly path: string;
  readonly directory: boolean;
  readonly size: number;
  readonly mtimeMs?: number;
  readonly companions: readonly FoundCompanion[];
  /** Tags that its place knows of it. */
  readonly tags: Tags;
  readonly remote?: RemoteFile;
}

export interface FoundCompanion {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs?: number;
}

export interface FoundItems {
  readonly items: readonly FoundItem[];
  readonly leftOut: readonly { readonly extension: string; readonly count: number }[];
}

/** Files that belong together as one item. A file that was named is an item even where its extension is no image's. */
export async function itemsOf(found: FoundFiles, { signal }: { readonly signal: AbortSignal }): Promise<FoundItems> {
  const { files, root } = found;
  const sets = fileSets(files, await fileSetAnswers(root, files, { signal }));
  await letOthersIn();
  const byPath = new Map(files.map((file) => [file.path, file]));
  const item = (file: FoundFile, companions: readonly string[]): FoundItem => ({
    name: file.path,
    path: join(root, file.path),
    directory: file.kind === 'image-folder',
    size: file.size,
    mtimeMs: file.mtimeMs,
    companions: companions.map((path) => ({
      path: join(root, path),
      size: byPath.get(path)?.size ?? 0,
      mtimeMs: byPath.get(path)?.mtimeMs ?? 0,
    })),
    tags: {},
  });
  const items = sets.items.flatMap(({ path, companions }) => {
    const file = byPath.get(path);
    return file === undefined ? [] : [item(file, companions)];
  });
  const used = new Set(sets.items.flatMap(({ path, companions }) => [path, ...companions]));
  const others = files.filter(({ path }) => found.named.has(path) && !used.has(path));
  return {
    items: [...items, ...others.map((file) => item(file, []))],
    leftOut: others.length === 0 ? sets.leftOut : without(sets.leftOut, others),
  };
}

function without(leftOut: FoundItems['leftOut'], taken: readonly { readonly path: string }[]): FoundItems['leftOut'] {
  const counts = new Map(leftOut.map(({ extension, count }) => [extension, count]));
  for (const { path } of taken) {
    const extension = [...counts.keys()].find((each) => each !== '' && path.toLowerCase().endsWith(each)) ?? '';
    counts.set(extension, (counts.get(extension) ?? 1) - 1);
  }
  return [...counts].flatMap(([extension, count]) => (count > 0 ? [{ extension, count }] : []));
}
