import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newItem } from '../unit/store/catalog-rig.ts';
import { type CatalogPlace, catalogPlace } from './catalog-place.ts';

// Each step is a real process.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const tags = async (place: CatalogPlace) =>
  (await place.json('tags', 'screen')).rows.map((row: { tags: unknown }) => row.tags);
const record = async (place: CatalogPlace) => (await place.json('experiment', 'screen')).experiment;

test('an experiment is made before there is any data, shown, and edited as a file', async () => {
  const place = catalogPlace();
  const none = await place.bit(['datasets']);
  expect([none.status, none.err]).toEqual([2, expect.stringContaining('There is no store')]);
  await place.golden('experiment-made', [
    'experiment',
    'screen',
    '--title',
    'A dose screen',
    '--author',
    'Ada Lovelace <ada@x.org> (0000-0002-1825-0097)',
    '--author',
    'Charles Babbage [Cambridge]',
    '--date',
    '2026-11-24',
    '--licence',
    'cc-by-4.0',
    '--funding',
    'ERC 101',
    '--key',
    'dose:Float unit=um term=NCIT:C25488 "what was given"',
    '--key',
    'condition:Str values=control,treated',
  ]);
  await place.golden('experiment-empty-dataset', ['datasets']);
  await place.golden('experiment-toml', ['experiment', 'screen', '--to-toml']);
  const toml = (await place.bit(['experiment', 'screen', '--to-toml'])).out;
  writeFileSync(join(place.folder, 'screen.toml'), toml);
  expect(await place.json('experiment', 'screen', '--from', 'screen.toml')).toMatchObject({
    change: null,
    changed: [],
  });
  writeFileSync(
    join(place.folder, 'screen.toml'),
    toml.slice(0, toml.lastIndexOf('[[keys]]')).replace('A dose screen', 'Doses').replace('"2026-11-24"', '2026-11-25'),
  );
  await place.golden('experiment-from-toml', ['experiment', 'screen', '--from', 'screen.toml']);
  expect((await record(place)).keys.map((key: { name: string }) => key.name)).toEqual(['dose']);
  // The file for another experiment, with one field of its own.
  expect(await place.json('experiment', 'second', '--from', 'screen.toml', '--title', 'Another')).toMatchObject({
    made: true,
    experiment: { name: 'second', title: 'Another', date: '2026-11-25' },
  });
  place.remove();
});

describe('the record', () => {
  let place: CatalogPlace;
  beforeAll(async () => {
    place = catalogPlace({
      'wrong.toml':
        'titel = "x"\ndate = "soon"\nlicence = 4\n\n[[authors]]\nname = "Ada"\norcid = "0000-0002-1825-0098"\n\n[[keys]]\nname = "dose"\ntype = "Flot"\n',
      'broken.toml': 'title = "x\n',
    });
    await place.imports({
      experiment: 'screen',
      dataset: 'raw',
      keys: [
        { name: 'dose', type: 'Float', unit: 'um' },
        { name: 'well', type: 'Str' },
      ],
      types: { dose: 'Float' },
      items: [newItem('a.tif', { tags: { dose: 2.5, well: '7' } }), newItem('b.tif', { tags: { dose: 3, well: 'B' } })],
    });
  });
  afterAll(() => place.remove());

  test.each([
    [
      'experiment-wrong',
      [
        'experiment',
        'screen',
        '--author',
        'Ada (0000-0002-1825-0098)',
        '--date',
        '24.11.2026',
        '--licence',
        'CC BY 4.0',
        '--key',
        'dose:Flot',
        '--drop-key',
        'wel',
      ],
    ],
    ['experiment-wrong-toml', ['experiment', 'screen', '--from', 'wrong.toml']],
    ['experiment-broken-toml', ['experiment', 'screen', '--from', 'broken.toml']],
    ['experiment-misfits', ['experiment', 'screen', '--key', 'well:Int', '--key', 'dose values=1,2.5']],
    ['experiment-unit', ['experiment', 'screen', '--key', 'dose unit=nm', '--drop-key', 'well']],
    ['experiment-name', ['experiment', 'screen/raw', '--title', 'x']],
    ['experiment-unknown', ['experiment', 'scren']],
  ])('is not changed where anything is wrong, and all of it is said: %s', async (name, words) => {
    const before = await record(place);
    await place.golden(name, words);
    expect((await place.bit(words)).status).toBe(2);
    expect(await record(place)).toEqual(before);
  });

  test('and the values of items change together, and are taken back together', async () => {
    const before = [await record(place), await tags(place)];
    const { change, items } = await place.json('experiment', 'screen', '--key', 'dose unit=nm', '--numbers', 'convert');
    expect([items, await tags(place)]).toEqual([
      2,
      [
        { dose: 2500, well: '7' },
        { dose: 3000, well: 'B' },
      ],
    ]);
    await place.json('undo', String(change));
    const { changes: _, ...was } = before[0];
    expect([await record(place), await tags(place)]).toMatchObject([was, before[1]]);
  });

  test('an undo of the record leaves keys that came later', async () => {
    const { change } = await place.json('experiment', 'screen', '--title', 'Doses', '--key', 'plate:Int');
    await place.json('annotate', 'screen', '--set', 'batch=1', '--new-keys');
    await place.json('undo', String(change));
    expect(await record(place)).toMatchObject({
      title: null,
      keys: [{ name: 'dose' }, { name: 'well' }, { name: 'batch' }],
    });
  });

  test('a name that is nearly another one is pointed out', async () => {
    expect((await place.bit(['experiment', 'scren', '--title', 'x', '--dry-run'])).out).toContain(
      'There is `screen`, too',
    );
    expect((await place.json('datasets')).experiments).toHaveLength(1);
  });
});

test('what people write into a record cannot act on the screen', async () => {
  const place = catalogPlace();
  const made = await place.bit([
    'experiment',
    'screen',
    '--title',
    'a\u001b[31mb',
    '--description',
    'one\ntwo\u001b[2J',
  ]);
  const shown = await place.bit(['experiment', 'screen']);
  for (const { status, out, err } of [made, shown]) {
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).not.toContain('\u001b');
    expect(out).toContain('a\\u001b[31mb');
  }
  expect(shown.out).toContain('  one\n  "two');
  expect(await record(place)).toMatchObject({ title: 'a\u001b[31mb' });
  place.remove();
});

test('an experiment has a name that data can be imported under', async () => {
  const place = catalogPlace({ 'a.txt': 'a' });
  for (const name of ['🧫', '%', 'a"b', 'n'.repeat(201), 'a ']) {
    const made = await place.bit(['experiment', name, '--title', 'x']);
    const imported = await place.bit(['import', 'a.txt', '--experiment', name]);
    expect([name, made.status, imported.status]).toEqual([name, 2, 2]);
  }
  place.remove();
});
