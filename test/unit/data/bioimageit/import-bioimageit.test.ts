import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { type BioImageITImport, importBioImageIT } from '../../../../src/data/bioimageit/import-bioimageit.ts';
import { previewBioImageIT } from '../../../../src/data/bioimageit/preview-bioimageit.ts';
import { readBioImageIT } from '../../../../src/data/bioimageit/read-bioimageit.ts';
import { formats } from '../../../../src/data/formats/index.ts';
import type { CatalogItem } from '../../../../src/engine/ports/catalog.ts';
import { rebuildStore, type Store } from '../../../../src/store/index.ts';
import { writeBioImageIT } from '../../../support/bioimageit-experiment.ts';
import { mutatedJson } from '../../../support/mutated-json.ts';
import { random } from '../../../support/random.ts';
import { cleanUp, newFolder, opened } from '../../store/rig.ts';

cleanUp();
// Processes are started, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

const name = 'Particules élevées 粒子';

async function importInto(store: Store, folder: string, other: Partial<BioImageITImport> = {}) {
  return importBioImageIT({
    reading: await readBioImageIT(folder),
    name: undefined,
    mode: 'reference',
    catalog: store.catalog,
    runs: store.runs,
    content: store.content,
    formats,
    keep: async () => {},
    signal: new AbortController().signal,
    progress: () => {},
    ...other,
  });
}

const itemsOf = (store: Store, dataset: string, experiment = name): Promise<readonly CatalogItem[]> =>
  store.catalog.items({ experiment, dataset, filter: { kind: 'all' }, retracted: 'with' });

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there');
  return value;
}

/** Everything that a user can see of an experiment, without ids and times that differ from import to import. */
async function visible(store: Store) {
  const datasets = await store.catalog.datasets();
  const runs = await store.reader.runs({});
  return {
    experiments: await store.catalog.experiments(),
    datasets: datasets.map(({ at: _, ...dataset }) => dataset),
    items: await Promise.all(
      datasets.map(async (dataset) =>
        (await itemsOf(store, dataset.name, dataset.experiment)).map(
          ({ id: _, change: __, importedAt: ___, ...item }) => item,
        ),
      ),
    ),
    runs: runs.toSorted((a, b) => (a.run < b.run ? -1 : 1)),
    tasks: Object.fromEntries(
      await Promise.all(runs.map(async ({ run }) => [run, await store.reader.tasks(run)] as const)),
    ),
  };
}

function edit(folder: string, place: string, change: (text: string) => string): void {
  const path = join(folder, place);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

test.each(['keys', 'tags'] as const)(
  'datasets, items and tags of the layout with %s are in the catalog',
  async (layout) => {
    const { folder } = writeBioImageIT(newFolder(), { layout });
    const store = await opened(join(newFolder(), '.bit'));
    const imported = await importInto(store, folder);
    expect(imported).toMatchObject({
      ok: true,
      experiment: name,
      datasets: 3,
      items: { added: 24, changed: 0, unchanged: 0 },
      runs: 2,
      warnings: [],
    });
    expect(await store.catalog.experiment(name)).toMatchObject({
      name,
      authors: [{ name: 'Sylvain P.' }],
      date: '2020-03-04',
      keys: [
        { name: 'Population', type: 'Str' },
        { name: 'number', type: 'Int' },
        { name: 'wildtype_mutant', type: 'Str', description: '`wildtype/mutant` in BioImageIT' },
        { name: 'unused', type: 'Str' },
      ],
    });
    expect((await store.catalog.datasets(name)).map(({ name, kind, items }) => [name, kind, items])).toEqual([
      ['data', 'raw', 6],
      ['denoised', 'processed', 6],
      ['particles', 'processed', 12],
    ]);
    const [first] = await itemsOf(store, 'data');
    expect(first).toMatchObject({
      name: 'population1_001 é.tif',
      path: join(folder, 'data/population1_001 é.tif'),
      tags: { Population: 'population1', number: 1, wildtype_mutant: 'm' },
      about: { author: 'Sylvain P.', date: '2020-03-04' },
      info: { image: { axes: 'yx', shape: [7, 8], dtype: 'uint16' } },
      mode: 'reference',
    });
    // Results have the tags of the raw data that they were made from.
    expect((await itemsOf(store, 'particles')).map(({ tags }) => tags)).toEqual([
      ...[1, 1, 2, 2, 3, 3].map((number) => ({ Population: 'population1', number, wildtype_mutant: 'm' })),
      ...[4, 4, 5, 5].map((number) => ({ Population: 'population2', number, wildtype_mutant: 'm' })),
      ...[6, 6].map((number) => ({ Population: 'population2', number })),
    ]);
  },
);

test.each(['keys', 'tags'] as const)(
  'every value of every metadata file can be had back, layout with %s',
  async (layout) => {
    const { folder, documents } = writeBioImageIT(newFolder(), { layout });
    unlinkSync(join(folder, 'denoised/population2_005 é.tif_o.tif'));
    const store = await opened(join(newFolder(), '.bit'));
    expect(await importInto(store, folder)).toMatchObject({ ok: true });
    expect(await filesBack(store)).toEqual(documents);
  },
);

/** The metadata files, made again from the database alone. */
async function filesBack(store: Store): Promise<Record<string, unknown>> {
  const out: Record<string, unknown> = {};
  const record = get(await store.catalog.experiment(name), 'extra', 'bioimageit');
  out['experiment.md.json'] = get(record, 'document');
  for (const dataset of get(record, 'datasets') as readonly unknown[]) {
    const own = (await itemsOf(store, String(get(dataset, 'name')))).map((item) => get(item, 'about', 'bioimageit'));
    const entries = [...own, ...(get(dataset, 'absent') as readonly unknown[])];
    for (const entry of entries) out[String(get(entry, 'place'))] = get(entry, 'document');
    const listed = new Map(entries.map((entry) => [JSON.stringify(get(entry, 'listed')), get(entry, 'listed')]));
    const document = get(dataset, 'document') as Record<string, unknown>;
    const place = String(get(dataset, 'place'));
    // The order of a list is that of the items' rows.
    const rows = (await itemsOf(store, String(get(dataset, 'name')))).toSorted((a, b) => a.id - b.id);
    out[place] =
      document.urls === undefined
        ? { ...document, urls: rows.map((item) => get(item, 'about', 'bioimageit', 'listed')) }
        : document;
    expect(listed.size).toBe(entries.length);
  }
  for (const { run } of await store.reader.runs({})) {
    const [started] = await store.runs.events(run);
    if (started?.type === 'run-started') out[String(started.origin?.record.place)] = started.origin?.record.document;
  }
  return out;
}

const get = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined), value);

test('the history of a result reaches the raw image, with tools and parameters', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  await importInto(store, folder);
  const runs = await store.reader.runs({});
  expect(
    runs.map(({ name, status, startedAt, user, origin, tasks, params, seconds }) => ({
      name,
      status,
      startedAt,
      user,
      origin,
      total: tasks.total,
      params,
      seconds,
    })),
  ).toEqual([
    {
      name: `${name}: particles`,
      status: 'succeeded',
      startedAt: '2020-03-06',
      user: 'Zoë',
      origin: 'bioimageit',
      total: 6,
      params: { threshold: 'Default dark' },
      seconds: undefined,
    },
    {
      name: `${name}: denoised`,
      status: 'succeeded',
      startedAt: '2020-03-05',
      user: 'Zoë',
      origin: 'bioimageit',
      total: 6,
      params: { sigma: '3', method: 'SV', weighting: 0.1 },
      seconds: undefined,
    },
  ]);
  const [, count] = await itemsOf(store, 'particles');
  const [raw] = await itemsOf(store, 'data');
  if (count === undefined || raw === undefined) throw new Error('no items');
  expect(count.name).toBe('population1_001 é.tif_o_draw.tif');
  const up = await store.reader.lineage(count.digest, { direction: 'up' });
  expect([...up.tasks.values()].map(({ task, call }) => [task, call?.process, call?.command])).toEqual([
    [
      'Particle analysis[Population=population1,number=1,wildtype_mutant=m]',
      'Particle analysis',
      'https://example.org/tools/particles.xml',
    ],
    [
      'SPARTION 2D_v1.0.0[Population=population1,number=1,wildtype_mutant=m]',
      'SPARTION 2D_v1.0.0',
      '../toolboxes/spartion/spartion2d.xml',
    ],
  ]);
  expect([...up.artifacts.keys()]).toContain(raw.digest);
  const down = await store.reader.lineage(raw.digest, { direction: 'down' });
  expect([...down.tasks.values()].flatMap(({ outputs }) => outputs.map((output) => output.name)).sort()).toEqual([
    'count',
    'draw',
    'o',
  ]);
  const task = await store.reader.task('SPARTION 2D_v1.0.0[Population=population1,number=1,wildtype_mutant=m]', {});
  expect(task?.key && (await store.reader.parts(task.key))).toEqual([
    ['process', 'str', 'SPARTION 2D_v1.0.0'],
    ['process.url', 'str', '../toolboxes/spartion/spartion2d.xml'],
    ['param.sigma', 'str', '3'],
    ['param.method', 'str', 'SV'],
    ['param.weighting', 'json', '0.1'],
    ['input.i', 'file', raw.digest],
    ['output.o', 'file', (await itemsOf(store, 'denoised'))[0]?.digest],
  ]);
});

test('importing again changes nothing, and adds what is new', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  await importInto(store, folder);
  const before = await visible(store);
  const again = await importInto(store, folder);
  expect(again).toMatchObject({ ok: true, items: { added: 0, changed: 0, unchanged: 24 }, runs: 0 });
  expect(again).not.toHaveProperty('change');
  expect(await visible(store)).toEqual(before);

  // One more image, imported and denoised in BioImageIT since.
  const seventh = (text: string): string =>
    text
      .replaceAll('population2_006', 'population2_007')
      .replaceAll('"006"', '"007"')
      .replaceAll('000000000006"', '0000000000a7"');
  for (const place of ['data/population2_006é.md.json', 'denoised/population2_006 é.tif_o.md.json'])
    writeFileSync(
      join(folder, seventh(place)),
      seventh(readFileSync(join(folder, place), 'utf8')).replaceAll('000000000014"', '0000000000b7"'),
    );
  writeFileSync(
    join(folder, 'data/population2_007 é.tif'),
    Buffer.concat([readFileSync(join(folder, 'data/population2_006 é.tif')), Buffer.from('7')]),
  );
  writeFileSync(
    join(folder, 'denoised/population2_007 é.tif_o.tif'),
    Buffer.concat([readFileSync(join(folder, 'denoised/population2_006 é.tif_o.tif')), Buffer.from('7')]),
  );
  edit(folder, 'data/raw_dataset.md.json', (text) =>
    text.replace('"urls": [', '"urls": [ { "uuid": "x", "url": "population2_007é.md.json" },'),
  );
  edit(folder, 'denoised/processed_dataset.md.json', (text) =>
    text.replace('"urls": [', '"urls": [ { "uuid": "y", "url": "population2_007 é.tif_o.md.json" },'),
  );
  expect(await importInto(store, folder)).toMatchObject({
    ok: true,
    items: { added: 2, changed: 0, unchanged: 24 },
    runs: 1,
  });
  const [seventhRaw] = (await itemsOf(store, 'data')).filter((item) => item.tags.number === 7);
  expect(seventhRaw?.name).toBe('population2_007 é.tif');
  const run = (await store.reader.runs({})).find((one) => one.name === `${name}: denoised`);
  expect(run).toMatchObject({ status: 'succeeded', tasks: { total: 7, ran: 7 } });
  expect((await store.reader.runs({})).length).toBe(2);
});

test('what was annotated here since stays, and what changed in BioImageIT comes', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  await importInto(store, folder);
  const [first] = await itemsOf(store, 'data');
  await store.catalog.record({ kind: 'annotation', experiment: name, dataset: 'data', about: {} }, [
    { type: 'tags-set', items: [{ item: first?.id ?? 0, tags: { Population: 'mine', seen: true } }], types: {} },
  ]);
  expect(await importInto(store, folder)).toMatchObject({ ok: true, items: { unchanged: 24 } });
  edit(folder, 'data/population1_001é.md.json', (text) => text.replace('"m"', '"w"'));
  expect(await importInto(store, folder)).toMatchObject({
    ok: true,
    items: { added: 0, changed: 4, unchanged: 20 },
    runs: 0,
  });
  expect((await itemsOf(store, 'data'))[0]?.tags).toEqual({
    Population: 'mine',
    number: 1,
    wildtype_mutant: 'w',
    seen: true,
  });
  expect((await itemsOf(store, 'data')).length).toBe(6);
});

test('a result that is not there is a task that failed, and its metadata are kept', async () => {
  const { folder } = writeBioImageIT(newFolder());
  unlinkSync(join(folder, 'denoised/population2_005 é.tif_o.tif'));
  const store = await opened(join(newFolder(), '.bit'));
  const imported = await importInto(store, folder);
  expect(imported).toMatchObject({ ok: true, items: { added: 23 }, warnings: [{ code: 'BIT5388' }] });
  const run = (await store.reader.runs({})).find((one) => one.name === `${name}: denoised`);
  expect(run).toMatchObject({ status: 'failed', tasks: { total: 6, ran: 5, failed: 1 } });
  const failed = (await store.reader.tasks(needed(run).run)).filter((task) => task.state === 'failed');
  expect(failed.map(({ tags, note }) => [tags.number, note])).toEqual([
    [5, `its result is not there: ${join(folder, 'denoised/population2_005 é.tif_o.tif')}`],
  ]);
});

test('a result that was deleted after its import was made all the same', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  await importInto(store, folder);
  const before = await store.reader.runs({});
  unlinkSync(join(folder, 'denoised/population2_005 é.tif_o.tif'));
  expect(await importInto(store, folder)).toMatchObject({ ok: true, runs: 0 });
  expect(await store.reader.runs({})).toEqual(before);
  expect((await itemsOf(store, 'denoised')).length).toBe(6);
});

test('with one error nothing is written', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  unlinkSync(join(folder, 'data/population1_003 é.tif'));
  expect(await importInto(store, folder)).toMatchObject({ ok: false, problems: [{ code: 'BIT5387' }] });
  expect(await visible(store)).toEqual({ experiments: [], datasets: [], items: [], runs: [], tasks: {} });
  expect(await store.catalog.changes({ limit: 10 })).toEqual([]);
});

test('another experiment of the same name is refused, and comes under a name of its own', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const other = writeBioImageIT(newFolder(), { layout: 'tags' }).folder;
  const store = await opened(join(newFolder(), '.bit'));
  await importInto(store, folder);
  expect(await importInto(store, other)).toMatchObject({ ok: false, problems: [{ code: 'BIT5396' }] });
  expect(await importInto(store, other, { name: 'old' })).toMatchObject({
    ok: true,
    experiment: 'old',
    items: { added: 24 },
  });
  expect((await store.catalog.experiments()).map((one) => [one.name, one.title])).toEqual([
    [name, undefined],
    ['old', name],
  ]);
});

test('a value of another type than its key has here is told, and nothing is written', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  await importInto(store, folder);
  const before = await visible(store);
  edit(folder, 'data/population1_001é.md.json', (text) => text.replace('"001"', '"first"'));
  const imported = await importInto(store, folder);
  expect(imported.ok ? [] : [...new Set(imported.problems.map((problem) => problem.code))]).toEqual(['BIT5397']);
  expect(await visible(store)).toEqual(before);
});

test('imported runs are never reused, interrupted, collected or taken for the latest', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  await importInto(store, folder);
  const before = await visible(store);
  expect(await store.runs.interrupted()).toEqual([]);
  expect(await store.reader.runs({ done: 'here' })).toEqual([]);
  const collected = await store.collect({ keep: { kind: 'runs', count: 1 }, dryRun: false, graceMilliseconds: 0 });
  expect(collected).toMatchObject({
    keptRuns: 0,
    forgottenRuns: 0,
    objects: { removed: 0 },
    directories: { removed: 0 },
  });
  const verified = await store.verify();
  expect(verified.damaged).toEqual([]);
  expect([...new Set(verified.files.map(({ kind, state }) => `${kind} ${state}`))]).toEqual(['imported intact']);
  expect(await visible(store)).toEqual(before);
  expect(statSync(join(folder, 'data/population1_001 é.tif')).isFile()).toBe(true);
  const raw = before.items[0]?.[0];
  expect((await store.reader.lineage(needed(raw).digest, { direction: 'down' })).tasks.size).toBe(2);
});

test('an imported run whose end is not known is no interrupted run', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  const append = store.runs.append;
  await importInto(store, folder, {
    runs: {
      ...store.runs,
      append: (run, events) =>
        append(
          run,
          events.filter((event) => event.type !== 'run-ended'),
        ),
    },
  });
  expect(await store.runs.interrupted()).toEqual([]);
  expect(await importInto(store, folder)).toMatchObject({ ok: true, runs: 2 });
  expect((await store.reader.runs({})).map((run) => run.status)).toEqual(['succeeded', 'succeeded']);
});

test('a rebuild brings all of it back', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const place = join(newFolder(), '.bit');
  const store = await opened(place);
  await importInto(store, folder);
  const before = await visible(store);
  await store.close();
  expect(await rebuildStore(place, { now: () => new Date('2026-11-24T10:00:00Z') })).toMatchObject({
    runs: 2,
    unreadable: 0,
  });
  const again = await opened(place);
  expect(await visible(again)).toEqual(before);
  expect(await importInto(again, folder)).toMatchObject({ ok: true, items: { unchanged: 24 }, runs: 0 });
});

test.each(['first write', 'second write', 'first run', 'second run', 'end'])(
  'a failure at %s leaves nothing of the experiment, and a repetition gives what a clean import gives',
  async (where) => {
    const { folder } = writeBioImageIT(newFolder());
    const clean = await opened(join(newFolder(), '.bit'));
    await importInto(clean, folder);
    const store = await opened(join(newFolder(), '.bit'));
    await expect(importInto(store, folder, failingAt(store, where))).rejects.toThrow('no space left');
    expect(await store.catalog.experiments()).toEqual([]);
    expect(await store.catalog.datasets()).toEqual([]);
    expect(await importInto(store, folder)).toMatchObject({ ok: true, items: { added: 24 } });
    expect(await visible(store)).toEqual(await visible(clean));
  },
);

function failingAt(store: Store, where: string): Partial<BioImageITImport> {
  let writes = 0;
  let appends = 0;
  const fail = (): Promise<never> => Promise.reject(new Error('no space left'));
  return {
    catalog: {
      ...store.catalog,
      begin: async (header) => {
        const change = await store.catalog.begin(header);
        return {
          ...change,
          write: (events) => {
            writes++;
            return (where === 'first write' && writes === 1) || (where === 'second write' && writes === 2)
              ? fail()
              : change.write(events);
          },
          end: (last) => (where === 'end' ? fail() : change.end(last)),
        };
      },
    },
    runs: {
      ...store.runs,
      append: (run, events) => {
        appends++;
        return (where === 'first run' && appends === 1) || (where === 'second run' && appends === 2)
          ? fail()
          : store.runs.append(run, events);
      },
    },
  };
}

test('what was stopped by the user leaves nothing', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  const stop = new AbortController();
  await expect(importInto(store, folder, { signal: stop.signal, progress: () => stop.abort() })).rejects.toThrow();
  expect(await visible(store)).toEqual({ experiments: [], datasets: [], items: [], runs: [], tasks: {} });
  rmSync(folder, { recursive: true });
});

test.each([
  'files 1',
  'begun 1',
  'written 1',
  'written 3',
  'written 7',
  'run 1',
  'run 2',
  'before the end 1',
  'after the end 1',
])('an import killed at "%s" and repeated gives what a clean import gives', async (point) => {
  const { folder } = writeBioImageIT(newFolder());
  const clean = await opened(join(newFolder(), '.bit'));
  await importInto(clean, folder);
  const place = join(newFolder(), '.bit');
  const killed = spawnSync(process.execPath, [join(import.meta.dirname, 'import-child.ts'), place, folder, point], {
    encoding: 'utf8',
  });
  expect(killed).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  const store = await opened(place);
  const ended = point === 'after the end 1';
  expect((await store.catalog.datasets()).length).toBe(ended ? 3 : 0);
  expect(await store.runs.interrupted()).toEqual([]);
  expect(await importInto(store, folder)).toMatchObject({ ok: true, items: { added: ended ? 0 : 24 } });
  expect(await visible(store)).toEqual(await visible(clean));
});

test('a preview shows what would come, and writes nothing', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  const reading = await readBioImageIT(folder);
  expect(await previewBioImageIT({ reading, name: undefined, catalog: store.catalog }, { shown: 1 })).toMatchObject({
    ok: true,
    experiment: name,
    isKnown: false,
    keys: [{ name: 'Population' }, { name: 'number', type: 'Int' }, { name: 'wildtype_mutant' }, { name: 'unused' }],
    datasets: [
      { name: 'data', kind: 'raw', items: 6, runs: 0, first: [{ name: 'population1_001 é.tif', tags: { number: 1 } }] },
      { name: 'denoised', kind: 'processed', items: 6, runs: 1, first: [{ tags: { Population: 'population1' } }] },
      { name: 'particles', kind: 'processed', items: 12, runs: 1 },
    ],
  });
  expect(await visible(store)).toEqual({ experiments: [], datasets: [], items: [], runs: [], tasks: {} });
  unlinkSync(join(folder, 'data/population1_001 é.tif'));
  expect(
    await previewBioImageIT(
      { reading: await readBioImageIT(folder), name: undefined, catalog: store.catalog },
      { shown: 1 },
    ),
  ).toMatchObject({ ok: false, problems: [{ code: 'BIT5387' }] });
});

test('content that is to be in the store is handed over before anything names it', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  const kept: string[] = [];
  const keep: BioImageITImport['keep'] = async (files, mode) => {
    expect([mode, await store.catalog.experiments()]).toEqual(['copy', []]);
    kept.push(...files.map((file) => file.path));
  };
  await importInto(store, folder, { mode: 'copy', keep });
  expect(kept.length).toBe(24);
  expect(new Set((await itemsOf(store, 'data')).map((item) => item.mode))).toEqual(new Set(['copy']));
});

test('what is said to be an image and is none is told, and imported as the file it is', async () => {
  const { folder } = writeBioImageIT(newFolder());
  writeFileSync(join(folder, 'data/population1_002 é.tif'), 'no image at all');
  const store = await opened(join(newFolder(), '.bit'));
  const imported = await importInto(store, folder);
  expect(imported.ok ? imported.warnings.map(({ code, message }) => [code, message]) : imported).toEqual([
    [
      'BIT5395',
      '`population1_002 é.tif` is said to be `imagetiff`, and is not: this is a plain text file, not an image',
    ],
  ]);
});

test('the frames that a movie lists belong to it', async () => {
  const { folder } = writeBioImageIT(newFolder());
  edit(folder, 'data/population1_001é.md.json', (text) =>
    text.replace('"imagetiff"', '"movietxt"').replaceAll('001 é.tif"', '001.txt"'),
  );
  writeFileSync(join(folder, 'data/population1_001.txt'), 'population1_001 é.tif\r\npopulation1_002 é.tif\n\n');
  const store = await opened(join(newFolder(), '.bit'));
  expect(await importInto(store, folder)).toMatchObject({ ok: true, warnings: [] });
  const items = await itemsOf(store, 'data');
  const movie = items.find((item) => item.name === 'population1_001.txt');
  expect(movie?.companions.map(({ path }) => path)).toEqual([
    join(folder, 'data/population1_001 é.tif'),
    join(folder, 'data/population1_002 é.tif'),
  ]);
  expect(movie?.companions[1]?.digest).toBe(items.find((item) => item.tags.number === 2)?.digest);
  expect(await importInto(store, folder)).toMatchObject({ ok: true, items: { added: 0, changed: 0 } });
  writeFileSync(join(folder, 'data/population1_001.txt'), 'population1_001 é.tif\nnone.tif\n');
  expect(await importInto(store, folder)).toMatchObject({
    ok: true,
    items: { changed: 1 },
    warnings: [{ code: 'BIT5395' }],
  });
});

test('whatever stands in the files, they are imported with their documents whole, or refused with a reason', async () => {
  const { folder, documents } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  const next = random(5399);
  const places = Object.keys(documents);
  for (let round = 0; round < 120; round++) {
    const place = places[Math.floor(next() * places.length)] ?? '';
    const text = JSON.stringify(mutatedJson(documents[place], next));
    writeFileSync(join(folder, place), text);
    const imported = await importInto(store, folder, { name: `E${round}` });
    const experiment = await store.catalog.experiment(`E${round}`);
    if (imported.ok) expect(experiment?.extra?.bioimageit).toBeDefined();
    else
      expect([imported.problems.some((problem) => problem.severity === 'error'), experiment]).toEqual([
        true,
        undefined,
      ]);
    const [item] =
      (await store.catalog.datasets(`E${round}`)).length === 0
        ? []
        : (await allItems(store, `E${round}`)).filter((one) => get(one, 'about', 'bioimageit', 'place') === place);
    if (item !== undefined) expect(get(item, 'about', 'bioimageit', 'document')).toEqual(JSON.parse(text));
    writeFileSync(join(folder, place), JSON.stringify(documents[place]));
  }
});

async function allItems(store: Store, experiment: string): Promise<readonly CatalogItem[]> {
  const datasets = await store.catalog.datasets(experiment);
  return (await Promise.all(datasets.map((dataset) => itemsOf(store, dataset.name, experiment)))).flat();
}

test('an import that was undone can be done again', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  const imported = await importInto(store, folder);
  await store.catalog.undo(imported.ok ? (imported.change ?? 0) : 0);
  expect((await itemsOf(store, 'data')).length).toBe(0);
  expect(await importInto(store, folder)).toMatchObject({ ok: true, items: { added: 24 }, runs: 0 });
  expect((await itemsOf(store, 'particles')).length).toBe(12);
});

test('results of a raw image that is retracted are affected, through the imported history', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  await importInto(store, folder);
  const [raw] = await itemsOf(store, 'data');
  await store.catalog.record({ kind: 'retraction', experiment: name, about: {} }, [
    { type: 'retracted', kind: 'content', subjects: [raw?.digest ?? ''], reason: 'blurred' },
  ]);
  const results = await itemsOf(store, 'particles');
  const affected = await store.impact.affected(results.map(({ digest }) => ({ digest })));
  expect(results.filter((_, index) => affected[index] !== undefined).map((item) => item.tags.number)).toEqual([1, 1]);
});

test('an experiment knows the runs that were imported with it', async () => {
  const { folder } = writeBioImageIT(newFolder());
  const store = await opened(join(newFolder(), '.bit'));
  await importInto(store, folder);
  for (const { run } of await store.reader.runs({})) expect(await store.reader.experimentsOf(run)).toEqual([name]);
  // They published nothing here: what they made is in the datasets that came with them.
  expect((await store.catalog.datasets(name)).map((dataset) => dataset.name)).toEqual([
    'data',
    'denoised',
    'particles',
  ]);
});
