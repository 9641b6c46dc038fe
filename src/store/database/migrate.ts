import { StoreProblem } from '../../engine/ports/run-store.ts';
import type { Connection } from './connection.ts';
import { start } from './migrations/0001-start.ts';
import { runners } from './migrations/0002-runners.ts';
import { catalog } from './migrations/0003-catalog.ts';

/** In order, numbered from 1. One that was released is never edited: a later one changes what it made. */
const migrations: readonly string[] = [start, runners, catalog];

/** `bitf`, so that `file bit.db` and a stray database can be told apart. */
const applicationId = 0x62697466;
/** Below it, a write-ahead log that is restarted while another process reads can lose a commit. */
const oldestSqlite = [3, 51, 3] as const;

/** Brings the database to this version, or refuses one that a newer version made. `write` is false for read-only connections. */
export async function migrate(
  connection: Connection,
  options: { readonly path: string; readonly write: boolean },
): Promise<void> {
  await requireSqlite(connection);
  const version = await userVersion(connection);
  if (version > migrations.length) throw newer(options.path, version);
  if (version === migrations.length) return;
  if (!options.write) {
    throw new StoreProblem(
      'damaged',
      `${options.path} was made by an older version and needs an update first`,
      'Run a pipeline on this store once, which updates it, or `bit rebuild`.',
    );
  }
  await connection.write({ durable: true }, async (sql) => {
    // Another engine may have done it while this one waited for the lock.
    const now = (await sql.all<{ user_version: number }>('PRAGMA user_version'))[0]?.user_version ?? 0;
    for (const migration of migrations.slice(now)) {
      for (const statement of migration.split(/;\n/)) if (statement.trim() !== '') await sql.run(statement);
    }
    await sql.run(`PRAGMA application_id = ${applicationId}`);
    await sql.run(`PRAGMA user_version = ${migrations.length}`);
  });
}

async function userVersion(connection: Connection): Promise<number> {
  return (await connection.all<{ user_version: number }>('PRAGMA user_version'))[0]?.user_version ?? 0;
}

function newer(path: string, version: number): StoreProblem {
  return new StoreProblem(
    'newer',
    `${path} was written by a newer version of bit (its schema is ${version}, this one knows ${migrations.length})`,
    'Use that version, or another store with `--store DIR` or BIT_STORE. Nothing was changed.',
  );
}

async function requireSqlite(connection: Connection): Promise<void> {
  const text = (await connection.all<{ version: string }>('SELECT sqlite_version() AS version'))[0]?.version ?? '0';
  const found = text.split('.').map(Number);
  for (const [index, wanted] of oldestSqlite.entries()) {
    const part = found[index] ?? 0;
    if (part > wanted) return;
    if (part < wanted) {
      throw new StoreProblem(
        'damaged',
        `SQLite ${text} is too old for the run database (${oldestSqlite.join('.')} is needed)`,
        'Install the dependencies again with `npm ci`, so that the sqlite3 package brings its own.',
      );
    }
  }
}
