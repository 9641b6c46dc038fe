import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Tags } from '../../src/engine/ports/value.ts';
import { blake3 } from '../../src/util/blake3.ts';
import { hostileNames } from '../support/hostile-names.ts';
import { newItem } from '../unit/store/catalog-rig.ts';
import { type CatalogPlace, catalogPlace } from './catalog-place.ts';

// Each step is a real process.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const keys = [
  { name: 'dose', type: 'Float', unit: 'um', term: 'NCIT:C25488' },
  { name: 'condition', type: 'Str', values: ['control', 'treated'] },
  { name: 'well', type: 'Str' },
  { name: 'time', type: 'Int' },
  { name: 'day', type: 'Date' },
] as const;

const names = ['p1/A1_control_t1.tif', 'p1/A2_treated_t1.tif', 'p2/A1_control_t2.tif', 'p2/B7_treated_t2.tif'];

const screen = async (): Promise<CatalogPlace> => {
  const place = catalogPlace({
    'plate.csv': 'Image;Dose (nm);Day\nA1_control_t1;500;2026-11-03\n',
    'plate.tsv': 'file\tdose\np1/A1_control_t1.tif\t1.5 um\np1/A2_treated_t1.tif\t200 nm\n',
    'wrong.csv': 'file,dose,day\np1/A1_control_t1.tif,much,03/11/2026\np1/A9_control_t1.tif,1,2026-11-03\n',
  });
  await place.imports({
    experiment: 'screen',
    dataset: 'raw',
    keys,
    items: names.map((name, at) => newItem(name, { tags: at === 0 ? { condition: 'treated', well: 'A1' } : {} })),
  });
  return place;
};

const tagsOf = async (place: CatalogPlace, of = 'screen'): Promise<Record<string, Tags>> =>
  Object.fromEntries(
    (await place.json('tags', of)).rows.map((row: { file: string; tags: Tags }) => [row.file, row.tags]),
  );

describe('tags come', () => {
  let place: CatalogPlace;
  beforeAll(async () => {
    place = await screen();
  });
  afterAll(() => place.remove());

  /** What the second and the last item get. */
  const rules: readonly [rule: string, words: readonly string[], second: Tags | undefined, last: Tags | undefined][] = [
    [
      'by hand',
      ['--set', 'condition=control', '--set', 'dose=3 nm'],
      { condition: 'control', dose: 0.003 },
      { condition: 'control', dose: 0.003 },
    ],
    [
      'by a pattern',
      ['--pattern', '{well}_{condition}_t{time:Int}.tif'],
      { well: 'A2', condition: 'treated', time: 1 },
      { well: 'B7', condition: 'treated', time: 2 },
    ],
    [
      'by a pattern over folders',
      ['--pattern', 'p{time:Int}/{well:r"[A-H][0-9]+"}_*.tif'],
      { well: 'A2', time: 1 },
      { well: 'B7', time: 2 },
    ],
    [
      'by a regular expression',
      ['--regex', '(?<well>[A-H][0-9]+)_.*_t(?<time__Int>[0-9]+)'],
      { well: 'A2', time: 1 },
      { well: 'B7', time: 2 },
    ],
    [
      'by position',
      ['--separator', '_', '--position', '2', '--tag', 'condition', '--position', '1', '--tag', 'well'],
      { condition: 'treated', well: 'A2' },
      { condition: 'treated', well: 'B7' },
    ],
    [
      'by position from the end, the tag in front',
      ['--tag', 'well', '--separator', '_', '--position', '-3'],
      { well: 'A2' },
      { well: 'B7' },
    ],
    [
      'by separators side by side',
      ['--separator', '_t', '--separator', '_', '--position', '-1', '--tag', 'time'],
      { time: 1 },
      { time: 2 },
    ],
    [
      'by words',
      ['--words', 'control,treated', '--tag', 'condition'],
      { condition: 'treated' },
      { condition: 'treated' },
    ],
    [
      'by words in folders, in any case',
      ['--words', 'P1,P2', '--tag', 'well', '--in-path', '--any-case'],
      { well: 'P1' },
      { well: 'P2' },
    ],
    ['by a sheet', ['--sheet', 'plate.tsv', '--allow', 'files-without-row'], { dose: 0.2 }, undefined],
    [
      'by several rules at once',
      [
        '--words',
        'control,treated',
        '--tag',
        'condition',
        '--set',
        'day=2026-11-03',
        '--pattern',
        '{well:r"[A-H][0-9]+"}_*.tif',
      ],
      { condition: 'treated', day: '2026-11-03', well: 'A2' },
      { condition: 'treated', day: '2026-11-03', well: 'B7' },
    ],
    [
      'to new keys, typed by their values',
      ['--pattern', '{well}_{kind}_t{frame}.tif', '--new-keys'],
      { well: 'A2', kind: 'treated', frame: '1' },
      { well: 'B7', kind: 'treated', frame: '2' },
    ],
  ];

  test.each(rules)('%s', async (_, words, second, last) => {
    const { rows, change, dryRun } = await place.json('annotate', 'screen', ...words, '--dry-run');
    const becomes = (name: string) => rows.find((row: { name: string }) => row.name === name)?.becomes;
    expect([becomes(names[1] ?? ''), becomes(names[3] ?? '')]).toEqual([second, last]);
    expect([change, dryRun]).toEqual([null, true]);
  });

  test('in units of the column, by the end of the path, and only where the condition holds', async () => {
    const { rows } = await place.json('annotate', 'screen/raw', 'well == "A1"', '--sheet', 'plate.csv', '--dry-run');
    expect(rows).toEqual([
      {
        dataset: 'raw',
        name: names[0],
        path: names[0],
        was: { dose: null, day: null },
        becomes: { dose: 0.5, day: '2026-11-03' },
      },
    ]);
  }, 120_000);

  test('and a dry run wrote nothing', async () => {
    expect((await place.json('changes')).changes).toHaveLength(1);
  });
});

describe('what is wrong', () => {
  let place: CatalogPlace;
  beforeAll(async () => {
    place = await screen();
  });
  afterAll(() => place.remove());

  test.each([
    [
      'annotate-wrong',
      [
        'annotate',
        'screen',
        '--set',
        'condition=ctrl',
        '--set',
        'dos=3',
        '--pattern',
        '{well}_x.tif',
        '--separator',
        '_',
        '--words',
        'A1',
        '--tag',
        'well',
      ],
    ],
    [
      'annotate-wrong-sheet',
      ['annotate', 'screen', '--sheet', 'wrong.csv', '--sheet', 'none.xlsx', '--set', 'time=soon'],
    ],
    ['annotate-wrong-condition', ['annotate', 'screen', 'wel == "A1"', '--set', 'condition']],
    ['annotate-no-rule', ['annotate', 'screen']],
    ['annotate-no-experiment', ['annotate', 'scren', '--set', 'well=A1']],
    ['annotate-no-dataset', ['annotate', 'screen/rae', '--set', 'well=A1']],
  ])('is said all at once, and nothing is written: %s', async (name, words) => {
    await place.golden(name, words);
    expect((await place.bit(words)).status).toBe(2);
    expect((await place.json('changes')).changes).toHaveLength(1);
  });

  test('a condition that nothing meets is no mistake', async () => {
    expect(await place.bit(['annotate', 'screen', 'well == "H12"', '--set', 'time=1'])).toMatchObject({
      status: 0,
      out: 'No item of screen meets the condition: nothing was changed.\n',
    });
  });
});

describe('a change', () => {
  let place: CatalogPlace;
  beforeAll(async () => {
    place = await screen();
  });
  afterAll(() => place.remove());

  test('is shown, recorded with who and when, counted, and taken back as a whole', async () => {
    const before = await tagsOf(place);
    const words = [
      'annotate',
      'screen',
      'name ~ "control"',
      '--set',
      'condition=control',
      '--set',
      'plate=7',
      '--new-keys',
    ];
    await place.golden('annotate-dry', [...words, '--dry-run']);
    await place.golden('annotate', words);
    await place.golden('annotate-again', words);
    expect(await tagsOf(place)).toEqual({
      ...before,
      [names[0] ?? '']: { condition: 'control', well: 'A1', plate: 7 },
      [names[2] ?? '']: { condition: 'control', plate: 7 },
    });
    await place.golden('tags', ['tags', 'screen']);
    await place.golden('tags-values', ['tags', 'screen', '--values']);
    await place.golden('tags-keys', ['tags', 'screen', '--keys']);
    await place.golden('tags-missing', ['tags', 'screen', '--missing', 'condition', '--limit', '1']);
    await place.golden('tags-tsv', ['tags', 'screen', '--format', 'tsv']);
    await place.golden('datasets', ['datasets']);
    await place.golden('undo', ['undo', '--last', 'screen']);
    expect(await tagsOf(place)).toEqual(before);
    await place.golden('changes', ['changes', 'screen']);
    await place.golden('undo-twice', ['undo', '2']);
  });

  test('that another one built on is not taken back before it', async () => {
    const set = async (value: string): Promise<number> =>
      (await place.json('annotate', 'screen', '--set', `well=${value}`)).change;
    const [first, second] = [await set('C1'), await set('C2')];
    const { status, err } = await place.bit(['undo', String(first)]);
    expect([status, err]).toEqual([2, expect.stringContaining(`\`bit undo ${second}\``)]);
    const { rows } = await place.json('tags', 'screen');
    expect(rows.map((row: { tags: Tags }) => row.tags.well)).toEqual(['C2', 'C2', 'C2', 'C2']);
    expect((await place.json('undo', String(second))).undone).toMatchObject({ id: second, state: 'undone' });
    expect((await place.json('undo', String(first))).undone).toMatchObject({ id: first, kind: 'annotation' });
  });

  test('says who it was where the settings know, and the history of an item what became what', async () => {
    place.write('bit.toml', '[author]\nname = "Ada Lovelace"\norcid = "0000-0002-1825-0097"\n');
    await place.json('annotate', 'screen', 'name ~ "B7"', '--set', 'time=2');
    await place.json('annotate', 'screen', 'name ~ "B7"', '--set', 'time=3', '--unset', 'dose');
    const { changes } = await place.json('changes', '--limit', '1');
    expect(changes).toMatchObject([{ about: { author: { name: 'Ada Lovelace', orcid: '0000-0002-1825-0097' } } }]);
    const { content } = await place.json('show', `screen/raw/${names[3]}`);
    expect(content.items[0].changes.slice(-2)).toMatchObject([
      { before: { time: null }, after: { time: 2 } },
      { before: { time: 2 }, after: { time: 3 } },
    ]);
    expect((await place.bit(['show', `screen/raw/${names[3]}`])).out).toContain('time 2 → 3');
    place.write('bit.toml', '[author]\nname = "Ada Lovelace"\norcid = "0000-0002-1825-0098"\n');
    expect(await place.bit(['annotate', 'screen', '--set', 'time=4'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('author.orcid'),
    });
  });
});

test('retracted items get tags, and items that nothing tells apart are warned of', async () => {
  const place = await screen();
  await place.inStore((store) =>
    store.catalog.record({ kind: 'retraction', experiment: 'screen', about: {} }, [
      { type: 'retracted', kind: 'content', subjects: [blake3(names[1] ?? '')], reason: 'out of focus' },
    ]),
  );
  const { status, err } = await place.bit([
    'annotate',
    'screen',
    '--words',
    'control,treated',
    '--tag',
    'condition',
    '--unset',
    'well',
  ]);
  expect([status, err]).toEqual([0, expect.stringContaining('warning BIT5359')]);
  expect(err).toContain('p1/A1_control_t1.tif; p2/A1_control_t2.tif (condition = "control")');
  // The retracted one is given to no pipeline, so it is like no other.
  expect(err).not.toContain('A2_treated');
  const { rows } = await place.json('tags', 'screen');
  expect(rows[1]).toMatchObject({ tags: { condition: 'treated' }, retracted: 'out of focus' });
  place.remove();
});

test('of several datasets the names begin with theirs', async () => {
  const place = await screen();
  await place.imports({
    experiment: 'screen',
    dataset: 'late',
    keys,
    items: [newItem('A1.tif', { path: '/late/A1.tif' })],
  });
  expect(Object.keys(await tagsOf(place))).toEqual([...names.map((name) => `raw/${name}`), 'late/A1.tif']);
  writeFileSync(
    join(place.folder, 'all.csv'),
    (await place.bit(['tags', 'screen', '--format', 'csv'])).out.replace('late/A1.tif,', 'late/A1.tif,5'),
  );
  expect((await place.json('annotate', 'screen', '--sheet', 'all.csv')).rows).toEqual([
    { dataset: 'late', name: 'A1.tif', path: 'late/A1.tif', was: { dose: null }, becomes: { dose: 5 } },
  ]);
  expect(await tagsOf(place, 'screen/late')).toEqual({ 'A1.tif': { dose: 5 } });
  place.remove();
});

describe('a table of tags, read back as a sheet', () => {
  const hostile = hostileNames.map((name, at) =>
    newItem(name, { path: `/data/${at}`, digest: blake3(`${at}`), tags: { note: name, n: at } }),
  );

  test.each(['csv', 'tsv'])(
    'changes nothing where nobody touched it, whatever names and values are: %s',
    async (format) => {
      const place = catalogPlace();
      await place.imports({
        experiment: 'E',
        dataset: 'raw',
        keys: [
          { name: 'note', type: 'Str' },
          { name: 'n', type: 'Int' },
        ],
        items: hostile,
      });
      writeFileSync(join(place.folder, `tags.${format}`), (await place.bit(['tags', 'E', '--format', format])).out);
      expect(await place.json('annotate', 'E', '--sheet', `tags.${format}`)).toMatchObject({
        items: hostile.length,
        changed: 0,
        change: null,
      });
      place.remove();
    },
  );

  test('gives each item its own row', async () => {
    const place = catalogPlace();
    await place.imports({ experiment: 'E', dataset: 'raw', items: hostile.map((item) => ({ ...item, tags: {} })) });
    const lines = (await place.bit(['tags', 'E', '--format', 'csv'])).out.trimEnd().split('\n');
    expect(lines).toHaveLength(hostile.length + 1);
    const rows = (await place.json('tags', 'E')).rows.map((row: { name: string }) => row.name);
    const numbered = lines.map((line, at) => `${line},${at === 0 ? 'place' : hostileNames.indexOf(rows[at - 1])}`);
    writeFileSync(join(place.folder, 'tags.csv'), `${numbered.join('\n')}\n`);
    await place.json('annotate', 'E', '--sheet', 'tags.csv', '--new-keys');
    expect(await tagsOf(place, 'E')).toEqual(Object.fromEntries(hostileNames.map((name, at) => [name, { place: at }])));
    place.remove();
  });
});

test('a value that would flood the screen is shown by its beginning, and kept whole', async () => {
  const place = await screen();
  const long = 'y'.repeat(50_000);
  const shown = [await place.bit(['annotate', 'screen', '--set', `well=${long}`]), await place.bit(['changes'])];
  for (const { out, err } of shown) expect((out + err).length).toBeLessThan(20_000);
  expect(Object.values(await tagsOf(place)).map(({ well }) => well)).toEqual(names.map(() => long));
  expect((await place.bit(['undo', '--last', 'screen'])).out.length).toBeLessThan(2000);
  place.remove();
});
