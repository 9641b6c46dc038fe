import { expect, test } from 'vitest';
import { certainText, literalOf } from '../../../src/store/reader/find-patterns.ts';

test.each([
  ['ctl', { text: 'ctl', start: false, end: false }],
  ['^A3', { text: 'A3', start: true, end: false }],
  [String.raw`\.tif$`, { text: '.tif', start: false, end: true }],
  ['^A3$', { text: 'A3', start: true, end: true }],
  [String.raw`a\$`, { text: 'a$', start: false, end: false }],
  [String.raw`a\\$`, { text: 'a\\', start: false, end: true }],
  ['', { text: '', start: false, end: false }],
  ['a.b', undefined],
  ['a|b', undefined],
  [String.raw`\d`, undefined],
  ['ab*', undefined],
])('%s looks for a text alone, or for more', (regex, literal) => {
  expect(literalOf(regex)).toEqual(literal);
});

test.each([
  ['ctl.*tif', 'ctl'],
  ['^plate[0-9]+_well', 'plate'],
  [String.raw`\d\d_treated$`, '_treated'],
  ['colou?r', 'colo'],
  ['ab*c', 'a'],
  ['abc{2}d', 'ab'],
  ['abc+d', 'abc'],
  ['(abc)?d', ''],
  ['abc|d', ''],
  [String.raw`\u{61}bc`, ''],
  [String.raw`\cJoy`, ''],
  [String.raw`\bword\b`, 'word'],
  [String.raw`[\]a]bcd`, 'bcd'],
  ['a(?!b)', ''],
])('whatever matches %s has %s in it', (regex, text) => {
  expect(certainText(regex)).toBe(text);
});

test('a certain text is in everything that matches', () => {
  const words = ['ctl', 'a.tif', 'plate12_well', 'colour', 'color', 'ac', 'abbbc', 'abccd', '12_treated', ']bcd'];
  for (const regex of ['ctl?', 'c.l', '^p.*_w', 'colou?r', 'ab*c', 'abc{2}d', String.raw`\d+_tr`, String.raw`[\]a]bcd`])
    for (const word of words)
      if (new RegExp(regex, 'u').test(word))
        expect([regex, word, word.includes(certainText(regex))]).toEqual([regex, word, true]);
});
