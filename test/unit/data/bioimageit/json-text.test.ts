import { expect, test } from 'vitest';
import { placeInJson, readJson } from '../../../../src/data/bioimageit/json-text.ts';
import { random } from '../../../support/random.ts';

test.each([
  ['{"a": [1, 2.5, -3e2, true, false, null, "x\\u00e9\\n"]}', { a: [1, 2.5, -300, true, false, null, 'xé\n'] }],
  ['\ufeff{"a": NaN}', { a: 'NaN' }],
  ['[NaN, Infinity, -Infinity]', ['NaN', 'Infinity', '-Infinity']],
  ['{"id": 12345678901234567890}', { id: '12345678901234567890' }],
  ['[1e999, 0.30000000000000004]', ['1e999', 0.30000000000000004]],
  ['{"a": 1, "a": 2, "n": NaN}', { a: 2, n: 'NaN' }],
])('%s is read as Python reads it, and no number is rounded', (text, value) => {
  expect(readJson(text)).toEqual({ ok: true, value });
});

test('a field that is called like something of the language is a field', () => {
  const reading = readJson('{"__proto__": {"x": 1}, "constructor": 2, "n": NaN}');
  expect(reading.ok && Object.keys(reading.value ?? {})).toEqual(['__proto__', 'constructor', 'n']);
});

test.each([
  ['{\n  "a": 1,\n}', 'the name of a field is expected, in double quotes', '}'],
  ['{"a" 1}', '`:` is expected', '1'],
  ['{"a": 1 "b": 2}', '`,` is expected', '"b"'],
  ['[1, 2', 'the file ends inside a list', ''],
  ['{"a": ', 'the file ends here', ''],
  ["{'a': 1}", 'the name of a field is expected, in double quotes', "'a'"],
  ['{"a": tru}', 'a value is expected', 'tru'],
  ['{} x', 'there is more after the end', 'x'],
  ['{"a": "b\n"}', 'a text without its end, or with a character that must be escaped', '"b'],
  ['{"a": "\\x"}', 'a text with an escape that JSON does not have', '"\\x'],
])('%j is broken where it is', (text, what, rest) => {
  const reading = readJson(text);
  expect(reading).toMatchObject({ ok: false, what });
  expect(text.slice(reading.ok ? 0 : reading.offset).startsWith(rest)).toBe(true);
});

test('what is nested without end is refused, and nothing overflows', () => {
  const deep = `${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}`;
  expect(readJson(deep)).toMatchObject({ ok: false, what: 'there are more than 100 levels of brackets' });
  expect(readJson('{"a":'.repeat(500_000))).toMatchObject({ ok: false });
  expect(readJson(`"${'\\n'.repeat(3_000_000)}NaN"`)).toMatchObject({ ok: true });
});

test('the place of a value is where it stands', () => {
  const text = '{"a": {"b": [10, {"c": "x"}]}, "aa": 1}';
  const place = placeInJson(text, ['a', 'b', 1, 'c']);
  expect(text.slice(place?.start, place?.end)).toBe('"x"');
  expect(placeInJson(text, ['a', 'z'])).toBeUndefined();
});

test('whatever is made of JSON by cutting and changing is read or refused, as JSON.parse does', () => {
  const next = random(20200304);
  const whole = JSON.stringify(
    { uuid: 'é\u2028"\\', list: [1, -2.5e-7, null, { deep: [[[true]]] }], '': 'x'.repeat(20) },
    null,
    2,
  );
  for (let round = 0; round < 20_000; round++) {
    const cut = whole.slice(0, Math.floor(next() * (whole.length + 1)));
    const at = Math.floor(next() * whole.length);
    const character = '{}[]",:\\0n \n'.charAt(Math.floor(next() * 12));
    for (const text of [cut, `${whole.slice(0, at)}${character}${whole.slice(at + 1)}`]) {
      let expected: unknown;
      try {
        expected = { ok: true, value: JSON.parse(text) };
      } catch {
        expected = { ok: false };
      }
      expect(readJson(text)).toMatchObject(expected as object);
      // The slow reader, which a number at the end of the text forces, says the same.
      const slowly = readJson(`[${text},NaN]`);
      expect(slowly.ok).toBe(acceptsInList(text));
    }
  }
});

function acceptsInList(text: string): boolean {
  try {
    JSON.parse(`[${text},0]`);
    return true;
  } catch {
    return false;
  }
}
