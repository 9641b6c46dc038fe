import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean } from '../../diagnostics/suggest.ts';
import type { Fingerprint } from '../../engine/ports/content-store.ts';
import type { ImportedAs, RunRecord, TaskRecord } from '../../engine/ports/run-reader.ts';
import type { Store } from '../../store/index.ts';
import { asDigest, type Digest } from '../../util/brand.ts';
import { isUri } from '../../util/is-uri.ts';
import { CommandProblem } from '../problem.ts';

/** A run as people name it: its id or the beginning of it, the name it was given, or `latest`. */
export async function resolveRun(store: Store, text: string): Promise<RunRecord> {
  const found =
    text === 'latest' ? await store.reader.runs({ limit: 1, done: 'here' }) : await store.reader.runsNamed(text);
  const exact = found.find((run) => run.run === text) ?? found.find((run) => run.name === text);
  const [first, second] = found;
  if (exact !== undefined) return exact;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined)
    throw new CommandProblem({
      exit: 2,
      message: `\`${text}\` could be ${found.length} runs, ${first.run} and ${second?.run} among them`,
      help: 'Write more of the id. `bit log` lists the runs.',
    });
  const known = await store.reader.runs({ limit: 200 });
  throw new CommandProblem({
    exit: 2,
    message: `There is no run \`${text}\``,
    help: didYouMean(
      text,
      known.map((run) => run.run),
      known.length === 0 ? 'Nothing was run on this store yet.' : '`bit log` lists the runs; `latest` is the newest.',
    ),
  });
}

/** A task in the latest run that has it, `TASK@RUN` in a given one; `undefined` where no run knows it. */
export async function findTask(store: Store, text: string): Promise<TaskRecord | undefined> {
  const whole = await store.reader.task(text, {});
  if (whole !== undefined) return whole;
  const at = text.lastIndexOf('@');
  if (at < 0) return undefined;
  const [run] = await store.reader.runsNamed(text.slice(at + 1));
  return run && store.reader.task(text.slice(0, at), { run: run.run });
}

/**
 * A task by the name of its call or process and tags in any order, or some of them: in the latest run that has such tasks, or in `@RUN`. Several are an error
 * that names a few.
 */
export async function findTaskByTags(store: Store, text: string): Promise<TaskRecord | undefined> {
  const [, name = '', list = '', wantedRun] = /^([^[\]@/]+)(?:\[(.*)\])?(?:@([^@\]]+))?$/su.exec(text) ?? [];
  if (name === '') return undefined;
  const [run] = wantedRun === undefined ? [] : await store.reader.runsNamed(wantedRun);
  if (wantedRun !== undefined && run === undefined) return undefined;
  const asked = list.split(',').flatMap((piece) => (piece.trim() === '' ? [] : [piece.trim()]));
  const found = (await store.reader.tasksOf(name, run === undefined ? {} : { run: run.run })).filter((task) =>
    asked.every((piece) => hasTag(task, piece)),
  );
  // With all of its tags it is meant itself, not the others that have these and more.
  const exact = asked.length === 0 ? [] : found.filter((task) => Object.keys(task.tags).length === asked.length);
  const [first, ...others] = exact.length > 0 ? exact : found;
  if (first === undefined || others.length === 0) return first;
  throw new CommandProblem({
    exit: 2,
    message: `\`${text}\` could be ${others.length + 1} tasks of run ${first.run}`,
    help: `Name one: ${[first, ...others]
      .slice(0, 3)
      .map(({ task }) => `\`${task}\``)
      .join(', ')}${others.length > 2 ? ', …' : ''}`,
  });
}

/** `well=A1`, written as ids have it or as the value is; a number in any form of it. */
function hasTag(task: TaskRecord, piece: string): boolean {
  const inId = task.task.slice(task.task.indexOf('[') + 1, -1).split(',');
  if (inId.includes(piece)) return true;
  const equals = piece.indexOf('=');
  const value = task.tags[piece.slice(0, equals)];
  const text = piece.slice(equals + 1);
  if (equals < 0 || value === undefined) return false;
  return String(value) === text || (typeof value === 'number' && text !== '' && Number(text) === value);
}

export async function resolveTask(store: Store, text: string): Promise<TaskRecord> {
  const found = (await findTask(store, text)) ?? (await findTaskByTags(store, text));
  if (found !== undefined) return found;
  const near = await store.reader.tasksLike(text.replace(/\[.*$/s, ''), { limit: 500 });
  throw new CommandProblem({
    exit: 2,
    message: `There is no task \`${text}\``,
    help: didYouMean(text, near, taskExamples(near)),
  });
}

function taskExamples(near: readonly string[]): string {
  return near.length === 0
    ? '`bit show RUN` lists the tasks of a run; `bit log` lists the runs.'
    : `There are, for example: ${near.slice(0, 3).join(', ')}`;
}

export interface Content {
  readonly digest: Digest;
  /** As it was named, absolute; absent for a digest. */
  readonly path?: string;
}

/**
 * What a path, a URI, the name of an item or a digest stands for. The content that lies there counts, wherever it was copied to; a file that is gone is known by
 * what was last published, seen or imported at its place. `undefined` where nobody knows it.
 */
export async function findContent(store: Store, text: string, folder: string): Promise<Content | undefined> {
  if (/^(blake3:)?[0-9a-f]{64}$/.test(text)) {
    const digest = asDigest(text.startsWith('blake3:') ? text : `blake3:${text}`);
    return (await store.reader.artifacts([digest])).has(digest) ? { digest } : undefined;
  }
  if (isUri(text)) return knownAt(store, text);
  const path = resolve(folder, text);
  if (existsSync(path)) {
    for (const fingerprint of fingerprints) {
      const [found] = await store.content.digest([path], { fingerprint, fresh: false });
      if (found?.ok && (await store.reader.artifacts([found.digest])).has(found.digest))
        return { digest: found.digest, path: await placeOf(store, path) };
    }
    return findItem(store, text);
  }
  return (await knownAt(store, path)) ?? findItem(store, text);
}

/** By what was last there. */
async function knownAt(store: Store, place: string): Promise<Content | undefined> {
  const [last] = await store.reader.locationsAt(place);
  const [item] = await store.reader.importedAt(place);
  if (item !== undefined && (last === undefined || last.at < item.importedAt))
    return { digest: item.digest, path: place };
  if (last !== undefined) return { digest: last.digest, path: place };
  const fetched = isUri(place) ? await store.reader.fetchedFrom(place) : undefined;
  return fetched && { digest: fetched, path: place };
}

/** `EXPERIMENT/DATASET/NAME`, where the name may have folders in it. */
async function findItem(store: Store, text: string): Promise<Content | undefined> {
  const item = await findImported(store, text);
  return item && { digest: item.digest, path: item.path };
}

/** The newest item of this name. */
export async function findImported(store: Store, text: string): Promise<ImportedAs | undefined> {
  const [, experiment = '', dataset = '', name = ''] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(text) ?? [];
  const [item] = name === '' ? [] : await store.reader.importedNamed({ experiment, dataset, name });
  return item;
}

/** Sources may be known by less than their content. */
const fingerprints: readonly Fingerprint[] = ['content', 'sampled', 'stat'];

export async function resolveContent(store: Store, text: string, folder: string): Promise<Content> {
  const found = await findContent(store, text, folder);
  if (found !== undefined) return found;
  const path = resolve(folder, text);
  const [before] = await store.reader.locationsAt(path);
  if (before !== undefined) {
    throw new CommandProblem({
      exit: 2,
      message: `${text} was changed since run ${before.run}, and no run knows what it holds now`,
      help: `For what lay there: \`bit lineage ${before.digest}\``,
    });
  }
  const [imported] = await store.reader.importedAt(path);
  if (imported !== undefined) {
    throw new CommandProblem({
      exit: 2,
      message: `${text} was changed since it was imported, and no run knows what it holds now`,
      help: `For what was imported: \`bit lineage ${imported.digest}\``,
    });
  }
  if (isUri(text))
    throw new CommandProblem({
      exit: 2,
      message: `Nothing was imported or read from ${text}`,
      help: 'A URI is written as the import has it: `bit lineage` and `bit find` print it.',
    });
  if (/^(blake3:)?[0-9a-f]{8,64}$/.test(text))
    throw new CommandProblem({
      exit: 2,
      message: `No run knows content with the digest \`${text}\``,
      help: 'A digest has 64 hex digits; `bit show RUN` and `bit find` print them.',
    });
  throw new CommandProblem(
    existsSync(path)
      ? {
          exit: 2,
          message: `No run of this store read or made the content of ${text}`,
          help: 'Another store may know it: name it with `--store DIR`.',
        }
      : {
          exit: 2,
          message: `There is no file ${text}, and none was published there or imported from there`,
          help: 'Paths on the command line are relative to the folder you are in, items are `EXPERIMENT/DATASET/NAME`. `bit find true` lists what there is.',
        },
  );
}

/** The name under which runs know a path: as it is, or with symbolic links followed. */
async function placeOf(store: Store, path: string): Promise<string> {
  if ((await store.reader.locationsAt(path)).length > 0) return path;
  return realpathSync(path);
}
