import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { blake3 } from '../../../src/util/blake3.ts';
import { cleanUp, newFolder, opened } from './rig.ts';

cleanUp();

const isSlow = process.env.BIT_TEST_SLOW === '1';
const folders = isSlow ? 100 : 5;

/** Files of a few bytes, a thousand to a folder. */
function manyFiles(root: string): readonly string[] {
  return Array.from({ length: folders }, (_, index) => {
    const folder = join(root, `many/${index}`);
    mkdirSync(folder, { recursive: true });
    return Array.from({ length: 1000 }, (_, at) => {
      const path = join(folder, `${at}.tif`);
      writeFileSync(path, `${index} ${at}`);
      return path;
    });
  }).flat();
}

test('unchanged files are looked at again for about the price of a stat, and nothing is held up', async () => {
  const root = newFolder();
  const store = await opened(join(root, '.bit'));
  const paths = manyFiles(root);
  const ask = () => store.content.digest(paths, { fingerprint: 'content', fresh: false });
  const first = await ask();
  // Files written in the instant they were first read are read once more.
  await ask();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const from = process.cpuUsage();
  const again = await ask();
  const { user, system } = process.cpuUsage(from);
  delay.disable();
  expect(again).toEqual(first);
  expect(again[1001]).toMatchObject({ ok: true, digest: blake3('1 1') });
  if (!isSlow) return;
  // CPU time, because other tests run beside this one: one stat, one look-up and one answer per file.
  expect((user + system) / 1000 / paths.length).toBeLessThan(0.02);
  expect(delay.percentile(99) / 1e6).toBeLessThan(100);
}, 120_000);

test('ten thousand tasks are written and looked up in batches that hold nothing up', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  const { key, planned, started, succeeded } = await import('../../contract/run-store.contract.ts');
  const names = Array.from({ length: isSlow ? 10_000 : 2_000 }, (_, index) => `cell ${index}`);
  const run = store.runs.createRun();
  await store.runs.append(run, [started(store.runs.engine.token)]);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const from = performance.now();
  await store.runs.append(run, [
    { type: 'tasks-planned', tasks: names.map((name) => planned(name)) },
    { type: 'tasks-succeeded', tasks: names.map((name) => succeeded(name)) },
  ]);
  const written = performance.now() - from;
  expect((await store.runs.lookup(names.map(key))).size).toBe(names.length);
  delay.disable();
  if (!isSlow) return;
  expect(names.length / (written / 1000)).toBeGreaterThan(3000);
  expect(delay.percentile(99) / 1e6).toBeLessThan(100);
}, 120_000);
