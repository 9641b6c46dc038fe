import type { Source, Span } from '../../diagnostics/span.ts';
import type * as ast from './ast.ts';
import { BACKSLASH, OPEN_BRACE } from './characters.ts';
import { holeEnd, isRawPrefix } from './string-ends.ts';
import type { Token } from './tokens.ts';

/** Reads the expression between two offsets; the answer is a message where it cannot be read. */
export type ReadHole = (from: number, to: number) => ast.Expr | { readonly problem: string; readonly at: Span };

/**
 * The node of a text token. Holes that are names or dotted names are read here; anything longer needs the parser, which is handed in as
 * `readHole` (without it such a hole is a problem, so `needsParser` is asked first).
 */
export function readParts(source: Source, token: Token, readHole: ReadHole | undefined): ast.Expr {
  const span: Span = { source, start: token.startOffset, end: token.end };
  const { value } = token;
  if (value?.kind !== 'string') return { kind: 'error', span };
  const raw = source.text.slice(value.rawStart, value.rawEnd);
  if (value.isRaw || !/[{\\}]/.test(raw)) {
    return { kind: 'string', raw, isRaw: value.isRaw, parts: raw === '' ? [] : [{ kind: 'text', value: raw }], span };
  }
  const reader = new PartsReader(source, value.rawStart, value.rawEnd);
  const problem = reader.read(readHole);
  return {
    kind: 'string',
    raw,
    isRaw: false,
    parts: reader.parts,
    ...(problem === undefined ? {} : { partsProblem: problem }),
    span,
  };
}

/** Whether a text holds a hole that is more than a name. */
export function needsParser(source: Source, token: Token): boolean {
  const { value } = token;
  if (value?.kind !== 'string' || value.isRaw) return false;
  const open = source.text.indexOf('{', value.rawStart);
  if (open < 0 || open >= value.rawEnd) return false;
  return /\{(?!\s*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\s*(?::[^{}"]*)?\})/.test(
    source.text.slice(value.rawStart, value.rawEnd),
  );
}

type Problem = { readonly message: string; readonly span: Span };

const simpleHole = /^\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*$/;

class PartsReader {
  readonly parts: ast.StringPart[] = [];
  private readonly source: Source;
  private readonly start: number;
  private readonly end: number;
  private text = '';

  constructor(source: Source, start: number, end: number) {
    this.source = source;
    this.start = start;
    this.end = end;
  }

  read(readHole: ReadHole | undefined): Problem | undefined {
    const { text } = this.source;
    let problem: Problem | undefined;
    let at = this.start;
    while (at < this.end) {
      const code = text.charCodeAt(at);
      if (problem !== undefined) {
        // What follows a problem is not looked into: one message is enough, and the parts are of no use.
        this.text += text.slice(at, this.end);
        break;
      }
      if (code === BACKSLASH) {
        const escaped = this.escape(at);
        if (escaped.problem !== undefined) problem ??= escaped.problem;
        this.text += escaped.value;
        at = escaped.end;
      } else if (code === OPEN_BRACE) {
        const close = holeEnd(text.slice(0, this.end), at + 1, 0);
        if (close < 0) {
          problem ??= { message: 'this `{` is never closed; write `\\{` for a brace', span: this.span(at, at + 1) };
          this.text += '{';
          at++;
        } else {
          const found = this.hole(at, close, readHole);
          if (found !== undefined) problem ??= found;
          at = close + 1;
        }
      } else {
        this.text += text.charAt(at);
        at++;
      }
    }
    this.flush();
    return problem;
  }

  private span(start: number, end: number): Span {
    return { source: this.source, start, end };
  }

  private flush(): void {
    if (this.text !== '') this.parts.push({ kind: 'text', value: this.text });
    this.text = '';
  }

  private hole(open: number, close: number, readHole: ReadHole | undefined): Problem | undefined {
    const { text } = this.source;
    const colon = formatColon(text, open + 1, close);
    const expression = text.slice(open + 1, colon);
    const span = this.span(open, close + 1);
    const format = colon < close ? { format: text.slice(colon + 1, close) } : {};
    const simple = simpleHole.exec(expression)?.[1];
    let value: ast.Expr;
    if (simple !== undefined) value = this.dotted(simple, open + 1 + expression.indexOf(simple));
    else if (expression.trim() === '')
      return { message: 'nothing stands between these braces; write `\\{` for a brace', span };
    else {
      const read = readHole?.(open + 1, colon);
      if (read === undefined) return { message: 'this cannot be read as an expression', span };
      if ('problem' in read) return { message: read.problem, span: read.at };
      value = read;
    }
    this.flush();
    this.parts.push({ kind: 'hole', value, ...format, span });
    return undefined;
  }

  private dotted(names: string, start: number): ast.Expr {
    let at = start;
    let value: ast.Expr | undefined;
    for (const name of names.split('.')) {
      const span = this.span(at, at + name.length);
      value =
        value === undefined
          ? { kind: 'name', name, span }
          : { kind: 'member', of: value, name: { text: name, span }, span: this.span(start, span.end) };
      at += name.length + 1;
    }
    return value ?? { kind: 'error', span: this.span(start, start) };
  }

  private escape(at: number): { readonly value: string; readonly end: number; readonly problem?: Problem } {
    const { text } = this.source;
    const character = text.charAt(at + 1);
    switch (character) {
      case 'n':
        return { value: '\n', end: at + 2 };
      case 't':
        return { value: '\t', end: at + 2 };
      case '"':
      case '\\':
      case '{':
      case '}':
        return { value: character, end: at + 2 };
      case 'u': {
        const match = /\{([0-9A-Fa-f]{1,6})\}/y;
        match.lastIndex = at + 2;
        const digits = match.exec(text.slice(0, this.end))?.[1];
        const code = digits === undefined ? Number.NaN : Number.parseInt(digits, 16);
        if (digits !== undefined && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff))
          return { value: String.fromCodePoint(code), end: at + 4 + digits.length };
        return {
          value: '\\u',
          end: at + 2,
          problem: {
            message: 'a character is written `\\u{2206}`, with its code in braces',
            span: this.span(at, at + 2),
          },
        };
      }
      default: {
        const end = Math.min(at + 2, this.end);
        return {
          value: text.slice(at, end),
          end,
          problem: {
            message: `\`${text.slice(at, end)}\` is no escape; the escapes are \\n \\t \\" \\\\ \\{ \\u{…}, and r"…" is a text without any`,
            span: this.span(at, end),
          },
        };
      }
    }
  }
}

/** The offset of the `:` that separates an expression from its format, or `close` where there is none. */
function formatColon(text: string, from: number, close: number): number {
  let depth = 0;
  for (let at = from; at < close; at++) {
    const character = text.charAt(at);
    if (character === '(' || character === '[' || character === '{') depth++;
    else if (character === ')' || character === ']' || character === '}') depth--;
    else if (character === '"') at = skipText(text, at, close);
    else if (character === ':' && depth === 0) return at;
  }
  return close;
}

function skipText(text: string, open: number, stop: number): number {
  const isRaw = isRawPrefix(text, open);
  let at = open + 1;
  while (at < stop && text.charAt(at) !== '"') {
    if (!isRaw && text.charAt(at) === '\\') at += 2;
    else if (!isRaw && text.charAt(at) === '{') {
      const close = holeEnd(text, at + 1, 1);
      at = close < 0 ? at + 1 : close + 1;
    } else at++;
  }
  return at;
}
