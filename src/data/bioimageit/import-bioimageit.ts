import { isDeepStrictEqual } from 'node:util';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type {
  Catalog,
  CatalogEvent,
  CatalogItem,
  Experiment,
  ImportMode,
  NewItem,
  OpenChange,
  TagTypes,
} from '../../engine/ports/catalog.ts';
import type { ContentStore, Placement } from '../../engine/ports/content-store.ts';
import type { Formats } from '../../engine/ports/formats.ts';
import type { RunStore } from '../../engine/ports/run-store.ts';
import type { Tags, TagValue } from '../../engine/ports/value.ts';
import { chunks } from '../../util/chunks.ts';
import { tagTypes } from '../experiments/tag-types.ts';
import type { BioImageITExperiment } from './bioimageit-experiment.ts';
import { checkedPlan, type PlanRequest } from './checked-plan.ts';
import { type ImportedRun, importedRun, missingEvents, type ReadFile } from './imported-run.ts';
import type { ImportPlan, PlannedItem } from './plan-import.ts';
import { readFiles } from './read-files.ts';

export interface BioImageITImport extends PlanRequest {
  readonly mode: ImportMode;
  readonly catalog: Catalog;
  readonly runs: Pick<RunStore, 'append' | 'events'>;
  readonly content: Pick<ContentStore, 'digest'>;
  readonly formats: Formats;
  /** Takes content into the store, for `copy` and `link`; called before anything names it. */
  readonly keep: (files: readonly Placement[], mode: ImportMode) => Promise<void>;
  readonly signal: AbortSignal;
  readonly progress: (done: { readonly files: number; readonly of: number }) => void;
}

export type BioImageITImported =
  | { readonly ok: false; readonly problems: readonly Diagnostic[] }
  | {
      readonly ok: true;
      readonly experiment: string;
      /** Absent where there was nothing new to record. */
      readonly change?: number;
      /** In the experiment as a whole. */
      readonly datasets: number;
      readonly items: { readonly added: number; readonly changed: number; readonly unchanged: number };
      /** Runs whose history was new, in whole or in part. */
      readonly runs: number;
      readonly warnings: readonly Diagnostic[];
    };

/**
 * Brings an experiment into the catalog and its history into the run database; importing again adds what is new. All or nothing: with one error nothing is written,
 * and items are seen when the last step has succeeded. The runs are appended just before that step, each whole. A process that is killed in between leaves
 * runs in the log whose items are not there yet; a repetition finds them by their ids, which follow from the experiment alone, and does the rest.
 */
export async function importBioImageIT(request: BioImageITImport): Promise<BioImageITImported> {
  const { catalog } = request;
  const [newest] = await catalog.changes({ limit: 1 });
  const checked = await checkedPlan(request);
  if (!checked.ok) return checked;
  const { experiment, plan, known } = checked;
  const problems = [...checked.warnings];

  const old = await knownItems(catalog, { plan, known });
  const read = await readFiles(plan, { ...request, old });
  problems.push(...read.problems);
  if (problems.some(isError)) return { ok: false, problems };
  request.signal.throwIfAborted();

  const steps = newItems(plan, { old, files: read.files, mode: request.mode });
  const histories = await newHistories(request, {
    experiment,
    plan,
    files: withGone(plan, { old, files: read.files }),
  });
  const counts = {
    added: sum(steps.map(({ fresh }) => fresh.length - fresh.filter(({ replaces }) => replaces).length)),
    changed: sum(steps.map(({ fresh }) => fresh.filter(({ replaces }) => replaces).length)),
    unchanged: sum(steps.map(({ unchanged }) => unchanged)),
  };
  const recordIsNew = known === undefined || !isDeepStrictEqual(known, plain(plan.record));
  const append = async (): Promise<void> => {
    for (const { run, events } of histories) await request.runs.append(run.id, events);
  };
  let change: number | undefined;
  if (recordIsNew || counts.added + counts.changed > 0)
    change = await writeChange(request, { plan, known, steps, counts, experiment, append, seen: newest?.id ?? 0 });
  else await append();
  return {
    ok: true,
    experiment: plan.record.name,
    ...(change !== undefined && { change }),
    datasets: plan.datasets.length,
    items: counts,
    runs: histories.length,
    warnings: problems,
  };
}

const isError = (problem: Diagnostic): boolean => problem.severity === 'error';
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
/** As it comes back from the database: without fields that are `undefined`. */
const plain = <T>(value: T): unknown => JSON.parse(JSON.stringify(value));

/** Items of earlier imports, by dataset and the place of their metadata. */
async function knownItems(
  catalog: Catalog,
  { plan, known }: { readonly plan: ImportPlan; readonly known: Experiment | undefined },
): Promise<ReadonlyMap<string, CatalogItem>> {
  const out = new Map<string, CatalogItem>();
  if (known === undefined) return out;
  for (const { name } of plan.datasets) {
    const items = await catalog.items({
      experiment: known.name,
      dataset: name,
      filter: { kind: 'all' },
      retracted: 'with',
    });
    for (const item of items) {
      const place = foundIn(item)?.place;
      if (place !== undefined) out.set(`${name} ${place}`, item);
    }
  }
  return out;
}

function foundIn(item: CatalogItem): { readonly place: string; readonly tags: Tags } | undefined {
  const found = item.about?.bioimageit;
  if (typeof found !== 'object' || found === null) return undefined;
  // Written by `planImport`.
  return found as { readonly place: string; readonly tags: Tags };
}

interface DatasetStep {
  readonly name: string;
  readonly kind: 'raw' | 'processed';
  readonly fresh: readonly { readonly item: NewItem; readonly replaces?: number }[];
  readonly unchanged: number;
}

function newItems(
  plan: ImportPlan,
  of: {
    readonly old: ReadonlyMap<string, CatalogItem>;
    readonly files: ReadonlyMap<string, ReadFile>;
    readonly mode: ImportMode;
  },
): readonly DatasetStep[] {
  return plan.datasets.map(({ name, kind, items }) => {
    let unchanged = 0;
    const fresh = items.flatMap((planned) => {
      const read = of.files.get(planned.item.file);
      if (read === undefined) return [];
      const before = of.old.get(`${name} ${planned.item.place}`);
      if (before !== undefined && isSame(before, { planned, read })) {
        unchanged++;
        return [];
      }
      const item: NewItem = {
        name: planned.name,
        path: planned.item.file,
        ...read,
        mode: of.mode,
        tags: before === undefined ? planned.tags : mergedTags(before, planned.tags),
        about: planned.about,
      };
      return [{ item, ...(before !== undefined && { replaces: before.id }) }];
    });
    return { name, kind, fresh, unchanged };
  });
}

const isSame = (
  before: CatalogItem,
  { planned, read }: { readonly planned: PlannedItem; readonly read: ReadFile },
): boolean =>
  before.digest === read.digest &&
  before.path === planned.item.file &&
  isDeepStrictEqual(before.companions, read.companions) &&
  isDeepStrictEqual(before.about, plain(planned.about));

/** What changed in BioImageIT since the last import is taken over; what was annotated here stays. */
function mergedTags(before: CatalogItem, now: Tags): Tags {
  const was = foundIn(before)?.tags ?? {};
  const merged = new Map<string, TagValue>(Object.entries(before.tags));
  for (const name of new Set([...Object.keys(was), ...Object.keys(now)])) {
    const value = now[name];
    if (value === was[name]) continue;
    if (value === undefined) merged.delete(name);
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

/** Results that were deleted since an earlier import are still what they were in the history. */
function withGone(
  plan: ImportPlan,
  of: { readonly old: ReadonlyMap<string, CatalogItem>; readonly files: ReadonlyMap<string, ReadFile> },
): ReadonlyMap<string, ReadFile> {
  const out = new Map(of.files);
  for (const { name, items } of plan.datasets)
    for (const { item } of items) {
      const before = item.isThere ? undefined : of.old.get(`${name} ${item.place}`);
      if (before !== undefined) out.set(item.file, { ...before, mtimeMs: before.mtimeMs ?? 0 });
    }
  return out;
}

interface History {
  readonly run: ImportedRun;
  readonly events: ReturnType<typeof missingEvents>;
}

async function newHistories(
  request: BioImageITImport,
  of: {
    readonly experiment: BioImageITExperiment;
    readonly plan: ImportPlan;
    readonly files: ReadonlyMap<string, ReadFile>;
  },
): Promise<readonly History[]> {
  const out: History[] = [];
  for (const dataset of of.plan.datasets)
    for (const record of dataset.dataset.runs) {
      const run = importedRun(record, { ...of, dataset });
      const events = missingEvents(run, await request.runs.events(run.id));
      if (events.length > 0) out.push({ run, events });
    }
  return out;
}

async function writeChange(
  request: BioImageITImport,
  of: {
    readonly experiment: BioImageITExperiment;
    readonly plan: ImportPlan;
    readonly known: Experiment | undefined;
    readonly steps: readonly DatasetStep[];
    readonly counts: Readonly<Record<string, number>>;
    readonly append: () => Promise<void>;
    readonly seen: number;
  },
): Promise<number> {
  const { record } = of.plan;
  const change = await request.catalog.begin({
    kind: 'import',
    experiment: record.name,
    seen: of.seen,
    about: { source: of.experiment.folder, system: 'bioimageit' },
  });
  try {
    // An experiment that is there already keeps its record until the last step, which is all or nothing.
    const set: CatalogEvent = { type: 'experiment-set', experiment: record };
    if (of.known === undefined) await change.write([set]);
    await writeItems(change, { request, types: tagTypes(record.keys), steps: of.steps });
    await of.append();
    request.signal.throwIfAborted();
    const replaced = of.steps.flatMap(({ fresh }) => fresh.flatMap(({ replaces }) => replaces ?? []));
    await change.end({
      events: [
        ...(of.known === undefined ? [] : [set]),
        ...(replaced.length === 0 ? [] : [{ type: 'items-superseded', items: replaced } as const]),
      ],
      about: { items: of.counts },
    });
    return change.id;
  } catch (error) {
    await change.abandon().catch(() => {});
    throw error;
  }
}

async function writeItems(
  change: OpenChange,
  of: { readonly request: BioImageITImport; readonly types: TagTypes; readonly steps: readonly DatasetStep[] },
): Promise<void> {
  const { mode, keep, signal } = of.request;
  for (const { name, kind, fresh } of of.steps) {
    await change.write([{ type: 'dataset-added', dataset: name, kind }]);
    for (const slice of chunks(fresh, 1000)) {
      signal.throwIfAborted();
      const items = slice.map(({ item }) => item);
      if (mode !== 'reference') await keep(items, mode);
      await change.write([{ type: 'items-added', dataset: name, items, types: of.types }]);
    }
  }
}
