import { expect, test } from 'vitest';
import { DiagnosticProblem } from '../../../src/cli/problem.ts';
import { findFilter, type KnownTag } from '../../../src/cli/queries/find-filter.ts';
import type { Filter } from '../../../src/engine/ports/run-reader.ts';

const tags: readonly KnownTag[] = [
  { name: 'cell', type: 'str' },
  { name: 'time', type: 'int' },
  { name: 'dose', type: 'float' },
  { name: 'good', type: 'bool' },
  { name: 'type', type: 'str' },
];
const tag = (name: string) => ({ kind: 'tag', name }) as const;

const read: readonly (readonly [text: string, filter: Filter])[] = [
  ['cell == "A3"', { kind: 'compare', field: tag('cell'), operator: '==', value: 'A3' }],
  ['10 > time', { kind: 'compare', field: tag('time'), operator: '<', value: 10 }],
  ['dose != -1.5', { kind: 'compare', field: tag('dose'), operator: '!=', value: -1.5 }],
  ['good', { kind: 'holds', field: tag('good') }],
  ['not good', { kind: 'not', of: { kind: 'holds', field: tag('good') } }],
  ['time in 1..5', { kind: 'between', field: tag('time'), from: 1, to: 5 }],
  ['time in 3..', { kind: 'between', field: tag('time'), from: 3 }],
  ['cell in ["A", "B"]', { kind: 'in', field: tag('cell'), values: ['A', 'B'] }],
  ['cell ~ r"^A\\d$"', { kind: 'matches', field: tag('cell'), regex: '^A\\d$' }],
  ['size > 2 GB', { kind: 'compare', field: { kind: 'property', name: 'size' }, operator: '>', value: 2e9 }],
  ['image.axes == "zyx"', { kind: 'compare', field: { kind: 'property', name: 'axes' }, operator: '==', value: 'zyx' }],
  [
    'it.type == "text/csv"',
    { kind: 'compare', field: { kind: 'property', name: 'type' }, operator: '==', value: 'text/csv' },
  ],
  ['tag.type == "x"', { kind: 'compare', field: tag('type'), operator: '==', value: 'x' }],
  ['present(dose)', { kind: 'compare', field: tag('dose'), operator: '!=', value: null }],
  ['true', { kind: 'all' }],
  [
    '(cell == "A" or good) and time < 3',
    {
      kind: 'and',
      left: {
        kind: 'or',
        left: { kind: 'compare', field: tag('cell'), operator: '==', value: 'A' },
        right: { kind: 'holds', field: tag('good') },
      },
      right: { kind: 'compare', field: tag('time'), operator: '<', value: 3 },
    },
  ],
];

test.each(read)('%s', (text, filter) => {
  expect(findFilter(text, tags)).toEqual(filter);
});

const wrong: readonly (readonly [text: string, message: string, help: string, underlined: string])[] = [
  ['cel == "A3"', 'No published file has a tag `cel`', '`cell`', 'cel'],
  ['cell == A3', 'is not a value', '"A3"', 'A3'],
  ['cell == 3', '`cell` is a text', 'quotes', '3'],
  ['time == "3"', '`time` is a number', 'without quotes', '"3"'],
  ['type == "x"', '`type` is a tag and a property', '`tag.type` or `it.type`', 'type'],
  ['cell', '`cell` is not true or false by itself', 'Compare', 'cell'],
  ['cell ~ "["', 'not a regular expression', 'brackets', '"["'],
  ['1 == 2', 'One side of a comparison', 'cell == "A3"', '1 == 2'],
  ['size > 2 parsecs', '', '', ''],
  ['cell ==', '', '', ''],
  ['', '', '', ''],
  ['cell == "A3") or (true', '', '', ''],
];

test.each(wrong)('%s is wrong', (text, message, help, underlined) => {
  const problem = (() => {
    try {
      findFilter(text, tags);
    } catch (error) {
      return error;
    }
  })();
  if (!(problem instanceof DiagnosticProblem)) throw new Error(`not refused: ${text}`, { cause: problem });
  const [first] = problem.diagnostics;
  expect(first?.message).toContain(message);
  expect(first?.help).toContain(help);
  if (underlined !== '') expect(text.slice(first?.at.start, first?.at.end)).toBe(underlined);
  expect(first?.at.source.text).toBe(text);
});
