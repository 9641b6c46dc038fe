import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { chmod, mkdir, open as openFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Catalog } from '../engine/ports/catalog.ts';
import type { ContentStore } from '../engine/ports/content-store.ts';
import type { ImpactReader } from '../engine/ports/impact.ts';
import type { PlacedElsewhere, Publisher } from '../engine/ports/publisher.ts';
import type { Drafts, FetchedMemo } from '../engine/ports/remote.ts';
import type { RunReader } from '../engine/ports/run-reader.ts';
import { type RunStore, StoreProblem } from '../engine/ports/run-store.ts';
import { ownUser } from '../util/own-user.ts';
import { packageVersion } from '../util/package-root.ts';
import { createCatalogReader } from './catalog/catalog-reader.ts';
import { createCatalogWriter, refusingWriter } from './catalog/catalog-writer.ts';
import { createContentStore } from './content/content-store.ts';
import { digestMemo } from './content/digest-memo.ts';
import { createDrafts } from './content/drafts.ts';
import { fetchedMemo } from './content/fetched-memo.ts';
import { type Connection, connect } from './database/connection.ts';
import { refuseNetworkFileSystem } from './database/file-system.ts';
import { migrate } from './database/migrate.ts';
import { placeDatabase, refuseOtherHost } from './database-place.ts';
import { isAlive, livingEngines, lockEngine, sweepEngines } from './engine-lock.ts';
import { type Collected, collectGarbage, type GcPolicy } from './gc.ts';
import { journalWriter } from './journal/journal-writer.ts';
import { segments } from './journal/segments.ts';
import { type Layout, layoutOf, readme } from './layout.ts';
import { storeProblem } from './problem.ts';
import { createPlacedElsewhere, createPublisher } from './publish/publisher.ts';
import { createImpactReader } from './reader/impact.ts';
import { createRunReader } from './reader/run-reader.ts';
import { createRunStore } from './run-store.ts';
import { type Verified, type VerifiedFile, verifyFiles, verifyStore } from './verify.ts';

/** A store's folder, opened: what the engine's ports need, on one database. */
export interface Store {
  readonly folder: string;
  readonly layout: Layout;
  readonly runs: RunStore;
  readonly content: ContentStore;
  readonly publisher: Publisher;
  readonly reader: RunReader;
  /** What depends on retracted data, tools and environments. */
  readonly impact: ImpactReader;
  /** Which addresses of other places hold what runs put there. */
  readonly elsewhere: PlacedElsewhere;
  /** Where fetched files are on their way in, and what was fetched before. */
  readonly drafts: Drafts;
  readonly fetched: FetchedMemo;
  /** Experiments, datasets and items. */
  readonly catalog: Catalog;
  /** Frees what no kept run needs. Only where the store is open for writing. */
  collect(policy: GcPolicy): Promise<Collected>;
  /** Reads every object and published file again. */
  verify(): Promise<Verified>;
  /** The same for published files at these paths or below them. */
  verifyFiles(paths: readonly string[]): Promise<readonly VerifiedFile[]>;
  /** Writes what is under way, gives back claims, and lets go of the engine's lock. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Makes the store where there is none. Else one that is not there reads as empty, and nothing is written. */
  readonly create: boolean;
  readonly readOnly: boolean;
  /** A folder on a disk of this machine for the database of a store that is made; in the store unless said. */
  readonly database?: string;
  readonly now?: () => Date;
}

/** Writers wait this long for each other; a transaction takes milliseconds. */
const busyMilliseconds = 30_000;

/** Rejects with `StoreProblem` where the folder cannot be used: read-only, no permission, on a network file system, of a newer version, damaged. */
export async function openStore(folder: string, options: OpenOptions): Promise<Store> {
  refuseOtherHost(folder);
  if (options.create && options.database !== undefined && !existsSync(layoutOf(folder).database))
    await elsewhere(folder, options.database);
  const layout = layoutOf(folder);
  const now = options.now ?? (() => new Date());
  refuseHidden(layout);
  if (!existsSync(layout.database) && (await segments(layout)).length > 0) throw lostDatabase(layout);
  if (options.create && !options.readOnly) await prepare(layout);
  if (!existsSync(layout.database)) return assemble(await emptyStore(layout, now));
  await refuseNetworkFileSystem(dirname(layout.database));
  if (options.readOnly) return assemble(await readingStore(layout, now));
  const connection = await connect(layout.database, { mode: 'write', busyMilliseconds });
  try {
    await connection.run('PRAGMA journal_mode = WAL');
    await tune(connection);
    await migrate(connection, { path: layout.database, write: true });
    const lock = await lockEngine(layout).catch((error: unknown) => {
      throw storeProblem(error, { path: layout.engines, doing: 'register with the store' });
    });
    await sweepEngines(layout, { olderThanMilliseconds: 60_000 });
    return assemble({ layout, now, connection, writing: lock });
  } catch (error) {
    await connection.close().catch(() => {});
    throw error;
  }
}

/** A store that one may not look into is not an empty one. */
function refuseHidden({ folder, database }: Layout): void {
  try {
    statSync(database, { throwIfNoEntry: false });
  } catch (error) {
    throw storeProblem(error, { path: folder, doing: 'read the store' });
  }
}

interface Opened {
  readonly layout: Layout;
  readonly now: () => Date;
  readonly connection: Connection;
  readonly writing?: { readonly token: string; release(): Promise<void> };
}

function assemble({ layout, now, connection, writing }: Opened): Store {
  const alive = async (token: string): Promise<boolean> => token === writing?.token || isAlive(layout, token);
  const journal = journalWriter(layout, { token: writing?.token ?? '', now });
  const runs = createRunStore({
    layout,
    connection,
    isAlive: alive,
    now,
    ...(writing && { writing: { journal, token: writing.token } }),
  });
  const content = createContentStore(layout, {
    memo: digestMemo(connection, writing && connection),
    write: writing !== undefined,
  });
  const publisher = createPublisher({ connection, content, journal, token: writing?.token ?? '', isAlive: alive, now });
  const catalog: Catalog = {
    ...createCatalogReader(connection),
    ...(writing
      ? createCatalogWriter({ connection, journal, who: whoWrites(), token: writing.token, isAlive: alive, now })
      : refusingWriter(layout.folder)),
  };
  const reader = createRunReader(connection, { isAlive: alive, texts: runs.texts });
  const close = async (): Promise<void> => {
    if (writing) await runs.claims.releaseAll().catch(() => {});
    await journal.close();
    await connection.close();
    await writing?.release();
  };
  return {
    folder: layout.folder,
    layout,
    runs: { ...runs, close },
    content,
    publisher,
    elsewhere: createPlacedElsewhere({ connection, journal, now }),
    drafts: createDrafts(layout, { token: writing?.token ?? '', isAlive: alive }),
    fetched: fetchedMemo(connection, { now }),
    reader,
    impact: createImpactReader(connection),
    catalog,
    close,
    collect: (policy) =>
      collectGarbage(
        {
          layout,
          connection,
          now,
          isAlive: alive,
          livingEngines: async () => (await livingEngines(layout)).filter((token) => token !== writing?.token),
        },
        policy,
      ),
    verify: () => verifyStore({ layout, connection, content }),
    verifyFiles: (paths) => verifyFiles({ connection, content }, paths),
  };
}

/** Of changes: the account, not whatever name somebody gives. */
const whoWrites = () => ({ user: ownUser().name, host: hostname(), version: packageVersion() });

async function elsewhere(folder: string, database: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await placeDatabase(folder, database);
  } catch (error) {
    throw storeProblem(error, { path: database, doing: 'make the run database' });
  }
}

/** Makes what is missing, private to its owner. */
async function prepare(layout: Layout): Promise<void> {
  try {
    for (const folder of [
      layout.folder,
      layout.objects,
      layout.incoming,
      layout.work,
      layout.engines,
      layout.journal,
      layout.damaged,
      layout.environments,
    ]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    if (!existsSync(layout.readme)) await writeFile(layout.readme, readme, { mode: 0o600 });
    if (!existsSync(layout.database)) {
      await refuseNetworkFileSystem(dirname(layout.database));
      // SQLite would make it readable for all; its log and index take the mode of this file.
      await (await openFile(layout.database, 'a', 0o600)).close();
      await chmod(layout.database, 0o600);
    }
  } catch (error) {
    throw storeProblem(hiddenRefusal(layout.folder) ?? error, { path: layout.folder, doing: 'make the store' });
  }
}

/** Node says "no such file" where it may not make the parent of a folder: the nearest folder that is there tells why. */
function hiddenRefusal(folder: string): unknown {
  let there = folder;
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  try {
    accessSync(there, constants.W_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}

async function readingStore(layout: Layout, now: () => Date): Promise<Opened> {
  const connection = await connectForReading(layout);
  try {
    await migrate(connection, { path: layout.database, write: false });
    return { layout, now, connection };
  } catch (error) {
    await connection.close().catch(() => {});
    throw error;
  }
}

/** Readers of a write-ahead log share memory with the writer, through a file. On a read-only disk there is no writer, and no such file. */
async function connectForReading(layout: Layout): Promise<Connection> {
  const connection = await connect(layout.database, { mode: 'read', busyMilliseconds });
  try {
    await connection.all('SELECT count(*) FROM sqlite_master');
    return connection;
  } catch (error) {
    await connection.close().catch(() => {});
    const refused = error instanceof StoreProblem && (error.why === 'denied' || error.why === 'read-only');
    if (!refused) throw error;
    return connect(layout.database, { mode: 'immutable', busyMilliseconds });
  }
}

/** A store that is not there: everything is unknown, digests work, and nothing can be written. */
async function emptyStore(layout: Layout, now: () => Date): Promise<Opened> {
  const connection = await connect(':memory:', { mode: 'create', busyMilliseconds });
  await migrate(connection, { path: layout.database, write: true });
  return { layout, now, connection };
}

/** Starting an empty database beside a journal would forget everything without a word. */
const lostDatabase = (layout: Layout): StoreProblem =>
  new StoreProblem(
    'damaged',
    `The run database ${layout.database} is gone, but the store's journal is there`,
    '`bit rebuild` makes the database again. To start over instead, delete the whole store folder.',
  );

async function tune(connection: Connection): Promise<void> {
  await connection.run('PRAGMA foreign_keys = ON');
  await connection.run('PRAGMA cache_size = -32768');
  await connection.run('PRAGMA temp_store = MEMORY');
  // A checkpoint copies what changed into the database and syncs both; every 32 MiB is often enough.
  await connection.run('PRAGMA wal_autocheckpoint = 8000');
  await connection.run('PRAGMA journal_size_limit = 67108864');
}
