import { expect, test } from 'vitest';
import type { Span } from '../../src/diagnostics/span.ts';
import { type Parsed, parse } from '../../src/parser/syntax/parse.ts';
import { format } from '../../src/parser/syntax/print.ts';
import { corpus } from '../support/corpus.ts';
import { random } from '../support/random.ts';
import { treeText } from '../support/tree.ts';

const sources = corpus();
const sound = sources.filter((source) => !hasErrors(parse(source)));

test('the corpus holds real pipelines', () => {
  expect(sound.map((source) => source.name)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^stdlib\//), expect.stringMatching(/^pipelines\//)]),
  );
});

test('spans lie in their parents', () => {
  for (const source of sources) {
    const { file } = parse(source);
    expect(strays(file, file.span), source.name).toEqual([]);
  }
});

test('the same text gives the same tree and messages', () => {
  for (const source of sources) {
    const [once, twice] = [parse(source), parse(source)];
    expect(treeText(once.file), source.name).toBe(treeText(twice.file));
    expect(places(once), source.name).toEqual(places(twice));
  }
});

test('messages stand in order, inside the text, each with help', () => {
  for (const source of sources) {
    const { diagnostics } = parse(source);
    const starts = diagnostics.map((diagnostic) => diagnostic.at.start);
    expect(starts, source.name).toEqual(starts.toSorted((a, b) => a - b));
    expect(
      diagnostics.filter(({ at, help }) => at.end > source.text.length || help === ''),
      source.name,
    ).toEqual([]);
  }
});

test('formatting changes no meaning, loses no comment, and is done after one time', () => {
  for (const source of sound) expect(formatProblem(source.text), source.name).toBeUndefined();
});

test('a file cut off anywhere is read without failing', () => {
  for (const { name, text } of sources) {
    const step = Math.max(1, Math.floor(text.length / (name.startsWith('test/golden/syntax/') ? 60 : 5)));
    for (let end = 0; end < text.length; end += step) read(name, text.slice(0, end));
  }
});

test('texts changed at random are read without failing', () => {
  const next = random(1);
  for (let round = 0; round < 800; round++) read(`round ${round}`, mutated(pick(sources, next).text, next));
});

test('tokens in any order are read without failing', () => {
  const next = random(2);
  for (let round = 0; round < 1500; round++) {
    let text = '';
    for (let count = next() * 60; count > 0; count--) text += pick(pieces, next) + (next() < 0.5 ? ' ' : '');
    read(`round ${round}`, text);
  }
});

test('comments and line ends put in anywhere survive formatting', () => {
  const next = random(3);
  const whole = sound.filter((source) => source.text.length > 200);
  let formatted = 0;
  for (let round = 0; round < 400; round++) {
    const source = pick(whole, next);
    const places = parse(source).tokens.map((token) => token.startOffset);
    let { text } = source;
    const chosen = Array.from({ length: 1 + Math.floor(next() * 4) }, () => pick(places, next)).sort((a, b) => b - a);
    for (const place of chosen) text = text.slice(0, place) + pick(insertions, next) + text.slice(place);
    if (hasErrors(parse({ name: source.name, text }))) continue;
    formatted++;
    expect(formatProblem(text), text).toBeUndefined();
  }
  expect(formatted).toBeGreaterThan(100);
});

/** What formatting did wrong, if anything. */
function formatProblem(text: string): string | undefined {
  const before = parse({ name: 'before', text });
  const result = format({ name: 'before', text }).text;
  const after = parse({ name: 'after', text: result });
  if (hasErrors(after)) return `it cannot be read any more: ${after.diagnostics[0]?.message}`;
  if (treeText(before.file) !== treeText(after.file)) return 'it means something else';
  if (commentWords(before, text) !== commentWords(after, result)) return 'a comment is gone';
  if (format({ name: 'after', text: result }).text !== result) return 'formatting it again changes it';
  return undefined;
}

/** What the comments say, in any order: one that had to move may now stand with another, or begin with `//` instead of `///`. */
function commentWords(parsed: Parsed, text: string): string {
  const words = parsed.comments.flatMap((comment) => text.slice(comment.start, comment.end).split(/[\s/*]+/));
  return words
    .filter((word) => word !== '')
    .sort()
    .join(' ');
}

/** Slow is as good as never: the texts here are small. */
function read(name: string, text: string): void {
  const start = performance.now();
  try {
    parse({ name, text });
  } catch (error) {
    throw new Error(`parse failed on ${JSON.stringify(text)}`, { cause: error });
  }
  expect(performance.now() - start, `milliseconds for ${JSON.stringify(text)}`).toBeLessThan(2000);
}

function mutated(text: string, next: () => number): string {
  const start = Math.floor(next() * text.length);
  let result = next() < 0.3 ? text : text.slice(start, start + next() * 1500);
  for (let count = 1 + next() * 6; count > 0; count--) {
    const at = Math.floor(next() * result.length);
    const from = Math.floor(next() * result.length);
    const kind = next();
    if (kind < 0.4) result = result.slice(0, at) + pick(pieces, next) + result.slice(at);
    else if (kind < 0.7) result = result.slice(0, at) + result.slice(at + 1 + next() * 10);
    else result = result.slice(0, at) + result.slice(from, from + 50) + result.slice(at);
  }
  return result;
}

/** The nodes whose span is not inside their parent's, by kind. */
function strays(node: unknown, parent: Span): string[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((item) => strays(item, parent));
  const own = 'span' in node && isSpan(node.span) ? node.span : parent;
  const kind = 'kind' in node ? String(node.kind) : 'node';
  const found =
    own.start < parent.start || own.end > parent.end || own.start > own.end
      ? [`${kind} ${own.start}..${own.end} in ${parent.start}..${parent.end}`]
      : [];
  return [...found, ...Object.entries(node).flatMap(([key, value]) => (key === 'span' ? [] : strays(value, own)))];
}

function isSpan(value: unknown): value is Span {
  return typeof value === 'object' && value !== null && 'start' in value && 'end' in value && 'source' in value;
}

function hasErrors(parsed: Parsed): boolean {
  return parsed.diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

function places(parsed: Parsed): string[] {
  return parsed.diagnostics.map(({ code, at, message }) => `${code} ${at.start}..${at.end} ${message}`);
}

function pick<T>(items: readonly T[], next: () => number): T {
  const item = items[Math.floor(next() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

const insertions = [
  ' // c1\n',
  '/* c2 */',
  ' /* c3 */ ',
  '\n\n\n',
  ' ',
  '\n',
  '/* c4\n c4 */',
  '\n// c5\n',
  '\n\n// c6\n\n',
  ' /// d1\n',
  '\n/// d2\n',
  ';',
  ',',
  '\t',
];

const pieces = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '<',
  '>',
  '"',
  '"""\n',
  '\n',
  '\r\n',
  '\t',
  ',',
  ';',
  ':',
  '=',
  '|>',
  '|',
  '..',
  '?',
  '-',
  '++',
  '->',
  '…',
  '.',
  '\\',
  'let ',
  'publish ',
  'emit ',
  'process x {',
  'workflow {',
  'params {',
  'input {',
  'output {',
  'type X = ',
  'import {',
  'test "x" {',
  'if x {',
  'else ',
  'if ',
  'then ',
  'not ',
  'and ',
  'in ',
  'not in ',
  'each ',
  'many ',
  'Dataset<',
  'group by ',
  'order by ',
  'where ',
  'tag {',
  'pivot x as {',
  'to ',
  'as ',
  'from ',
  'sheet("x", {',
  'matches snapshot',
  'retry ',
  'script bash """\n',
  '1',
  '2 min',
  '0x1',
  '.5',
  'x',
  'größe',
  '"a"',
  '"{',
  '}"',
  'r"',
  '//',
  '/*',
  '*/',
  '/// ',
  '#',
  '$',
  "'",
  '`',
  '\u0000',
  'é',
  '🔬',
  '\ud800',
];
