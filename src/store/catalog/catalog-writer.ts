import {
  type Catalog,
  type CatalogEvent,
  type ChangeHeader,
  type Experiment,
  type OpenChange,
  UndoProblem,
} from '../../engine/ports/catalog.ts';
import { StoreProblem } from '../../engine/ports/run-store.ts';
import type { Connection, Sql } from '../database/connection.ts';
import type { JournalWriter } from '../journal/journal-writer.ts';
import { changeLine } from '../journal/line.ts';
import { type ChangeLine, projectChange } from './catalog-projection.ts';

export interface CatalogWriterParts {
  readonly connection: Connection;
  readonly journal: JournalWriter;
  readonly who: { readonly user: string; readonly host: string; readonly version: string };
  readonly token: string;
  readonly isAlive: (token: string) => Promise<boolean>;
  readonly now: () => Date;
}

/** Changes into the journal and the tables, each step whole or not at all. */
export function createCatalogWriter(parts: CatalogWriterParts): Pick<Catalog, 'record' | 'begin' | 'undo'> {
  const { connection } = parts;

  /** One transaction of lines, which get their part numbers there. */
  async function step(sql: Sql, change: number, lines: readonly ChangeLine[]): Promise<void> {
    const at = parts.now().toISOString();
    const [row] = await sql.all<{ parts: number }>('SELECT parts FROM changes WHERE id = ?', change);
    let part = row?.parts ?? 0;
    for (const line of lines) {
      await parts.journal.write(changeLine({ change, part: part++, at }, line));
      await projectChange(sql, line, { change, at });
    }
    await sql.run('UPDATE changes SET parts = ?2 WHERE id = ?1', change, part);
  }

  async function write<T>(durable: boolean, work: (sql: Sql) => Promise<T>): Promise<T> {
    return connection.write({ durable }, async (sql) => {
      const result = await work(sql);
      // The journal is never behind the database.
      await parts.journal.sync();
      return result;
    });
  }

  async function beginIn(sql: Sql, { seen, ...header }: ChangeHeader): Promise<number> {
    if (seen !== undefined) await refuseOvertaken(sql, { experiment: header.experiment, seen });
    const [row] = await sql.all<{ id: number | null }>('SELECT max(id) AS id FROM changes');
    const change = (row?.id ?? 0) + 1;
    await step(sql, change, [{ step: 'began', header: { ...header, ...parts.who }, engine: parts.token }]);
    return change;
  }

  /** What was read is what is changed: nobody else's change is written over, nor half an import built upon. */
  async function refuseOvertaken(
    sql: Sql,
    { experiment, seen }: { readonly experiment: string; readonly seen: number },
  ): Promise<void> {
    const [other] = await sql.all<{ user: string; host: string }>(overtakenSql, experiment, seen);
    if (other === undefined) return;
    throw new StoreProblem(
      'busy',
      `${other.user} on ${other.host} changes \`${experiment}\` at this moment, or did just now`,
      'Nothing was changed. Run the same command again when that has ended.',
    );
  }

  async function didLines(sql: Sql, events: readonly CatalogEvent[]): Promise<readonly ChangeLine[]> {
    const [row] = await sql.all<{ id: number | null }>('SELECT max(id) AS id FROM items');
    let next = (row?.id ?? 0) + 1;
    return events.map((event) => {
      if (event.type !== 'items-added') return { step: 'did', event };
      const firstItem = next;
      next += event.items.length;
      return { step: 'did', event, firstItem };
    });
  }

  async function sweep(): Promise<void> {
    const open = await connection.all<{ id: number; engine: string | null }>(
      "SELECT id, engine FROM changes WHERE state = 'open'",
    );
    for (const { id, engine } of open) {
      if (engine === parts.token || (engine !== null && (await parts.isAlive(engine)))) continue;
      await write(true, (sql) => step(sql, id, [{ step: 'abandoned' }]));
    }
  }

  async function recordIn(sql: Sql, header: ChangeHeader, events: readonly CatalogEvent[]): Promise<number> {
    const change = await beginIn(sql, header);
    await step(sql, change, [...(await didLines(sql, events)), { step: 'ended', about: {} }]);
    return change;
  }

  /** Keys that an import or an annotation declared after the change, which left the record with `keys`: items have them. */
  async function withLaterKeys(
    sql: Sql,
    { before, keys }: { readonly before: Experiment; readonly keys: readonly string[] | undefined },
  ): Promise<Experiment> {
    const [row] = await sql.all<{ record: string }>('SELECT record FROM experiments WHERE name = ?', before.name);
    if (row === undefined || keys === undefined) return before;
    const known = new Set([...keys, ...before.keys.map(({ name }) => name)]);
    const later = (JSON.parse(row.record) as Experiment).keys.filter(({ name }) => !known.has(name));
    return { ...before, keys: [...before.keys, ...later] };
  }

  /** What was looked at holds until it is written: of two who undo one change at once, the second is told. */
  async function undoIn(sql: Sql, change: number): Promise<number> {
    const [row] = await sql.all<UndoRow>(undoSql, change);
    if (row === undefined) throw new UndoProblem(`There is no change ${change}`, '`bit changes` lists them.');
    if (row.state !== 'done')
      throw new UndoProblem(`Change ${change} is ${row.state}`, 'Only a change that stands can be undone.');
    if (row.kind === 'undo')
      throw new UndoProblem(`Change ${change} undid another one`, 'To have it back, do again what was undone.');
    const about = JSON.parse(row.about) as {
      readonly before?: Experiment | null;
      readonly what?: string;
      readonly keys?: readonly string[];
    };
    // What was retracted before it, and why, is not kept.
    if (row.kind === 'retraction' && about.what === 'restored')
      throw new UndoProblem(
        `Change ${change} took a retraction back`,
        'To have it retracted again, retract it: `bit retract`.',
      );
    const [later] = await sql.all<{ id: number }>(laterSql, change);
    if (later !== undefined)
      throw new UndoProblem(
        `Change ${later.id} came after change ${change} and touches the same`,
        `Undo that one first: \`bit undo ${later.id}\`.`,
      );
    await refuseOvertaken(sql, { experiment: row.experiment, seen: Number.MAX_SAFE_INTEGER });
    const events: CatalogEvent[] = [{ type: 'undone', change }];
    const { before } = about;
    // Whoever sets a record says in `about` what stood there before. Keys that an import brought stay: other items may have them by now.
    if (row.kind === 'experiment' && before !== undefined && before !== null)
      events.push({ type: 'experiment-set', experiment: await withLaterKeys(sql, { before, keys: about.keys }) });
    return recordIn(
      sql,
      {
        kind: 'undo',
        experiment: row.experiment,
        ...(row.dataset !== null && { dataset: row.dataset }),
        about: { undoes: change, kind: row.kind },
      },
      events,
    );
  }

  return {
    record: async (header, events) => {
      await sweep();
      return write(true, (sql) => recordIn(sql, header, events));
    },
    begin: async (header) => {
      await sweep();
      const id = await write(true, (sql) => beginIn(sql, header));
      let over = false;
      const open: OpenChange = {
        id,
        write: (events) => write(false, async (sql) => step(sql, id, await didLines(sql, events))),
        end: async ({ events, about }) => {
          await write(true, async (sql) => step(sql, id, [...(await didLines(sql, events)), { step: 'ended', about }]));
          over = true;
        },
        abandon: async () => {
          if (over) return;
          over = true;
          await write(true, (sql) => step(sql, id, [{ step: 'abandoned' }]));
        },
      };
      return open;
    },
    undo: async (change) => {
      await sweep();
      return write(true, (sql) => undoIn(sql, change));
    },
  };
}

/** For a store that is open for reading. */
export const refusingWriter = (folder: string): Pick<Catalog, 'record' | 'begin' | 'undo'> => {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new StoreProblem(
        'read-only',
        `The store ${folder} is open for reading only`,
        'Make it writable, or use another with `--store DIR`.',
      ),
    );
  return { record: refuse, begin: refuse, undo: refuse };
};

interface UndoRow {
  readonly state: string;
  readonly kind: string;
  readonly experiment: string;
  readonly dataset: string | null;
  readonly about: string;
}

const undoSql = 'SELECT state, kind, experiment, dataset, about FROM changes WHERE id = ?';

/** What was abandoned left nothing. */
const overtakenSql = `
SELECT user, host FROM changes WHERE experiment = ?1 AND ((id > ?2 AND state <> 'abandoned') OR state = 'open') ORDER BY id DESC LIMIT 1`;

/** The newest change that stands on this one: it set the same tags, annotated or replaced its items, or the record of the experiment after it. */
const laterSql = `
SELECT id FROM (
  SELECT c.id FROM replaced mine JOIN replaced other ON other.item = mine.item AND other.name = mine.name AND other.change > mine.change
    JOIN changes c ON c.id = other.change AND c.state = 'done' WHERE mine.change = ?1
  UNION
  SELECT c.id FROM items i JOIN replaced r ON r.item = i.id JOIN changes c ON c.id = r.change AND c.state = 'done' WHERE i.change = ?1
  UNION
  SELECT c.id FROM items i JOIN changes c ON c.id = i.superseded AND c.state = 'done' WHERE i.change = ?1
  UNION
  SELECT c.id FROM changes mine JOIN changes c ON c.experiment = mine.experiment AND c.kind = 'experiment' AND c.state = 'done' AND c.id > mine.id
    WHERE mine.id = ?1 AND mine.kind = 'experiment')
ORDER BY id DESC LIMIT 1`;
