import { suggestions } from '../../diagnostics/suggest.ts';
import { classOf, DIGIT, isWordCode, LETTER, QUOTE } from './characters.ts';
import { unitNames } from './units.ts';

/** Past the digits that start at `from`, with `_` between them. */
export function digitsEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if ((classOf(code) & DIGIT) !== 0) at++;
    else if (code === 95 && (classOf(text.charCodeAt(at + 1)) & DIGIT) !== 0) at += 2;
    else return at;
  }
}

/** Past an exponent that starts at `at`, or `at` where there is none. */
export function exponentEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code !== 101 && code !== 69) return at;
  const sign = text.charCodeAt(at + 1);
  const digits = sign === 43 || sign === 45 ? at + 2 : at + 1;
  return (classOf(text.charCodeAt(digits)) & DIGIT) !== 0 ? digitsEnd(text, digits) : at;
}

/** Past the word that starts at `from`, which may begin with a micro sign. */
export function unitWordEnd(text: string, from: number): number {
  let at = from;
  const first = text.charCodeAt(at);
  if (first === 0xb5 || first === 0x3bc) at++;
  else if ((classOf(first) & LETTER) === 0) return from;
  while (isWordCode(text.charCodeAt(at))) at++;
  return at;
}

/** Words that may follow a number with a space between and are no units. */
const followers = new Set(
  'and or in not then else cross if where group order by keep over tag untag pivot window select matching after to as from on backoff asc desc named matches each'.split(
    ' ',
  ),
);

/** A word behind a number, with a space between: a unit misspelt, or a comma forgotten? */
export function looksLikeUnit(text: string, word: string, end: number): boolean {
  if (followers.has(word) || isKeyAhead(text, end)) return false;
  const next = text.charCodeAt(end);
  if (next === 40 || next === 46 || next === QUOTE) return false;
  return (
    nearUnits(word).length > 0 || /^[a-zµμ]{1,3}$/i.test(word) || longNames.has(word.toLowerCase().replace(/s$/, ''))
  );
}

/** Units spelt like `word`, or what its long name is short for; a single letter is like all others. */
export function nearUnits(word: string): string[] {
  const short = shortForms.get(word.toLowerCase().replace(/(?<=..)s$/, ''));
  if (short !== undefined) return [short];
  return word.length === 1
    ? unitNames.filter((unit) => unit !== word && unit.toLowerCase() === word.toLowerCase())
    : suggestions(word, unitNames);
}

const shortForms = new Map([
  ['second', 's'],
  ['sec', 's'],
  ['minute', 'min'],
  ['mins', 'min'],
  ['hour', 'h'],
  ['hr', 'h'],
  ['day', 'd'],
  ['millisecond', 'ms'],
  ['msec', 'ms'],
  ['byte', 'B'],
  ['k', 'KB'],
  ['m', 'MB'],
  ['g', 'GB'],
  ['t', 'TB'],
  ['kilobyte', 'KB'],
  ['megabyte', 'MB'],
  ['gigabyte', 'GB'],
  ['terabyte', 'TB'],
  ['micron', 'um'],
  ['micrometer', 'um'],
  ['micrometre', 'um'],
  ['nanometer', 'nm'],
  ['nanometre', 'nm'],
  ['millimeter', 'mm'],
  ['millimetre', 'mm'],
  ['degree', 'deg'],
  ['radian', 'rad'],
]);

const longNames = new Set('week month year pixel px'.split(' '));

/** A `:` follows, spaces aside. */
export function isKeyAhead(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) === 32) at++;
  return text.charCodeAt(at) === 58;
}
