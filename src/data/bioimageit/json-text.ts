export type Json = null | boolean | number | string | JsonList | JsonRecord;
export type JsonList = readonly Json[];
export interface JsonRecord {
  readonly [name: string]: Json;
}

export type JsonReading =
  | { readonly ok: true; readonly value: Json }
  /** `offset` is where the text stops being JSON. */
  | { readonly ok: false; readonly offset: number; readonly what: string };

/**
 * JSON as Python writes and reads it: `NaN` and `Infinity` are kept as texts, and so is a number that would not come back as it was written (a
 * whole one of twenty digits). Of two fields with one name the later stands. Never throws, however deep or broken the text is.
 */
export function readJson(text: string): JsonReading {
  if (!unusual.test(text)) {
    try {
      const value: Json = JSON.parse(text);
      if (isShallow(value)) return { ok: true, value };
    } catch {
      // The slow reader below says where and why.
    }
  }
  return readSlowly(text, undefined).reading;
}

/** Where a value stands in a text that `readJson` has read: the place of a message. */
export function placeInJson(
  text: string,
  path: readonly (string | number)[],
): { readonly start: number; readonly end: number } | undefined {
  return readSlowly(text, path).place;
}

export const isRecord = (value: Json | undefined): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isList = (value: Json | undefined): value is JsonList => Array.isArray(value);

/** Own fields only: a file may well have one called `constructor`. */
export const field = (value: Json | undefined, name: string): Json | undefined =>
  isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** Deeper than any file of metadata, and far from where recursion ends. */
const deepest = 100;

/** Numbers that `JSON.parse` would round, or make infinite, and what it does not know. */
const unusual = /NaN|Infinity|\d[\d.]{15}|[eE]\+?\d{3}/u;

function isShallow(root: Json): boolean {
  let level: readonly Json[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return false;
    level = level.flatMap((value) =>
      typeof value !== 'object' || value === null ? [] : isList(value) ? value : Object.values(value),
    );
  }
  return true;
}

interface SlowReading {
  readonly reading: JsonReading;
  readonly place?: { readonly start: number; readonly end: number };
}

class Broken extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

function readSlowly(text: string, wanted: readonly (string | number)[] | undefined): SlowReading {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let place: { start: number; end: number } | undefined;

  const skip = (): void => {
    while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
  };
  const fail = (what: string): never => {
    throw new Broken(at, what);
  };
  const expect = (mark: string): void => {
    skip();
    if (text.charAt(at) !== mark) fail(`\`${mark}\` is expected`);
    at++;
  };

  /** `onPath` is how much of the wanted path leads here, or -1. */
  const value = (depth: number, onPath: number): Json => {
    skip();
    if (depth > deepest) fail(`there are more than ${deepest} levels of brackets`);
    const start = at;
    const read = bare(depth, onPath);
    if (wanted !== undefined && onPath === wanted.length) place = { start, end: at };
    return read;
  };

  const bare = (depth: number, onPath: number): Json => {
    const first = text.charAt(at);
    if (first === '{') return record(depth, onPath);
    if (first === '[') return list(depth, onPath);
    if (first === '"') return string();
    for (const [word, meaning] of words) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return meaning;
    }
    number.lastIndex = at;
    const [digits] = number.exec(text) ?? [];
    if (digits === undefined) return fail(at >= text.length ? 'the file ends here' : 'a value is expected');
    at += digits.length;
    return exactly(digits);
  };

  const string = (): string => {
    quoted.lastIndex = at;
    const [token] = quoted.exec(text) ?? [];
    if (token === undefined) return fail('a text without its end, or with a character that must be escaped');
    try {
      const read: string = JSON.parse(token);
      at += token.length;
      return read;
    } catch {
      return fail('a text with an escape that JSON does not have');
    }
  };

  const list = (depth: number, onPath: number): JsonList => {
    const out: Json[] = [];
    at++;
    skip();
    while (text.charAt(at) !== ']') {
      if (out.length > 0) expect(',');
      out.push(value(depth + 1, step(onPath, out.length)));
      skip();
      if (at >= text.length) fail('the file ends inside a list');
    }
    at++;
    return out;
  };

  const record = (depth: number, onPath: number): JsonRecord => {
    const out: [string, Json][] = [];
    at++;
    skip();
    while (text.charAt(at) !== '}') {
      if (out.length > 0) expect(',');
      skip();
      if (text.charAt(at) !== '"') fail('the name of a field is expected, in double quotes');
      const name = string();
      expect(':');
      out.push([name, value(depth + 1, step(onPath, name))]);
      skip();
      if (at >= text.length) fail('the file ends inside a record');
    }
    at++;
    // Not by assignment: `__proto__` is a field like any other.
    return Object.fromEntries(out);
  };

  const step = (onPath: number, here: string | number): number =>
    wanted !== undefined && onPath >= 0 && wanted[onPath] === here ? onPath + 1 : -1;

  try {
    const read = value(0, 0);
    skip();
    if (at < text.length) fail('there is more after the end');
    return { reading: { ok: true, value: read }, ...(place && { place }) };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { reading: { ok: false, offset: error.offset, what: error.message }, ...(place && { place }) };
  }
}

const words: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
  ['-Infinity', '-Infinity'],
];

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/uy;
// Unrolled, so that a long text costs no stack.
const quoted = /"[^"\\\p{Cc}]*(?:\\.[^"\\\p{Cc}]*)*"/uy;

function exactly(digits: string): number | string {
  const read = Number(digits);
  if (!Number.isFinite(read)) return digits;
  return /^-?\d+$/u.test(digits) && !Number.isSafeInteger(read) ? digits : read;
}
