import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { blake3 } from '../../src/util/blake3.ts';
import { imports, newItem } from '../unit/store/catalog-rig.ts';
import { twoStepRun } from '../unit/store/lineage-rig.ts';
import { type Ended, makePlace, type Place, root } from './bit.ts';

let place: Place;
const find = (...words: readonly string[]): Promise<Ended> => place.bit(['find', ...words]);
const paths = async (...words: readonly string[]): Promise<readonly string[]> =>
  JSON.parse((await find(...words, '--json')).out).files.map((file: { path: string }) => file.path.split('/').at(-1));

beforeAll(async () => {
  place = makePlace();
  const raw = join(place.folder, 'raw');
  mkdirSync(raw);
  const store = await openStore(join(place.folder, '.bit'), {
    create: true,
    readOnly: false,
    now: () => new Date('2026-11-24T10:00:00.000Z'),
  });
  await imports(store, {
    experiment: 'growth',
    dataset: 'plates',
    keys: [{ name: 'dose', type: 'Float', unit: 'um' }],
    types: { dose: 'Float', day: 'Date' },
    items: [
      newItem('A.tif', {
        path: join(raw, 'A.tif'),
        digest: blake3('raw A'),
        tags: { cell: 'A', dose: 2, day: '2026-11-03', note: 'two "words", and a comma' },
        info: {
          mediaType: 'image/tiff',
          image: { axes: 'yx', shape: [512, 512], dtype: 'uint16', pixelSize: { y: 0.1, x: 0.1 }, channels: ['DAPI'] },
        },
      }),
      newItem('B line\n.tif', { path: join(raw, 'B line\n.tif'), tags: { cell: 'B', kind: 'odd' } }),
      newItem('far.tif', { path: 's3://bucket/far.tif', tags: { cell: 'F' } }),
    ],
  });
  await imports(store, {
    experiment: 'decay',
    dataset: 'plates',
    keys: [{ name: 'dose', type: 'Float', unit: 'nm' }],
    items: [newItem('C.tif', { path: join(raw, 'C.tif'), tags: { cell: 'C', dose: 7 } })],
  });
  await twoStepRun(store, { outdir: join(place.folder, 'results') });
  await store.catalog.record({ kind: 'retraction', experiment: 'decay', about: {} }, [
    { type: 'retracted', kind: 'content', subjects: [blake3('C.tif')], reason: 'wrong\nlamp' },
  ]);
  await store.close();
});
afterAll(() => place.remove());

test('raw and processed come together, with what was said of them', async () => {
  expect(await paths('cell == "A"')).toEqual(['A.tif', 'A.csv']);
  expect(await paths('cell == "A"', '--raw')).toEqual(['A.tif']);
  expect(await paths('cell == "A"', '--processed')).toEqual(['A.csv']);
  expect(await paths('true', '--experiment', 'decay')).toEqual(['C.tif']);
  expect(await paths('pixel_size.x < 0.2 um and "DAPI" in channels')).toEqual(['A.tif']);
  expect(await paths('derived_from("raw/A.tif") and from("track")')).toEqual(['A.csv']);
  expect(await paths('day >= "2026-11-01" and day <= "2026-11-03"')).toEqual(['A.tif']);
  expect(JSON.parse((await find('cell == "A"', '--json')).out)).toMatchObject({
    format: 'bit/find/1',
    files: [
      {
        origin: 'raw',
        experiment: 'growth',
        dataset: 'plates',
        kind: 'plates',
        run: null,
        task: null,
        retracted: null,
      },
      { origin: 'processed', kind: 'tracks', task: 'track[cell=A]', run: expect.any(String) },
    ],
  });
});

test('people see a table, the tags one under the other, and what was retracted', async () => {
  const { out, err } = await find('cell in ["A", "C", "F"]');
  expect(err).toBe('');
  expect(out).toBe(
    [
      'raw/A.tif             plates  10 B   cell=A  dose=2  day=2026-11-03  note="two \\"words\\", and a comma"',
      'raw/C.tif             plates  10 B   cell=C  dose=7  retracted: "wrong\\nlamp"',
      'results/tracks/A.csv  tracks  100 B  cell=A                                                             time=3  good=true',
      's3://bucket/far.tif   plates  10 B   cell=F',
      '',
    ].join('\n'),
  );
});

test('a limit shows the first, and says that there are more', async () => {
  expect(await find('true', '--limit', '2', '--format', 'paths')).toMatchObject({
    out: `${join(place.folder, 'raw/A.tif')}\n${join(place.folder, 'raw/B line\n.tif')}\n`,
    err: expect.stringContaining('--limit 0'),
  });
  expect((await find('true', '--limit', '100')).err).toBe('');
  expect(await paths('true', '--limit', '0')).toHaveLength(6);
});

describe('for other programs', () => {
  test('paths end in a zero byte, so that any name is one', async () => {
    const { out } = await find('cell in ["A", "B"]', '--raw', '--print0');
    expect(out).toBe(`${join(place.folder, 'raw/A.tif')}\0${join(place.folder, 'raw/B line\n.tif')}\0`);
    const { stdout } = await execa(
      'sh',
      [
        '-c',
        '"$0" "$1" find true --raw --print0 | xargs -0 -n 1 printf "%s;"',
        process.execPath,
        join(root, 'bin/bit.js'),
      ],
      { cwd: place.folder, env: place.environment, extendEnv: false },
    );
    expect(stdout.split(';').filter((one) => one !== '')).toHaveLength(4);
  });

  test('a table has a column for each tag, also for one that is called like a property', async () => {
    const { out } = await find('cell in ["A", "B"]', '--raw', '--format', 'csv');
    const [header, first] = out.split('\n');
    expect(header).toBe(
      'path,origin,experiment,dataset,kind,size,type,digest,at,user,run,task,retracted,cell,dose,day,note,tag.kind',
    );
    expect(first).toContain(',raw,growth,plates,plates,10,image/tiff,');
    expect(first).toContain('A,2,2026-11-03,"two ""words"", and a comma",');
    expect(out).toContain('"'.concat(join(place.folder, 'raw/B line\n.tif'), '"'));
    expect((await find('cell == "A"', '--raw', '--format', 'tsv')).out).toContain('path\torigin\texperiment');
  });
});

describe('what is wrong is said with what is right', () => {
  test.each([
    [['cel == "A"'], '`cell`'],
    [['colour == "red"'], 'Tags: cell, day'],
    [['dose < 3 um'], '--experiment'],
    [['dose < 3 s', '--experiment', 'growth'], 'is in um'],
    [['at > "soon"'], '2026-11-24'],
    [['true', '--experiment', 'grwth'], '`growth`'],
    [['true', '--experiment', 'elsewhere'], 'There are `growth`, `decay`'],
    [['true', '--raw', '--processed'], 'Leave both out'],
    [['true', '--print0', '--format', 'csv'], 'paths alone'],
    [['true', '--print0', '--json'], 'paths alone'],
  ])('%j', async (words, help) => {
    const { status, out, err } = await find(...words);
    expect([status, `${err}${out}`]).toEqual([2, expect.stringContaining(help)]);
  });

  test('with one experiment, its unit is the one that counts', async () => {
    expect(await paths('dose < 2500 nm', '--experiment', 'growth')).toEqual(['A.tif']);
    expect(await paths('dose < 0.01 um', '--experiment', 'decay')).toEqual(['C.tif']);
  });

  test('nothing is no error, and says how to see what there is', async () => {
    expect(await find('cell == "Z"')).toMatchObject({
      status: 0,
      out: '',
      err: expect.stringContaining('bit find true'),
    });
    expect(await find('cell == "Z"', '--quiet')).toMatchObject({ status: 0, out: '', err: '' });
  });
});

test('a regular expression that would never end is given up and said', { timeout: 60_000 }, async () => {
  const far = makePlace();
  const store = await openStore(join(far.folder, '.bit'), { create: true, readOnly: false, now: () => new Date(0) });
  await imports(store, {
    experiment: 'e',
    dataset: 'd',
    items: [newItem(`${'a'.repeat(60)}!.tif`, { tags: { word: `${'a'.repeat(60)}!` } })],
  });
  await store.close();
  for (const words of [
    ['find', 'word ~ "^(a+)+$"'],
    ['annotate', 'e', '--regex', '(?<word>(a+)+)b'],
    ['annotate', 'e', '--pattern', '{word:r"(a+)+b"}.tif'],
  ]) {
    const { status, err } = await far.bit(words);
    expect({ words, status, err }).toMatchObject({ status: 2, err: expect.stringMatching(/takes too long.*`a\+`/s) });
  }
  far.remove();
});
