import { existsSync } from 'node:fs';
import { changedParts } from '../../engine/key/explain.ts';
import type { PublishedFile } from '../../engine/ports/event.ts';
import type { RunRecord } from '../../engine/ports/run-reader.ts';
import type { Tables } from '../../engine/ports/tables.ts';
import type { Tags } from '../../engine/ports/value.ts';
import type { Store } from '../../store/index.ts';
import { compareImages } from './compare-images.ts';
import { compareTables } from './compare-tables.ts';

export interface RunDifference {
  readonly tasks: {
    readonly onlyFirst: readonly string[];
    readonly onlySecond: readonly string[];
    readonly changed: readonly {
      readonly task: string;
      readonly changed: readonly { readonly part: string; readonly was: string; readonly is: string }[];
    }[];
  };
  readonly outputs: readonly OutputDifference[];
  /** Results whose files differ and whose values do not. */
  readonly alike: readonly OutputDifference[];
  readonly tolerance: number;
}

export interface OutputDifference {
  readonly name: string;
  readonly tags: Tags;
  readonly relative: string;
  readonly first: string | null;
  readonly second: string | null;
  readonly text: string;
}

/** What two runs did differently: tasks by id, keys by part, results by name, tags and place. */
export async function diffRuns(
  store: Store,
  runs: readonly [RunRecord, RunRecord],
  options: { readonly tables: Tables; readonly tolerance: number },
): Promise<RunDifference> {
  const [first, second] = [await store.reader.tasks(runs[0].run), await store.reader.tasks(runs[1].run)];
  const before = new Map(first.map((task) => [task.task, task]));
  const after = new Map(second.map((task) => [task.task, task]));
  const changed: { task: string; changed: readonly { part: string; was: string; is: string }[] }[] = [];
  for (const [name, task] of after) {
    const old = before.get(name);
    if (old?.key === undefined || task.key === undefined || old.key === task.key) continue;
    const [was, is] = [await store.reader.parts(old.key), await store.reader.parts(task.key)];
    changed.push({ task: name, changed: changedParts(was ?? [], is ?? []) });
  }
  const outputs = await diffOutputs(
    store,
    [await store.reader.published(runs[0].run), await store.reader.published(runs[1].run)],
    options,
  );
  return {
    tasks: {
      onlyFirst: [...before.keys()].filter((name) => !after.has(name)),
      onlySecond: [...after.keys()].filter((name) => !before.has(name)),
      changed,
    },
    outputs: outputs.filter((output) => !output.same).map(({ same: _, ...output }) => output),
    alike: outputs.filter((output) => output.same).map(({ same: _, ...output }) => output),
    tolerance: options.tolerance,
  };
}

async function diffOutputs(
  store: Store,
  published: readonly [readonly PublishedFile[], readonly PublishedFile[]],
  options: { readonly tables: Tables; readonly tolerance: number },
): Promise<readonly (OutputDifference & { readonly same: boolean })[]> {
  const nameOf = (file: PublishedFile): string =>
    JSON.stringify([file.name, Object.entries(file.tags).sort(), file.relative]);
  const before = new Map(published[0].map((file) => [nameOf(file), file]));
  const after = new Map(published[1].map((file) => [nameOf(file), file]));
  const out: (OutputDifference & { same: boolean })[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name), after.get(name)];
    const file = is ?? was;
    if (file === undefined || was?.digest === is?.digest) continue;
    const base = {
      name: file.name,
      tags: file.tags,
      relative: file.relative,
      first: was?.digest ?? null,
      second: is?.digest ?? null,
    };
    if (was === undefined || is === undefined)
      out.push({ ...base, same: false, text: was === undefined ? 'only in the second run' : 'only in the first run' });
    else out.push({ ...base, ...(await compare(store, [was, is], options)) });
  }
  return out;
}

/** By value where both contents are still there and can be read; else by digest, which says only that they differ. */
async function compare(
  store: Store,
  files: readonly [PublishedFile, PublishedFile],
  options: { readonly tables: Tables; readonly tolerance: number },
): Promise<{ readonly same: boolean; readonly text: string }> {
  const paths = [
    store.content.path(files[0].digest, files[0].directory),
    store.content.path(files[1].digest, files[1].directory),
  ] as const;
  const other = { same: false, text: `other content, ${files[0].size} bytes, then ${files[1].size}` };
  if (!existsSync(paths[0]) || !existsSync(paths[1]))
    return { ...other, text: `${other.text}; not compared by value, for it is no longer in the store` };
  const artifacts = await store.reader.artifacts([files[0].digest, files[1].digest]);
  const types = files.map((file) => artifacts.get(file.digest)?.info?.mediaType ?? '');
  // What the engine itself made (`table(ds)`) was never looked into: its name says what it is.
  const isTable = (file: PublishedFile, type: string | undefined): boolean =>
    type === 'text/csv' ||
    type === 'text/tab-separated-values' ||
    artifacts.get(file.digest)?.info?.table !== undefined ||
    /\.(csv|tsv)$/iu.test(file.relative);
  if (files.every((file, index) => !file.directory && isTable(file, types[index])))
    return compareTables(options.tables, paths, options).catch(() => other);
  const [a, b] = files.map((file, index) => {
    const info = artifacts.get(file.digest)?.info;
    return {
      path: paths[index] ?? '',
      type: types[index] ?? '',
      ...(info?.image !== undefined && { image: info.image }),
    };
  });
  const isImage = types[0] === types[1] && (types[0] === 'image/tiff' || types[0] === 'image/png');
  return (isImage && a && b && (await compareImages([a, b]))) || other;
}
