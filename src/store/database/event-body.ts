import type { Event, StoredEvent } from '../../engine/ports/event.ts';
import type { RunId } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Sql } from './connection.ts';

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

/** Whether the tables may take neighbours of these types together. Of two files at one path the later one stands, so those are taken one by one. */
export const areJoinable = (first: Event['type'], second: Event['type']): boolean =>
  first === second && first !== 'sources-frozen' && first !== 'published';

export interface EventRow {
  readonly seq: number;
  readonly chunk: number;
  readonly at: string;
  readonly body: string;
}

/** Rows per question: parsing them holds the event loop for a few milliseconds. */
const rowsPerQuestion = 25;

/** A run's events in order, of one type if it is given. Planned tasks are as `bodiesOf` left them. */
export async function readBodies(
  sql: Pick<Sql, 'all'>,
  run: RunId,
  type?: Event['type'],
): Promise<readonly StoredEvent[]> {
  const out: StoredEvent[] = [];
  let [seq, chunk] = [0, -1];
  for (;;) {
    const rows = await sql.all<EventRow>(rowsSql, run, type ?? null, seq, chunk, rowsPerQuestion);
    for (const row of rows) addRow(out, run, row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerQuestion) return out;
    [seq, chunk] = [last.seq, last.chunk];
  }
}

const rowsSql = `
SELECT e.seq, e.chunk, e.at, e.body FROM runs r CROSS JOIN events e ON e.run = r.id
WHERE r.run = ?1 AND (e.seq, e.chunk) > (?3, ?4) AND (?2 IS NULL OR e.type = ?2) ORDER BY e.seq, e.chunk LIMIT ?5`;

function addRow(out: StoredEvent[], run: RunId, row: EventRow): void {
  // What stands in the table was written by `bodiesOf`.
  const event = JSON.parse(row.body) as Event;
  const before = out.at(-1);
  const field = listField[event.type];
  if (before?.seq !== row.seq || field === undefined) {
    out.push({ ...event, seq: row.seq, at: row.at, run });
    return;
  }
  const list = (before as unknown as Record<string, unknown[]>)[field];
  for (const item of (event as unknown as Record<string, unknown[]>)[field] ?? []) list?.push(item);
}
