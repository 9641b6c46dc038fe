import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { ScriptValue, TaskDocument } from '../../../src/engine/ports/runner.ts';
import { bashValues } from '../../../src/runners/wrapper/bash-values.ts';
import { imagejValues } from '../../../src/runners/wrapper/imagej-values.ts';
import { juliaStyle, rStyle, taskLiteral } from '../../../src/runners/wrapper/literals.ts';
import { taskJson } from '../../../src/runners/wrapper/task-json.ts';

const document: TaskDocument = {
  input: {
    image: { path: 'image.tif' },
    tiles: { list: [{ path: 'tiles/0001.tif' }, { path: 'tiles/0002.tif' }] },
    sigma: 1.5,
    count: 3,
    big: 5_000_000_000,
    dark: false,
    note: 'two\nlines "and" $more\\',
    absent: null,
    empty: { list: [] },
    gaps: { list: ['a', null, 'c'] },
    pair: { record: { left: { path: 'pair/left.tif' }, gain: 2, deep: { record: { name: 'x' } } } },
    points: { list: [{ record: { x: 1, y: 2 } }, { record: { x: 3, y: null } }] },
  },
  output: {
    mask: { kind: 'path', path: 'out/mask.tif' },
    cells: { kind: 'pattern', pattern: 'cells/{row}_{col}.tif', captures: ['row', 'col'] },
    count: { kind: 'stdout' },
  },
  tag: { cell: 'A', time: 3 },
  tagsOf: { tiles: [{ row: 1 }, { row: 2 }] },
  resource: { cpus: 4, attempt: 1 },
};

describe('values in bash', () => {
  const show = (expression: string): string =>
    execFileSync('bash', ['-c', `${bashValues(document)}set -u\n${expression}`], { encoding: 'utf8' });

  test.each([
    ['$image', 'image.tif'],
    ['${tiles[1]} ${#tiles[@]}', 'tiles/0002.tif 2'],
    ['$sigma $count $big $dark', '1.5 3 5000000000 false'],
    ['$note', 'two\nlines "and" $more\\'],
    ['${absent-unset} ${#empty[@]} ${#gaps[@]} [${gaps[1]}]', 'unset 0 3 []'],
    ['$pair__left $pair__gain $pair__deep__name', 'pair/left.tif 2 x'],
    ['${points__x[*]} [${points__y[1]}]', '1 3 []'],
    ['$mask $cells', 'out/mask.tif cells/{row}_{col}.tif'],
    ['$tag_cell $tag_time ${tiles__row[*]} $cpus $attempt', 'A 3 1 2 4 1'],
  ])('%s', (expression, expected) => {
    expect(show(`printf %s "${expression}"`)).toBe(expected);
  });

  test('none is exported', () => {
    expect(show('env')).not.toMatch(/image|tag_cell|cpus/);
  });
});

test('the document that every language reads is plain JSON, and says which inputs are files', () => {
  const read = JSON.parse(taskJson(document));
  expect(read).toMatchObject({
    input: {
      image: 'image.tif',
      tiles: ['tiles/0001.tif', 'tiles/0002.tif'],
      absent: null,
      pair: { left: 'pair/left.tif', gain: 2 },
    },
    files: ['image', 'tiles', 'pair.left'],
    output: { mask: 'out/mask.tif', cells: { pattern: 'cells/{row}_{col}.tif', captures: ['row', 'col'] } },
    tag: { cell: 'A', time: 3 },
    tags_of: { tiles: [{ row: 1 }, { row: 2 }] },
    resource: { cpus: 4, attempt: 1 },
  });
  expect(read.output).not.toHaveProperty('count');
});

const only = (value: ScriptValue): TaskDocument => ({
  input: { x: value },
  output: {},
  tag: {},
  tagsOf: {},
  resource: { cpus: 2 },
});

describe('values written in other languages', () => {
  test.each([
    [
      'R',
      rStyle,
      'it\'s "$(x)" \\ é',
      'list("input" = list("x" = "it\\U{0027}s \\U{0022}\\U{0024}\\U{0028}x\\U{0029}\\U{0022} \\U{005c} \\U{00e9}"), "output" = list(), "tag" = list(), "tags_of" = list(), "cpus" = 2L)',
    ],
    [
      'Julia',
      juliaStyle,
      '$x"𝔘',
      '(; var"input" = (; var"x" = "\\u0024x\\u0022\\U0001d518"), var"output" = (; ), var"tag" = (; ), var"tags_of" = (; ), var"cpus" = 2)',
    ],
  ] as const)('%s escapes whatever could end a text', (_name, style, value, expected) => {
    expect(taskLiteral(only(value), style)).toBe(expected);
  });

  test.each([
    ['a list of numbers is a vector in R', rStyle, { list: [1, 2.5] }, 'c(1L, 2.5)'],
    ['a list of records a list', rStyle, { list: [{ record: { a: 1 } }] }, 'list(list("a" = 1L))'],
    ['large whole numbers are no integers in R', rStyle, 5_000_000_000, '5000000000'],
    ['nothing', juliaStyle, null, 'nothing'],
  ] as const)('%s', (_name, style, value, expected) => {
    expect(taskLiteral(only(value), style)).toContain(expected);
  });

  test('ImageJ macros get absolute paths and one line of assignments', () => {
    const line = imagejValues(document, '/work/a "b"');
    expect(line).not.toContain('\n');
    expect(line).toContain('image = "/work/a " + fromCharCode(34) + "b" + fromCharCode(34) + "/task/image.tif";');
    expect(line).toContain(
      'note = "two" + fromCharCode(10) + "lines " + fromCharCode(34) + "and" + fromCharCode(34) + " $more" + fromCharCode(92);',
    );
    expect(line).toContain('tag_time = 3;');
    expect(imagejValues(only({ list: [7] }), '/w')).toContain('x = newArray(1); x[0] = 7;');
  });
});
