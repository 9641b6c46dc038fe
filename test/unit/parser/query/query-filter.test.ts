import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { type Filter, type KnownTag, queryFilter, readQuery } from '../../../../src/parser/index.ts';

const tags: readonly KnownTag[] = [
  { name: 'cell', type: 'str' },
  { name: 'time', type: 'int' },
  { name: 'dose', type: 'float' },
  { name: 'good', type: 'bool' },
  { name: 'type', type: 'str' },
  { name: 'seen', type: 'date' },
  { name: 'passed', type: 'date' },
  { name: 'passed', type: 'str' },
  { name: 'step', type: 'float', unit: 'um' },
  { name: 'wait', type: 'int', unit: 's' },
  { name: 'strength', type: 'float', unit: 'mg/l' },
  { name: 'depth', type: 'float', unit: 'um' },
  { name: 'depth', type: 'float', unit: 'nm' },
];
const tag = (name: string) => ({ kind: 'tag', name }) as const;
const property = <Name extends string>(name: Name) => ({ kind: 'property', name }) as const;

function asked(text: string): { readonly filter?: Filter; readonly diagnostics: readonly Diagnostic[] } {
  const { query, diagnostics } = readQuery(text, { name: 'query' });
  return query === undefined ? { diagnostics } : queryFilter(query, { tags });
}

const A3: Filter = { kind: 'compare', field: tag('cell'), operator: '==', value: 'A3' };

const read: readonly (readonly [text: string, filter: Filter])[] = [
  ['cell == "A3"', A3],
  ['"A3" == cell', A3],
  ['(cell) == ("A3")', A3],
  ['10 > time', { kind: 'compare', field: tag('time'), operator: '<', value: 10 }],
  ['dose != -1.5', { kind: 'compare', field: tag('dose'), operator: '!=', value: -1.5 }],
  ['good', { kind: 'holds', field: tag('good') }],
  ['good == false', { kind: 'compare', field: tag('good'), operator: '==', value: false }],
  ['not good', { kind: 'not', of: { kind: 'holds', field: tag('good') } }],
  ['retracted', { kind: 'holds', field: property('retracted') }],
  ['time in 1..5', { kind: 'between', field: tag('time'), from: 1, to: 5 }],
  ['time in 3..', { kind: 'between', field: tag('time'), from: 3 }],
  ['time not in 1..5', { kind: 'not', of: { kind: 'between', field: tag('time'), from: 1, to: 5 } }],
  ['cell in ["A", "B"]', { kind: 'in', field: tag('cell'), values: ['A', 'B'] }],
  ['cell not in ["A"]', { kind: 'not', of: { kind: 'in', field: tag('cell'), values: ['A'] } }],
  ['cell ~ r"^A\\d$"', { kind: 'matches', field: tag('cell'), regex: '^A\\d$' }],
  ['"tl" in cell', { kind: 'contains', field: tag('cell'), value: 'tl' }],
  ['len(cell) == 2', { kind: 'compare', field: { kind: 'length', of: tag('cell') }, operator: '==', value: 2 }],
  ['size > 2 GB', { kind: 'compare', field: property('size'), operator: '>', value: 2e9 }],
  ['size in 1 MiB..2 MB', { kind: 'between', field: property('size'), from: 1048576, to: 2e6 }],
  ['image.axes == "zyx"', { kind: 'compare', field: property('axes'), operator: '==', value: 'zyx' }],
  ['image.shape == [10, 512, 512]', { kind: 'equals-list', field: property('shape'), values: [10, 512, 512] }],
  ['image.shape[-1] > 1000', { kind: 'compare', field: { kind: 'element', at: -1 }, operator: '>', value: 1000 }],
  ['image.size_x >= 512', { kind: 'compare', field: property('size_x'), operator: '>=', value: 512 }],
  ['"DAPI" in channels', { kind: 'contains', field: property('channels'), value: 'DAPI' }],
  ['"DAPI" in image.channels', { kind: 'contains', field: property('channels'), value: 'DAPI' }],
  ['not ("DAPI" in channels)', { kind: 'not', of: { kind: 'contains', field: property('channels'), value: 'DAPI' } }],
  ['channels == ["DAPI", "GFP"]', { kind: 'equals-list', field: property('channels'), values: ['DAPI', 'GFP'] }],
  [
    'len(channels) == 3',
    { kind: 'compare', field: { kind: 'length', of: property('channels') }, operator: '==', value: 3 },
  ],
  ['488 nm in excitation', { kind: 'contains', field: property('excitation'), value: 488 }],
  ['0.488 um in image.emission', { kind: 'contains', field: property('emission'), value: 488 }],
  ['pixel_size.x < 200 nm', { kind: 'compare', field: property('pixel_size_x'), operator: '<', value: 0.2 }],
  [
    'image.pixel_size.x == 0.104 um',
    { kind: 'compare', field: property('pixel_size_x'), operator: '==', value: 0.104 },
  ],
  ['pixel_size.z in 0.1..0.3', { kind: 'between', field: property('pixel_size_z'), from: 0.1, to: 0.3 }],
  ['objective ~ "63x"', { kind: 'matches', field: property('objective'), regex: '63x' }],
  [
    'objective.magnification >= 40',
    { kind: 'compare', field: property('objective_magnification'), operator: '>=', value: 40 },
  ],
  ['present(pixel_size)', { kind: 'present', field: property('pixel_size') }],
  ['time_step <= 2 min', { kind: 'compare', field: property('time_step'), operator: '<=', value: 120 }],
  ['step < 200 nm', { kind: 'compare', field: tag('step'), operator: '<', value: 0.2 }],
  ['step < 0.2', { kind: 'compare', field: tag('step'), operator: '<', value: 0.2 }],
  ['wait in [1 min, 30]', { kind: 'in', field: tag('wait'), values: [60, 30] }],
  ['strength > 3.5', { kind: 'compare', field: tag('strength'), operator: '>', value: 3.5 }],
  ['depth > 3', { kind: 'compare', field: tag('depth'), operator: '>', value: 3 }],
  ['it.type == "text/csv"', { kind: 'compare', field: property('type'), operator: '==', value: 'text/csv' }],
  ['it.type == "Json"', { kind: 'in', field: property('type'), values: ['application/json'] }],
  [
    'it.type != "Json"',
    {
      kind: 'and',
      left: { kind: 'present', field: property('type') },
      right: { kind: 'not', of: { kind: 'in', field: property('type'), values: ['application/json'] } },
    },
  ],
  ['tag.type == "x"', { kind: 'compare', field: tag('type'), operator: '==', value: 'x' }],
  ['origin == "raw"', { kind: 'compare', field: property('origin'), operator: '==', value: 'raw' }],
  ['present(dose)', { kind: 'present', field: tag('dose') }],
  ['at >= "2026-11-01"', { kind: 'dated', field: property('at'), from: '2026-11-01' }],
  ['at > "2026-11-01"', { kind: 'dated', field: property('at'), from: '2026-11-02' }],
  ['at <= "2026-11-30"', { kind: 'dated', field: property('at'), before: '2026-12-01' }],
  ['at < "2026-11-30"', { kind: 'dated', field: property('at'), before: '2026-11-30' }],
  ['at == "2026-11"', { kind: 'dated', field: property('at'), from: '2026-11-01', before: '2026-12-01' }],
  ['seen == "2026"', { kind: 'dated', field: tag('seen'), from: '2026-01-01', before: '2027-01-01' }],
  [
    'acquired_at in "2026-11-01".."2026-11-30"',
    { kind: 'dated', field: property('acquired_at'), from: '2026-11-01', before: '2026-12-01' },
  ],
  ['at in "2026-11-01"..', { kind: 'dated', field: property('at'), from: '2026-11-01' }],
  [
    'at == "2026-11-24T08:30:00+02:00"',
    { kind: 'dated', field: property('at'), from: '2026-11-24T06:30:00', before: '2026-11-24T06:30:01' },
  ],
  ['at >= "2026-11-24T08:30"', { kind: 'dated', field: property('at'), from: '2026-11-24T08:30' }],
  [
    'seen != "2026-02-28"',
    {
      kind: 'and',
      left: { kind: 'present', field: tag('seen') },
      right: { kind: 'not', of: { kind: 'dated', field: tag('seen'), from: '2026-02-28', before: '2026-03-01' } },
    },
  ],
  [
    'seen in ["2026-02-28", "2026-03"]',
    {
      kind: 'or',
      left: { kind: 'dated', field: tag('seen'), from: '2026-02-28', before: '2026-03-01' },
      right: { kind: 'dated', field: tag('seen'), from: '2026-03-01', before: '2026-04-01' },
    },
  ],
  ['passed == "2026"', { kind: 'dated', field: tag('passed'), from: '2026-01-01', before: '2027-01-01' }],
  ['passed == "late"', { kind: 'compare', field: tag('passed'), operator: '==', value: 'late' }],
  [
    'passed in ["late", "2026"]',
    {
      kind: 'or',
      left: { kind: 'dated', field: tag('passed'), from: '2026-01-01', before: '2027-01-01' },
      right: { kind: 'in', field: tag('passed'), values: ['late'] },
    },
  ],
  ['from("deskew")', { kind: 'made-by', name: 'deskew' }],
  ['derived_from("raw/A3.tif")', { kind: 'derived', from: { kind: 'place', text: 'raw/A3.tif' } }],
  ['derived_from(cell == "A3")', { kind: 'derived', from: { kind: 'meeting', filter: A3 } }],
  [
    'derived_from(from("deskew") and good)',
    {
      kind: 'derived',
      from: {
        kind: 'meeting',
        filter: {
          kind: 'and',
          left: { kind: 'made-by', name: 'deskew' },
          right: { kind: 'holds', field: tag('good') },
        },
      },
    },
  ],
  ['true', { kind: 'all' }],
  ['false', { kind: 'not', of: { kind: 'all' } }],
  [
    '(cell == "A3" or good) and time < 3',
    {
      kind: 'and',
      left: { kind: 'or', left: A3, right: { kind: 'holds', field: tag('good') } },
      right: { kind: 'compare', field: tag('time'), operator: '<', value: 3 },
    },
  ],
];

test.each(read)('%s', (text, filter) => {
  expect(asked(text)).toEqual({ filter, diagnostics: [] });
});

const wrong: readonly (readonly [text: string, code: string, message: string, help: string, underlined: string])[] = [
  ['cel == "A3"', 'BIT5361', 'There is no tag or property `cel`', '`cell`', 'cel'],
  ['cel', 'BIT5361', 'There is no tag or property `cel`', '`cell`', 'cel'],
  ['colour == "red"', 'BIT5361', '`colour`', 'Tags: cell, time', 'colour'],
  ['colour == "red"', 'BIT5361', '`colour`', 'image.axes', 'colour'],
  ['tag.size == 3', 'BIT5361', '`size`', 'Tags: cell', 'tag.size'],
  ['image.shap == [1]', 'BIT5361', '`shap`', 'image.shape', 'image.shap'],
  ['"x" in chanels', 'BIT5361', '`chanels`', '`channels`', 'chanels'],
  ['a.b.c == 1', 'BIT5360', 'One side', '', 'a.b.c == 1'],
  ['type == "x"', 'BIT5362', '`type` is a tag and a property', '`tag.type` or `it.type`', 'type'],
  ['cell == A3', 'BIT5367', 'is not a value', '"A3"', 'A3'],
  ['cell == 3', 'BIT5363', '`cell` is a text', 'quotes', '3'],
  ['cell in ["A", 3]', 'BIT5363', '`cell` is a text', '"3"', '3'],
  ['time == "3"', 'BIT5363', '`time` is a number', 'without quotes', '"3"'],
  ['good == "yes"', 'BIT5363', '`good` is true or false', '`true`', '"yes"'],
  ['cell == 3 GB', 'BIT5363', '`cell` is a text', '', '3 GB'],
  ['channels == "DAPI"', 'BIT5363', '`channels` is a list', '"DAPI" in channels', 'channels'],
  ['channels in ["DAPI"]', 'BIT5363', '`channels` is a list', '"DAPI" in channels', 'channels'],
  ['pixel_size < 0.2 um', 'BIT5363', 'along each axis', 'pixel_size.x', 'pixel_size'],
  ['pixel_size', 'BIT5360', 'not true or false', 'present(pixel_size)', 'pixel_size'],
  ['len(time) == 3', 'BIT5363', 'neither a text nor a list', 'len', 'time'],
  ['channels ~ "D"', 'BIT5363', '`channels`', 'in', 'channels'],
  ['image.shape["x"] == 3', 'BIT5363', 'whole number', 'shape[0]', '"x"'],
  ['cell', 'BIT5360', '`cell` is not true or false by itself', 'Compare', 'cell'],
  ['cell ~ "["', 'BIT5366', 'not a regular expression', 'brackets', '"["'],
  ['cell ~ 3', 'BIT5366', 'takes a regular expression', 'cell ~', '3'],
  ['1 == 2', 'BIT5360', 'One side of a comparison', 'cell == "A3"', '1 == 2'],
  ['cell = "A3"', 'BIT5360', 'written `==`', '`cell == "A3"`', '='],
  ['cell =~ "A3"', 'BIT5360', 'behind `~`', '`cell ~ "A3"`', '='],
  ['cell ==', 'BIT1015', 'found the end of the condition', '', ''],
  ['not', 'BIT1015', 'found the end of the condition', '', ''],
  ['== 3', 'BIT1015', 'Expected a tag or property here, found `==`', '', '=='],
  ['cell in "A3"', 'BIT5367', '`in` takes a list or a range', 'cell in', '"A3"'],
  ['cell in "A".."B"', 'BIT5367', 'A range is over numbers or dates', 'cell in', '"A".."B"'],
  ['at >= "yesterday"', 'BIT5364', '`at` is a date, and `yesterday` is none', '"2026-11-24"', '"yesterday"'],
  ['at >= "2026-02-30"', 'BIT5364', 'is none', 'UTC', '"2026-02-30"'],
  ['at in "2026-11-01".."x"', 'BIT5364', 'is none', 'UTC', '"x"'],
  ['at > 2026', 'BIT5363', '`at` is a text', '"2026"', '2026'],
  ['time < 3 s', 'BIT5365', '`time` has no unit', '`3`', '3 s'],
  ['step < 3 s', 'BIT5365', '`step` is in um, and cannot be compared with 3 s', 'in um', '3 s'],
  ['strength < 3 um', 'BIT5365', '`strength` is in mg/l', 'in mg/l', '3 um'],
  ['depth < 3 um', 'BIT5365', 'in um in one experiment and in nm in another', '--experiment', '3 um'],
  ['origin == "imported"', 'BIT5369', '`origin` is never `imported`', '"raw"', '"imported"'],
  ['upper(cell) == "A"', 'BIT5360', 'One side', 'cell ==', 'upper(cell) == "A"'],
  ['upper(cell)', 'BIT5368', 'Only `present`', 'from("deskew")', 'upper(cell)'],
  ['present()', 'BIT5368', '`present` takes one thing', 'present(dose)', 'present()'],
  ['from(deskew)', 'BIT5368', 'in quotes', 'from("deskew")', 'deskew'],
  ['derived_from(cell)', 'BIT5360', 'not true or false', 'Compare', 'cell'],
  ['cell == "{time}"', 'BIT5367', 'Nothing can be inserted', '\\{', '"{time}"'],
  ['3', 'BIT5360', 'not a condition', 'cell', '3'],
  ['cell == "A3") or (true', '', '', '', ''],
  ['size > 2 parsecs', '', '', '', ''],
  ['cell ==', '', '', '', ''],
  ['', '', '', '', ''],
];

test.each(wrong)('%s is wrong: %s %s', (text, code, message, help, underlined) => {
  const { filter, diagnostics } = asked(text);
  expect(filter).toBeUndefined();
  const [first] = diagnostics;
  expect(first).toBeDefined();
  if (code !== '') expect(first?.code).toBe(code);
  expect(first?.message).toContain(message);
  expect(first?.help).toContain(help);
  if (underlined !== '') expect(text.slice(first?.at.start, first?.at.end)).toBe(underlined);
  expect(first?.at.source.text).toBe(text);
});

test('everything that is wrong is said at once', () => {
  const { diagnostics } = asked('cel == "A3" and time == "3" and (at > "soon" or derived_from(good == 1))');
  expect(diagnostics.map((one) => one.code)).toEqual(['BIT5361', 'BIT5363', 'BIT5364', 'BIT5363']);
});

describe('in a pipeline', () => {
  const meaning = (text: string, known: Parameters<typeof queryFilter>[1]) => {
    const { query } = readQuery(text, { name: 'p.bit' });
    if (query === undefined) throw new Error('not read');
    return queryFilter(query, known);
  };
  const value: NonNullable<Parameters<typeof queryFilter>[1]['value']> = (of) =>
    of.kind === 'member' && of.of.kind === 'name' && of.of.name === 'params'
      ? { cell: 'A3', cells: ['A3', 'B7'], limit: 3, strict: true }[of.name.text]
      : of.kind === 'name' && of.name === 'wanted'
        ? 'A3'
        : undefined;

  test('params and other values that are known stand where values do, on either side', () => {
    expect(meaning('cell == params.cell', { tags, value }).filter).toEqual(A3);
    expect(meaning('params.cell == cell', { tags, value }).filter).toEqual(A3);
    expect(meaning('wanted == cell', { tags, value }).filter).toEqual(A3);
    expect(meaning('cell in params.cells', { tags, value }).filter).toEqual({
      kind: 'in',
      field: tag('cell'),
      values: ['A3', 'B7'],
    });
    expect(meaning('time in 1..params.limit', { tags, value }).filter).toEqual({
      kind: 'between',
      field: tag('time'),
      from: 1,
      to: 3,
    });
    expect(meaning('params.strict', { tags, value }).filter).toEqual({ kind: 'all' });
    expect(meaning('cell == params.limit', { tags, value }).diagnostics[0]?.code).toBe('BIT5363');
    expect(meaning('cell == params.none', { tags, value }).diagnostics[0]?.code).toBe('BIT5367');
  });

  test('before tags are known, every name that is no property is one', () => {
    expect(meaning('condition == "ctl" and pixel_size.x < 0.2 um', {}).diagnostics).toEqual([]);
    expect(meaning('treated and dose < 2 um', {}).diagnostics).toEqual([]);
    expect(meaning('size == "large"', {}).diagnostics[0]?.code).toBe('BIT5363');
  });
});
