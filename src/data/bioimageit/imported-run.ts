import { join } from 'node:path';
import type { Companion } from '../../engine/ports/catalog.ts';
import type {
  Event,
  KeyPart,
  OutputRecord,
  PlannedTask,
  StoredEvent,
  TaskFailure,
  TaskResult,
} from '../../engine/ports/event.ts';
import type { FileInfo } from '../../engine/ports/formats.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { blake3, blake3Hex } from '../../util/blake3.ts';
import { asAttemptToken, asRunId, asTaskKey, type Digest, type RunId } from '../../util/brand.ts';
import { isoDate } from '../annotate/iso-date.ts';
import type { BioImageITExperiment, BioImageITInput, BioImageITRun } from './bioimageit-experiment.ts';
import type { ImportPlan, PlannedDataset, PlannedItem } from './plan-import.ts';

/** What was found out about a file by reading it. */
export interface ReadFile {
  readonly digest: Digest;
  readonly size: number;
  readonly directory: boolean;
  readonly mtimeMs: number;
  readonly info: FileInfo;
  /** Files beside it that belong to it. */
  readonly companions: readonly Companion[];
}

/** A run of BioImageIT as a run of ours. Equal experiments give equal values: a repetition finds what is there already. */
export interface ImportedRun {
  readonly id: RunId;
  readonly started: Extract<Event, { type: 'run-started' }>;
  readonly calls: Extract<Event, { type: 'calls-recorded' }>;
  readonly tasks: readonly ImportedTask[];
}

export type ImportedTask = { readonly planned: PlannedTask } & (
  | { readonly made: true; readonly result: TaskResult }
  | { readonly made: false; readonly failure: TaskFailure }
);

/** A tool that BioImageIT applied to a dataset is one run; each set of inputs that it was started with is one task. */
export function importedRun(
  run: BioImageITRun,
  of: {
    readonly experiment: BioImageITExperiment;
    readonly plan: ImportPlan;
    readonly dataset: PlannedDataset;
    /** By absolute path. */
    readonly files: ReadonlyMap<string, ReadFile>;
  },
): ImportedRun {
  const { experiment, plan, dataset } = of;
  const items = dataset.items.filter(({ item }) => item.origin.type === 'processed' && item.origin.run === run.place);
  const identity = blake3(`bit/bioimageit/run/1\0${JSON.stringify([plan.identity, run.uuid ?? '', run.place])}`);
  const call = run.process.name.replace(/[[\]@/\p{Cc}]/gu, '_');
  const path = join(experiment.folder, run.place);
  const dates = items.flatMap(({ item }) => isoDate(item.date ?? '', { short: 'refused' }) ?? []).sort();
  const [startedAt] = dates;
  const ids = new Set<string>();
  const groups = [...Map.groupBy(items, ({ item }) => JSON.stringify(inputsOf(item.origin))).values()];
  return {
    id: runId(identity),
    started: {
      type: 'run-started',
      pipeline: path,
      program: blake3(`bit/bioimageit/program/1\0${JSON.stringify(run.document)}`),
      params: paramsOf(run),
      outdir: join(experiment.folder, run.place, '..'),
      name: `${plan.record.name}: ${dataset.name}`,
      tags: { experiment: plan.record.name, dataset: dataset.name },
      engine: {
        token: 'bioimageit',
        version: '',
        host: '',
        user: items.find(({ item }) => item.author !== undefined)?.item.author ?? experiment.author ?? 'unknown',
        pid: 0,
      },
      argv: [],
      identity,
      origin: {
        system: 'bioimageit',
        experiment: plan.record.name,
        ...(startedAt !== undefined && { startedAt }),
        record: { place: run.place, document: run.document },
      },
    },
    calls: {
      type: 'calls-recorded',
      calls: [
        {
          call,
          process: run.process.name,
          file: path,
          line: 1,
          script: { file: path, line: 1 },
          args: {},
          command: run.process.url ?? run.process.name,
          runner: 'bioimageit',
          environment: 'BioImageIT',
        },
      ],
    },
    tasks: groups.map((outputs) => importedTask({ ...of, run, call, identity, outputs, ids })),
  };
}

/** What the store does not have of it yet, to be appended at once. Empty where it has everything. */
export function missingEvents(run: ImportedRun, stored: readonly StoredEvent[]): readonly Event[] {
  const succeeded = new Set<string>();
  const planned = new Set<string>();
  const told = new Set<string | undefined>();
  for (const event of stored) {
    if (event.type === 'tasks-planned') for (const { task } of event.tasks) planned.add(task);
    if (event.type === 'tasks-succeeded') for (const { task } of event.tasks) succeeded.add(task);
    if (event.type === 'tasks-succeeded' || event.type === 'tasks-failed')
      for (const { key } of event.tasks) told.add(key);
  }
  // A result that was there once was made, whatever became of its file.
  const fresh = run.tasks.filter(
    ({ planned: { task, key }, made }) => !told.has(key) && (made || !succeeded.has(task)),
  );
  const begun = stored.some((event) => event.type === 'run-started');
  if (fresh.length === 0 && stored.some((event) => event.type === 'run-ended')) return [];
  for (const { planned: plan, made } of fresh) {
    planned.add(plan.task);
    if (made) succeeded.add(plan.task);
  }
  const total = planned.size;
  const failed = total - succeeded.size;
  const results = fresh.flatMap((task) => (task.made ? [task.result] : []));
  const failures = fresh.flatMap((task) => (task.made ? [] : [task.failure]));
  return [
    ...(begun ? [] : [run.started]),
    run.calls,
    { type: 'tasks-planned', tasks: fresh.map((task) => task.planned) },
    ...(results.length > 0 ? [{ type: 'tasks-succeeded', tasks: results } as const] : []),
    ...(failures.length > 0 ? [{ type: 'tasks-failed', tasks: failures } as const] : []),
    {
      type: 'run-ended',
      status: failed === 0 ? 'succeeded' : 'failed',
      seconds: 0,
      counts: { total, ran: succeeded.size, reused: 0, failed, quarantined: 0, skipped: 0, cancelled: 0 },
    },
  ];
}

function importedTask(of: {
  readonly run: BioImageITRun;
  readonly plan: ImportPlan;
  readonly call: string;
  readonly identity: Digest;
  readonly outputs: readonly PlannedItem[];
  readonly files: ReadonlyMap<string, ReadFile>;
  readonly ids: Set<string>;
}): ImportedTask {
  const { run, outputs, files } = of;
  const [first] = outputs;
  const tags = first?.tags ?? {};
  const inputs = inputsOf(first?.item.origin).flatMap((input) => {
    const file =
      input.of === 'item' ? of.plan.items.get(input.place)?.item.file : input.of === 'file' ? input.file : undefined;
    const read = file === undefined ? undefined : files.get(file);
    return read === undefined ? [] : [{ name: input.name, digest: read.digest, directory: read.directory }];
  });
  const records = outputs.flatMap(({ item, tags: own }): readonly OutputRecord[] => {
    const read = files.get(item.file);
    if (read === undefined || item.origin.type !== 'processed') return [];
    const value = {
      kind: 'file',
      digest: read.digest,
      size: read.size,
      directory: read.directory,
      path: item.file,
      info: read.info,
    } as const;
    return [{ name: item.origin.output.name, ...(!sameTags(own, tags) && { tags: own }), value }];
  });
  const parts: readonly KeyPart[] = [
    ['process', 'str', run.process.name],
    ...(run.process.url === undefined ? [] : [['process.url', 'str', run.process.url] as const]),
    ...run.parameters.map(
      ({ name, value }): KeyPart =>
        typeof value === 'string' ? [`param.${name}`, 'str', value] : [`param.${name}`, 'json', JSON.stringify(value)],
    ),
    ...inputs.map(({ name, digest, directory }): KeyPart => [`input.${name}`, directory ? 'dir' : 'file', digest]),
    ...records.flatMap(({ name, value }): readonly KeyPart[] =>
      value.kind === 'file' ? [[`output.${name}`, value.directory ? 'dir' : 'file', value.digest]] : [],
    ),
  ];
  const task = idOf(of.call, { tags, name: first?.item.name ?? '', ids: of.ids });
  of.ids.add(task);
  // A domain of its own: no task of ours can have this key, so nothing of ours is ever answered from here. Tags are not in it: who corrects one later
  // does not change what was done.
  const places = outputs.map(({ item }) => item.place);
  const hex = blake3Hex(`bit/bioimageit/1\0${JSON.stringify([of.identity, places, parts])}`);
  const key = asTaskKey(`blake3:${hex}`);
  const token = asAttemptToken(`bioimageit-${hex.slice(0, 24)}`);
  const planned = {
    task,
    call: of.call,
    tags,
    key,
    parts,
    inputs: inputs.map(({ name, digest }) => ({ name, digest })),
  };
  if (records.length > 0) return { planned, made: true, result: { task, key, token, outputs: records } };
  const missing = outputs.map(({ item }) => item.file).join(', ');
  return {
    planned,
    made: false,
    failure: {
      task,
      key,
      token,
      outcome: 'invalid-output',
      message: `its result is not there: ${missing}`,
      stderrTail: '',
      workDir: '',
    },
  };
}

const inputsOf = (origin: PlannedItem['item']['origin'] | undefined): readonly BioImageITInput[] =>
  origin?.type === 'processed' ? origin.inputs : [];

/** Of two parameters with one name both are kept. */
function paramsOf({ parameters }: BioImageITRun): Readonly<Record<string, unknown>> {
  const out = new Map<string, unknown>();
  for (const { name, value } of parameters) {
    let free = name;
    for (let count = 2; out.has(free); count++) free = `${name}#${count}`;
    out.set(free, value);
  }
  return Object.fromEntries(out);
}

/** In the form of all task ids. Where tags do not tell tasks apart, the name of the first result does. */
function idOf(
  call: string,
  of: { readonly tags: Tags; readonly name: string; readonly ids: ReadonlySet<string> },
): string {
  const tags = Object.entries(of.tags).map(([name, value]) => `${name}=${encoded(String(value))}`);
  const plain = tags.length === 0 ? call : `${call}[${tags.join(',')}]`;
  if (!of.ids.has(plain)) return plain;
  const named = `${call}[${[...tags, `result=${encoded(of.name)}`].join(',')}]`;
  let free = named;
  for (let count = 2; of.ids.has(free); count++) free = `${named.slice(0, -1)},number=${count}]`;
  return free;
}

const encoded = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[^\p{L}\p{M}\p{N}._~+:@-]/gu, encodeURIComponent)
    .replace(/[!'()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const sameTags = (a: Tags, b: Tags): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([name, value]) => b[name] === value);

/** Twelve letters and digits that are not mistaken for each other: 58 bits. */
function runId(identity: Digest): RunId {
  const letters = 'abcdefghjkmnpqrstvwxyz23456789';
  let rest = BigInt(`0x${identity.slice('blake3:'.length, 'blake3:'.length + 32)}`);
  let tail = '';
  for (let index = 0; index < 12; index++) {
    tail += letters[Number(rest % 30n)];
    rest /= 30n;
  }
  return asRunId(`bioimageit-${tail}`);
}
