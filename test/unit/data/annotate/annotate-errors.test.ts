import { expect, test } from 'vitest';
import { annotateDiagnostics, annotateErrors } from '../../../../src/data/annotate/annotate-errors.ts';
import { annotateExplanations } from '../../../../src/data/annotate/annotate-explanations.ts';
import { duplicateTags } from '../../../../src/data/annotate/duplicate-tags.ts';
import type { TagProblem } from '../../../../src/data/annotate/tag-problem.ts';
import { bySheetOf, pattern, tagged } from './rig.ts';

const at = { source: { name: 'command line', text: 'bit import' }, start: 0, end: 3 };
const said = (problems: readonly TagProblem[]) =>
  annotateDiagnostics(problems, { at: () => at }).map(({ code, message, help }) => `${code} ${message} | ${help}`);

const key = { name: 'dose', type: 'Float', unit: 'uM', values: [1, 2] } as const;
const every: readonly TagProblem[] = [
  { kind: 'unmatched', item: 'a\nb.tif', what: '{x}' },
  { kind: 'matches-nothing', what: '{x}', items: 2, example: 'a' },
  { kind: 'ambiguous-name', item: 'a', pattern: '{x}', first: { x: 1 }, second: { x: 2 } },
  { kind: 'bad-regex', problem: 'p', help: 'h' },
  { kind: 'bad-rule', problem: 'p', help: 'h' },
  { kind: 'no-piece', item: 'a', position: 2, pieces: ['a'] },
  { kind: 'no-word', item: 'a', words: ['b'] },
  { kind: 'several-words', item: 'a', found: ['b', 'c'] },
  { kind: 'unreadable-sheet', problem: 'p', help: 'h' },
  { kind: 'no-file-column', wanted: 'Fil', columns: ['File'] },
  { kind: 'no-file-column', wanted: undefined, columns: ['a'] },
  { kind: 'unclear-file-column', columns: ['a', 'b'] },
  { kind: 'row-without-file', row: 2, file: 'b', near: 'a' },
  { kind: 'row-without-name', row: 2 },
  { kind: 'row-unclear', row: 2, file: 'a', items: ['a.tif', 'a.czi'] },
  { kind: 'row-twice', rows: [2, 3], item: 'a' },
  { kind: 'file-without-row', item: 'a' },
  { kind: 'header-without-name', header: '', position: 28 },
  { kind: 'headers-alike', columns: ['A', 'a'], name: 'a' },
  { kind: 'stray-cell', row: 2, text: 'x' },
  { kind: 'mixed-decimals', column: 'x', comma: { row: 2, text: '0,5' }, point: { row: 3, text: '0.5' } },
  { kind: 'bad-value', key, text: 'x', why: 'not-of-type', item: 'a', row: 2, column: 'Dose' },
  { kind: 'value-not-allowed', key, text: '3', item: 'a' },
  { kind: 'unknown-key', name: 'dos', column: 'Dos', known: ['dose'] },
  { kind: 'type-differs', name: 'x', said: 'Int', declared: 'Str' },
  { kind: 'given-twice', name: 'x', item: 'a', first: '1', second: '2' },
  { kind: 'duplicate-tags', tags: {}, items: ['a', 'b'] },
];

test('every problem has a message on one line, help, a code and an explanation', () => {
  const codes = new Set(annotateExplanations.map(({ code }) => code));
  const equal = annotateErrors.equalTags(at, {
    dataset: 'screen/raw',
    all: [{ kind: 'duplicate-tags', tags: { cell: 'A' }, items: ['a', 'b'] }],
  });
  const found = [...annotateDiagnostics(every, { at: () => at }), equal];
  expect(found).toHaveLength(every.length); // both of `no-file-column` are one, and equal tags are two
  for (const { code, message, help } of found) {
    expect(codes).toContain(code);
    expect(message).toMatch(/^\P{Cc}{10,}[^.]$|^p$/u);
    expect(help.trim()).not.toBe('');
  }
  expect(new Set(found.map(({ code }) => code))).toEqual(codes);
});

test('what many items have in common is said once, with the first twenty of them', () => {
  const paths = Array.from({ length: 1000 }, (_, at) => `x${at}.czi`);
  const [message] = said(tagged(['a_1.tif', ...paths], pattern('{x}_{n:Int}.tif')).problems);
  expect(message).toContain('BIT5330 `{x}_{n:Int}.tif` does not match 1000 items: x0.czi; x1.czi;');
  expect(message).toContain('x19.czi; and 980 more');
});

test('values are named with row and column, and how to write them', async () => {
  const rule = await bySheetOf('file,Dose\na,3 s\nb,x\n');
  const { problems } = tagged(['a.tif', 'b.tif'], rule, { keys: [{ name: 'dose', type: 'Float', unit: 'uM' }] });
  expect(said(problems)).toEqual([
    'BIT5347 2 values of `dose` are not a number of uM: "3 s" (row 2, column Dose); "x" (row 3, column Dose) | Write the number alone, in uM, or with a unit that can be converted to uM.',
  ]);
});

test('a slip of the pen is told from a new tag', async () => {
  const { problems } = tagged(['a.tif'], await bySheetOf('file,Cell lien\na,x\n'), {
    keys: [{ name: 'cell_line', type: 'Str' }],
  });
  expect(said(problems)).toEqual([
    'BIT5349 There is no tag `cell_lien` in this experiment, which the column `Cell lien` would give | Did you mean `cell_line`?',
  ]);
});

test('items that nothing tells apart are named together', () => {
  const items = ['a', 'b', 'c', 'd'].map((path) => ({ path, tags: { cell: 'A1', time: 1 } }));
  expect(said(duplicateTags(items))).toEqual([
    'BIT5352 Nothing tells some items apart: a; b; c; and 1 more (cell = "A1", time = 1) | Give them a tag that differs, such as a field of view or a number.',
  ]);
});

test('a number that cannot be kept to its last digit is said to be too large', () => {
  const { problems } = tagged(['9007199254740993.tif'], pattern('{id}.tif'), { keys: [{ name: 'id', type: 'Int' }] });
  expect(said(problems)).toEqual([
    'BIT5347 1 value of `id` is not a whole number: "9007199254740993" (9007199254740993.tif; too large to be exact) | Write the number alone, with a point before its fraction; the tag has no unit.',
  ]);
});
