import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test, vi } from 'vitest';
import { StoreProblem } from '../../../src/engine/ports/run-store.ts';
import { connect } from '../../../src/store/database/connection.ts';
import { findStore, rebuildStore } from '../../../src/store/index.ts';
import { blake3, hashing, loadWasm, nativeHashing } from '../../../src/util/blake3.ts';
import { key, planned, started, succeeded } from '../../contract/run-store.contract.ts';
import { cleanUp, newFolder, opened } from './rig.ts';

cleanUp();
// Processes are started, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

const child = join(import.meta.dirname, 'engine-child.ts');

/** Starts another engine and waits for the first line it prints. */
async function engine(
  folder: string,
  ...words: readonly string[]
): Promise<{
  readonly line: string;
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  readonly ended: Promise<void>;
}> {
  const process_ = spawn(process.execPath, [child, folder, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => process_.once('exit', () => resolve()));
  const lines = createInterface({ input: process_.stdout });
  const line = await new Promise<string>((resolve) => lines.once('line', resolve));
  return {
    line,
    ended,
    kill: async (signal) => {
      process_.kill(signal);
      if (signal === 'SIGKILL') await ended;
    },
  };
}

test('the native digest and its replacement agree, in one piece and in many', async () => {
  const wasm = await loadWasm();
  expect(nativeHashing?.kind).toBe('native');
  for (const size of [0, 1, 63, 64, 65, 1023, 1024, 1025, 100_000]) {
    const bytes = Buffer.from(Array.from({ length: size }, (_, index) => index % 251));
    const [a, b] = [await hashing.start(), await wasm.start()];
    for (let at = 0; at < size; at += 777) {
      a.update(bytes.subarray(at, at + 777));
      b.update(bytes.subarray(at, at + 777));
    }
    expect(new Set([hashing.hash(bytes), wasm.hash(bytes), a.hex(), b.hex()]).size).toBe(1);
  }
  // From the test vectors of the BLAKE3 team.
  expect(hashing.hash('')).toBe('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262');
});

test('a new store is private to its owner and says what it is', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  await store.runs.append(store.runs.createRun(), [started(store.runs.engine.token)]);
  for (const name of readdirSync(folder)) {
    const mode = statSync(join(folder, name)).mode & 0o777;
    expect([name, mode]).toEqual([name, statSync(join(folder, name)).isDirectory() ? 0o700 : 0o600]);
  }
  expect(readFileSync(join(folder, 'README.txt'), 'utf8')).toContain('Deleting it loses');
});

test('the nearest store upwards is found', async () => {
  const folder = newFolder();
  await opened(join(folder, '.bit'));
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  expect(findStore(join(folder, 'a/b'))).toBe(join(folder, '.bit'));
});

test('a store on a shared file system keeps its database on a disk of one host, and every command finds it', async () => {
  const place = newFolder();
  const folder = join(place, 'shared/.bit');
  const database = join(place, 'local');
  const store = await opened(folder, { database });
  const run = store.runs.createRun();
  await store.runs.append(run, [started(store.runs.engine.token)]);
  expect(readdirSync(folder)).not.toContain('bit.db');
  expect(store.layout.database.startsWith(`${database}/.bit-`)).toBe(true);
  await store.close();
  const again = await opened(folder);
  expect((await again.reader.runs({})).map((one) => one.run)).toEqual([run]);
  await again.close();

  rmSync(store.layout.database);
  await rebuildStore(folder, { now: () => new Date() });
  expect((await (await opened(folder)).reader.runs({})).map((one) => one.run)).toEqual([run]);

  writeFileSync(join(folder, 'database.json'), JSON.stringify({ host: 'elsewhere', folder: database }));
  await expect(opened(folder)).rejects.toMatchObject({
    why: 'network',
    message: expect.stringContaining('on the host elsewhere'),
    help: expect.stringContaining('Work with this store on elsewhere'),
  });
  await expect(rebuildStore(folder, { now: () => new Date() })).rejects.toMatchObject({ why: 'network' });

  writeFileSync(join(folder, 'database.json'), '{');
  await expect(opened(folder)).rejects.toMatchObject({ why: 'damaged', help: expect.stringContaining('bit rebuild') });

  // What the message says: that host is gone for good.
  rmSync(join(folder, 'database.json'));
  await rebuildStore(folder, { now: () => new Date(), database: join(place, 'other') });
  const moved = await opened(folder);
  expect((await moved.reader.runs({})).map((one) => one.run)).toEqual([run]);
  expect(moved.layout.database.startsWith(join(place, 'other'))).toBe(true);
});

test('a store that is not there reads as empty, and nothing is made', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder, { create: false });
  expect((await store.runs.lookup([key('A')])).size).toBe(0);
  expect(await store.reader.runs({})).toEqual([]);
  const file = join(folder, '..', 'a.txt');
  writeFileSync(file, 'text');
  expect(await store.content.digest([file], { fingerprint: 'content', fresh: false })).toMatchObject([
    { ok: true, digest: blake3('text') },
  ]);
  await expect(store.runs.append(store.runs.createRun(), [started('')])).rejects.toMatchObject({ why: 'read-only' });
  expect(existsSync(folder)).toBe(false);
});

test('what an engine that was killed had claimed can be claimed at once', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  const other = await engine(folder, 'claim', key('A'), key('B'));
  expect(JSON.parse(other.line)).toMatchObject({ claims: ['ours', 'ours'] });
  expect(await store.runs.claim([key('A'), key('C')])).toEqual(
    new Map([
      [key('A'), 'held'],
      [key('C'), 'ours'],
    ]),
  );
  expect(await store.runs.interrupted()).toEqual([]);
  await other.kill('SIGKILL');
  expect(await store.runs.claim([key('A')])).toEqual(new Map([[key('A'), 'ours']]));
  expect(await store.runs.interrupted()).toMatchObject([{ run: JSON.parse(other.line).run, pipeline: '/p/cells.bit' }]);
});

test('an engine that is stopped is alive', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  const other = await engine(folder, 'claim', key('A'));
  await other.kill('SIGSTOP');
  expect(await store.runs.claim([key('A')])).toEqual(new Map([[key('A'), 'held']]));
  await other.kill('SIGKILL');
});

test('claims are given back when a store is closed', async () => {
  const folder = join(newFolder(), '.bit');
  const [one, two] = [await opened(folder), await opened(folder)];
  await one.runs.claim([key('A')]);
  expect((await two.runs.claim([key('A')])).get(key('A'))).toBe('held');
  await one.close();
  expect((await two.runs.claim([key('A')])).get(key('A'))).toBe('ours');
});

test('several engines write to one store at once, and nothing is lost', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  const others = await Promise.all([
    engine(folder, 'append', '6'),
    engine(folder, 'append', '6'),
    engine(folder, 'append', '6'),
  ]);
  await Promise.all(others.map((other) => other.ended));
  const runs = await store.reader.runs({});
  expect(runs.map((run) => run.status)).toEqual(Array.from({ length: 18 }, () => 'succeeded'));
  for (const run of runs) expect((await store.runs.events(run.run)).map((event) => event.seq)).toEqual([1, 2, 3, 4]);
  expect((await store.runs.lookup([key('shared')])).size).toBe(1);
});

test('a reader sees a run that is going on, and does not stand in its way', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  const run = store.runs.createRun();
  await store.runs.append(run, [started(store.runs.engine.token)]);
  const reading = await opened(folder, { create: false, readOnly: true });
  expect(await reading.reader.runs({})).toMatchObject([{ run, status: 'running' }]);
  await store.runs.append(run, [
    { type: 'tasks-planned', tasks: [planned('A')] },
    { type: 'tasks-succeeded', tasks: [succeeded('A')] },
  ]);
  expect((await reading.runs.lookup([key('A')])).size).toBe(1);
  await expect(reading.runs.append(run, [])).rejects.toMatchObject({ why: 'read-only' });
  await expect(reading.content.put(Buffer.from('x'))).rejects.toMatchObject({ why: 'read-only' });
});

test('a database from a newer version is refused and left as it is', async () => {
  const folder = join(newFolder(), '.bit');
  await (await opened(folder)).close();
  const database = await connect(join(folder, 'bit.db'), { mode: 'write', busyMilliseconds: 100 });
  await database.run('PRAGMA user_version = 999');
  await database.close();
  const before = readFileSync(join(folder, 'bit.db'));
  for (const readOnly of [false, true]) {
    const problem = await opened(folder, { readOnly }).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(StoreProblem);
    expect(problem).toMatchObject({ why: 'newer', message: expect.stringContaining('newer version') });
  }
  expect(readFileSync(join(folder, 'bit.db')).equals(before)).toBe(true);
});

test('the schema is the one that is written down', async () => {
  const folder = join(newFolder(), '.bit');
  await (await opened(folder)).close();
  const database = await connect(join(folder, 'bit.db'), { mode: 'read', busyMilliseconds: 100 });
  const rows = await database.all<{ sql: string }>(
    'SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name',
  );
  const version = await database.all<{ user_version: number }>('PRAGMA user_version');
  await database.close();
  const text = `-- version ${version[0]?.user_version}\n${rows.map((row) => `${row.sql};`).join('\n\n')}\n`;
  await expect(text).toMatchFileSnapshot('../../golden/schema.sql');
});

test('a key that was reused in many runs keeps one set of parts and edges', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  for (let round = 0; round < 5; round++) {
    const run = store.runs.createRun();
    await store.runs.append(run, [started(store.runs.engine.token), { type: 'tasks-planned', tasks: [planned('A')] }]);
  }
  const database = await connect(join(folder, 'bit.db'), { mode: 'read', busyMilliseconds: 100 });
  expect(
    await database.all(
      'SELECT (SELECT count(*) FROM keys) AS keys, (SELECT count(*) FROM inputs) AS inputs, (SELECT count(*) FROM tasks) AS tasks',
    ),
  ).toEqual([{ keys: 1, inputs: 1, tasks: 5 }]);
  await database.close();
});

const isRoot = process.getuid?.() === 0;

test.skipIf(isRoot)('a store that may not be written to is read, and refused for writing', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  await store.runs.append(store.runs.createRun(), [started(store.runs.engine.token)]);
  await store.close();
  for (const name of [...readdirSync(folder), '.'])
    chmodSync(join(folder, name), statSync(join(folder, name)).mode & 0o555);
  await expect(opened(folder)).rejects.toMatchObject({ why: expect.stringMatching(/read-only|denied/) });
  expect(await (await opened(folder, { readOnly: true })).reader.runs({})).toHaveLength(1);
});

/** A file system of a given size, where this machine lets us make one. */
function smallDisk(folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0;
}

test('a read-only disk is read, and refused for writing, with what to do', async (context) => {
  const disk = join(newFolder(), 'disk');
  if (!smallDisk(disk, 'size=20m')) return context.skip('this machine does not let us mount a file system');
  try {
    const folder = join(disk, '.bit');
    const store = await opened(folder);
    await store.runs.append(store.runs.createRun(), [started(store.runs.engine.token)]);
    await store.close();
    expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
    await expect(opened(folder)).rejects.toMatchObject({ why: 'read-only', help: expect.stringContaining('--store') });
    const reading = await opened(folder, { create: false, readOnly: true });
    expect(await reading.reader.runs({})).toHaveLength(1);
    await reading.close();
    await expect(opened(join(disk, 'other/.bit'))).rejects.toMatchObject({ why: 'read-only' });
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('a full disk is said to be full, nothing half-done is seen, and with space again it goes on', async (context) => {
  const root = newFolder();
  const disk = join(root, 'disk');
  if (!smallDisk(disk, 'size=3m')) return context.skip('this machine does not let us mount a file system');
  try {
    const folder = join(disk, '.bit');
    const store = await opened(folder);
    const run = store.runs.createRun();
    await store.runs.append(run, [started(store.runs.engine.token)]);
    const ballast = join(disk, 'ballast');
    spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096'], { stdio: 'ignore' });
    const tasks = Array.from({ length: 2000 }, (_, index) => planned(`cell ${index}`));
    await expect(store.runs.append(run, [{ type: 'tasks-planned', tasks }])).rejects.toMatchObject({
      name: 'StoreProblem',
      why: 'full',
    });
    const big = join(root, 'big.tif');
    writeFileSync(big, Buffer.alloc(100_000, 1));
    const digest = blake3(Buffer.alloc(100_000, 1));
    await expect(store.content.place([{ path: big, digest, directory: false }])).rejects.toMatchObject({ why: 'full' });
    expect((await store.content.present([{ digest, directory: false, size: 100_000 }], { verify: false })).size).toBe(
      0,
    );
    const [published] = await store.publisher
      .publish([{ from: big, digest, directory: false, to: join(disk, 'out/big.tif') }])
      .catch(() => [{ ok: false as const, why: 'full' as const }]);
    expect(published).toMatchObject({ ok: false, why: 'full' });

    rmSync(ballast);
    await store.runs.append(run, [{ type: 'tasks-planned', tasks: tasks.slice(0, 10) }]);
    expect((await store.runs.events(run)).map((event) => event.type)).toEqual(['run-started', 'tasks-planned']);
    await store.content.place([{ path: big, digest, directory: false }]);
    expect((await store.content.present([{ digest, directory: false, size: 100_000 }], { verify: true })).size).toBe(1);
    await store.close();
  } finally {
    spawnSync('umount', [disk]);
  }
});
