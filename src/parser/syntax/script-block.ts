import { classOf, lineEnd, lineStart, pastLineBreak, QUOTE, SPACE } from './characters.ts';

export interface ReadBlock {
  readonly quotes: number;
  /** Past the closing quotes. */
  readonly end: number;
  /** The text between, CRLF as LF, without the indentation that all its lines share. */
  readonly value: string;
  readonly problem: 'unclosed' | 'on-one-line' | undefined;
}

/**
 * Where no closing line was found before, by the number of quotes: past it there is none either, and looking again each time would cost
 * quadratic time. One per text.
 */
export type Unclosed = Map<number, number>;

/**
 * Reads a script block whose three or more opening quotes start at `open`. Nothing inside is looked at: it ends at a line that holds only as
 * many quotes. An unclosed block is taken to end before the next line that starts with `}`, so that what follows is still read.
 */
export function readBlock(text: string, open: number, unclosed: Unclosed): ReadBlock {
  let start = open;
  while (text.charCodeAt(start) === QUOTE) start++;
  const quotes = start - open;
  const firstLineEnd = lineEnd(text, start);
  if (text.slice(start, firstLineEnd).trim() !== '') return onOneLine(text, { open, start, quotes, unclosed });

  const content = pastLineBreak(text, firstLineEnd);
  const close = closingLine(text, { from: content, quotes, unclosed });
  if (close !== undefined) {
    return { quotes, end: close.end, value: dedent(text.slice(content, close.line)), problem: undefined };
  }
  const brace = /^\}/gm;
  brace.lastIndex = content;
  const stop = brace.exec(text)?.index ?? text.length;
  return { quotes, end: stop, value: dedent(text.slice(content, stop)), problem: 'unclosed' };
}

function closingLine(
  text: string,
  search: { readonly from: number; readonly quotes: number; readonly unclosed: Unclosed },
): { line: number; end: number } | undefined {
  const { from, quotes, unclosed } = search;
  if (from >= (unclosed.get(quotes) ?? Number.POSITIVE_INFINITY)) return undefined;
  const mark = '"'.repeat(quotes);
  let at = from;
  for (;;) {
    const found = text.indexOf(mark, at);
    if (found < 0) {
      unclosed.set(quotes, from);
      return undefined;
    }
    let end = found + quotes;
    while (text.charCodeAt(end) === QUOTE) end++;
    const line = lineStart(text, found);
    if (end === found + quotes && isBlank(text, line, found) && isBlank(text, end, lineEnd(text, end)))
      return { line, end };
    at = end;
  }
}

/** `"""echo hi"""`: read up to the next quotes on the line, or else to the line's end. */
function onOneLine(
  text: string,
  at: { readonly open: number; readonly start: number; readonly quotes: number; readonly unclosed: Unclosed },
): ReadBlock {
  const stop = lineEnd(text, at.start);
  const mark = '"'.repeat(at.quotes);
  const sameLine = text.slice(at.start, stop).indexOf(mark);
  if (sameLine >= 0) {
    const close = at.start + sameLine;
    return {
      quotes: at.quotes,
      end: close + at.quotes,
      value: `${text.slice(at.start, close)}\n`,
      problem: 'on-one-line',
    };
  }
  const close = closingLine(text, { from: pastLineBreak(text, stop), quotes: at.quotes, unclosed: at.unclosed });
  if (close !== undefined)
    return {
      quotes: at.quotes,
      end: close.end,
      value: dedent(text.slice(at.start, close.line)),
      problem: 'on-one-line',
    };
  return { quotes: at.quotes, end: stop, value: `${text.slice(at.start, stop)}\n`, problem: 'on-one-line' };
}

function isBlank(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (classOf(text.charCodeAt(at)) !== SPACE) return false;
  return true;
}

/** The lines of a block without their common indentation; each ends in a newline. Lines of white space alone do not count. */
function dedent(content: string): string {
  const lines = content.split(/\r\n|\r|\n/);
  if (lines.at(-1)?.trim() === '') lines.pop();
  let common: string | undefined;
  for (const line of lines) {
    if (line.trim() === '') continue;
    const indentation = /^[ \t]*/.exec(line)?.[0] ?? '';
    common = common === undefined ? indentation : sharedStart(common, indentation);
  }
  if (common === undefined) return '\n'.repeat(lines.length);
  const width = common.length;
  const shared = common;
  return lines
    .map((line) => `${line.startsWith(shared) ? line.slice(width) : line.trim() === '' ? '' : line}\n`)
    .join('');
}

function sharedStart(left: string, right: string): string {
  let length = 0;
  while (length < left.length && length < right.length && left[length] === right[length]) length++;
  return left.slice(0, length);
}
