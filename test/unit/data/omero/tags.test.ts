import { expect, test } from 'vitest';
import type { OmeroAnnotation } from '../../../../src/data/omero/omero-annotations.ts';
import { tagName, tagsOf, wellName } from '../../../../src/data/omero/omero-tags.ts';

test.each([
  ['Gene Symbol', 'Gene_Symbol'],
  ['  dose (µM) ', 'dose_µM'],
  ['2nd antibody', '_2nd_antibody'],
  ['_private', 'private'],
  ['Größe', 'Größe'],
  ['a--b', 'a_b'],
  ['***', ''],
])('the key %j is the tag %j', (key, name) => {
  expect(tagName(key)).toBe(name);
});

test.each([
  [{ row: 0, column: 0 }, {}, 'A1'],
  [{ row: 25, column: 11 }, {}, 'Z12'],
  [{ row: 26, column: 0 }, {}, 'AA1'],
  [{ row: 31, column: 47 }, {}, 'AF48'],
  [{ row: 1, column: 2 }, { rows: 'number', columns: 'letter' }, '2C'],
])('the well at %j', (at, conventions, name) => {
  expect(wellName(at, conventions)).toBe(name);
});

const pairs = (id: number, namespace: string, ...list: (readonly [string, string])[]): OmeroAnnotation => ({
  is: 'pairs',
  id,
  namespace,
  pairs: list,
});

test('two spellings that become one name are joined, and both are said', () => {
  const { tags, notes } = tagsOf(
    [pairs(1, 'a', ['Cell Line', 'HeLa']), pairs(2, 'b', ['cell line', 'x'], ['Cell_Line', 'U2OS'])],
    { places: {} },
  );
  expect(tags).toEqual({ Cell_Line: 'HeLa; U2OS', cell_line: 'x' });
  expect(notes).toEqual(['`Cell Line` and `Cell_Line` have 2 values, joined in the tag Cell_Line: HeLa; U2OS']);
});

test('what Bitflow wrote about its own pairs is no tag, and what describes an attachment belongs to that', () => {
  const own = pairs(1, 'bitflow/v1', ['cell', 'A1'], ['bitflow_digest', 'sha256:0'], ['bitflow_of', 'Image:7']);
  const other = pairs(2, 'bitflow/v1', ['threshold', '5'], ['bitflow_file', 'a.csv']);
  const foreign = pairs(3, 'lab', ['bitflow_file', 'kept']);
  expect(tagsOf([own, other, foreign], { places: {} })).toEqual({
    tags: { bitflow_file: 'kept', cell: 'A1' },
    notes: [],
  });
});

test('nothing is there, and nothing becomes of it', () => {
  expect(tagsOf([], { places: { dataset: [], project: [''] } })).toEqual({ tags: {}, notes: [] });
});

test('names that mean something to JavaScript are tags like any other', () => {
  const { tags } = tagsOf([pairs(1, 'x', ['constructor', 'a'], ['toString', 'b'])], { places: {} });
  expect(Object.entries(tags)).toEqual([
    ['constructor', 'a'],
    ['toString', 'b'],
  ]);
});

test('a key that can be no name is said, not lost without a word', () => {
  const { tags, notes } = tagsOf([pairs(1, 'x', ['***', 'a'], ['', ''])], { places: {} });
  expect([tags, notes]).toEqual([{}, ['its key `***` holds no letter and no digit, and cannot be a tag']]);
});
