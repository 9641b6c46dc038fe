import { existsSync } from 'node:fs';
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreProblem } from '../../engine/ports/run-store.ts';
import { chunks } from '../../util/chunks.ts';
import { projectChange } from '../catalog/catalog-projection.ts';
import { type Connection, connect, type Sql } from '../database/connection.ts';
import { refuseNetworkFileSystem } from '../database/file-system.ts';
import { recordKeys } from '../database/keys.ts';
import { migrate } from '../database/migrate.ts';
import { project } from '../database/projections.ts';
import { insertRun } from '../database/run-row.ts';
import { placeDatabase, refuseOtherHost } from '../database-place.ts';
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
  /** Imported, as they can be found. */
  readonly items: number;
  /** Lines of the journal that could not be read, or that belong to a run whose beginning is lost. */
  readonly unreadable: number;
  /** Where the old database lies now; absent where there was none. */
  readonly old?: string;
}

/**
 * Makes the run database again by appending every event of the journal once more, through the same projections that wrote it the first time. The old
 * database is put aside, never deleted. Refused while an engine runs on the store.
 */
export async function rebuildStore(
  folder: string,
  options: {
    readonly now: () => Date;
    /** A folder on a disk of this machine, for a store without a database. */
    readonly database?: string;
  },
): Promise<Rebuilt> {
  refuseOtherHost(folder);
  if (options.database !== undefined && existsSync(folder) && !existsSync(layoutOf(folder).database))
    await placeDatabase(folder, options.database);
  const layout = layoutOf(folder);
  if (!existsSync(layout.folder))
    throw new StoreProblem('damaged', `There is no store at ${folder}`, 'Name the store with `--store DIR`.');
  if ((await livingEngines(layout)).length > 0)
    throw new StoreProblem('busy', `A run is using the store ${folder}`, 'Try again when it has ended.');
  await refuseNetworkFileSystem(dirname(layout.database));
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

/** What happened at one moment: one event, in all its lines, or the intention to publish. */
interface Happening {
  readonly at: string;
  readonly run: string;
  readonly seq: number;
  readonly lines: LinePlace[];
}

/** Keys first, in any order; then what happened, in the order it happened. Answers how many lines were of no use. */
async function replay(layout: Layout, connection: Connection): Promise<number> {
  const { happenings, unreadable } = await readSegments(layout, connection);
  const reader = lineReader();
  const runs = new Map<string, number>();
  let useless = unreadable;
  try {
    for (const batch of chunks(happenings, 100)) {
      await connection.write({ durable: false }, async (sql) => {
        for (const happening of batch) {
          const lines: Line[] = [];
          for (const place of happening.lines) {
            const line = readLine(await reader.read(place));
            if (line !== undefined) lines.push(line);
          }
          if (!(await apply(sql, lines, runs))) useless += lines.length;
        }
      });
    }
  } finally {
    await reader.close();
  }
  // Durable at once, now that all of it is there.
  await connection.write({ durable: true }, async () => {});
  return useless;
}

async function readSegments(
  layout: Layout,
  connection: Connection,
): Promise<{ readonly happenings: readonly Happening[]; readonly unreadable: number }> {
  let unreadable = 0;
  const events = new Map<string, Happening>();
  const placings: Happening[] = [];
  const never = new Set<string>();
  for (const path of await segments(layout)) {
    for await (const { place, text } of linesOf(path)) {
      const line = readLine(text);
      if (line === undefined) unreadable++;
      else if (line.kind === 'keys') await connection.write({ durable: false }, (sql) => recordKeys(sql, line.keys));
      else if (line.kind === 'placing') placings.push({ at: line.at, run: '', seq: 0, lines: [place] });
      else if (line.kind === 'change') {
        const { change, part, at } = line;
        const name = `change ${change} ${part}`;
        const known = events.get(name);
        if (known === undefined || known.at < at) {
          if (known !== undefined) never.add(stepOf(change, known.at));
          events.set(name, { at, run: changeRun(change), seq: part, lines: [place] });
        } else if (at < known.at) never.add(stepOf(change, at));
      } else {
        const name = `${line.run} ${line.seq}`;
        const known = events.get(name);
        if (known?.at === line.at) known.lines.push(place);
        // An event whose transaction never came to be is followed by another one with its number: the later one is what the database had.
        else if (known === undefined || known.at < line.at)
          events.set(name, { at: line.at, run: line.run, seq: line.seq, lines: [place] });
      }
    }
  }
  const happened = [...events.values()].filter(({ run, at }) => !never.has(`${run} ${at}`));
  return { happenings: [...placings, ...happened].sort(inOrder), unreadable };
}

const changeRun = (change: number): string => `change ${String(change).padStart(12, '0')}`;

/** Lines of a change that were written together: as with events, those whose transaction never came to be are followed by others with their numbers, and none of them holds then. */
const stepOf = (change: number, at: string): string => `${changeRun(change)} ${at}`;

const inOrder = (a: Happening, b: Happening): number =>
  a.at < b.at ? -1 : a.at > b.at ? 1 : a.run < b.run ? -1 : a.run > b.run ? 1 : a.seq - b.seq;

async function apply(sql: Sql, lines: readonly Line[], runs: Map<string, number>): Promise<boolean> {
  const [first] = lines;
  if (first === undefined || first.kind === 'keys') return false;
  if (first.kind === 'placing') {
    await sql.run(
      placedSql,
      JSON.stringify(first.files.map((file) => [file.path, digestHex(file.digest), file.directory ? 1 : 0])),
      first.at,
    );
    return true;
  }
  if (first.kind === 'change') {
    await projectChange(sql, first.line, { change: first.change, at: first.at });
    await sql.run('UPDATE changes SET parts = ?2 WHERE id = ?1', first.change, first.part + 1);
    return true;
  }
  const { event, at } = first;
  if (event.type === 'run-started' && !runs.has(first.run)) {
    await insertRun(sql, first.run, event, at);
    const [made] = await sql.all<{ id: number }>('SELECT id FROM runs WHERE run = ?', first.run);
    if (made) runs.set(first.run, made.id);
  }
  const run = runs.get(first.run);
  if (run === undefined) return false;
  for (const line of lines) {
    if (line.kind === 'event')
      await sql.run(eventSql, run, line.seq, line.chunk, at, event.type, JSON.stringify(line.event));
    if (line.kind === 'event' && line.event.type === 'pruned')
      await sql.run(forgetSql, JSON.stringify(line.event.paths));
  }
  await project(sql, { run, from: first.seq, to: first.seq, type: event.type });
  return true;
}

async function totals(connection: Connection): Promise<Omit<Rebuilt, 'unreadable' | 'old'>> {
  const count = async (from: string): Promise<number> =>
    (await connection.all<{ n: number }>(`SELECT count(*) AS n FROM ${from}`))[0]?.n ?? 0;
  return {
    runs: await count('runs'),
    tasks: await count('tasks'),
    results: await count('results'),
    published: await count("locations WHERE kind = 'published' AND current = 1"),
    items: await count('items WHERE visible = 1'),
  };
}

async function putAside(layout: Layout, now: Date): Promise<string | undefined> {
  if (!existsSync(layout.database)) return removeDatabase(layout.database).then(() => undefined);
  await mkdir(layout.damaged, { recursive: true, mode: 0o700 });
  const old = join(layout.retired, `bit.db-${now.toISOString().replace(/[-:.]/g, '')}`);
  await rename(layout.database, old);
  for (const tail of ['-wal', '-shm'])
    if (existsSync(layout.database + tail)) await rename(layout.database + tail, old + tail);
  return old;
}

async function removeDatabase(path: string): Promise<void> {
  for (const tail of ['', '-wal', '-shm', '-journal']) await rm(path + tail, { force: true });
}

const eventSql = 'INSERT INTO events (run, seq, chunk, at, type, body) VALUES (?, ?, ?, ?, ?, ?)';

const forgetSql = 'DELETE FROM placed WHERE path IN (SELECT value FROM json_each(?))';

const placedSql = `
INSERT INTO placed (path, digest, directory, at) SELECT value ->> 0, unhex(value ->> 1), value ->> 2, ?2 FROM json_each(?1) WHERE true
ON CONFLICT (path) DO UPDATE SET digest = excluded.digest, directory = excluded.directory, stat = NULL, at = excluded.at`;
