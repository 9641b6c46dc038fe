import { BACKSLASH, CLOSE_BRACE, isWordCode, NEWLINE, OPEN_BRACE, QUOTE, RETURN } from './characters.ts';

/**
 * Finds where a text in double quotes ends. Inside `{ }` an expression stands, and it may hold texts of its own
 * (`"{join("a")}"`), so the first quote is not always the last. Where the braces do not close on the line, the first quote it is.
 */
export interface StringEnds {
  /** The offset of the closing quote of the text whose opening quote is at `open`, or -1 where the line ends first. */
  closingQuote(open: number): number;
}

/** Past these, holes are no longer looked into: what no person writes must not cost quadratic time. */
const MAX_NESTING = 4;
const MAX_FAILURES = 32;

export function stringEnds(text: string): StringEnds {
  let failedLine = -1;
  let failures = 0;

  return {
    closingQuote(open) {
      if (failures >= MAX_FAILURES && open < failedLine) return plainEnd(text, open + 1);
      const end = interpolatedEnd(text, open + 1, 0);
      if (end >= 0) return end;
      const stop = -end - 1;
      failures = stop === failedLine ? failures + 1 : 1;
      failedLine = stop;
      return plainEnd(text, open + 1);
    },
  };
}

/** The closing quote with holes respected, or `-(offset of the line end) - 1` where that leads nowhere. */
function interpolatedEnd(text: string, from: number, nesting: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === NEWLINE || code === RETURN) return -at - 1;
    if (code === BACKSLASH) at += 2;
    else if (code === OPEN_BRACE) {
      const close = holeEnd(text, at + 1, nesting);
      if (close < 0) return close;
      at = close + 1;
    } else at++;
  }
  return -text.length - 1;
}

/**
 * The offset of the `}` that closes the hole whose content starts at `from`, or a negative number where the line ends first.
 */
export function holeEnd(text: string, from: number, nesting: number): number {
  let depth = 1;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || code === RETURN) return -at - 1;
    if (code === OPEN_BRACE) depth++;
    else if (code === CLOSE_BRACE) {
      depth--;
      if (depth === 0) return at;
    } else if (code === QUOTE) {
      const end = nestedEnd(text, at, nesting);
      if (end < 0) return end;
      at = end;
    }
    at++;
  }
  return -text.length - 1;
}

function nestedEnd(text: string, open: number, nesting: number): number {
  if (nesting >= MAX_NESTING) return plainEndOrFailure(text, open + 1);
  if (isRawPrefix(text, open)) return rawEndOrFailure(text, open + 1);
  return interpolatedEnd(text, open + 1, nesting + 1);
}

/** `r` directly before the quote, and not as the end of a longer word. */
export function isRawPrefix(text: string, open: number): boolean {
  return text.charCodeAt(open - 1) === 114 && !isWordCode(text.charCodeAt(open - 2));
}

/** The closing quote of `r"…"`, or -1. */
export function rawEnd(text: string, from: number): number {
  const end = rawEndOrFailure(text, from);
  return end < 0 ? -1 : end;
}

function rawEndOrFailure(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === NEWLINE || code === RETURN) return -at - 1;
  }
  return -text.length - 1;
}

function plainEnd(text: string, from: number): number {
  const end = plainEndOrFailure(text, from);
  return end < 0 ? -1 : end;
}

function plainEndOrFailure(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === NEWLINE || code === RETURN) return -at - 1;
    at += code === BACKSLASH ? 2 : 1;
  }
  return -text.length - 1;
}
