import type { Source, Span } from './span.ts';

/** Where something stands, as people and editors count: lines and columns from 1, columns in code points, `offset` in UTF-8 bytes. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export function startOf(span: Span): Place {
  return placeAt(span.source, span.start);
}

export function endOf(span: Span): Place {
  return placeAt(span.source, Math.max(span.start, span.end));
}

/** The place of a UTF-16 offset; one past the end counts as the end. */
export function placeAt(source: Source, offset: number): Place {
  const { text } = source;
  const at = Math.max(0, Math.min(offset, text.length));
  const lines = linesOf(source);
  const index = lines.indexAt(at);
  const start = lines.starts[index] ?? 0;
  let column = 1;
  for (let cursor = start; cursor < at; cursor++) if (!isLowSurrogate(text.charCodeAt(cursor))) column++;
  return { line: index + 1, column, offset: (lines.bytes[index] ?? 0) + byteLength(text, start, at) };
}

/** The text of a line, counted from 1, without its line break. */
export function lineText(source: Source, line: number): string {
  const { starts } = linesOf(source);
  const start = starts[line - 1];
  if (start === undefined) return '';
  const end = starts[line] ?? source.text.length;
  return source.text.slice(start, end).replace(/[\r\n]+$/, '');
}

/** The UTF-16 offset at which a line, counted from 1, begins. */
export function lineOffset(source: Source, line: number): number {
  return linesOf(source).starts[line - 1] ?? source.text.length;
}

interface Lines {
  readonly starts: readonly number[];
  /** UTF-8 bytes before each line. */
  readonly bytes: readonly number[];
  indexAt(offset: number): number;
}

/** One table per source: messages come in dozens, and a file may be long. */
const known = new WeakMap<Source, Lines>();

function linesOf(source: Source): Lines {
  const cached = known.get(source);
  if (cached !== undefined) return cached;
  const { text } = source;
  const starts = [0];
  const bytes = [0];
  let total = 0;
  let lineStart = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 10 && code !== 13) continue;
    if (code === 13 && text.charCodeAt(at + 1) === 10) at++;
    total += byteLength(text, lineStart, at + 1);
    lineStart = at + 1;
    starts.push(lineStart);
    bytes.push(total);
  }
  const lines: Lines = {
    starts,
    bytes,
    indexAt(offset) {
      let low = 0;
      let high = starts.length;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if ((starts[middle] ?? 0) <= offset) low = middle;
        else high = middle;
      }
      return low;
    },
  };
  known.set(source, lines);
  return lines;
}

function byteLength(text: string, from: number, to: number): number {
  let bytes = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    // The two halves of a surrogate pair make four bytes together; a half alone becomes U+FFFD, three bytes.
    else if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(at + 1))) bytes += 2;
    else if (isLowSurrogate(code) && isHighSurrogate(text.charCodeAt(at - 1))) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
