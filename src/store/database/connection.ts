import { pathToFileURL } from 'node:url';
import sqlite3 from 'sqlite3';
import { storeProblem } from '../problem.ts';

export type SqlValue = string | number | Uint8Array | null;

/** Runs statements; inside a transaction only through what `write` hands over. */
export interface Sql {
  all<Row>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]>;
  run(sql: string, ...values: readonly SqlValue[]): Promise<void>;
}

/**
 * One SQLite connection. Everything asked of it is done one after the other, in the order of asking, so a transaction never mixes with
 * other statements. npm sqlite3 pays per call, not per row: rows go in as one JSON text that `json_each` spreads.
 */
export interface Connection extends Sql {
  /**
   * One transaction. `durable` waits for the disk; else a power cut (not a crash) may take it back, in order with what follows.
   */
  write<T>(options: { readonly durable: boolean }, work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** `immutable`: on a disk that nobody can write to, where even readers cannot make the files they share. */
  readonly mode: 'create' | 'write' | 'read' | 'immutable';
  readonly busyMilliseconds: number;
}

export async function connect(path: string, options: ConnectionOptions): Promise<Connection> {
  const at = (doing: string) => ({ path, doing });
  const database = await open(path, options).catch((error: unknown) => {
    throw storeProblem(error, at('open the run database'));
  });
  database.configure('busyTimeout', options.busyMilliseconds);
  const statements = new Map<string, sqlite3.Statement>();
  let last: Promise<unknown> = Promise.resolve();
  let durable = true;

  const statement = (sql: string): Promise<sqlite3.Statement> => {
    const known = statements.get(sql);
    if (known) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const prepared: sqlite3.Statement = database.prepare(sql, (error: Error | null) => {
        if (error) return reject(error);
        statements.set(sql, prepared);
        resolve(prepared);
      });
    });
  };
  const raw: Sql = {
    all: async <Row>(sql: string, ...values: readonly SqlValue[]) => {
      const prepared = await statement(sql);
      return new Promise<readonly Row[]>((resolve, reject) => {
        prepared.all<Row>(values, (error, rows) => (error ? reject(error) : resolve(rows)));
      });
    },
    // Through `all`: the driver's own `run` leaves a statement that gives a row (a PRAGMA) open, and with it a transaction.
    run: async (sql, ...values) => void (await raw.all(sql, ...values)),
  };
  const inTurn = <T>(work: () => Promise<T>, doing: string): Promise<T> => {
    const mine = last.then(work, work).catch((error: unknown) => {
      throw storeProblem(error, at(doing));
    });
    last = mine.catch(() => {});
    return mine;
  };
  const sync = async (wanted: boolean): Promise<void> => {
    if (wanted === durable) return;
    await raw.run(wanted ? 'PRAGMA synchronous = FULL' : 'PRAGMA synchronous = NORMAL');
    durable = wanted;
  };

  return {
    all: (sql, ...values) => inTurn(() => raw.all(sql, ...values), 'read the run database'),
    run: (sql, ...values) => inTurn(() => raw.run(sql, ...values), 'write the run database'),
    write: (how, work) =>
      inTurn(async () => {
        await sync(how.durable);
        await raw.run('BEGIN IMMEDIATE');
        try {
          const result = await work(raw);
          await raw.run('COMMIT');
          return result;
        } catch (error) {
          // A full disk may have rolled back already; then there is nothing to undo.
          await raw.run('ROLLBACK').catch(() => {});
          throw error;
        }
      }, 'write the run database'),
    close: () =>
      inTurn(async () => {
        for (const prepared of statements.values()) await new Promise<void>((done) => prepared.finalize(() => done()));
        statements.clear();
        await new Promise<void>((resolve, reject) => database.close((error) => (error ? reject(error) : resolve())));
      }, 'close the run database'),
  };
}

function open(path: string, options: ConnectionOptions): Promise<sqlite3.Database> {
  const { OPEN_CREATE, OPEN_READONLY, OPEN_READWRITE, OPEN_URI } = sqlite3;
  const mode = {
    create: OPEN_READWRITE | OPEN_CREATE,
    write: OPEN_READWRITE,
    read: OPEN_READONLY,
    immutable: OPEN_READONLY | OPEN_URI,
  }[options.mode];
  const name = options.mode === 'immutable' ? `${pathToFileURL(path).href}?immutable=1` : path;
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(name, mode, (error) => (error ? reject(error) : resolve(database)));
  });
}
