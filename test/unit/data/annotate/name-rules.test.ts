import { describe, expect, test } from 'vitest';
import type { TagRule } from '../../../../src/data/annotate/annotate.ts';
import { readPattern } from '../../../../src/data/annotate/read-pattern.ts';
import { pattern, problemText, regex, tagged } from './rig.ts';

describe('a pattern gives tags', () => {
  test.each([
    ['{cell}_{condition}_t{time:Int}.tif', 'A1_ctl_t007.tif', { cell: 'A1', condition: 'ctl', time: 7 }],
    ['{cell}_t{time:Int}.tif', 'deep/folder/A1_t1.tif', { cell: 'A1', time: 1 }],
    ['{n}_{m:Int}.tif', '7_7.tif', { n: '7', m: 7 }],
    ['{plate}/{cell}.tif', 'p1/A1.tif', { plate: 'p1', cell: 'A1' }],
    ['./{plate}/{cell}.tif', 'p1/A1.tif', { plate: 'p1', cell: 'A1' }],
    ['raw/{cell}.tif', 'raw/A1.tif', { cell: 'A1' }],
    ['{where:**}/{cell}.tif', 'a/b/A1.tif', { where: 'a/b', cell: 'A1' }],
    ['**/{cell}.tif', 'a/b/A1.tif', { cell: 'A1' }],
    ['{well:r"[A-H]\\d+"}_{rest}.tif', 'A12_x_y.tif', { well: 'A12', rest: 'x_y' }],
    ['{dose:Float}uM.{tif,tiff}', '0.5uM.tiff', { dose: 0.5 }],
    ['{a}-{a}.tif', 'x-x.tif', { a: 'x' }],
    ['{cell}.tif', ' a "b" \\{c}\n.tif', { cell: ' a "b" \\{c}\n' }],
    ['{cell}.tif', '.hidden.tif', { cell: '.hidden' }],
    ['{cell}.tif', `${'x'.repeat(251)}.tif`, { cell: 'x'.repeat(251) }],
    ['{constructor}.tif', 'a.tif', { constructor: 'a' }],
    ['\\{{cell}\\}.tif', '{A}.tif', { cell: 'A' }],
    ['*.tif', 'a.tif', {}],
  ])('%s of %j', (text, path, expected) => {
    const { tags, problems } = tagged([path], pattern(text));
    expect(problems).toEqual([]);
    expect(tags).toEqual([expected]);
  });

  test('whether a file system stores an accent as one character or as two', () => {
    for (const form of ['NFC', 'NFD'] as const) {
      const { tags } = tagged(['Zelle_é1.tif'.normalize(form)], pattern('{x}_é{n:Int}.tif'.normalize('NFD')));
      expect(tags).toEqual([{ x: 'Zelle', n: 1 }]);
    }
    expect(tagged(['é.tif'.normalize('NFD')], pattern('{x}.tif')).tags).toEqual([{ x: 'é'.normalize('NFC') }]);
  });

  test('and says of every name that it does not read, and that it reads in two ways', () => {
    const { problems } = tagged(['a_b.tif', 'ab.tif', 'a_b_c.tif', 'x.czi'], pattern('{cell}_{rest}.tif'));
    expect(problems.map(problemText)).toEqual([
      'unmatched ab.tif {cell}_{rest}.tif',
      'ambiguous-name a_b_c.tif {cell}_{rest}.tif {"cell":"a_b","rest":"c"} {"cell":"a","rest":"b_c"}',
      'unmatched x.czi {cell}_{rest}.tif',
    ]);
  });

  test('once where no name matches at all', () => {
    expect(tagged(['a.tif', 'b.tif'], pattern('{x}.czi', 'leave')).problems.map(problemText)).toEqual([
      'matches-nothing {x}.czi 2 a.tif',
    ]);
  });

  test('only to names that match, where others are allowed', () => {
    expect(tagged(['a_1.tif', 'b.tif'], pattern('{x}_{n:Int}.tif', 'leave'))).toMatchObject({
      tags: [{ x: 'a', n: 1 }, {}],
      problems: [],
    });
  });

  test('that queries can name', () => {
    expect(tagged(['a.tif'], pattern('{not}.tif')).kinds).toEqual(['bad-rule']);
    expect(tagged(['a.tif'], pattern('{__proto__}.tif')).kinds).toEqual(['bad-rule']);
  });

  test.each([
    ['{cell', /never closed/],
    ['{cell:Dog}.tif', /Dog/],
    ['{params.dir}/{cell}.tif', /no pipeline here/],
    ['a**b/{cell}.tif', /stands alone/],
  ])('or is refused with its place: %s', (text, message) => {
    const read = readPattern(text, {
      source: { name: 'command line', text: `x ${text}` },
      start: 2,
      end: 2 + text.length,
    });
    expect(read.pattern).toBeUndefined();
    expect(read.diagnostics[0]?.message).toMatch(message);
    expect(read.diagnostics[0]?.at.start).toBeGreaterThanOrEqual(2);
  });
});

describe('a regular expression gives tags', () => {
  test.each([
    ['(?<cell>[A-H]\\d+)_t(?<time>\\d+)', 'x_A1_t12.tif', { cell: 'A1', time: 12 }],
    ['t(?<time__Float>\\d+)', 't007.tif', { time: 7 }],
    ['t(?<time__str>\\d+)', 't7.tif', { time: '7' }],
    ['t(?<time>\\d+)', 't007.tif', { time: '007' }],
    ['^(?<plate>[^/]+)/', 'p1/a.tif', { plate: 'p1' }],
    ['^(?<first>[^/_]+)_', 'p1/a_b.tif', { first: 'a' }],
    ['(?P<cell>[a-z])(?P=cell)', 'bb.tif', { cell: 'b' }],
    ['(?<a>x)?(?<b>y)', 'y.tif', { b: 'y' }],
    ['[(?P<](?<a>.)', '(z', { a: 'z' }],
  ])('%s of %s', (text, path, expected) => {
    const { tags, problems } = tagged([path], regex(text));
    expect(problems).toEqual([]);
    expect(tags).toEqual([expected]);
  });

  test.each(['(?<a>', '(\\d+)', '(?<a>x)(?<a__Int>y)', '(?<not>x)', 'x{2,1}(?<a>.)'])('or is refused: %s', (text) => {
    expect(tagged(['a.tif'], regex(text)).kinds).toEqual(['bad-regex']);
  });
});

describe('a position gives a tag', () => {
  const at = (position: number, separators: readonly string[] = ['_'], of: 'name' | 'path' = 'name'): TagRule => ({
    kind: 'separator',
    separators,
    position,
    tag: 'x',
    of,
    unmatched: 'refuse',
  });
  test.each([
    ['cell_control_t1.tif', at(2), 'control'],
    ['cell_control_t1.tif', at(-1), 't1'],
    ['cell_control_t1.ome.tif', at(-1), 't1'],
    ['cell-control_t1.tif', at(2, ['_', '-']), 'control'],
    ['a__b_c.tif', at(2, ['_', '__']), 'b'],
    ['plate 1/A1_x.tif', at(1, ['_'], 'path'), 'plate 1'],
    ['dose_0.5', at(2), 0.5],
    ['v1.2_control', at(2), 'control'],
    ['a.b.c', at(2, ['.']), 'b'],
  ])('%s', (path, rule, expected) => {
    expect(tagged([path], rule)).toMatchObject({ tags: [{ x: expected }], problems: [] });
  });

  test.each([
    ['a_b.tif', at(3)],
    ['a_b.tif', at(-3)],
    ['a__b.tif', at(2)],
  ])('or says that nothing is there: %s', (path, rule) => {
    expect(tagged([path], rule).kinds).toEqual(['no-piece']);
  });

  test('but there is no position 0, and no empty separator', () => {
    expect(tagged(['a_b'], at(0)).kinds).toEqual(['bad-rule']);
    expect(tagged(['a_b'], at(1, [''])).kinds).toEqual(['bad-rule']);
    expect(tagged(['a_b'], at(1.5)).kinds).toEqual(['bad-rule']);
  });
});

describe('a list of words gives a tag', () => {
  const words = (list: readonly string[], letters: 'as-written' | 'any-case' = 'as-written'): TagRule => ({
    kind: 'words',
    words: list,
    tag: 'condition',
    letters,
    of: 'name',
    unmatched: 'refuse',
  });
  test.each([
    ['A1_control_1.tif', words(['control', 'treated']), 'control'],
    ['control2.tif', words(['control', 'treated']), 'control'],
    ['untreated-treated.tif', words(['control', 'treated']), 'treated'],
    ['a_control-dmso.tif', words(['control', 'control-dmso', 'dmso']), 'control-dmso'],
    ['control_control.tif', words(['control', 'treated']), 'control'],
    ['A_CONTROL.tif', words(['Control'], 'any-case'), 'Control'],
    ['témoin_1.tif'.normalize('NFD'), words(['témoin', 't']), 'témoin'],
    ['🔬ctl🔬.tif', words(['ctl']), 'ctl'],
    ['p10.tif', words(['10', '1']), 10],
    ['no drug (1).tif', words(['no drug', 'drug']), 'no drug'],
    ['a(b)[c]{d}.*.tif', words(['[c]', '.*']), undefined],
  ])('%s', (path, rule, expected) => {
    if (expected === undefined) expect(tagged([path], rule).kinds).toEqual(['several-words']);
    else expect(tagged([path], rule)).toMatchObject({ tags: [{ condition: expected }], problems: [] });
  });

  test('or says that a name has none, or several', () => {
    const { problems } = tagged(['untreated.tif', 'control_treated.tif', 'Control.tif'], words(['control', 'treated']));
    expect(problems.map(problemText)).toEqual([
      'no-word untreated.tif ["control","treated"]',
      'several-words control_treated.tif ["control","treated"]',
      'no-word Control.tif ["control","treated"]',
    ]);
  });

  test('but two words that differ only in case are one', () => {
    expect(tagged(['a'], words(['A', 'a'], 'any-case')).kinds).toEqual(['bad-rule']);
    expect(tagged(['a'], words(['a', ' '])).kinds).toEqual(['bad-rule']);
  });
});

describe('a tag set by hand', () => {
  const set = (list: readonly string[], unset: readonly string[] = []): TagRule => ({ kind: 'set', set: list, unset });
  test.each([
    [['condition=control'], { condition: 'control' }],
    [['a=1', 'b=0.5', 'c=true', 'd=2024-02-29', 'e=007'], { a: 1, b: 0.5, c: true, d: '2024-02-29', e: '007' }],
    [['a = b=c '], { a: 'b=c' }],
  ])('%j', (list, expected) => {
    expect(tagged(['x.tif'], set(list))).toMatchObject({ tags: [expected], problems: [] });
  });

  test.each([[['condition']], [['=x']], [['a=']], [['a=1', 'a=2']], [['a b=1']], [['é=1']]])(
    'is refused: %j',
    (list) => {
      expect(tagged(['x.tif'], set(list)).kinds).toEqual(['bad-rule']);
    },
  );

  test('is refused where it is to be taken away, too', () => {
    expect(tagged(['x.tif'], set(['a=1'], ['a'])).kinds).toContain('bad-rule');
  });
});
