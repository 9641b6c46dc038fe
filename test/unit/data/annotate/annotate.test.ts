import { describe, expect, test } from 'vitest';
import { annotate } from '../../../../src/data/annotate/annotate.ts';
import { duplicateTags } from '../../../../src/data/annotate/duplicate-tags.ts';
import { preview } from '../../../../src/data/annotate/preview.ts';
import type { TagKey } from '../../../../src/engine/ports/catalog.ts';
import type { TagValue } from '../../../../src/engine/ports/value.ts';
import { itemsOf, pattern, problemText, regex, tagged } from './rig.ts';

const key = (type: TagKey['type'], more: Partial<TagKey> = {}): TagKey => ({ name: 'x', type, ...more });
const valueAs = (text: string, as: TagKey) =>
  tagged(['f'], { kind: 'set', set: [`x=${text}`], unset: [] }, { keys: [as] });

describe('a value is read as its key declares it', () => {
  test.each<[string, TagKey, TagValue]>([
    ['007', key('Str'), '007'],
    ['007', key('Int'), 7],
    ['-5', key('Int'), -5],
    ['-0', key('Int'), 0],
    ['5.0', key('Int'), 5],
    ['+5', key('Float'), 5],
    ['1e3', key('Float'), 1000],
    ['.5', key('Float'), 0.5],
    ['3 min', key('Float', { unit: 's' }), 180],
    ['3min', key('Int', { unit: 's' }), 180],
    ['180', key('Int', { unit: 's' }), 180],
    ['0.1 um', key('Float', { unit: 'nm' }), 100],
    ['100 nm', key('Float', { unit: 'µm' }), 0.1],
    ['0.3 µm', key('Float', { unit: 'um' }), 0.3],
    ['5 µM', key('Float', { unit: 'uM' }), 5],
    ['37 °C', key('Int', { unit: '°C' }), 37],
    ['10%', key('Int', { unit: '%' }), 10],
    ['TRUE', key('Bool'), true],
    ['no', key('Bool'), false],
    ['2024-02-29', key('Date'), '2024-02-29'],
    ['20240229', key('Date'), '2024-02-29'],
    ['2024-02-29 14:05', key('Date'), '2024-02-29T14:05:00'],
    ['2024-02-29T14:05:01.250Z', key('Date'), '2024-02-29T14:05:01.25Z'],
    ['2024-03-01T00:30:00+01:00', key('Date'), '2024-02-29T23:30:00Z'],
    ['b', key('Str', { values: ['a', 'b'] }), 'b'],
    ['60 s', key('Int', { unit: 'min', values: [1, 2] }), 1],
  ])('%s as %j', (text, as, expected) => {
    expect(valueAs(text, as)).toMatchObject({ tags: [{ x: expected }], problems: [] });
  });

  test.each<[string, TagKey, string]>([
    ['a', key('Int'), 'not-of-type'],
    ['1.5', key('Int'), 'not-of-type'],
    ['0,5', key('Float'), 'not-of-type'],
    ['nan', key('Float'), 'not-of-type'],
    ['1e999', key('Float'), 'too-large'],
    ['1e99999', key('Float'), 'not-of-type'],
    ['9007199254740993', key('Int'), 'too-large'],
    ['3 min', key('Float'), 'not-of-type'],
    ['3 um', key('Float', { unit: 's' }), 'other-unit'],
    ['3 mM', key('Float', { unit: 'uM' }), 'other-unit'],
    ['1 s', key('Int', { unit: 'min' }), 'not-of-type'],
    ['maybe', key('Bool'), 'not-of-type'],
    ['2024-02-30', key('Date'), 'not-of-type'],
    ['2024-13-01', key('Date'), 'not-of-type'],
    ['29.02.2024', key('Date'), 'not-of-type'],
    ['2024-02-29T25:00', key('Date'), 'not-of-type'],
    ['2024-02-29T10:00+99:00', key('Date'), 'not-of-type'],
  ])('or refused: %s as %j', (text, as, why) => {
    const { problems, tags } = valueAs(text, as);
    expect(problems).toMatchObject([{ kind: 'bad-value', text, why, item: 'f' }]);
    expect(tags).toEqual([{}]);
  });

  test('or refused where the experiment lists others', () => {
    expect(valueAs('Control', key('Str', { values: ['control', 'treated'] })).kinds).toEqual(['value-not-allowed']);
  });

  test('though a pattern may say a narrower type, not another', () => {
    expect(tagged(['7.tif'], pattern('{x:Int}.tif'), { keys: [key('Float')] })).toMatchObject({
      tags: [{ x: 7 }],
      problems: [],
    });
    expect(tagged(['7.tif'], pattern('{x:Int}.tif'), { keys: [key('Str')] }).kinds).toEqual(['type-differs']);
    expect(tagged(['3min.tif'], pattern('{x}.tif'), { keys: [key('Int', { unit: 's' })] }).tags).toEqual([{ x: 180 }]);
  });
});

describe('a new tag has the type that all its values have', () => {
  test.each<[readonly string[], TagKey['type'], readonly TagValue[]]>([
    [['1', '22'], 'Int', [1, 22]],
    [['1', '2.5'], 'Float', [1, 2.5]],
    [['1', 'b'], 'Str', ['1', 'b']],
    [['7', '007'], 'Str', ['7', '007']],
    [['1e5', '2e5'], 'Str', ['1e5', '2e5']],
    [['true', 'FALSE'], 'Bool', [true, false]],
    [['true', '1'], 'Str', ['true', '1']],
    [['2024-02-29', '2024-03-01T10:00'], 'Date', ['2024-02-29', '2024-03-01T10:00:00']],
    [['20240229'], 'Int', [20240229]],
    [['2024-02-29', 'x'], 'Str', ['2024-02-29', 'x']],
    [['9007199254740993'], 'Str', ['9007199254740993']],
    [['-0'], 'Str', ['-0']],
    [['+1'], 'Str', ['+1']],
  ])('%j', (values, type, expected) => {
    const { newKeys, tags, problems } = tagged(values, regex('^(?<v>.*)$'));
    expect(problems).toEqual([]);
    expect(newKeys).toEqual([{ name: 'v', type }]);
    expect(tags).toEqual(expected.map((v) => ({ v })));
  });

  test('and is a mistake where none is welcome', () => {
    const { problems, tags } = tagged(['a_1'], pattern('{cel}_{time}'), {
      keys: [
        { name: 'cell', type: 'Str' },
        { name: 'time', type: 'Int' },
      ],
    });
    expect(problems.map(problemText)).toEqual(['unknown-key cel ["cell","time"]']);
    expect(tags).toEqual([{ time: 1 }]);
  });
});

describe('what an item has', () => {
  test('stays, is replaced or is taken away, and the change says which', () => {
    const result = annotate(itemsOf(['a_1', 'b_2'], { cell: 'a', old: 'x', kept: true }), {
      rules: [pattern('{cell}_{time:Int}'), { kind: 'set', set: [], unset: ['old'] }],
      keys: [],
      newKeys: 'infer',
    });
    expect(result.problems).toEqual([]);
    expect(result.items.map(({ tags, change }) => ({ tags, change }))).toEqual([
      { tags: { cell: 'a', kept: true, time: 1 }, change: { old: null, time: 1 } },
      { tags: { cell: 'b', kept: true, time: 2 }, change: { cell: 'b', old: null, time: 2 } },
    ]);
  });

  test('and does not have cannot be taken away', () => {
    const { problems } = annotate(itemsOf(['a'], { condition: 'x' }), {
      rules: [{ kind: 'set', set: [], unset: ['conditon'] }],
      keys: [],
      newKeys: 'infer',
    });
    expect(problems).toMatchObject([{ kind: 'unknown-key', name: 'conditon', known: ['condition'] }]);
  });

  test('is said by one rule, or by several that agree', () => {
    const both = (value: string) => [pattern('{c}_*'), { kind: 'set', set: [`c=${value}`], unset: [] } as const];
    expect(tagged(['a_1'], both('a'))).toMatchObject({ tags: [{ c: 'a' }], problems: [] });
    expect(tagged(['a_1', 'b_1'], both('a')).problems.map(problemText)).toEqual(['given-twice c b_1 b a']);
    expect(tagged(['a_1'], [pattern('{c}_*'), { kind: 'set', set: [], unset: ['c'] }]).kinds).toContain('bad-rule');
  });

  test('tells it apart from every other', () => {
    expect(
      duplicateTags([
        { path: 'a', tags: { x: 1, y: 'b' } },
        { path: 'b', tags: { y: 'b', x: 1 } },
        { path: 'c', tags: { x: '1', y: 'b' } },
        { path: 'd', tags: {} },
      ]),
    ).toEqual([{ kind: 'duplicate-tags', tags: { x: 1, y: 'b' }, items: ['a', 'b'] }]);
  });
});

test('a preview shows the first items, and of each tag its values and how many have them', () => {
  const items = itemsOf(['b_1', 'a_2', 'a_3', 'c_4'], { lost: 1 });
  const keys: TagKey[] = [
    { name: 'time', type: 'Int', unit: 's' },
    { name: 'unused', type: 'Str' },
  ];
  const annotated = annotate(items, {
    rules: [pattern('{cell}_{time:Int}'), { kind: 'set', set: [], unset: ['lost'] }],
    keys,
    newKeys: 'infer',
  });
  expect(preview(annotated, { keys, mostRows: 2, mostValues: 2 })).toEqual({
    columns: [
      {
        name: 'time',
        type: 'Int',
        unit: 's',
        isNew: false,
        values: [
          { value: 1, items: 1 },
          { value: 2, items: 1 },
        ],
        distinct: 4,
        without: 0,
      },
      {
        name: 'cell',
        type: 'Str',
        isNew: true,
        values: [
          { value: 'a', items: 2 },
          { value: 'b', items: 1 },
        ],
        distinct: 3,
        without: 0,
      },
      { name: 'lost', type: 'Str', isNew: false, values: [], distinct: 0, without: 4 },
    ],
    rows: [
      { path: 'b_1', cells: [1, 'b', null], changed: ['time', 'cell', 'lost'] },
      { path: 'a_2', cells: [2, 'a', null], changed: ['time', 'cell', 'lost'] },
    ],
    items: 4,
    changed: 4,
  });
});
