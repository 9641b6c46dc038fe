import { appendFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rebuildStore, type Store } from '../../../src/store/index.ts';
import { key } from '../../contract/run-store.contract.ts';
import { tableOf, twoStepRun } from './lineage-rig.ts';
import { cleanUp, newFolder, opened } from './rig.ts';

cleanUp();

const now = { now: () => new Date() };

async function everything(store: Store) {
  const runs = await store.reader.runs({});
  const lineage = await store.reader.lineage(tableOf('A'), { direction: 'both' });
  return {
    runs,
    events: await Promise.all(runs.map((run) => store.runs.events(run.run))),
    answers: [...(await store.runs.lookup([key('A'), key('B'), key('track A script')]))],
    lineage: { artifacts: [...lineage.artifacts], tasks: [...lineage.tasks] },
    found: await store.reader.find({ kind: 'all' }),
    tags: await store.reader.tagNames(),
  };
}

async function recorded(folder: string) {
  const store = await opened(folder);
  await twoStepRun(store);
  await twoStepRun(store, { reuse: true });
  await twoStepRun(store, { script: 'changed' });
  const before = await everything(store);
  await store.close();
  return before;
}

test('a lost database comes back whole: runs, events, answers, lineage, published files, tags', async () => {
  const folder = join(newFolder(), '.bit');
  const before = await recorded(folder);
  for (const name of readdirSync(folder)) if (name.startsWith('bit.db')) rmSync(join(folder, name));
  expect(await rebuildStore(folder, now)).toMatchObject({ runs: 3, published: 2, unreadable: 0 });
  expect(await everything(await opened(folder))).toEqual(before);
});

test('a damaged database is said to be, put aside, and made again', async () => {
  const folder = join(newFolder(), '.bit');
  const before = await recorded(folder);
  for (const tail of ['-wal', '-shm']) rmSync(join(folder, `bit.db${tail}`), { force: true });
  writeFileSync(join(folder, 'bit.db'), 'this is not a database, but it is long enough to look at '.repeat(50));
  await expect(opened(folder)).rejects.toMatchObject({ why: 'damaged', help: expect.stringContaining('bit rebuild') });
  const { old } = await rebuildStore(folder, now);
  expect(statSync(old ?? '').size).toBeGreaterThan(0);
  expect(await everything(await opened(folder))).toEqual(before);
});

test('a store whose database is gone is not taken for a new one', async () => {
  const folder = join(newFolder(), '.bit');
  await recorded(folder);
  for (const name of readdirSync(folder)) if (name.startsWith('bit.db')) rmSync(join(folder, name));
  await expect(opened(folder)).rejects.toMatchObject({ why: 'damaged', help: expect.stringContaining('bit rebuild') });
});

test('a journal that a crash cut short loses its last line and nothing else', async () => {
  const folder = join(newFolder(), '.bit');
  await recorded(folder);
  const [segment = ''] = readdirSync(join(folder, 'journal'));
  const path = join(folder, 'journal', segment);
  truncateSync(path, statSync(path).size - 10);
  expect(await rebuildStore(folder, now)).toMatchObject({ runs: 3 });
  const [last] = await (await opened(folder)).reader.runs({});
  expect(last?.status).toBe('interrupted');
});

test('a line in the journal that is no line is counted and passed over', async () => {
  const folder = join(newFolder(), '.bit');
  const before = await recorded(folder);
  const [segment = ''] = readdirSync(join(folder, 'journal'));
  appendFileSync(join(folder, 'journal', segment), '\0\0\0\0garbage\n');
  expect(await rebuildStore(folder, now)).toMatchObject({ runs: 3, unreadable: 1 });
  expect(await everything(await opened(folder))).toEqual(before);
});

test('a rebuild while a run is going on is refused', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  await twoStepRun(store);
  await expect(rebuildStore(folder, now)).rejects.toMatchObject({ why: 'busy' });
});

test('a store that was rebuilt goes on, and can be rebuilt again', async () => {
  const folder = join(newFolder(), '.bit');
  await recorded(folder);
  await rebuildStore(folder, now);
  const store = await opened(folder);
  await twoStepRun(store, { script: 'third' });
  const before = await everything(store);
  await store.close();
  await rebuildStore(folder, now);
  expect(await everything(await opened(folder))).toEqual(before);
});

test('nor is one whose database is an empty file', async () => {
  const folder = join(newFolder(), '.bit');
  const before = await recorded(folder);
  for (const name of readdirSync(folder)) if (name.startsWith('bit.db-')) rmSync(join(folder, name));
  truncateSync(join(folder, 'bit.db'));
  await expect(opened(folder)).rejects.toMatchObject({ why: 'damaged', message: expect.stringContaining('journal') });
  await rebuildStore(folder, now);
  const store = await opened(folder);
  expect(await everything(store)).toEqual(before);
  await store.close();
});
