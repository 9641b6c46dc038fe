import { describe, expect, test } from 'vitest';
import { authorText, readAuthor } from '../../../../src/data/experiments/author-text.ts';
import { changedExperiment, experimentNameProblem } from '../../../../src/data/experiments/changed-experiment.ts';
import { keyOf, keyText, readKeyText } from '../../../../src/data/experiments/key-text.ts';
import { licenceOf } from '../../../../src/data/experiments/licence.ts';
import { orcid } from '../../../../src/data/experiments/orcid.ts';
import { type RefitOptions, refitTags } from '../../../../src/data/experiments/refit-tags.ts';
import type { Experiment, TagKey } from '../../../../src/engine/ports/catalog.ts';

const source = { name: 'command line', text: 'bit experiment E' };
const at = () => ({ source, start: 0, end: 3 });

test.each([
  ['0000-0002-1825-0097', '0000-0002-1825-0097'],
  ['https://orcid.org/0000-0001-5109-3700', '0000-0001-5109-3700'],
  ['000000021694233x', '0000-0002-1694-233X'],
  ['0000-0002-1825-0098', undefined],
  ['0000-0002-1852-0097', undefined],
  ['0000-0002-1694-2330', undefined],
  ['1825-0097', undefined],
  ['', undefined],
])('the check digit of an ORCID iD is checked: %s', (text, id) => {
  expect(orcid(text)).toBe(id);
});

describe('an author', () => {
  test.each([
    ['Ada Lovelace', { name: 'Ada Lovelace' }],
    [
      'Ada Lovelace <ada@x.org> (0000-0002-1825-0097) [University of London]',
      { name: 'Ada Lovelace', email: 'ada@x.org', orcid: '0000-0002-1825-0097', affiliation: 'University of London' },
    ],
    ['(https://orcid.org/0000-0002-1825-0097) Lovelace, Ada', { name: 'Lovelace, Ada', orcid: '0000-0002-1825-0097' }],
    ['  Émilie   du Châtelet ', { name: 'Émilie du Châtelet' }],
    ['Ada (the countess)', { name: 'Ada (the countess)' }],
  ])('is read from one line, and written so that it comes back: %s', (text, author) => {
    expect(readAuthor(text)).toEqual({ how: 'read', author });
    expect(readAuthor(authorText(author))).toEqual({ how: 'read', author });
  });

  test.each(['<ada@x.org>', 'Ada <ada>', 'Ada (0000-0002-1825-0098)', 'Ada <a@x.org', ''])('is refused: %s', (text) => {
    expect(readAuthor(text).how).toBe('refused');
  });
});

test.each([
  ['cc-by-4.0', { how: 'known', licence: 'CC-BY-4.0' }],
  ['https://example.org/terms', { how: 'known', licence: 'https://example.org/terms' }],
  ['CC BY 4.0', { how: 'unknown', licence: 'CC BY 4.0', near: ['CC-BY-4.0'] }],
  ['CC-BY', { how: 'unknown', licence: 'CC-BY', near: ['CC-BY-4.0', 'CC-BY-3.0'] }],
  ['Apache2', { how: 'unknown', licence: 'Apache2', near: [] }],
  ['ask me', { how: 'unknown', licence: 'ask me', near: [] }],
])('a licence is known by its identifier or address: %s', (text, found) => {
  expect(licenceOf(text)).toEqual(found);
});

describe('a key', () => {
  const read = (text: string, before?: TagKey) => {
    const said = readKeyText(text);
    return 'problem' in said ? { how: 'refused' as const, ...said } : keyOf(said, before);
  };
  const dose: TagKey = {
    name: 'dose',
    type: 'Float',
    unit: 'um',
    term: 'NCIT:C25488',
    values: [1, 2.5],
    description: 'what was "given"',
  };

  test('is read from one line, and written so that it comes back', () => {
    const text = 'dose:Float unit=um term=NCIT:C25488 values=1,2.5 "what was \\"given\\""';
    expect(read(text)).toEqual({ how: 'read', key: dose });
    expect(keyText(dose)).toBe(text);
    const odd: TagKey = { name: 'who', type: 'Str', values: ['a b', 'c,d', 'e"f'] };
    expect(read(keyText(odd))).toEqual({ how: 'read', key: odd });
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['dose unit=nm', { unit: 'nm' }],
    ['dose unit=', { unit: undefined }],
    ['dose values=', { values: undefined }],
    ['dose values="1 um",2500nm', { values: [1, 2.5] }],
    ['dose:int values=1,2', { type: 'Int', values: [1, 2] }],
    ['dose:Str', { type: 'Str', unit: undefined, values: ['1', '2.5'] }],
    ['dose "other"', { description: 'other' }],
  ])('that is there keeps what is not said: %s', (text, changed) => {
    const made = read(text, dose);
    expect(made).toEqual({ how: 'read', key: JSON.parse(JSON.stringify({ ...dose, ...changed })) });
  });

  test.each([
    ['dose', 'has no type', 'Str, Int, Float'],
    ['dose:String', 'does not exist, `String`', 'Did you mean `Str`?'],
    ['dose:Flot', 'does not exist, `Flot`', 'Did you mean `Float`?'],
    ['image:Str', 'a word of the language', '--key'],
    ['my dose:Float', 'says `dose:Float`', 'unit='],
    ['dose:Float untit=um', 'says `untit=um`', 'Did you mean `unit=`?'],
    ['dose:Str unit=um', 'cannot have a unit', 'Int and Float'],
    ['dose:Int values=1,2.5', 'allows `2.5`, which is no Int', 'values'],
    ['dose:Float term=C25488', 'no', ''],
  ])('is refused with what to write: %s', (text, problem, help) => {
    expect(read(text)).toMatchObject({
      how: 'refused',
      problem: expect.stringContaining(problem === 'no' ? 'term' : problem),
      help: expect.stringContaining(help),
    });
  });
});

test('everything that is wrong with a record is said at once', () => {
  const before: Experiment = { name: 'E', authors: [], funding: [], keys: [] };
  const { diagnostics } = changedExperiment(
    before,
    {
      authors: ['Ada (0000-0002-1825-0098)', 'Bob'],
      date: '2026-02-30',
      licence: 'CCBY',
      keys: ['a', 'b:Str', 'b:Int'],
      otherKeys: 'stay',
      dropKeys: ['c'],
    },
    { at },
  );
  expect(diagnostics.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
    'BIT5353 error',
    'BIT5354 error',
    'BIT5355 warning',
    'BIT5356 error',
    'BIT5356 error',
    'BIT5356 error',
  ]);
});

test.each(['a/b', '', ' a', '-x', 'a\nb', '%', 'a"b', '🧫', 'n'.repeat(201)])(
  'an experiment cannot be called %j',
  (name) => {
    expect(experimentNameProblem(name)).toBeDefined();
    expect(experimentNameProblem('screen 2026')).toBeUndefined();
  },
);

describe('a key that changes', () => {
  const refit = (
    before: TagKey,
    after: TagKey | undefined,
    values: readonly (string | number | boolean)[],
    numbers?: RefitOptions['numbers'],
  ) =>
    refitTags(
      values.map((value, id) => ({ id, path: `${id}.tif`, tags: { x: value } })),
      {
        before: [before],
        after: after === undefined ? [] : [after],
        types: new Map([['x', new Set([before.type])]]),
        numbers,
      },
    );
  const set = (of: ReturnType<typeof refit>) => of.items.map(({ tags }) => tags.x);

  test.each<[string, TagKey, TagKey, readonly (string | number | boolean)[], readonly unknown[]]>([
    [
      'texts that are numbers become numbers',
      { name: 'x', type: 'Str' },
      { name: 'x', type: 'Int' },
      ['1', '20'],
      [1, 20],
    ],
    ['whole numbers become Float', { name: 'x', type: 'Int' }, { name: 'x', type: 'Float' }, [1, 2], [1, 2]],
    ['truth values become texts', { name: 'x', type: 'Bool' }, { name: 'x', type: 'Str' }, [true], ['true']],
    ['texts become dates', { name: 'x', type: 'Str' }, { name: 'x', type: 'Date' }, ['20240229'], ['2024-02-29']],
    [
      'a description changes nothing',
      { name: 'x', type: 'Str' },
      { name: 'x', type: 'Str', description: 'd' },
      ['a'],
      [],
    ],
    [
      'a unit where there was none changes nothing',
      { name: 'x', type: 'Int' },
      { name: 'x', type: 'Int', unit: 's' },
      [3],
      [],
    ],
  ])('%s', (_, before, after, values, becomes) => {
    const made = refit(before, after, values);
    expect(made.misfits).toEqual([]);
    expect(set(made)).toEqual(becomes);
    if (becomes.length > 0) expect(made.types).toEqual({ x: after.type });
  });

  test('lists every value that does not fit', () => {
    const made = refit({ name: 'x', type: 'Float' }, { name: 'x', type: 'Int' }, [1, 2.5, 3.5]);
    expect(made.misfits.map((misfit) => misfit.kind === 'value' && misfit.value)).toEqual([2.5, 3.5]);
    const listed = refit({ name: 'x', type: 'Str' }, { name: 'x', type: 'Str', values: ['a'] }, ['a', 'b']);
    expect(listed.misfits).toMatchObject([{ kind: 'value', value: 'b' }]);
    expect(refit({ name: 'x', type: 'Str' }, undefined, ['a', 'b']).misfits).toEqual([
      { kind: 'dropped', name: 'x', items: 2 },
    ]);
  });

  test('asks what a new unit means for the numbers', () => {
    const [um, nm, mM]: TagKey[] = ['um', 'nm', 'mM'].map((unit) => ({ name: 'x', type: 'Float', unit }));
    if (um === undefined || nm === undefined || mM === undefined) throw new Error('no keys');
    expect(refit(um, nm, [3]).misfits).toMatchObject([{ kind: 'unit', from: 'um', isKnown: true }]);
    expect(set(refit(um, nm, [3, 0.5], 'convert'))).toEqual([3000, 500]);
    expect(refit(um, nm, [3], 'keep')).toMatchObject({ items: [], misfits: [] });
    expect(refit(um, mM, [3], 'convert').misfits).toMatchObject([{ kind: 'unit', isKnown: false }]);
    expect(refit(um, nm, []).misfits).toEqual([]);
  });
});
