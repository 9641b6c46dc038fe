import { describe, expect, test } from 'vitest';
import { patternMatcher } from '../../../../src/engine/ports/pattern-match.ts';
import type { Pattern, PatternPart, TagKind } from '../../../../src/parser/index.ts';

/** Patterns as people write them, read by a reader that knows just what these tests use. */
function pattern(text: string): Pattern {
  const parts: PatternPart[] = [];
  const kinds: Readonly<Record<string, TagKind>> = { Int: 'Int', Float: 'Float', Bool: 'Bool', Str: 'Str' };
  for (const piece of text.match(/\{[^}]*\}|\*\*|\*|\?|\/|[^{*?/]+/gu) ?? []) {
    if (piece === '/') parts.push({ kind: 'slash' });
    else if (piece === '**') parts.push({ kind: 'globstar' });
    else if (piece === '*') parts.push({ kind: 'star' });
    else if (piece === '?') parts.push({ kind: 'question' });
    else if (piece.includes(','))
      parts.push({
        kind: 'alternatives',
        options: piece
          .slice(1, -1)
          .split(',')
          .map((option) => [{ kind: 'text', text: option }]),
      });
    else if (piece.startsWith('{')) {
      const [name = '', type = 'Str'] = piece.slice(1, -1).split(':');
      const regex = /^r"(.*)"$/u.exec(type)?.[1];
      parts.push({
        kind: 'capture',
        name,
        type: kinds[type] ?? 'Str',
        crosses: type === '**',
        ...(regex !== undefined && { regex }),
      });
    } else parts.push({ kind: 'text', text: piece });
  }
  return { text, parts, captures: [] };
}
const matcher = (text: string) => patternMatcher(pattern(text), () => '');

describe('a pattern reads names', () => {
  test.each([
    ['{cell}_t{time:Int}.tif', 'A3_t07.tif', { cell: 'A3', time: 7 }],
    ['{cell}.tif', 'a; rm -rf $HOME #.tif', { cell: 'a; rm -rf $HOME #' }],
    ['{cell}.tif', 'line\nbreak.tif', { cell: 'line\nbreak' }],
    ['{cell}.tif', '😀.tif', { cell: '😀' }],
    ['?.tif', '😀.tif', {}],
    ['{dose:Float}mM.csv', '1.5e-3mM.csv', { dose: 0.0015 }],
    ['{on:Bool}.csv', 'false.csv', { on: false }],
    ['{plate}/{plate}_{well}.tif', 'P1/P1_A1.tif', { plate: 'P1', well: 'A1' }],
    ['{rest:**}.tif', 'a/b/c.tif', { rest: 'a/b/c' }],
    ['**/{cell}.tif', 'A.tif', { cell: 'A' }],
    ['**/{cell}.tif', 'x/y/A.tif', { cell: 'A' }],
    ['img.{tif,tiff}', 'img.tiff', {}],
    ['{well:r"[A-H][0-9]+"}{rest}.tif', 'B12x.tif', undefined],
  ])('%s reads %s', (text, name, tags) => {
    const match = matcher(text).match(name);
    if (tags === undefined) expect(match.how).toBe('ambiguous');
    else expect(match).toEqual({ how: 'matched', tags });
  });

  test.each([
    ['{cell}.tif', 'sub/A.tif'],
    ['*.tif', 'sub/A.tif'],
    ['{cell}.tif', 'A.tiff'],
    ['{time:Int}.tif', 'A.tif'],
    ['{plate}/{plate}_{well}.tif', 'P1/P2_A1.tif'],
    ['a.b.tif', 'aXb.tif'],
  ])('%s does not read %s', (text, name) => expect(matcher(text).match(name).how).toBe('unmatched'));

  test('a name that splits in two ways shows both', () => {
    expect(matcher('{cell}_{condition}.tif').match('a_b_c.tif')).toEqual({
      how: 'ambiguous',
      first: { cell: 'a_b', condition: 'c' },
      second: { cell: 'a', condition: 'b_c' },
    });
  });
});

describe('a walk looks only where something can be', () => {
  test('it starts at the fixed folder', () =>
    expect(matcher('../data/night/{cell}/t{time:Int}.tif').root).toBe('../data/night/'));
  test('and goes no deeper than the pattern', () => {
    const one = matcher('d/{cell}/t*.tif');
    expect(one.couldContain('A')).toBe(true);
    expect(one.couldContain('A/t1.tif')).toBe(false);
    expect(one.depth).toBe(2);
  });
  test('a fixed middle folder prunes', () => {
    const one = matcher('{plate}/images/{well}.tif');
    expect(one.couldContain('P1/images')).toBe(true);
    expect(one.couldContain('P1/thumbs')).toBe(false);
  });
  test('`**` makes it endless', () => expect(matcher('x/**/{cell}.tif').couldContain('a/b/c/d')).toBe(true));
});
