import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../util/brand.ts';
import { inParallel } from '../../util/in-parallel.ts';
import { unreachable } from '../../util/unreachable.ts';
import type { ContentStore, Digested, StoredObject } from '../ports/content-store.ts';
import type { OutputRecord } from '../ports/event.ts';
import type { Formats } from '../ports/formats.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { ExitRecord, RunnerUpdate } from '../ports/runner.ts';
import type { FileValue } from '../ports/value.ts';
import { collectOutputs, type FoundOutput } from './collect-outputs.ts';
import { inputFiles, type Work } from './work.ts';

/** An attempt that is over, with the work it was for. */
export interface Ended {
  readonly work: Work;
  readonly directory: string;
  readonly update: Exclude<RunnerUpdate, { kind: 'started' | 'unreachable' | 'held' }>;
  /** Another engine started it, and may have been killed while it took its outputs in. */
  readonly adopted: boolean;
}

/** What became of it. Outputs of a success are in the content store, durable, before this exists. */
export type Verdict = {
  readonly ended: Ended;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly message: string;
  readonly stderrTail: string;
} & (
  | { readonly outcome: 'succeeded'; readonly outputs: readonly OutputRecord[] }
  | { readonly outcome: Exclude<Outcome, 'succeeded'> }
);

/**
 * Step 7 and 8 of the commit protocol for a batch of ended attempts: the record is read, the inputs are looked at again, the outputs are checked,
 * digested and moved into the store, all of the batch in one sync.
 */
export async function commit(
  batch: readonly Ended[],
  ports: { readonly content: ContentStore; readonly formats: Formats },
): Promise<readonly Verdict[]> {
  const verdicts = new Map<Ended, Verdict>();
  const exited: Ended[] = [];
  for (const ended of batch) {
    const failure = failureOf(ended);
    if (failure) verdicts.set(ended, { ended, ...failure, stderrTail: await tail(join(ended.directory, 'stderr')) });
    else exited.push(ended);
  }

  for (const ended of exited.filter((one) => one.adopted)) {
    const verdict = await harvested(ended, ports.content);
    if (verdict) verdicts.set(ended, verdict);
  }
  const unjudged = exited.filter((ended) => !verdicts.has(ended));
  // A tool whose input is taken away fails too, and the tool is not to blame.
  const stumbled = [...verdicts.values()]
    .filter(({ outcome }) => outcome === 'exit' || outcome === 'signal')
    .map(({ ended }) => ended);
  const altered = await alteredInputs([...unjudged, ...stumbled], ports.content);
  for (const ended of stumbled) {
    const verdict = verdicts.get(ended);
    const changed = altered.get(ended);
    if (verdict && changed !== undefined && verdict.outcome !== 'succeeded') {
      verdicts.set(ended, { ...verdict, outcome: 'input-changed', message: `${changed} (${verdict.message})` });
    }
  }
  const found = new Map<Ended, readonly FoundOutput[]>();
  await inParallel(unjudged, checksAtOnce, async (ended) => {
    const changed = altered.get(ended);
    if (changed !== undefined) {
      verdicts.set(ended, {
        ended,
        outcome: 'input-changed',
        message: changed,
        exitCode: 0,
        stderrTail: await tail(join(ended.directory, 'stderr')),
      });
      return;
    }
    const collected = await collectOutputs({
      outputs: ended.work.prepared.process.outputs,
      taskFolder: join(ended.directory, 'task'),
      stdout: join(ended.directory, 'stdout'),
      paths: ended.work.outputPaths,
      formats: ports.formats,
    });
    if (collected.ok) found.set(ended, collected.outputs);
    else verdicts.set(ended, await invalid(ended, collected.message));
  });

  const paths = [...found.values()].flatMap((outputs) =>
    outputs.flatMap((output) => (output.value.kind === 'file' ? [output.value.path] : [])),
  );
  // `fresh`: these files are new, so there is nothing to remember about them.
  const digests = new Map(
    (await ports.content.digest(paths, { fingerprint: 'content', fresh: true })).map((digested) => [
      digested.path,
      digested,
    ]),
  );
  const placements: { path: string; digest: Digest; directory: boolean }[] = [];
  for (const [ended, outputs] of found) {
    const records: OutputRecord[] = [];
    let problem: string | undefined;
    for (const output of outputs) {
      if (output.value.kind !== 'file') {
        records.push({ ...output, value: output.value });
        continue;
      }
      const digested = digests.get(output.value.path);
      if (!digested?.ok) {
        problem = `output \`${output.name}\` could not be read: ${digested?.message ?? 'it is gone'}`;
        break;
      }
      placements.push({ path: digested.path, digest: digested.digest, directory: digested.directory });
      const { relative, info } = output.value;
      records.push({
        ...output,
        value: {
          kind: 'file',
          digest: digested.digest,
          size: digested.size,
          directory: digested.directory,
          path: relative,
          info,
        },
      });
    }
    verdicts.set(
      ended,
      problem === undefined
        ? { ended, outcome: 'succeeded', outputs: records, message: '', exitCode: 0, stderrTail: '' }
        : await invalid(ended, problem),
    );
  }
  await Promise.all(
    [...verdicts.values()].map((verdict) =>
      verdict.outcome === 'succeeded' && found.has(verdict.ended) ? intend(verdict) : undefined,
    ),
  );
  await ports.content.place(placements);
  return batch.flatMap((ended) => verdicts.get(ended) ?? []);
}

const checksAtOnce = 8;
const intentionFile = 'outputs.json';

/**
 * What is about to be moved into the store. The moves and the transaction that records them are two steps: an engine that is killed between
 * them leaves a task's directory without its outputs, and this says where they are.
 */
async function intend(verdict: Verdict & { outcome: 'succeeded' }): Promise<void> {
  const path = join(verdict.ended.directory, intentionFile);
  await writeFile(`${path}.tmp`, JSON.stringify(verdict.outputs));
  await rename(`${path}.tmp`, path);
}

/** The verdict on an attempt whose outputs an earlier engine had begun to take in; undefined where it had not. */
async function harvested(ended: Ended, content: ContentStore): Promise<Verdict | undefined> {
  const text = await readFile(join(ended.directory, intentionFile), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const outputs: readonly OutputRecord[] = JSON.parse(text);
  const files = outputs.flatMap(({ value }) => (value.kind === 'file' ? [value] : []));
  const present = await content.present(files, { verify: true });
  const missing = files.filter((file) => !present.has(file.digest));
  const left = await content.digest(
    missing.map((file) => join(ended.directory, 'task', file.path)),
    { fingerprint: 'content', fresh: true },
  );
  const whole = left.every((digested, at) => digested.ok && digested.digest === missing[at]?.digest);
  if (!whole) {
    // Only power loss does this: a rename that was not synced is gone, and with it the file.
    return {
      ended,
      outcome: 'lost',
      message: 'its outputs were being taken in when the engine ended, and are not whole',
      stderrTail: '',
    };
  }
  await content.place(left.flatMap((digested) => (digested.ok ? [digested] : [])));
  return { ended, outcome: 'succeeded', outputs, message: '', exitCode: 0, stderrTail: '' };
}

async function invalid(ended: Ended, message: string): Promise<Verdict> {
  return {
    ended,
    outcome: 'invalid-output',
    message,
    exitCode: 0,
    stderrTail: await tail(join(ended.directory, 'stderr')),
  };
}

type Failure = Omit<Verdict & { outcome: Exclude<Outcome, 'succeeded'> }, 'ended' | 'stderrTail'>;

/** In words, for every end but exit status 0; undefined for that. */
function failureOf(ended: Ended): Failure | undefined {
  const { update } = ended;
  switch (update.kind) {
    case 'lost':
      return { outcome: 'lost', message: update.why };
    case 'not-started':
      return { outcome: 'not-started', message: update.why };
    case 'ended':
      return recordFailure(update.record);
    default:
      return unreachable(update);
  }
}

function recordFailure(record: ExitRecord): Failure | undefined {
  const { how } = record;
  switch (how.kind) {
    case 'exited':
      return how.code === 0 ? undefined : { outcome: 'exit', exitCode: how.code, message: exitInWords(how.code) };
    case 'signalled':
      return { outcome: 'signal', signal: how.signal, message: `ended by signal ${how.signal}` };
    case 'timed-out':
      return {
        outcome: 'timeout',
        message: `ran longer than its time limit (ended after ${Math.round(record.usage.wallSeconds)} s): ask for more with \`resources { time: … }\``,
      };
    case 'out-of-memory':
      return { outcome: 'oom', message: 'ran out of memory: ask for more with `resources { memory: … }`' };
    case 'cancelled':
      return { outcome: 'cancelled', message: how.why ?? 'cancelled' };
    case 'preempted':
      return { outcome: 'preempted', message: how.why };
    case 'not-started':
      return { outcome: 'not-started', message: `could not be started: ${how.why}` };
    default:
      return unreachable(how);
  }
}

/** What shells and systems mean by the higher numbers. */
export function exitInWords(code: number): string {
  if (code === 126) return 'exit status 126: a command was found but could not be executed';
  if (code === 127) return 'exit status 127: a command was not found';
  if (code === 137) return 'exit status 137: killed (signal KILL), most often for using too much memory';
  if (code === 139) return 'exit status 139: crashed (segmentation fault)';
  if (code > 128 && code < 165) return `exit status ${code}: ended by signal ${code - 128}`;
  return `exit status ${code}`;
}

/** The second line after read-only staging: inputs are looked at again once the task is over. */
async function alteredInputs(batch: readonly Ended[], content: ContentStore): Promise<ReadonlyMap<Ended, string>> {
  const sources = new Map<string, FileValue>();
  const objects = new Map<Digest, StoredObject>();
  for (const ended of batch) {
    for (const { file } of inputFiles(ended.work.inputs)) {
      if (file.path !== undefined) sources.set(file.path, file);
      else objects.set(file.digest, { digest: file.digest, directory: file.directory, size: file.size });
    }
  }
  const bad = new Map<string, string>();
  const now = await digestAsBefore([...sources.entries()], content);
  for (const digested of now) {
    const before = sources.get(digested.path)?.digest;
    if (!digested.ok)
      bad.set(
        digested.path,
        `${digested.path} was removed or became unreadable while the task ran (${digested.message})`,
      );
    else if (digested.digest !== before)
      bad.set(digested.path, `${digested.path} changed while the task ran, so its result belongs to neither version`);
  }
  const present = await content.present([...objects.values()], { verify: false });
  const altered = new Map<Ended, string>();
  for (const ended of batch) {
    for (const { name, file } of inputFiles(ended.work.inputs)) {
      const why =
        file.path === undefined
          ? present.has(file.digest)
            ? undefined
            : 'its object in the store was changed'
          : bad.get(file.path);
      if (why !== undefined) altered.set(ended, `input \`${name}\` is not what it was: ${why}`);
    }
  }
  return altered;
}

async function digestAsBefore(
  sources: readonly (readonly [path: string, file: FileValue])[],
  content: ContentStore,
): Promise<readonly Digested[]> {
  const found: Digested[] = [];
  for (const fingerprint of ['content', 'sampled', 'stat'] as const) {
    const paths = sources.filter(([, file]) => (file.fingerprint ?? 'content') === fingerprint).map(([path]) => path);
    if (paths.length > 0) found.push(...(await content.digest(paths, { fingerprint, fresh: false })));
  }
  return found;
}

const tailBytes = 4096;

/** The end of a log, from the first whole line; a log may be gigabytes and hold anything. */
export async function tail(path: string): Promise<string> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size === 0) return '';
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return '';
  try {
    const from = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(Math.min(size, tailBytes)),
      0,
      Math.min(size, tailBytes),
      from,
    );
    const text = buffer.subarray(0, bytesRead).toString('utf8');
    const newline = from > 0 ? text.indexOf('\n') : -1;
    return text.slice(newline + 1).replace(/\s+$/u, '');
  } finally {
    await file.close();
  }
}
