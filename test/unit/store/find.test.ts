import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ImageInfo } from '../../../src/engine/ports/formats.ts';
import type { Store } from '../../../src/store/index.ts';
import { blake3 } from '../../../src/util/blake3.ts';
import { filterOf, found, imports, newItem } from './catalog-rig.ts';
import { tableOf, twoStepRun } from './lineage-rig.ts';
import { cleanUp, newFolder, opened } from './rig.ts';

cleanUp();

const image = (given: Partial<ImageInfo>) => ({
  mediaType: 'image/tiff',
  image: { axes: 'yx', shape: [4, 4], dtype: 'uint8', ...given },
});

/** What readers of microscopes' formats say besides. */
const scope = {
  channelDetails: [{ name: 'DAPI', excitation: 405, emission: 450 }, { excitation: 488.5 }],
  objective: { name: 'Plan-Apochromat 63x/1.40 Oil', magnification: 63, numericalAperture: 1.4, immersion: 'Oil' },
  acquiredAt: '2026-11-24T00:30:00+02:00',
};

/** Two runs' worth of tables, published, and two experiments. `raw A` is what the run read as its source. */
let store: Store;
beforeEach(async () => {
  store = await opened(join(newFolder(), '.bit'), { now: () => new Date('2026-11-24T10:00:00.000Z') });
  await imports(store, {
    experiment: 'growth',
    dataset: 'plates',
    keys: [
      { name: 'dose', type: 'Float', unit: 'um' },
      { name: 'planned', type: 'Str' },
    ],
    types: { day: 'Date', dose: 'Float' },
    items: [
      newItem('A.tif', {
        digest: blake3('raw A'),
        tags: { cell: 'A', dose: 2, day: '2026-11-03' },
        info: image({
          axes: 'tcyx',
          shape: [10, 2, 512, 1024],
          pixelSize: { x: 0.104, y: 0.104 },
          channels: ['DAPI', 'GFP "x"'],
          timeStep: 30,
          ...scope,
        }),
        size: 3_000_000,
      }),
      newItem('B.ome.tif', {
        tags: { cell: 'B', dose: 0.5, day: '2026-11-30', note: 'a "quoted" ctl' },
        info: image({ axes: 'zyx', shape: [7, 64, 64], dtype: 'uint16', pixelSize: { z: 1, y: 0.5, x: 0.5 } }),
      }),
      newItem('deep/c.d/C.csv.gz', { tags: { cell: 'C', time: 3 }, info: { mediaType: 'application/gzip' } }),
      newItem('none', { info: { mediaType: 'text/plain' } }),
    ],
  });
  await imports(store, {
    experiment: 'other',
    dataset: 'masks',
    kind: 'processed',
    items: [newItem('mask A', { digest: blake3('mask A'), tags: { cell: 'A', good: true } })],
  });
  await twoStepRun(store);
});

const named = async (text: string): Promise<readonly string[]> =>
  (await found(store, text)).map(({ path }) => path.replace(/^\/(?:data|p\/results\/tracks)\//, ''));

const all = ['A.tif', 'B.ome.tif', 'deep/c.d/C.csv.gz', 'mask A', 'none', 'A.csv', 'B.csv'];

const asked: readonly (readonly [string, readonly string[]])[] = [
  ['true', all],
  ['false', []],
  // Tags, over both alike.
  ['cell == "A"', ['A.tif', 'mask A', 'A.csv']],
  ['cell != "A"', ['B.ome.tif', 'deep/c.d/C.csv.gz', 'B.csv']],
  ['not (cell == "A")', ['B.ome.tif', 'deep/c.d/C.csv.gz', 'none', 'B.csv']],
  ['cell in ["A", "C"]', ['A.tif', 'deep/c.d/C.csv.gz', 'mask A', 'A.csv']],
  ['cell > "A"', ['B.ome.tif', 'deep/c.d/C.csv.gz', 'B.csv']],
  ['cell ~ "^[BC]$"', ['B.ome.tif', 'deep/c.d/C.csv.gz', 'B.csv']],
  ['cell ~ "^B"', ['B.ome.tif', 'B.csv']],
  ['not (cell ~ "^[BC]$")', ['A.tif', 'mask A', 'none', 'A.csv']],
  ['"ctl" in note', ['B.ome.tif']],
  ['note ~ "quoted.*ctl$"', ['B.ome.tif']],
  ['len(cell) == 1 and time == 3', ['deep/c.d/C.csv.gz', 'A.csv']],
  ['time in 3..12', ['deep/c.d/C.csv.gz', 'A.csv', 'B.csv']],
  ['time > 3', ['B.csv']],
  ['good', ['mask A', 'A.csv', 'B.csv']],
  ['good == false', []],
  ['dose < 1', ['B.ome.tif']],
  ['dose < 1000 nm', ['B.ome.tif']],
  ['present(dose)', ['A.tif', 'B.ome.tif']],
  ['not present(cell)', ['none']],
  ['present(planned)', []],
  ['day == "2026-11-03"', ['A.tif']],
  ['day != "2026-11-03"', ['B.ome.tif']],
  ['day >= "2026-11-04"', ['B.ome.tif']],
  ['day <= "2026-11"', ['A.tif', 'B.ome.tif']],
  ['day in "2026-11-01".."2026-11-29"', ['A.tif']],
  ['cell == "A" and dose == 2', ['A.tif']],
  ['dose == 2 or time == 12', ['A.tif', 'B.csv']],
  ['(dose == 2 or time == 12) and cell == "B"', ['B.csv']],
  ['cell == "A" or size > 1 MB', ['A.tif', 'mask A', 'A.csv']],
  // Where it belongs.
  ['experiment == "growth"', ['A.tif', 'B.ome.tif', 'deep/c.d/C.csv.gz', 'none', 'A.csv', 'B.csv']],
  ['experiment ~ "^(gr|xx)" and origin == "raw"', ['A.tif', 'B.ome.tif', 'deep/c.d/C.csv.gz', 'none']],
  ['experiment != "growth"', ['mask A']],
  ['dataset == "masks"', ['mask A']],
  ['kind in ["masks", "tracks"]', ['mask A', 'A.csv', 'B.csv']],
  ['origin == "raw"', ['A.tif', 'B.ome.tif', 'deep/c.d/C.csv.gz', 'none']],
  ['origin == "processed"', ['mask A', 'A.csv', 'B.csv']],
  ['path == "/data/A.tif"', ['A.tif']],
  ['path ~ "^/data/deep/"', ['deep/c.d/C.csv.gz']],
  ['name == "C.csv.gz"', ['deep/c.d/C.csv.gz']],
  ['name ~ "tif$"', ['A.tif', 'B.ome.tif']],
  ['name ~ "^[AB].*v$"', ['A.csv', 'B.csv']],
  ['stem == "B"', ['B.ome.tif', 'B.csv']],
  ['stem in ["C", "none"]', ['deep/c.d/C.csv.gz', 'none']],
  ['ext == "ome.tif"', ['B.ome.tif']],
  ['ext == "csv.gz"', ['deep/c.d/C.csv.gz']],
  ['ext == ""', ['mask A', 'none']],
  ['ext == "csv"', ['A.csv', 'B.csv']],
  ['size > 2 MB', ['A.tif']],
  ['size in 10..100', ['B.ome.tif', 'deep/c.d/C.csv.gz', 'mask A', 'none', 'A.csv', 'B.csv']],
  ['type == "text/plain"', ['none']],
  ['type == "Table"', ['A.csv', 'B.csv']],
  ['type != "Image" and origin == "raw"', ['deep/c.d/C.csv.gz', 'none']],
  [`digest == "${blake3('none')}"`, ['none']],
  [`digest in ["${blake3('none')}", "${tableOf('A')}"]`, ['none', 'A.csv']],
  ['at == "2026-11-24" and origin == "raw"', ['A.tif', 'B.ome.tif', 'deep/c.d/C.csv.gz', 'none']],
  ['at > "2026-11-24"', []],
  ['at >= "2026-11-24T10:00"', all],
  ['at < "2026-11-24T10:00"', []],
  ['present(user)', all],
  ['process == "track"', ['A.csv', 'B.csv']],
  ['task ~ "cell=B"', ['B.csv']],
  ['not present(run) and cell == "A"', ['A.tif', 'mask A']],
  ['retracted', []],
  // What the images are.
  ['image.axes == "zyx"', ['B.ome.tif']],
  ['image.dtype ~ "^uint"', ['A.tif', 'B.ome.tif']],
  ['image.shape == [7, 64, 64]', ['B.ome.tif']],
  ['image.shape != [7, 64, 64]', ['A.tif']],
  ['image.shape[0] == 10', ['A.tif']],
  ['image.shape[-1] > 1000', ['A.tif']],
  ['len(image.shape) == 3', ['B.ome.tif']],
  ['512 in image.shape', ['A.tif']],
  ['image.size_x == 1024', ['A.tif']],
  ['image.size_z == 7', ['B.ome.tif']],
  ['image.size_t in 5..10', ['A.tif']],
  ['not (image.size_t > 0)', ['B.ome.tif', 'deep/c.d/C.csv.gz', 'mask A', 'none', 'A.csv', 'B.csv']],
  ['"DAPI" in channels', ['A.tif']],
  ['len(channels) == 2', ['A.tif']],
  ['channels == ["DAPI", "GFP \\"x\\""]', ['A.tif']],
  ['pixel_size.x == 104 nm', ['A.tif']],
  ['pixel_size.x < 0.2 um', ['A.tif']],
  ['pixel_size.z in 0.5..1', ['B.ome.tif']],
  ['present(pixel_size)', ['A.tif', 'B.ome.tif']],
  ['time_step < 1 min', ['A.tif']],
  ['405 in excitation', ['A.tif']],
  ['0.405 um in excitation', ['A.tif']],
  ['450 in excitation', []],
  ['len(excitation) == 2', ['A.tif']],
  ['emission == [450]', ['A.tif']],
  ['present(emission)', ['A.tif']],
  ['objective ~ "63x"', ['A.tif']],
  ['objective.magnification >= 40 and objective.immersion == "Oil"', ['A.tif']],
  ['objective.numerical_aperture in 1.3..1.45', ['A.tif']],
  ['acquired_at == "2026-11-23"', ['A.tif']],
  ['acquired_at >= "2026-11-24"', []],
  ['acquired_at in "2026-11-23T22:30".."2026-11-23T22:30"', ['A.tif']],
  // Where it comes from.
  ['from("track")', ['A.csv', 'B.csv']],
  ['from("segment")', ['mask A']],
  ['from("nothing")', []],
  ['derived_from("raw/A.tif")', ['mask A', 'A.csv']],
  ['derived_from("/data/A.tif")', ['mask A', 'A.csv']],
  [`derived_from("${blake3('raw B')}")`, ['B.csv']],
  ['derived_from("growth/plates/A.tif")', ['mask A', 'A.csv']],
  ['derived_from("./A.tif")', ['mask A', 'A.csv']],
  ['derived_from("growth/A.tif")', []],
  ['derived_from("A.ti")', []],
  ['derived_from(dose == 2)', ['mask A', 'A.csv']],
  ['derived_from(cell == "A" and dataset == "masks")', ['A.csv']],
  ['derived_from(name == "model.bin")', ['A.csv', 'B.csv']],
  ['derived_from(derived_from("raw/A.tif"))', ['A.csv']],
  ['derived_from(cell ~ "^[A]$") and from("track")', ['A.csv']],
  ['not derived_from(true)', ['A.tif', 'B.ome.tif', 'deep/c.d/C.csv.gz', 'none']],
];

test('raw and processed are found by the same conditions', async () => {
  for (const [text, paths] of asked) expect([text, await named(text)]).toEqual([text, paths]);
});

test('everything is told of what was found', async () => {
  expect(await found(store, 'cell == "A" and origin == "raw"')).toEqual([
    {
      path: '/data/A.tif',
      digest: blake3('raw A'),
      origin: 'raw',
      kind: 'plates',
      experiment: 'growth',
      dataset: 'plates',
      size: 3_000_000,
      type: 'image/tiff',
      tags: { cell: 'A', dose: 2, day: '2026-11-03' },
      at: '2026-11-24T10:00:00.000Z',
      user: expect.any(String),
      info: expect.objectContaining({ mediaType: 'image/tiff' }),
    },
  ]);
  expect(await found(store, 'name == "A.csv"')).toMatchObject([
    {
      origin: 'processed',
      kind: 'tracks',
      experiment: 'growth',
      dataset: 'tracks',
      task: 'track[cell=A]',
      run: expect.any(String),
    },
  ]);
});

test('names of tags come with the units that were declared, and those that nothing has yet', async () => {
  expect(await store.reader.tagNames()).toEqual([
    { name: 'cell', type: 'str' },
    { name: 'day', type: 'date' },
    { name: 'dose', type: 'float', unit: 'um' },
    { name: 'good', type: 'bool' },
    { name: 'note', type: 'str' },
    { name: 'planned', type: 'str' },
    { name: 'time', type: 'int' },
  ]);
});

test('of one experiment, the tags are those that it has', async () => {
  expect((await store.reader.tagNames({ experiment: 'other' })).map(({ name }) => name)).toEqual(['cell', 'good']);
  expect((await store.reader.tagNames({ experiment: 'growth' })).map(({ name }) => name)).toEqual([
    'cell',
    'day',
    'dose',
    'good',
    'note',
    'planned',
    'time',
  ]);
  expect(await store.reader.tagNames({ experiment: 'nothing' })).toEqual([]);
});

test('a limit takes the first by path, of raw and processed together', async () => {
  const paths = async (limit: number) => (await store.reader.find({ kind: 'all' }, { limit })).map(({ path }) => path);
  expect(await paths(2)).toEqual(['/data/A.tif', '/data/B.ome.tif']);
  expect((await paths(6)).at(-1)).toBe('/p/results/tracks/A.csv');
  expect(await paths(100)).toHaveLength(7);
});

test('what was retracted is found as such, and only while it is', async () => {
  const subjects = [blake3('raw A'), tableOf('B')];
  const change = await store.catalog.record({ kind: 'retraction', experiment: 'growth', about: {} }, [
    { type: 'retracted', kind: 'content', subjects, reason: 'out of focus' },
  ]);
  expect(await named('retracted')).toEqual(['A.tif', 'B.csv']);
  expect((await found(store, 'retracted')).map((file) => file.retracted)).toEqual(['out of focus', 'out of focus']);
  expect(await named('cell == "A" and not retracted')).toEqual(['mask A', 'A.csv']);
  expect(await named('retracted == true')).toEqual(['A.tif', 'B.csv']);
  expect(await named('retracted == false')).toEqual(['B.ome.tif', 'deep/c.d/C.csv.gz', 'mask A', 'none', 'A.csv']);
  await store.catalog.undo(change);
  expect(await named('retracted')).toEqual([]);
});

test('an import that was undone is not found', async () => {
  const change = await imports(store, {
    experiment: 'third',
    dataset: 'd',
    items: [newItem('late.tif', { tags: { cell: 'A' } })],
  });
  expect(await named('cell == "A"')).toContain('late.tif');
  await store.catalog.undo(change);
  expect(await named('cell == "A"')).not.toContain('late.tif');
  expect(await named('derived_from("late.tif")')).toEqual([]);
});

test('conditions may be long', async () => {
  const some = (count: number, one: (at: number) => string, word: string) =>
    Array.from({ length: count }, (_, at) => one(at)).join(` ${word} `);
  expect(await named(some(240, (at) => (at === 200 ? 'cell == "C"' : `cell == "x${at}"`), 'or'))).toEqual([
    'deep/c.d/C.csv.gz',
  ]);
  expect(await named(some(240, (at) => `cell != "x${at}"`, 'and'))).toHaveLength(6);
  expect(await named(`cell in [${some(5000, (at) => `"x${at}"`, ',').replaceAll(' , ', ', ')}, "C"]`)).toEqual([
    'deep/c.d/C.csv.gz',
  ]);
  expect(
    await named(`day in [${some(450, (at) => `"${1000 + at}-01-02"`, ',').replaceAll(' , ', ', ')}, "2026-11-03"]`),
  ).toEqual(['A.tif']);
  expect(await named(`${some(200, (at) => `cell == "x${at}"`, 'or')} or cell == "C"`)).toEqual(['deep/c.d/C.csv.gz']);
});

describe('the items of an experiment', () => {
  const items = async (text: string, dataset?: string) =>
    (
      await store.catalog.items({
        experiment: 'growth',
        filter: await filterOf(store, text),
        retracted: 'with',
        ...(dataset !== undefined && { dataset }),
      })
    ).map(({ name }) => name);

  test('are asked by the same conditions, and those of others are never among them', async () => {
    expect(await items('cell == "A"')).toEqual(['A.tif']);
    expect(await items('true', 'plates')).toHaveLength(4);
    expect(await items('true', 'masks')).toEqual([]);
    expect(await items('pixel_size.x < 0.2 um or day > "2026-11-05"')).toEqual(['A.tif', 'B.ome.tif']);
    expect(await items('cell ~ "^[BC]$"')).toEqual(['B.ome.tif', 'deep/c.d/C.csv.gz']);
  });
});
