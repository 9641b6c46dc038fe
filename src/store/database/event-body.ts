import type { Event, StoredEvent } from '../../engine/ports/event.ts';
import { asRunId, type RunId } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';

/**
 * Events as they are kept. One with a long list is kept as several rows, so that no text grows past a few megabytes. The parts and inputs of planned
 * tasks are kept with their keys (`restoreTasks` puts them back), so that planning the same work again writes none of it.
 */
const rowsPerChunk = 1000;

const listField: Readonly<Record<Event['type'], string | undefined>> = {
  'run-started': undefined,
  'run-resumed': undefined,
  'sources-frozen': 'items',
  'calls-recorded': 'calls',
  'texts-recorded': 'texts',
  'tasks-planned': 'tasks',
  'tasks-reused': 'tasks',
  'attempts-intended': 'attempts',
  'attempts-started': 'attempts',
  'attempts-ended': 'attempts',
  'tasks-succeeded': 'tasks',
  'tasks-failed': 'tasks',
  'tasks-quarantined': 'tasks',
  'tasks-skipped': 'tasks',
  'tasks-cancelled': 'tasks',
  'assertions-checked': 'assertions',
  published: 'files',
  pruned: 'paths',
  problem: undefined,
  'run-ended': undefined,
};

export function* bodiesOf(event: Event): Generator<string> {
  const kept =
    event.type === 'tasks-planned'
      ? { ...event, tasks: event.tasks.map(({ task, call, tags, key }) => ({ task, call, tags, key })) }
      : event;
  const field = listField[event.type];
  const list = field === undefined ? undefined : (kept as unknown as Record<string, readonly unknown[]>)[field];
  if (field === undefined || list === undefined || list.length <= rowsPerChunk) return yield JSON.stringify(kept);
  for (const slice of chunks(list, rowsPerChunk)) yield JSON.stringify({ ...kept, [field]: slice });
}

export interface EventRow {
  readonly seq: number;
  readonly at: string;
  readonly body: string;
}

/** Rows in order of seq and chunk. */
export function eventsOf(run: RunId | string, rows: readonly EventRow[]): readonly StoredEvent[] {
  const out: StoredEvent[] = [];
  for (const row of rows) {
    // What stands in the table was written by `bodiesOf`.
    const event = JSON.parse(row.body) as Event;
    const before = out.at(-1);
    const field = listField[event.type];
    if (before?.seq === row.seq && field !== undefined) {
      const list = (before as unknown as Record<string, unknown[]>)[field];
      list?.push(...((event as unknown as Record<string, unknown[]>)[field] ?? []));
    } else out.push({ ...event, seq: row.seq, at: row.at, run: asRunId(run) });
  }
  return out;
}
