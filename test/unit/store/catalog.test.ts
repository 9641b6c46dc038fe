import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CatalogEvent, Experiment, NewItem } from '../../../src/engine/ports/catalog.ts';
import { rebuildStore, type Store } from '../../../src/store/index.ts';
import { blake3 } from '../../../src/util/blake3.ts';

import { cleanUp, newFolder, opened } from './rig.ts';

cleanUp();

const experiment: Experiment = {
  name: 'E',
  authors: [{ name: 'Ada', orcid: '0000-0002-1825-0097' }],
  funding: [],
  keys: [{ name: 'dose', type: 'Float', unit: 'um' }],
};

const item = (name: string, tags: NewItem['tags']): NewItem => ({
  name,
  path: `/data/${name}`,
  digest: blake3(name),
  directory: false,
  size: 10,
  info: { mediaType: 'image/tiff', image: { axes: 'yx', shape: [4, 4], dtype: 'uint8' } },
  mode: 'reference',
  tags,
  companions: [],
});

const added = (...items: readonly NewItem[]): CatalogEvent => ({
  type: 'items-added',
  dataset: 'raw',
  items,
  types: { dose: 'Float' },
});

const first: readonly CatalogEvent[] = [
  { type: 'experiment-set', experiment },
  { type: 'dataset-added', dataset: 'raw', kind: 'raw' },
];

async function imported(store: Store, ...items: readonly NewItem[]): Promise<number> {
  const change = await store.catalog.begin({
    kind: 'import',
    experiment: 'E',
    dataset: 'raw',
    about: { source: '/data' },
  });
  await change.write([...first, added(...items)]);
  await change.end({ events: [], about: { items: items.length } });
  return change.id;
}

const all = { experiment: 'E', filter: { kind: 'all' }, retracted: 'with' } as const;
const tagsOf = async (store: Store) =>
  Object.fromEntries((await store.catalog.items(all)).map(({ name, tags }) => [name, tags]));

async function everything(store: Store) {
  return {
    experiments: await store.catalog.experiments(),
    datasets: await store.catalog.datasets(),
    items: await store.catalog.items(all),
    tags: await store.catalog.tagNames(),
    changes: await store.catalog.changes({ limit: 100 }),
    retractions: await store.catalog.retractions(),
  };
}

test('an import is seen when it has ended, whole, and not before', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  const change = await store.catalog.begin({ kind: 'import', experiment: 'E', dataset: 'raw', about: {} });
  await change.write([...first, added(item('a.tif', { cell: 'A', dose: 2 }))]);
  await change.write([added(item('b.tif', { cell: 'B', early: true }))]);
  expect([await store.catalog.experiments(), await store.catalog.datasets()]).toEqual([[], []]);
  expect(await store.catalog.items(all)).toEqual([]);
  await change.end({ events: [], about: { items: 2 } });
  expect(await tagsOf(store)).toEqual({ 'a.tif': { cell: 'A', dose: 2 }, 'b.tif': { cell: 'B', early: true } });
  expect(await store.catalog.datasets('E')).toMatchObject([{ name: 'raw', kind: 'raw', items: 2, bytes: 20 }]);
  expect(await store.catalog.tagNames('E')).toEqual([
    { name: 'cell', type: 'Str', items: 2 },
    { name: 'dose', type: 'Float', items: 1 },
    { name: 'early', type: 'Bool', items: 1 },
  ]);
  expect(await store.catalog.changes({ limit: 5 })).toMatchObject([{ state: 'done', about: { items: 2 } }]);
});

test('an import that was given up leaves nothing, also when it was the first', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  const change = await store.catalog.begin({ kind: 'import', experiment: 'E', dataset: 'raw', about: {} });
  await change.write([...first, added(item('a.tif', { cell: 'A' }))]);
  await change.abandon();
  expect(await everything(store)).toMatchObject({ experiments: [], datasets: [], items: [], tags: [] });
  await imported(store, item('a.tif', { cell: 'A' }));
  expect(await tagsOf(store)).toEqual({ 'a.tif': { cell: 'A' } });
});

test('the import of an engine that died is cleared away by the next one', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  const change = await store.catalog.begin({ kind: 'import', experiment: 'E', dataset: 'raw', about: {} });
  await change.write([...first, added(item('a.tif', { cell: 'A' }))]);
  await store.close();
  const next = await opened(folder);
  await imported(next, item('a.tif', { cell: 'A' }));
  expect(await tagsOf(next)).toEqual({ 'a.tif': { cell: 'A' } });
  expect(await next.catalog.changes({ limit: 5 })).toMatchObject([{ state: 'done' }, { state: 'abandoned' }]);
});

test('tags that were set are taken back by undo, with the values and types they had', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  await imported(store, item('a.tif', { cell: 'A', dose: 2, early: true }), item('b.tif', { cell: 'B' }));
  const before = await everything(store);
  const ids = before.items.map(({ id }) => id);
  const change = await store.catalog.record({ kind: 'annotation', experiment: 'E', about: {} }, [
    {
      type: 'tags-set',
      types: { day: 'Date' },
      items: ids.map((id) => ({ item: id, tags: { cell: 'C', early: null, dose: 3.5, day: '2026-11-24' } })),
    },
  ]);
  expect(await tagsOf(store)).toEqual({
    'a.tif': { cell: 'C', dose: 3.5, day: '2026-11-24' },
    'b.tif': { cell: 'C', dose: 3.5, day: '2026-11-24' },
  });
  expect(await store.catalog.tagNames()).toContainEqual({ name: 'day', type: 'Date', items: 2 });
  await store.catalog.undo(change);
  expect(await everything(store)).toMatchObject({ items: before.items, tags: before.tags });
  await expect(store.catalog.undo(change)).rejects.toThrow(`Change ${change} is undone`);
});

test('a change that another one built on is not undone before that one', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  const change = await imported(store, item('a.tif', { cell: 'A' }));
  const [one] = await store.catalog.items(all);
  const set = (cell: string) =>
    store.catalog.record({ kind: 'annotation', experiment: 'E', about: {} }, [
      { type: 'tags-set', types: {}, items: [{ item: one?.id ?? 0, tags: { cell } }] },
    ]);
  const [second, third] = [await set('B'), await set('C')];
  await expect(store.catalog.undo(change)).rejects.toMatchObject({
    help: `Undo that one first: \`bit undo ${third}\`.`,
  });
  await expect(store.catalog.undo(second)).rejects.toMatchObject({
    help: `Undo that one first: \`bit undo ${third}\`.`,
  });
  await store.catalog.undo(third);
  expect(await tagsOf(store)).toEqual({ 'a.tif': { cell: 'B' } });
  await store.catalog.undo(second);
  await store.catalog.undo(change);
  expect(await tagsOf(store)).toEqual({});
});

test('of two who undo one change at the same moment, one is told that it is undone', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  const change = await imported(store, item('a.tif', { cell: 'A' }));
  const both = await Promise.allSettled([store.catalog.undo(change), store.catalog.undo(change)]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect((await store.catalog.changes({ limit: 9 })).map(({ kind }) => kind)).toEqual(['undo', 'import']);
});

test('what others changed since it was read, or are changing, is not written over', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  const seen = await imported(store, item('a.tif', { cell: 'A' }));
  const title = (title: string) =>
    store.catalog.record({ kind: 'experiment', experiment: 'E', about: {}, seen }, [
      { type: 'experiment-set', experiment: { ...experiment, title } },
    ]);
  await title('first');
  await expect(title('second')).rejects.toMatchObject({ why: 'busy' });
  expect(await store.catalog.experiment('E')).toMatchObject({ title: 'first' });
  const open = await store.catalog.begin({ kind: 'import', experiment: 'E', dataset: 'raw', about: {} });
  await expect(store.catalog.undo(seen)).rejects.toMatchObject({ why: 'busy' });
  await open.abandon();
  await store.catalog.undo(seen);
});

test('what is retracted is marked wherever it is an item, and an undo takes the mark away', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  await imported(store, item('a.tif', { cell: 'A' }), item('b.tif', { cell: 'B' }));
  const change = await store.catalog.record({ kind: 'retraction', experiment: 'E', about: {} }, [
    { type: 'retracted', kind: 'content', subjects: [blake3('a.tif')], reason: 'out of focus' },
  ]);
  expect((await store.catalog.items({ ...all, retracted: 'without' })).map(({ name }) => name)).toEqual(['b.tif']);
  expect(await store.catalog.items({ ...all, retracted: 'only' })).toMatchObject([{ retracted: 'out of focus' }]);
  expect(await store.catalog.retractions()).toMatchObject([{ kind: 'content', reason: 'out of focus' }]);
  await store.catalog.undo(change);
  expect([await store.catalog.retractions(), await store.catalog.items({ ...all, retracted: 'only' })]).toEqual([
    [],
    [],
  ]);
});

test('what two people retract stays retracted when the second takes it back', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  await imported(store, item('a.tif', { cell: 'A' }));
  const retract = (reason: string) =>
    store.catalog.record({ kind: 'retraction', experiment: 'E', about: {} }, [
      { type: 'retracted', kind: 'content', subjects: [blake3('a.tif')], reason },
    ]);
  const first = await retract('drift');
  const second = await retract('out of focus');
  await store.catalog.undo(second);
  expect(await store.catalog.retractions()).toMatchObject([{ reason: 'drift' }]);
  expect(await store.catalog.items({ ...all, retracted: 'only' })).toMatchObject([{ retracted: 'drift' }]);
  await store.catalog.undo(first);
  expect(await store.catalog.items({ ...all, retracted: 'only' })).toEqual([]);
});

test('an undone import gives back the items that it had taken the place of', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  await imported(store, item('a.tif', { cell: 'A' }));
  const [old] = await store.catalog.items(all);
  const change = await store.catalog.begin({ kind: 'import', experiment: 'E', dataset: 'raw', about: {} });
  await change.write([added({ ...item('a.tif', { cell: 'A' }), digest: blake3('newer') })]);
  await change.end({ events: [{ type: 'items-superseded', items: [old?.id ?? 0] }], about: {} });
  expect(await store.catalog.items(all)).toMatchObject([{ digest: blake3('newer') }]);
  await store.catalog.undo(change.id);
  expect(await store.catalog.items(all)).toEqual([old]);
});

test('a database made again from the journal has every experiment, item, tag and change that the old one had', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  const given = await store.catalog.begin({ kind: 'import', experiment: 'gone', dataset: 'raw', about: {} });
  await given.write([...first.slice(0, 0), { type: 'experiment-set', experiment: { ...experiment, name: 'gone' } }]);
  await given.abandon();
  await imported(store, item('a.tif', { cell: 'A', dose: 2 }), item('b.tif', { cell: 'B', early: false }));
  const ids = (await store.catalog.items(all)).map(({ id }) => id);
  const change = await store.catalog.record({ kind: 'annotation', experiment: 'E', about: {} }, [
    { type: 'tags-set', types: {}, items: [{ item: ids[0] ?? 0, tags: { cell: 'C', dose: null } }] },
  ]);
  await store.catalog.record({ kind: 'annotation', experiment: 'E', about: {} }, [
    { type: 'tags-set', types: {}, items: [{ item: ids[1] ?? 0, tags: { early: true } }] },
  ]);
  await store.catalog.undo(change);
  await store.catalog.record({ kind: 'retraction', experiment: 'E', about: {} }, [
    { type: 'retracted', kind: 'content', subjects: [blake3('b.tif')], reason: 'drift' },
  ]);
  const before = await everything(store);
  await store.close();
  expect(await rebuildStore(folder, { now: () => new Date() })).toMatchObject({ unreadable: 0 });
  expect(await everything(await opened(folder))).toEqual(before);
});

test('a large dataset comes in portions, each item once, by name', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  const names = Array.from({ length: 4500 }, (_, at) => `${String(at % 1500).padStart(5, '0')}.tif`);
  await imported(store, ...names.map((name, at) => ({ ...item(name, {}), path: `/data/${at}` })));
  const portions: number[] = [];
  const seen: { readonly name: string; readonly id: number }[] = [];
  for await (const portion of store.catalog.datasetItems({ experiment: 'E', dataset: 'raw' })) {
    portions.push(portion.length);
    seen.push(...portion);
  }
  expect(portions.length).toBeGreaterThan(1);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(4500);
  expect(seen.map(({ name }) => name)).toEqual([...names].sort());
  for await (const portion of store.catalog.datasetItems({ experiment: 'E', dataset: 'other' }))
    expect(portion).toEqual([]);
});

test('what the journal says of a change that never came to be is not in a database made again', async () => {
  const folder = join(newFolder(), '.bit');
  const store = await opened(folder);
  await imported(store, item('a.tif', { cell: 'A' }));
  const change = await store.catalog.record({ kind: 'annotation', experiment: 'E', about: {} }, [
    { type: 'experiment-set', experiment: { ...experiment, title: 'as it is' } },
  ]);
  const before = await everything(store);
  await store.close();
  // The journal is written first. An engine that was killed before its transaction ended leaves lines, and the next change gets the number.
  const at = new Date(0).toISOString();
  const lines = [
    { step: 'began', header: { kind: 'import', experiment: 'E', about: {}, user: 'ann', host: 'lab', version: '1' } },
    { step: 'did', event: { type: 'experiment-set', experiment } },
    { step: 'did', event: { type: 'dataset-added', dataset: 'never', kind: 'raw' } },
    { step: 'did', event: { ...added(item('never.tif', {})), dataset: 'never' }, firstItem: 2 },
    { step: 'ended', about: {} },
  ];
  writeFileSync(
    join(folder, 'journal', 'killed.jsonl'),
    lines.map((line, part) => `${JSON.stringify({ kind: 'change', change, part, at, line })}\n`).join(''),
  );
  await rebuildStore(folder, { now: () => new Date() });
  expect(await everything(await opened(folder))).toEqual(before);
});
