import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { Expr, Pattern, PatternPart } from '../graph/program.ts';
import type * as Ast from '../syntax/ast.ts';
import { regexProblem } from '../types/operators.ts';
import type { TagKind, TagType } from '../types/type.ts';
import { nameErrors } from './name-errors.ts';

export interface PatternReading {
  /** The text between the quotes, untouched. */
  readonly raw: string;
  /** `r"…"`: no escapes. */
  readonly isRaw: boolean;
  /** The place of `raw`. */
  readonly span: Span;
  readonly report: (diagnostic: Diagnostic) => void;
  /** The value of a dotted expression, `params.dir`, that is inserted literally; reports by itself. */
  readonly insert: (expr: Ast.Expr) => Expr;
  /** Sees every capture: their names are tags. */
  readonly captured?: (name: Ast.Name) => void;
}

/** The place of what stands between the quotes of a string. */
export function insideQuotes(ast: Ast.Expr & { kind: 'string' }): Span {
  const start = ast.span.end - 1 - ast.raw.length;
  return { source: ast.span.source, start, end: ast.span.end - 1 };
}

/**
 * Reads a source pattern or a `many` path: captures `{name:Type}`, insertions `{params.dir}`, alternatives `{a,b}` and the usual
 * globs. After a mistake the rest is read as well as can be; `undefined` where nothing useful is left.
 */
export function parsePattern(reading: PatternReading): Pattern | undefined {
  const reader: Reader = { ...reading, at: 0, captures: new Map(), failed: false };
  const parts = readParts(reader, reading.raw.length, { inAlternatives: false });
  if (reader.failed) return undefined;
  return {
    text: reading.raw,
    parts,
    captures: [...reader.captures.values()].map(({ name, kind }) => ({ name, kind })),
  };
}

/** Whether a pattern can match more than one path. */
export function isPlainPath(pattern: Pattern): boolean {
  return pattern.parts.every((part) => part.kind === 'text' || part.kind === 'slash' || part.kind === 'insert');
}

interface Capture extends TagType {
  readonly regex?: string;
  readonly crosses: boolean;
}

interface Reader extends PatternReading {
  at: number;
  readonly captures: Map<string, Capture>;
  failed: boolean;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function readParts(reader: Reader, end: number, where: { readonly inAlternatives: boolean }): PatternPart[] {
  const parts: PatternPart[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };
  const push = (part: PatternPart | undefined): void => {
    flush();
    if (part !== undefined) parts.push(part);
  };
  while (reader.at < end) {
    const char = reader.raw[reader.at] ?? '';
    if (char === '\\' && !reader.isRaw) {
      text += readEscape(reader);
    } else if (char === '/') {
      if (where.inAlternatives)
        fail(
          reader,
          [reader.at, reader.at + 1],
          'Alternatives cannot hold a `/`',
          'Write two sources and join them with `++`.',
        );
      reader.at++;
      push({ kind: 'slash' });
    } else if (char === '*') {
      push(readStar(reader, end));
    } else if (char === '?') {
      reader.at++;
      push({ kind: 'question' });
    } else if (char === '[') {
      push(readClass(reader, end));
    } else if (char === '{') {
      push(readBraces(reader, end, where));
    } else if (char === '}') {
      fail(reader, [reader.at, reader.at + 1], 'This `}` closes nothing', 'Write `\\}` for a brace in a file name.');
      reader.at++;
    } else {
      text += char;
      reader.at++;
    }
  }
  flush();
  return parts;
}

function readEscape(reader: Reader): string {
  const next = reader.raw[reader.at + 1];
  if (next === undefined) {
    reader.at++;
    return '\\';
  }
  if (next === 'u') {
    const code = /^\{([0-9a-fA-F]{1,6})\}/.exec(reader.raw.slice(reader.at + 2));
    if (code?.[1] !== undefined && Number.parseInt(code[1], 16) <= 0x10ffff) {
      reader.at += 2 + code[0].length;
      return String.fromCodePoint(Number.parseInt(code[1], 16));
    }
  }
  reader.at += 2;
  return escapes[next] ?? next;
}

function readStar(reader: Reader, end: number): PatternPart {
  const start = reader.at;
  while (reader.at < end && reader.raw[reader.at] === '*') reader.at++;
  if (reader.at - start === 1) return { kind: 'star' };
  const before = start === 0 || reader.raw[start - 1] === '/';
  const after = reader.at === end || reader.raw[reader.at] === '/';
  if (reader.at - start > 2 || !before || !after) {
    fail(
      reader,
      [start, reader.at],
      '`**` stands alone between two slashes',
      'Write `data/**/x.tif`, or `*` for a part of one name.',
    );
  }
  return { kind: 'globstar' };
}

function readClass(reader: Reader, end: number): PatternPart | undefined {
  const start = reader.at;
  const close = reader.raw.indexOf(']', start + 2);
  if (close === -1 || close >= end) {
    fail(
      reader,
      [start, start + 1],
      'This `[` is never closed',
      'Write `[abc]` or `[0-9]`, or `\\[` for a bracket in a file name.',
    );
    reader.at++;
    return undefined;
  }
  reader.at = close + 1;
  const body = reader.raw.slice(start + 1, close);
  const negated = body.startsWith('!') || body.startsWith('^');
  const escaped = (negated ? body.slice(1) : body).replace(/[\\\]^[&]/g, (char) => `\\${char}`);
  const regex = `[${negated ? '^/' : ''}${escaped}]`;
  if (regexProblem(regex) !== undefined) {
    fail(reader, [start, close + 1], `\`[${body}]\` is not a set of characters`, 'Write `[abc]`, `[0-9]` or `[!x]`.');
    return undefined;
  }
  return { kind: 'class', regex };
}

/** `{name}`, `{name:Type}`, `{params.dir}`, `{a,b}`. */
function readBraces(reader: Reader, end: number, where: { readonly inAlternatives: boolean }): PatternPart | undefined {
  const start = reader.at;
  const close = closingBrace(reader, end);
  if (close === undefined) {
    fail(
      reader,
      [start, start + 1],
      'This `{` is never closed',
      'Write `{name}` to capture a part of the name, or `\\{` for a brace in a file name.',
    );
    reader.at = end;
    return undefined;
  }
  const body = reader.raw.slice(start + 1, close);
  const capture = /^\s*([A-Za-z_]\w*)\s*(?::(.*))?$/s.exec(body);
  if (capture?.[1] !== undefined) {
    reader.at = close + 1;
    if (where.inAlternatives) {
      fail(
        reader,
        [start, close + 1],
        'Alternatives cannot hold a capture',
        'Write two sources and join them with `++`.',
      );
      return undefined;
    }
    return readCapture(reader, { name: capture[1], restriction: capture[2]?.trim(), start: start + 1, end: close });
  }
  if (/^\s*[A-Za-z_]\w*(\s*\.\s*[A-Za-z_]\w*)+\s*$/.test(body)) {
    reader.at = close + 1;
    return { kind: 'insert', value: reader.insert(dottedName(body, spanOf(reader, [start + 1, close]))) };
  }
  const commas = topLevelCommas(reader, start + 1, close);
  if (commas.length > 0) {
    const bounds = [start, ...commas, close];
    const options = bounds.slice(1).map((to, index) => {
      reader.at = (bounds[index] ?? start) + 1;
      return readParts(reader, to, { inAlternatives: true });
    });
    reader.at = close + 1;
    return { kind: 'alternatives', options };
  }
  fail(
    reader,
    [start, close + 1],
    body.trim() === '' ? 'These braces are empty' : `\`{${body}}\` is neither a capture nor a choice`,
    'Write `{name}` to capture, `{name:Int}` to capture a number, `{a,b}` for either, `{params.dir}` to insert a param.',
  );
  reader.at = close + 1;
  return undefined;
}

function readCapture(
  reader: Reader,
  given: {
    readonly name: string;
    readonly restriction: string | undefined;
    readonly start: number;
    readonly end: number;
  },
): PatternPart | undefined {
  const { name, restriction } = given;
  const at = spanOf(reader, [given.start, given.end]);
  let capture: Capture | undefined;
  const kind = restriction === undefined || restriction === '' ? 'Str' : tagKind(restriction);
  if (kind !== undefined) capture = { name, kind, crosses: false };
  else if (restriction === '**') capture = { name, kind: 'Str', crosses: true };
  else {
    const regex = /^r?"(.*)"$/s.exec(restriction ?? '')?.[1];
    if (regex === undefined) {
      reader.report(nameErrors.captureType(at, { name, type: restriction ?? '' }));
      reader.failed = true;
      return undefined;
    }
    const problem = regexProblem(regex);
    if (problem !== undefined) {
      fail(
        reader,
        [given.start, given.end],
        `This is not a regular expression: ${problem}`,
        'Write it as in Python: `{well:r"[A-H]\\d+"}`.',
      );
      return undefined;
    }
    capture = { name, kind: 'Str', regex, crosses: false };
  }
  const earlier = reader.captures.get(name);
  if (earlier === undefined) {
    reader.captures.set(name, capture);
    reader.captured?.({ text: name, span: spanOf(reader, [given.start, given.start + name.length]) });
  } else if (restriction === undefined || restriction === '') capture = earlier;
  else if (earlier.kind !== capture.kind) {
    reader.report(nameErrors.captureTwice(at, { name }));
    reader.failed = true;
  }
  return {
    kind: 'capture',
    name,
    type: capture.kind,
    crosses: capture.crosses,
    ...(capture.regex === undefined ? {} : { regex: capture.regex }),
  };
}

const tagKind = (text: string): TagKind | undefined =>
  text === 'Int' || text === 'Float' || text === 'Str' ? text : undefined;

/** The `}` that belongs to the `{` at the reader's place; braces inside quotes and after backslashes do not count. */
function closingBrace(reader: Reader, end: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = reader.at; at < end; at++) {
    const char = reader.raw[at];
    if (char === '\\') at++;
    else if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === '{') depth++;
    else if (char === '}') {
      depth--;
      if (depth === 0) return at;
    }
  }
  return undefined;
}

function topLevelCommas(reader: Reader, from: number, to: number): number[] {
  const commas: number[] = [];
  let depth = 0;
  for (let at = from; at < to; at++) {
    const char = reader.raw[at];
    if (char === '\\') at++;
    else if (char === '{') depth++;
    else if (char === '}') depth--;
    else if (char === ',' && depth === 0) commas.push(at);
  }
  return commas;
}

function dottedName(body: string, span: Span): Ast.Expr {
  const [first = '', ...rest] = body.split('.').map((part) => part.trim());
  return rest.reduce<Ast.Expr>((of, text) => ({ kind: 'member', of, name: { text, span }, span }), {
    kind: 'name',
    name: first,
    span,
  });
}

const spanOf = (reader: Reader, [from, to]: readonly [number, number]): Span => ({
  source: reader.span.source,
  start: reader.span.start + from,
  end: reader.span.start + to,
});

function fail(reader: Reader, range: readonly [number, number], problem: string, help: string): void {
  reader.failed = true;
  reader.report(nameErrors.badPattern(spanOf(reader, range), { problem, help }));
}
