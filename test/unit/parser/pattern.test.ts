import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import type { PatternPart } from '../../../src/parser/index.ts';
import { parsePattern } from '../../../src/parser/names/pattern.ts';

function read(raw: string, isRaw = false) {
  const found: Diagnostic[] = [];
  const pattern = parsePattern({
    raw,
    isRaw,
    span: { source: { name: 'x', text: raw }, start: 0, end: raw.length },
    report: (diagnostic) => found.push(diagnostic),
    insert: (expr) => ({ kind: 'const', value: 'inserted', type: { kind: 'str' }, span: expr.span }),
  });
  return { pattern, problems: found.map((one) => one.message) };
}

const parts = (raw: string, isRaw = false): string => (read(raw, isRaw).pattern?.parts ?? []).map(partText).join(' ');

function partText(part: PatternPart): string {
  switch (part.kind) {
    case 'text':
      return JSON.stringify(part.text);
    case 'class':
      return part.regex;
    case 'capture':
      return `{${part.name}:${part.crosses ? '**' : (part.regex ?? part.type)}}`;
    case 'alternatives':
      return `(${part.options.map((option) => option.map(partText).join(' ')).join('|')})`;
    default:
      return part.kind;
  }
}

describe('a pattern', () => {
  test.each([
    ['data/{cell}_t{time:Int}.tif', '"data" slash {cell:Str} "_t" {time:Int} ".tif"'],
    ['{dose:Float}/{path:**}.csv', '{dose:Float} slash {path:**} ".csv"'],
    ['{well:r"[A-H]\\d{2}"}.tif', '{well:[A-H]\\d{2}} ".tif"'],
    ['**/*.{tif,ome.tif}', 'globstar slash star "." ("tif"|"ome.tif")'],
    ['a?[0-9][!x]', '"a" question [0-9] [^/x]'],
    ['{a,{b,c}}', '("a"|("b"|"c"))'],
    ['{,old_}x', '(|"old_") "x"'],
    ['{params.dir}/x', 'insert slash "x"'],
    ['\\{x\\}\\*\\[\\"\\n\\u{1F52C}', '"{x}*[\\"\\n🔬"'],
    ['[]]', '[\\]]'],
    ['/data//x', 'slash "data" slash slash "x"'],
  ])('%s', (raw, expected) => {
    expect(parts(raw)).toBe(expected);
  });

  test('of a raw text has no escapes', () => {
    expect(parts('a\\{x}', true)).toBe('"a\\\\" {x:Str}');
  });

  test('captures a name that stands twice once, and both places match the same', () => {
    expect(read('{cell:Int}/{cell}_{time}.tif').pattern?.captures).toEqual([
      { name: 'cell', kind: 'Int' },
      { name: 'time', kind: 'Str' },
    ]);
    expect(parts('{cell:Int}/{cell}.tif')).toBe('{cell:Int} slash {cell:Int} ".tif"');
  });

  test.each([
    ['{cell', 'This `{` is never closed'],
    ['cell}', 'This `}` closes nothing'],
    ['a**', '`**` stands alone between two slashes'],
    ['***', '`**` stands alone between two slashes'],
    ['[abc', 'This `[` is never closed'],
    ['{}', 'These braces are empty'],
    ['{a b}', '`{a b}` is neither a capture nor a choice'],
    ['{a/b,c}', 'Alternatives cannot hold a `/`'],
    ['{t:Bool}', 'A capture cannot be `Bool`'],
    ['{t:04}', 'A capture cannot be `04`'],
    ['{t:Int}{t:Float}', '`{t}` stands twice in this pattern, with two types'],
    ['{t:r"("}', 'This is not a regular expression: /(/u: Unterminated group'],
  ])('%s is told what is wrong', (raw, message) => {
    expect(read(raw)).toEqual({ pattern: undefined, problems: [message] });
  });

  test('reports every mistake at once', () => {
    expect(read('{a:Bool}/{b:04}').problems).toHaveLength(2);
  });
});
