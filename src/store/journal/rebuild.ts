import { existsSync } from 'node:fs';
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreProblem } from '../../engine/ports/run-store.ts';
import { chunks } from '../../util/chunks.ts';
import { unreachable } from '../../util/unreachable.ts';
import { type Connection, connect, type Sql } from '../database/connection.ts';
import { migrate } from '../database/migrate.ts';
import { keySteps, runRow, stepsOf } from '../database/projections.ts';
import { perform } from '../database/step.ts';
import { livingEngines } from '../engine-lock.ts';
import { digestHex, type Layout, layoutOf } from '../layout.ts';
import { storeProblem } from '../problem.ts';
import { type Line, readLine } from './line.ts';
import { type LinePlace, lineReader, linesOf, segments } from './segments.ts';

export interface Rebuilt {
  readonly runs: number;
  readonly tasks: number;
  readonly results: number;
  readonly published: number;
  /** Lines of the journal that could not be read, or that belong to a run whose beginning is lost. */
  readonly unreadable: number;
  /** Where the old database lies now; absent where there was none. */
  readonly old?: string;
}

/**
 * Makes the run database again by appending every event of the journal once more, through the same projections that wrote it the first time. The old
 * database is put aside, never deleted. Refused while an engine runs on the store.
 */
export async function rebuildStore(folder: string, options: { readonly now: () => Date }): Promise<Rebuilt> {
  const layout = layoutOf(folder);
  if (!existsSync(layout.folder))
    throw new StoreProblem('damaged', `There is no store at ${folder}`, 'Name the store with `--store DIR`.');
  if ((await livingEngines(layout)).length > 0)
    throw new StoreProblem('busy', `A run is using the store ${folder}`, 'Try again when it has ended.');
  const draft = `${layout.database}.new`;
  try {
    await removeDatabase(draft);
    await (await open(draft, 'a', 0o600)).close();
    await chmod(draft, 0o600);
    const connection = await connect(draft, { mode: 'write', busyMilliseconds: 1000 });
    let rebuilt: Rebuilt;
    try {
      await migrate(connection, { path: draft, write: true });
      await connection.run('PRAGMA foreign_keys = ON');
      const unreadable = await replay(layout, connection);
      rebuilt = { ...(await totals(connection)), unreadable };
    } finally {
      await connection.close();
    }
    const old = await putAside(layout, options.now());
    await rename(draft, layout.database);
    return old === undefined ? rebuilt : { ...rebuilt, old };
  } catch (error) {
    await removeDatabase(draft).catch(() => {});
    throw storeProblem(error, { path: layout.database, doing: 'rebuild the run database' });
  }
}

type Keyed = Exclude<Line, { kind: 'keys' }>;

interface Ordered {
  readonly at: string;
  readonly seq: number;
  readonly chunk: number;
  readonly place: LinePlace;
}

/** Keys first, in any order; then what happened, in the order it happened. Answers how many lines were of no use. */
async function replay(layout: Layout, connection: Connection): Promise<number> {
  let unreadable = 0;
  // A line whose transaction never came to be is followed by another one with its number: the later one is what the database had.
  const events = new Map<string, Ordered>();
  const placings: Ordered[] = [];
  for (const path of await segments(layout)) {
    for await (const { place, text } of linesOf(path)) {
      const line = readLine(text);
      if (line === undefined) unreadable++;
      else if (line.kind === 'keys')
        await connection.write({ durable: false }, (sql) => perform(sql, keySteps(line.keys), { run: 0, time: '' }));
      else if (line.kind === 'placing') placings.push({ at: line.at, seq: 0, chunk: 0, place });
      else {
        const name = `${line.run} ${line.seq} ${line.chunk}`;
        const known = events.get(name);
        if (known === undefined || known.at <= line.at)
          events.set(name, { at: line.at, seq: line.seq, chunk: line.chunk, place });
      }
    }
  }
  const ordered = [...placings, ...events.values()].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : a.seq - b.seq || a.chunk - b.chunk,
  );
  const reader = lineReader();
  const runs = new Map<string, number>();
  try {
    for (const batch of chunks(ordered, 200)) {
      const lines: Keyed[] = [];
      for (const { place } of batch) {
        const line = readLine(await reader.read(place));
        if (line !== undefined && line.kind !== 'keys') lines.push(line);
      }
      await connection.write({ durable: false }, async (sql) => {
        for (const line of lines) if (!(await apply(sql, line, runs))) unreadable++;
      });
    }
  } finally {
    await reader.close();
  }
  // Durable at once, now that all of it is there.
  await connection.write({ durable: true }, async () => {});
  return unreadable;
}

async function apply(sql: Sql, line: Keyed, runs: Map<string, number>): Promise<boolean> {
  switch (line.kind) {
    case 'placing':
      await sql.run(
        placedSql,
        JSON.stringify(line.files.map((file) => [file.path, digestHex(file.digest), file.directory ? 1 : 0])),
        line.at,
      );
      return true;
    case 'event': {
      const { event, at } = line;
      if (event.type === 'run-started' && !runs.has(line.run)) {
        const { sql: insert, row } = runRow(line.run, event);
        await sql.run(insert, JSON.stringify(row), at);
        const [made] = await sql.all<{ id: number }>('SELECT id FROM runs WHERE run = ?', line.run);
        if (made) runs.set(line.run, made.id);
      }
      const run = runs.get(line.run);
      if (run === undefined) return false;
      await sql.run(
        'INSERT INTO events (run, seq, chunk, at, type, body) VALUES (?, ?, ?, ?, ?, ?)',
        run,
        line.seq,
        line.chunk,
        at,
        event.type,
        JSON.stringify(event),
      );
      const [last] = await sql.all<{ id: number | null }>('SELECT max(id) AS id FROM results');
      await perform(sql, stepsOf(event, { isKnown: () => true, resultId: (last?.id ?? 0) + 1 }), { run, time: at });
      if (event.type === 'pruned')
        await sql.run('DELETE FROM placed WHERE path IN (SELECT value FROM json_each(?))', JSON.stringify(event.paths));
      return true;
    }
    default:
      return unreachable(line);
  }
}

async function totals(connection: Connection): Promise<Omit<Rebuilt, 'unreadable' | 'old'>> {
  const count = async (from: string): Promise<number> =>
    (await connection.all<{ n: number }>(`SELECT count(*) AS n FROM ${from}`))[0]?.n ?? 0;
  return {
    runs: await count('runs'),
    tasks: await count('tasks'),
    results: await count('results'),
    published: await count("locations WHERE kind = 'published' AND current = 1"),
  };
}

async function putAside(layout: Layout, now: Date): Promise<string | undefined> {
  if (!existsSync(layout.database)) return removeDatabase(layout.database).then(() => undefined);
  await mkdir(layout.damaged, { recursive: true, mode: 0o700 });
  const old = join(layout.damaged, `bit.db-${now.toISOString().replace(/[-:.]/g, '')}`);
  await rename(layout.database, old);
  for (const tail of ['-wal', '-shm'])
    if (existsSync(layout.database + tail)) await rename(layout.database + tail, old + tail);
  return old;
}

async function removeDatabase(path: string): Promise<void> {
  for (const tail of ['', '-wal', '-shm', '-journal']) await rm(path + tail, { force: true });
}

const placedSql = `
INSERT INTO placed (path, digest, directory, at) SELECT value ->> 0, unhex(value ->> 1), value ->> 2, ?2 FROM json_each(?1) WHERE true
ON CONFLICT (path) DO UPDATE SET digest = excluded.digest, directory = excluded.directory, stat = NULL, at = excluded.at`;
