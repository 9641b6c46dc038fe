import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { changedParts } from '../../engine/key/explain.ts';
import type { TaskRecord } from '../../engine/ports/run-reader.ts';
import type { Store } from '../../store/index.ts';
import { asDigest, type Digest, type RunId } from '../../util/brand.ts';
import { unreachable } from '../../util/unreachable.ts';
import { CommandProblem } from '../problem.ts';
import { type Content, findTask, findTaskByTags, resolveContent, resolveTask } from './resolve.ts';

export interface Why {
  readonly task: string;
  readonly run: string;
  readonly action: 'run' | 'reuse' | 'skip' | 'cancel';
  /** One sentence. */
  readonly reason: string;
  readonly changed: readonly Change[];
  /** Where the first of them was made by a task: what changed for that task, and so on upstream. */
  readonly causes: readonly Cause[];
}

export interface Cause extends Change {
  readonly task: string;
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
    (existsSync(resolve(folder, text)) ? undefined : await findTaskByTags(store, text)) ??
    (looksLikeTask(text) ? await resolveTask(store, text) : await makerOf(store, text, folder));
  const traced = await changesOf(store, task);
  const causes = await causesOf(store, traced);
  const changed = traced.map(({ maker: _, ...change }) => change);
  return {
    task: task.task,
    run: task.run,
    action: (await hasNotRun(store, task)) ? 'cancel' : actionOf(task),
    reason: await reasonOf(store, task, changed, causes),
    changed,
    causes,
  };
}

const looksLikeTask = (text: string): boolean => /\[.*\]$/s.test(text) && !text.includes('/');

async function makerOf(store: Store, text: string, folder: string): Promise<TaskRecord> {
  const content: Content = await resolveContent(store, text, folder);
  // The run that published this content here, not the latest that has the task: that one may have made something else, or nothing.
  const published = (await store.reader.locationsAt(resolve(folder, text))).find(
    (place) => place.kind === 'published' && place.digest === content.digest && place.task !== undefined,
  );
  if (published?.task !== undefined) {
    const task = await store.reader.task(published.task, { run: published.run });
    if (task !== undefined) return task;
  }
  const [maker] = await store.reader.makers(content.digest, content.path === undefined ? {} : { path: content.path });
  const task = maker && (await store.reader.task(maker.task, { run: maker.run }));
  if (task !== undefined) return task;
  const [item] = await store.catalog.itemsOf([content.digest]);
  const places = (await store.reader.artifacts([content.digest])).get(content.digest)?.locations ?? [];
  throw new CommandProblem({
    exit: 2,
    message: `${text} was made by no task: it is raw data${item === undefined ? '' : `, imported as ${item.experiment}/${item.dataset}/${item.name}`}${places[0] === undefined ? '' : `, first read in run ${places.at(-1)?.run}`}`,
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

/** In words, for a task that a run planned and came no further with. */
async function hasNotRun(store: Store, task: TaskRecord): Promise<string | undefined> {
  if (task.state !== 'planned') return undefined;
  const [attempt] = await store.reader.attempts(task.run, task.task);
  const [run] = await store.reader.runsNamed(task.run);
  if (run?.status === 'running')
    return attempt === undefined ? `${task.task} is planned in run ${task.run} and has not run yet` : undefined;
  return attempt === undefined
    ? `${task.task} was planned in run ${task.run} and did not run: the run ended before its turn came`
    : `${task.task} was started in run ${task.run} and did not end: the run was over before it was`;
}

/** Parts of the task's key that are not what they were in the run before. */
async function changesOf(store: Store, task: TaskRecord): Promise<readonly Traced[]> {
  const before = task.key === undefined ? undefined : await store.reader.previous(task);
  if (task.key === undefined || before?.key === undefined || before.key === task.key) return [];
  const was = await store.reader.parts(before.key);
  const is = await store.reader.parts(task.key);
  if (was === undefined || is === undefined) return [];
  const old = new Map(was.map((part) => [part[0], part]));
  const now = new Map(is.map((part) => [part[0], part]));
  const out: Traced[] = [];
  for (const changed of changedParts(was, is)) {
    const [before_, after] = [old.get(changed.part), now.get(changed.part)];
    const shown =
      before_?.[1] === 'text' && after?.[1] === 'text' ? await changedLine(store, before_[2], after[2]) : undefined;
    out.push({
      ...changed,
      ...shown,
      ...(await originOf(store, task, changed.part, before_?.[2] ?? '', after?.[2] ?? '')),
    });
  }
  return out;
}

interface Traced extends Change {
  /** The task that made the new content. */
  readonly maker?: { readonly run: RunId; readonly task: string };
}

/** What lies behind it, task by task, up to the first that changed by itself. */
async function causesOf(store: Store, changed: readonly Traced[]): Promise<readonly Cause[]> {
  const out: Cause[] = [];
  const seen = new Set<string>();
  let { maker } = changed[0] ?? {};
  while (maker !== undefined && !seen.has(maker.task)) {
    seen.add(maker.task);
    const task = await store.reader.task(maker.task, { run: maker.run });
    const [first] = task === undefined ? [] : await changesOf(store, task);
    if (task === undefined || first === undefined) return out;
    out.push({ task: task.task, part: first.part, was: first.was, is: first.is, source: first.source });
    maker = first.maker;
  }
  return out;
}

/** The first line of a script that differs, with its number. */
async function changedLine(
  store: Store,
  was: string,
  is: string,
): Promise<{ readonly was: string; readonly is: string } | undefined> {
  const texts = await store.reader.texts([asDigest(was), asDigest(is)]);
  const [before, after] = [texts.get(asDigest(was))?.split('\n'), texts.get(asDigest(is))?.split('\n')];
  if (before === undefined || after === undefined) return undefined;
  const line = before.findIndex((text, index) => text !== after[index]);
  const at = line < 0 ? before.length : line;
  const show = (lines: readonly string[]): string =>
    lines[at] === undefined ? '' : `line ${at + 1}: ${lines[at].trim()}`;
  return { was: show(before), is: show(after) };
}

/** Where a part's value came from: a line of the pipeline, a file, a task upstream, an environment. */
async function originOf(
  store: Store,
  task: TaskRecord,
  part: string,
  was: string,
  is: string,
): Promise<Pick<Traced, 'source' | 'maker'>> {
  const { call } = task;
  if (call === undefined) return { source: '' };
  const [kind, name = ''] = split(part);
  if (kind === 'input') {
    const old = new Set(digestsIn(was));
    const digest = digestsIn(is).find((one) => !old.has(one));
    const origin = digest === undefined ? undefined : await contentOrigin(store, asDigest(digest));
    if (origin !== undefined) return origin;
    const line = call.args[name];
    return { source: line === undefined ? `${call.file}:${call.line}` : `${line.file}:${line.line}` };
  }
  if (kind === 'environment') return { source: call.environment };
  if (kind === 'files') return { source: name };
  if (kind === 'tag' || kind === 'resource') return { source: `${call.file}:${call.line}` };
  return { source: `${call.script.file}:${call.script.line}` };
}

const digestsIn = (value: string): readonly string[] => value.match(/blake3:[0-9a-f]{64}/g) ?? [];

/** A raw file with its time, or the task that made the content. */
async function contentOrigin(store: Store, content: Digest): Promise<Pick<Traced, 'source' | 'maker'> | undefined> {
  const [maker] = await store.reader.makers(content, {});
  if (maker !== undefined) return { source: `${maker.task}, run ${maker.run}`, maker };
  const place = (await store.reader.artifacts([content]))
    .get(content)
    ?.locations.find((location) => location.kind === 'seen');
  if (place === undefined) return undefined;
  return { source: place.modifiedAt === undefined ? place.path : `${place.path}, modified ${place.modifiedAt}` };
}

async function reasonOf(
  store: Store,
  task: TaskRecord,
  changed: readonly Change[],
  causes: readonly Cause[],
): Promise<string> {
  switch (task.state) {
    case 'reused': {
      const result = await store.reader.result(task);
      if (result === undefined)
        return `${task.task} was reused in run ${task.run}: everything it is made from is the same as before`;
      const as = result.task === task.task ? '' : ` (as ${result.task})`;
      const maker = await store.reader.task(result.task, { run: result.run });
      const traced = maker === undefined ? [] : await changesOf(store, maker);
      const then =
        maker === undefined
          ? ''
          : `, where it ran because ${await causeOf(store, maker, traced, await causesOf(store, traced))}`;
      return `${task.task} was reused in run ${task.run}: everything it is made from is the same as in run ${result.run}${as}${then}`;
    }
    case 'skipped':
      return `${task.task} did not run in run ${task.run}: ${task.note ?? 'something it needs failed'}`;
    case 'cancelled':
      return `${task.task} was cancelled in run ${task.run}`;
    default: {
      const notRun = await hasNotRun(store, task);
      if (notRun !== undefined) return notRun;
      const cause = await causeOf(store, task, changed, causes);
      const end =
        task.state === 'failed' || task.state === 'quarantined'
          ? `; it failed: ${task.note ?? 'no reason is recorded'}`
          : '';
      return `${task.task} ran in run ${task.run} because ${cause}${end}`;
    }
  }
}

async function causeOf(
  store: Store,
  task: TaskRecord,
  changed: readonly Change[],
  causes: readonly Cause[],
): Promise<string> {
  const [first] = changed;
  if (first !== undefined) {
    const more =
      changed.length === 1
        ? ''
        : ` (and ${changed.length - 1} more: ${changed
            .slice(1)
            .map((change) => change.part)
            .join(', ')})`;
    return `\`${first.part}\` changed from ${first.was === '' ? 'nothing' : first.was} to ${first.is === '' ? 'nothing' : first.is}${first.source === '' ? '' : ` (${first.source})`}${more}${rootCause(causes)}`;
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

/** Only the far end of the chain: what somebody changed. */
function rootCause(causes: readonly Cause[]): string {
  const root = causes.at(-1);
  if (root === undefined) return '';
  return `, because for ${root.task} \`${root.part}\` changed from ${root.was === '' ? 'nothing' : root.was} to ${root.is === '' ? 'nothing' : root.is}${root.source === '' ? '' : ` (${root.source})`}`;
}

function split(part: string): [string, string?] {
  const dot = part.indexOf('.');
  return dot < 0 ? [part] : [part.slice(0, dot), part.slice(dot + 1)];
}
