import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connection, connect } from './database/connection.ts';
import type { Layout } from './layout.ts';

/**
 * Who is alive. Each engine holds an exclusive transaction on a small SQLite file of its own: a POSIX lock, which the kernel takes back
 * however the process ends. A pid could be another process by now; a heartbeat would call a stopped engine dead.
 */
export interface EngineLock {
  readonly token: string;
  release(): Promise<void>;
}

export async function lockEngine(layout: Layout): Promise<EngineLock> {
  const token = randomBytes(12).toString('hex');
  const path = lockPath(layout, token);
  const connection = await connect(path, { mode: 'create', busyMilliseconds: 0 });
  await connection.run('BEGIN EXCLUSIVE');
  return {
    token,
    release: async () => {
      await rm(path, { force: true });
      await connection.close();
    },
  };
}

/** Whether the engine that has this token still lives: asked of the kernel, by trying to read its file. */
export async function isAlive(layout: Layout, token: string): Promise<boolean> {
  const path = lockPath(layout, token);
  if (!existsSync(path)) return false;
  let connection: Connection | undefined;
  try {
    connection = await connect(path, { mode: 'read', busyMilliseconds: 0 });
    await connection.all('SELECT count(*) FROM sqlite_master');
    return false;
  } catch (error) {
    // Gone between the two calls, or not readable by us: only "busy" proves a living owner.
    return error instanceof Error && 'why' in error && error.why === 'busy';
  } finally {
    await connection?.close();
  }
}

/** Tokens of all engines that live on this store. */
export async function livingEngines(layout: Layout): Promise<readonly string[]> {
  const alive: string[] = [];
  for (const name of await readdir(layout.engines).catch(() => [])) {
    const token = /^([0-9a-f]+)\.lock$/.exec(name)?.[1];
    if (token !== undefined && (await isAlive(layout, token))) alive.push(token);
  }
  return alive;
}

/** Removes the lock files of engines that are gone. A young one may belong to an engine that is just starting. */
export async function sweepEngines(layout: Layout, options: { readonly olderThanMilliseconds: number }): Promise<void> {
  for (const name of await readdir(layout.engines)) {
    const token = /^([0-9a-f]+)\.lock$/.exec(name)?.[1];
    if (token === undefined) continue;
    const path = join(layout.engines, name);
    const age = await stat(path).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > options.olderThanMilliseconds && !(await isAlive(layout, token))) await rm(path, { force: true });
  }
}

const lockPath = (layout: Layout, token: string): string => join(layout.engines, `${token}.lock`);
