import { expect, test } from 'vitest';
import { itemOrder, type Rank } from '../../../../src/engine/plan/item-order.ts';
import { codePointOrder, naturalOrder } from '../../../../src/engine/plan/natural-order.ts';

test('runs of digits are numbers, the rest goes by code point, ties by code point', () => {
  const sorted = [
    '',
    '1',
    '01',
    'A',
    'A1',
    'A01',
    'A2',
    'A10',
    'A10b',
    'A10b2',
    'A10b10',
    'B',
    'a',
    'é',
    '\uffff',
    '😀',
  ];
  const names = [
    'A10',
    'a',
    '😀',
    'A2',
    '\uffff',
    '01',
    'A10b10',
    '',
    'B',
    'A01',
    'A1',
    '1',
    'A10b',
    'é',
    'A',
    'A10b2',
  ];
  expect(names.sort(naturalOrder)).toEqual(['', '01', '1', 'A', 'A01', 'A1', ...sorted.slice(6)]);
});

test('numbers of any length are compared as numbers', () => {
  expect(naturalOrder('t99999999999999999999', 't100000000000000000000')).toBeLessThan(0);
  expect(naturalOrder('t0', 't00')).toBeLessThan(0);
});

test('it is an order: what it says one way it says the other way round', () => {
  const texts = ['a1', 'a01', 'a1b', 'a', '', '1a', '10', '9', 'é2', 'é10', '😀1', '\ue000'];
  for (const a of texts)
    for (const b of texts) expect(Math.sign(naturalOrder(a, b))).toBe(-Math.sign(naturalOrder(b, a)) + 0);
  expect(codePointOrder('😀', '\uffff')).toBeGreaterThan(0);
});

test('a sort comes before the tags, and a descending one turns around', () => {
  const rank = (value: number, descending: boolean): Rank => ({
    values: [value],
    descending: [descending],
    then: undefined,
  });
  const a = { rank: rank(1, true), tags: ['A2', 1] };
  const b = { rank: rank(2, true), tags: ['A1', 2] };
  expect([a, b].sort(itemOrder)).toEqual([b, a]);
  expect([{ ...a, rank: rank(2, true) }, b].sort(itemOrder)).toEqual([b, { ...a, rank: rank(2, true) }]);
  expect(
    [
      { rank: undefined, tags: ['A', true] },
      { rank: undefined, tags: ['A', false] },
    ].sort(itemOrder)[0]?.tags,
  ).toEqual(['A', false]);
});
