import type { Event, StoredEvent } from '../engine/ports/event.ts';
import type { RunId, TaskKey } from '../util/brand.ts';
import type { Connection, Sql } from './database/connection.ts';
import { areJoinable, bodiesOf } from './database/event-body.ts';
import { newKeys, recordKeys } from './database/keys.ts';
import { type EventRange, project } from './database/projections.ts';
import { insertRun } from './database/run-row.ts';
import type { JournalWriter } from './journal/journal-writer.ts';
import { eventLine, keyLines } from './journal/line.ts';

export type Append = (run: RunId, events: readonly Event[]) => Promise<readonly StoredEvent[]>;

export interface AppendParts {
  readonly connection: Connection;
  readonly journal: JournalWriter;
  readonly now: () => Date;
  /** Keys whose parts and inputs the database has; those that are appended join them. */
  readonly known: Set<TaskKey>;
}

/**
 * Events into the journal and the database, each append whole or not at all, in the order of asking. Whatever is asked for while one transaction is on its
 * way goes into the next one together, so that the disk is waited for once.
 */
export function createAppend(parts: AppendParts): Append {
  const { connection, journal, known } = parts;
  const runIds = new Map<RunId, number>();
  let waiting: Pending[] = [];
  let pumping = false;

  return (run, events) =>
    new Promise((resolve, reject) => {
      waiting.push({ run, events, resolve, reject });
      if (!pumping) void pump();
    });

  async function pump(): Promise<void> {
    pumping = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const stored = await commit(batch);
        for (const [index, pending] of batch.entries()) pending.resolve(stored[index] ?? []);
      } catch (error) {
        for (const pending of batch) runIds.delete(pending.run);
        for (const pending of batch) pending.reject(error);
      }
    }
    pumping = false;
  }

  async function commit(batch: readonly Pending[]): Promise<readonly (readonly StoredEvent[])[]> {
    const planned: TaskKey[] = [];
    const stored = await connection.write({ durable: true }, async (sql) => {
      const rows = eventRows(sql);
      const out: StoredEvent[][] = [];
      const work: { -readonly [Name in keyof EventRange]: EventRange[Name] }[] = [];
      // A run's numbers go on within the transaction, before its rows can be asked for the last one.
      const sequence = new Map<number, number>();
      for (const { run, events } of batch) {
        const mine: StoredEvent[] = [];
        for (const event of events) {
          const at = parts.now().toISOString();
          const id = await runIdOf(sql, { run, event, at });
          const seq = (sequence.get(id) ?? (await lastSeq(sql, id))) + 1;
          sequence.set(id, seq);
          if (event.type === 'tasks-planned') {
            const fresh = newKeys(event.tasks, (key) => known.has(key));
            for (const line of keyLines(fresh)) await journal.write(line);
            await recordKeys(sql, fresh);
            for (const task of event.tasks) planned.push(task.key);
          }
          let chunk = 0;
          for (const body of bodiesOf(event)) {
            await journal.write(eventLine({ run, seq, chunk, at }, body));
            await rows.add([id, seq, chunk, at, event.type], body);
            chunk++;
          }
          const before = work.at(-1);
          if (before?.run === id && before.to === seq - 1 && areJoinable(before.type, event.type)) before.to = seq;
          else work.push({ run: id, type: event.type, from: seq, to: seq });
          mine.push({ ...event, seq, at, run });
        }
        out.push(mine);
      }
      const synced = journal.sync();
      try {
        await rows.flush();
        for (const range of work) await project(sql, range);
      } finally {
        // The journal is never behind the database.
        await synced;
      }
      return out;
    });
    if (known.size > 500_000) known.clear();
    for (const key of planned) known.add(key);
    return stored;
  }

  async function runIdOf(
    sql: Sql,
    given: { readonly run: RunId; readonly event: Event; readonly at: string },
  ): Promise<number> {
    const cached = runIds.get(given.run);
    if (cached !== undefined) return cached;
    if (given.event.type === 'run-started') await insertRun(sql, given.run, given.event, given.at);
    const [found] = await sql.all<{ id: number }>('SELECT id FROM runs WHERE run = ?', given.run);
    if (found === undefined)
      throw new Error(`the first event of run ${given.run} is ${given.event.type}, not run-started`);
    runIds.set(given.run, found.id);
    return found.id;
  }
}

interface Pending {
  readonly run: RunId;
  readonly events: readonly Event[];
  readonly resolve: (stored: readonly StoredEvent[]) => void;
  readonly reject: (error: unknown) => void;
}

type RowHead = readonly [run: number, seq: number, chunk: number, at: string, type: string];

/** Long bodies go in by themselves, short ones many at a time: the driver asks a price per call. */
function eventRows(sql: Sql): { add(head: RowHead, body: string): Promise<void>; flush(): Promise<void> } {
  let short: (readonly [...RowHead, body: string])[] = [];
  let characters = 0;
  const flush = async (): Promise<void> => {
    if (short.length > 0) await sql.run(shortEventsSql, JSON.stringify(short));
    short = [];
    characters = 0;
  };
  return {
    add: async (head, body) => {
      if (body.length > 20_000) return sql.run(longEventSql, ...head, body);
      short.push([...head, body]);
      characters += body.length;
      if (characters > 200_000) await flush();
    },
    flush,
  };
}

async function lastSeq(sql: Sql, id: number): Promise<number> {
  return (await sql.all<{ seq: number | null }>('SELECT max(seq) AS seq FROM events WHERE run = ?', id))[0]?.seq ?? 0;
}

const longEventSql = 'INSERT INTO events (run, seq, chunk, at, type, body) VALUES (?, ?, ?, ?, ?, ?)';

const shortEventsSql = `
INSERT INTO events (run, seq, chunk, at, type, body)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)`;
