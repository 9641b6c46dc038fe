import { resolve } from 'node:path';
import { changedParts } from '../../engine/key/explain.ts';
import type { TaskRecord } from '../../engine/ports/run-reader.ts';
import type { Store } from '../../store/index.ts';
import { asDigest } from '../../util/brand.ts';
import { unreachable } from '../../util/unreachable.ts';
import { CommandProblem } from '../problem.ts';
import { type Content, findTask, resolveContent, resolveTask } from './resolve.ts';

export interface Why {
  readonly task: string;
  readonly run: string;
  readonly action: 'run' | 'reuse' | 'skip' | 'cancel';
  /** One sentence. */
  readonly reason: string;
  readonly changed: readonly Change[];
}

export interface Change {
  readonly part: string;
  readonly was: string;
  readonly is: string;
  /** `cells.bit:14`, `raw/A3.tif (modified …)`; `''` where nothing tells. */
  readonly source: string;
}

/** Why a file or task is as it is: an answer about the task that made it, in the latest run that has it. */
export async function why(store: Store, text: string, folder: string): Promise<Why> {
  const task =
    (await findTask(store, text)) ??
    (looksLikeTask(text) ? await resolveTask(store, text) : await makerOf(store, text, folder));
  const changed = await changesOf(store, task);
  return {
    task: task.task,
    run: task.run,
    action: actionOf(task),
    reason: await reasonOf(store, task, changed),
    changed,
  };
}

const looksLikeTask = (text: string): boolean => /\[.*\]$/s.test(text) && !text.includes('/');

async function makerOf(store: Store, text: string, folder: string): Promise<TaskRecord> {
  const [published] = (await store.reader.locationsAt(resolve(folder, text))).filter(
    (place) => place.kind === 'published' && place.current,
  );
  const content: Content = await resolveContent(store, text, folder);
  // The run that published it last may have reused it: that is the run one asks about.
  if (published?.task !== undefined && published.digest === content.digest) {
    const task = await store.reader.task(published.task, {});
    if (task !== undefined) return task;
  }
  const [maker] = await store.reader.makers(content.digest, content.path === undefined ? {} : { path: content.path });
  const task =
    maker && ((await store.reader.task(maker.task, {})) ?? (await store.reader.task(maker.task, { run: maker.run })));
  if (task !== undefined) return task;
  const places = (await store.reader.artifacts([content.digest])).get(content.digest)?.locations ?? [];
  throw new CommandProblem({
    exit: 2,
    message: `${text} was made by no task: it is raw data${places[0] === undefined ? '' : `, first read in run ${places.at(-1)?.run}`}`,
    help: `What was made of it: \`bit lineage ${text} --down\``,
  });
}

function actionOf(task: TaskRecord): Why['action'] {
  switch (task.state) {
    case 'reused':
      return 'reuse';
    case 'skipped':
      return 'skip';
    case 'cancelled':
      return 'cancel';
    case 'planned':
    case 'succeeded':
    case 'failed':
    case 'quarantined':
      return 'run';
    default:
      return unreachable(task.state);
  }
}

async function changesOf(store: Store, task: TaskRecord): Promise<readonly Change[]> {
  const before = task.key === undefined ? undefined : await store.reader.previous(task);
  if (task.key === undefined || before?.key === undefined || before.key === task.key) return [];
  const was = await store.reader.parts(before.key);
  const is = await store.reader.parts(task.key);
  if (was === undefined || is === undefined) return [];
  const values = new Map(is.map(([name, , value]) => [name, value]));
  const out: Change[] = [];
  for (const part of changedParts(was, is))
    out.push({ ...part, source: await sourceOf(store, task, part.part, values.get(part.part)) });
  return out;
}

/** Where a part's value came from: a line of the pipeline, a file, a task upstream, an environment. */
async function sourceOf(store: Store, task: TaskRecord, part: string, value: string | undefined): Promise<string> {
  const { call } = task;
  if (call === undefined) return '';
  const [kind, name = ''] = split(part);
  if (kind === 'input') {
    const line = call.args[name];
    const digest = /blake3:[0-9a-f]{64}/.exec(value ?? '')?.[0];
    const file = digest === undefined ? undefined : await originOf(store, digest);
    if (file !== undefined) return file;
    return line === undefined ? `${call.file}:${call.line}` : `${line.file}:${line.line}`;
  }
  if (kind === 'environment') return call.environment;
  if (kind === 'files') return name;
  if (kind === 'tag' || kind === 'resource') return `${call.file}:${call.line}`;
  return `${call.script.file}:${call.script.line}`;
}

/** A raw file with its time, or the task that made the content. */
async function originOf(store: Store, digest: string): Promise<string | undefined> {
  const content = asDigest(digest);
  const [maker] = await store.reader.makers(content, {});
  if (maker !== undefined) return `${maker.task}, run ${maker.run}`;
  const place = (await store.reader.artifacts([content]))
    .get(content)
    ?.locations.find((location) => location.kind === 'seen');
  if (place === undefined) return undefined;
  return place.modifiedAt === undefined ? place.path : `${place.path}, modified ${place.modifiedAt}`;
}

async function reasonOf(store: Store, task: TaskRecord, changed: readonly Change[]): Promise<string> {
  switch (task.state) {
    case 'reused': {
      const result = await store.reader.result(task);
      const made =
        result === undefined
          ? 'an earlier run'
          : `run ${result.run}${result.task === task.task ? '' : ` (as ${result.task})`}`;
      return `${task.task} was reused in run ${task.run}: everything it is made from is the same as in ${made}`;
    }
    case 'skipped':
      return `${task.task} did not run in run ${task.run}: ${task.note ?? 'something it needs failed'}`;
    case 'cancelled':
      return `${task.task} was cancelled in run ${task.run}`;
    default: {
      const cause = await causeOf(store, task, changed);
      const end =
        task.state === 'failed' || task.state === 'quarantined'
          ? `; it failed: ${task.note ?? 'no reason is recorded'}`
          : '';
      return `${task.task} ran in run ${task.run} because ${cause}${end}`;
    }
  }
}

async function causeOf(store: Store, task: TaskRecord, changed: readonly Change[]): Promise<string> {
  const [first] = changed;
  if (first !== undefined) {
    const more =
      changed.length === 1
        ? ''
        : ` (and ${changed.length - 1} more: ${changed
            .slice(1)
            .map((change) => change.part)
            .join(', ')})`;
    return `\`${first.part}\` changed from ${first.was === '' ? 'nothing' : first.was} to ${first.is === '' ? 'nothing' : first.is}${first.source === '' ? '' : ` (${first.source})`}${more}`;
  }
  const before = await store.reader.previous(task);
  if (before === undefined) return 'it was never run before';
  if (
    before.state === 'failed' ||
    before.state === 'quarantined' ||
    before.state === 'cancelled' ||
    before.state === 'skipped' ||
    before.state === 'planned'
  ) {
    return `it did not succeed in run ${before.run}, the last time it was needed`;
  }
  return 'it was asked to, or its earlier result was no longer whole: nothing it is made from changed';
}

function split(part: string): [string, string?] {
  const dot = part.indexOf('.');
  return dot < 0 ? [part] : [part.slice(0, dot), part.slice(dot + 1)];
}
