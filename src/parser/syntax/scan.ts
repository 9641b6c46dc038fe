import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import {
  BACKSLASH,
  classOf,
  DIGIT,
  isWordCode,
  LETTER,
  lineEnd,
  lineStart,
  NEWLINE,
  pastLineBreak,
  QUOTE,
  RETURN,
  SPACE,
} from './characters.ts';
import { digitsEnd, exponentEnd, isKeyAhead, looksLikeUnit, nearUnits, unitWordEnd } from './numbers.ts';
import { readBlock, type Unclosed } from './script-block.ts';
import { rawEnd, stringEnds } from './string-ends.ts';
import { syntaxErrors } from './syntax-errors.ts';
import * as t from './tokens.ts';
import { Token } from './tokens.ts';
import { isUnit } from './units.ts';

export interface Comment {
  readonly kind: 'line' | 'block' | 'doc';
  readonly start: number;
  readonly end: number;
}

/** A block of `///` lines that follow each other. */
export interface DocBlock {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** An empty line stands between the block and what follows. */
  readonly isDetached: boolean;
}

export interface Scanned {
  /** Words are all `Identifier` or `Key`; what is a keyword depends on its place, which the layout pass knows. */
  readonly tokens: Token[];
  readonly comments: readonly Comment[];
  /** The doc blocks before the first token: one of them may document the file. */
  readonly leadingDocs: readonly DocBlock[];
  readonly mistakes: Diagnostic[];
}

/** Cuts a text, or the part of it between two offsets, into tokens. Total: whatever it cannot read it reports and steps over. */
export function scan(source: Source, range: { readonly from: number; readonly to: number }): Scanned {
  const whole = source.text;
  const text = range.to < whole.length ? whole.slice(0, range.to) : whole;
  const to = text.length;
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  const mistakes: Diagnostic[] = [];
  const leadingDocs: DocBlock[] = [];
  const ends = stringEnds(text);
  const unclosedBlocks: Unclosed = new Map();

  let at = range.from;
  let lineBreak = false;
  let docs: { text: string; start: number; end: number } | undefined;
  let previous: Token | undefined;
  /** Something other than separators was read. */
  let hasBegun = false;

  const span = (start: number, end: number): Span => ({ source, start, end });

  function finishDocs(isDetached: boolean): void {
    if (docs === undefined) return;
    if (!hasBegun) leadingDocs.push({ ...docs, isDetached });
  }

  function push(type: t.TokenTypeOf, image: string, start: number, end: number): Token {
    const token = new Token(type, image, { start, end, lineBreak });
    // A separator is documented by nobody: the docs are of what comes after it.
    if (docs !== undefined && type !== t.End && type !== t.Comma) {
      finishDocs(blankLineBetween(text, docs.end, start));
      token.docs = docs.text;
      docs = undefined;
    }
    if (type !== t.End && type !== t.Comma) hasBegun = true;
    lineBreak = false;
    at = end;
    previous = token;
    tokens.push(token);
    return token;
  }

  function punctuation(type: t.TokenTypeOf, image: string): void {
    push(type, image, at, at + image.length);
  }

  /** A spelling of other languages: reported with what to write, and read as that. */
  function foreign(type: t.TokenTypeOf, length: number, meant: string): void {
    mistakes.push(syntaxErrors.foreignSpelling(span(at, at + length), text.slice(at, at + length), meant));
    push(type, meant, at, at + length);
  }

  function lineComment(): void {
    const end = lineEnd(text, at);
    const isDoc = text.charCodeAt(at + 2) === 47 && text.charCodeAt(at + 3) !== 47;
    comments.push({ kind: isDoc ? 'doc' : 'line', start: at, end });
    if (isDoc) {
      const line = text.slice(text.charCodeAt(at + 3) === 32 ? at + 4 : at + 3, end).trimEnd();
      if (docs !== undefined && !blankLineBetween(text, docs.end, at))
        docs = { text: `${docs.text}\n${line}`, start: docs.start, end };
      else {
        finishDocs(true);
        docs = { text: line, start: at, end };
      }
    } else if (!lineBreak && previous !== undefined && /^\s*\d+(\.\d+)?[\s)\],;]*$/.test(text.slice(at + 2, end))) {
      mistakes.push(syntaxErrors.divisionComment(span(at, end)));
    }
    at = end;
  }

  function blockComment(): void {
    const close = text.indexOf('*/', at + 2);
    const end = close < 0 ? to : close + 2;
    if (close < 0) mistakes.push(syntaxErrors.unclosedComment(span(at, at + 2)));
    comments.push({ kind: 'block', start: at, end });
    if (hasLineBreak(text, at, end)) lineBreak = true;
    at = end;
  }

  function word(): void {
    const start = at;
    let end = at + 1;
    while (isWordCode(text.charCodeAt(end))) end++;
    const code = text.charCodeAt(end);
    if (code === QUOTE) {
      if (end === start + 1 && text.charCodeAt(start) === 114) {
        rawString(start);
        return;
      }
      if (end - start <= 2 && /^(?:[fFbBuUR]|rb|br|fr|rf)$/.test(text.slice(start, end))) {
        mistakes.push(syntaxErrors.stringPrefix(span(start, end), text.slice(start, end)));
        at = end;
        string();
        return;
      }
    } else if (code >= 128 && isLetter(text, end)) {
      strangeWord();
      return;
    }
    push(t.Identifier, text.slice(start, end), start, end);
  }

  function strangeWord(): void {
    const match = /[\p{L}\p{M}\p{N}_]+/uy;
    match.lastIndex = at;
    const found = match.exec(text)?.[0] ?? text.charAt(at);
    mistakes.push(syntaxErrors.nameCharacters(span(at, at + found.length), found));
    push(t.Identifier, found, at, at + found.length);
  }

  function number(): void {
    const start = at;
    let end = digitsEnd(text, at);
    let isFloat = false;
    let isBroken = false;
    if (text.charCodeAt(end) === 46) {
      if ((classOf(text.charCodeAt(end + 1)) & DIGIT) !== 0) {
        isFloat = true;
        end = digitsEnd(text, end + 1);
      } else if (text.charCodeAt(end + 1) !== 46 && (classOf(text.charCodeAt(end + 1)) & LETTER) === 0) {
        mistakes.push(
          syntaxErrors.numberForm(span(start, end + 1), text.slice(start, end + 1), `${text.slice(start, end)}.0`),
        );
        isFloat = true;
        end++;
      }
    }
    const exponent = exponentEnd(text, end);
    if (exponent > end) {
      isFloat = true;
      end = exponent;
    }
    const digits = text.slice(start, end).replaceAll('_', '');

    let unitStart = end;
    while (text.charCodeAt(unitStart) === 32 || text.charCodeAt(unitStart) === 9) unitStart++;
    const unitEnd = unitWordEnd(text, unitStart);
    let unit: { text: string; start: number; end: number } | undefined;
    if (unitEnd > unitStart) {
      const name = text.slice(unitStart, unitEnd);
      if (isUnit(name) && !isKeyAhead(text, unitEnd)) unit = { text: name, start: unitStart, end: unitEnd };
      else if (unitStart === end && (isKeyAhead(text, unitEnd) || nameWords.has(previous?.image ?? ''))) {
        const written = text.slice(start, unitEnd);
        mistakes.push(syntaxErrors.nameCharacters(span(start, unitEnd), written));
        push(isKeyAhead(text, unitEnd) ? t.Key : t.Identifier, written, start, unitEnd);
        return;
      } else if (unitStart === end && /^0[xXbBoO][0-9A-Fa-f]+$/.test(text.slice(start, unitEnd))) {
        const written = text.slice(start, unitEnd);
        mistakes.push(syntaxErrors.numberForm(span(start, unitEnd), written, String(Number(written))));
        isBroken = true;
        end = unitEnd;
      } else if (unitStart === end || looksLikeUnit(text, name, unitEnd)) {
        mistakes.push(syntaxErrors.unknownUnit(span(unitStart, unitEnd), name, nearUnits(name)));
        isBroken = true;
        end = unitEnd;
      }
    }
    const token = push(t.NumberLiteral, '', start, unit === undefined ? end : unit.end);
    token.value = { kind: 'number', text: digits, isFloat, isBroken, ...(unit === undefined ? {} : { unit }) };
  }

  function string(): void {
    if (text.charCodeAt(at + 1) === QUOTE && text.charCodeAt(at + 2) === QUOTE) {
      block();
      return;
    }
    const close = ends.closingQuote(at);
    if (close < 0) {
      unclosedString(at, { contentStart: at + 1, isRaw: false });
      return;
    }
    pushString(at, { contentStart: at + 1, contentEnd: close, end: close + 1, isRaw: false });
  }

  function rawString(start: number): void {
    const close = rawEnd(text, start + 2);
    if (close < 0) {
      unclosedString(start, { contentStart: start + 2, isRaw: true });
      return;
    }
    pushString(start, { contentStart: start + 2, contentEnd: close, end: close + 1, isRaw: true });
  }

  function pushString(
    start: number,
    parts: { contentStart: number; contentEnd: number; end: number; isRaw: boolean },
  ): void {
    const token = push(t.StringLiteral, '', start, parts.end);
    token.value = { kind: 'string', isRaw: parts.isRaw, rawStart: parts.contentStart, rawEnd: parts.contentEnd };
  }

  /** Brackets that close something opened before the text most likely do not belong to it, so they are not swallowed. */
  function unclosedString(start: number, parts: { contentStart: number; isRaw: boolean }): void {
    const end = guessStringEnd(text, parts.contentStart);
    mistakes.push(syntaxErrors.unclosedString(span(start, end)));
    pushString(start, { contentStart: parts.contentStart, contentEnd: end, end, isRaw: parts.isRaw });
  }

  function singleQuoted(quote: "'" | '`'): void {
    const stop = lineEnd(text, at);
    const code = quote.charCodeAt(0);
    if (text.startsWith(quote.repeat(3), at)) {
      foreignBlock(quote.repeat(3));
      return;
    }
    let close = at + 1;
    while (close < stop && text.charCodeAt(close) !== code) close += text.charCodeAt(close) === BACKSLASH ? 2 : 1;
    if (close >= stop) {
      mistakes.push(syntaxErrors.strayCharacters(span(at, at + 1), quote));
      at++;
      return;
    }
    const content = text.slice(at + 1, close);
    mistakes.push(syntaxErrors.singleQuotes(span(at, close + 1), content));
    pushString(at, { contentStart: at + 1, contentEnd: close, end: close + 1, isRaw: false });
  }

  /** `'''` around a script, as Python and Nextflow have it. */
  function foreignBlock(quotes: string): void {
    const close = text.indexOf(quotes, at + 3);
    const end = close < 0 ? lineEnd(text, at) : close + 3;
    mistakes.push(syntaxErrors.blockQuotes(span(at, at + 3)));
    const token = push(t.Block, '', at, end);
    token.value = { kind: 'block', text: '' };
  }

  function typographicQuoted(): void {
    const stop = lineEnd(text, at);
    const match = /[“”„»"]/g;
    match.lastIndex = at + 1;
    const close = match.exec(text)?.index ?? stop;
    const end = Math.min(close, stop);
    mistakes.push(syntaxErrors.typographicQuotes(span(at, Math.min(end + 1, stop)), text.slice(at + 1, end)));
    pushString(at, { contentStart: at + 1, contentEnd: end, end: Math.min(end + 1, stop), isRaw: false });
  }

  function block(): void {
    const read = readBlock(text, at, unclosedBlocks);
    if (read.problem === 'unclosed') mistakes.push(syntaxErrors.unclosedBlock(span(at, at + read.quotes), read.quotes));
    else if (read.problem === 'on-one-line') mistakes.push(syntaxErrors.blockQuotes(span(at, read.end)));
    const token = push(t.Block, '', at, read.end);
    token.value = { kind: 'block', text: read.value };
  }

  function stray(): void {
    let end = at;
    while (end < to && isStray(text, end)) end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
    if (end === at) end = at + 1;
    mistakes.push(syntaxErrors.strayCharacters(span(at, end), text.slice(at, end)));
    // A backslash at the end of the line was meant to let it go on.
    const next = text.charCodeAt(end);
    at =
      text.charCodeAt(end - 1) === BACKSLASH && (next === NEWLINE || next === RETURN) ? pastLineBreak(text, end) : end;
  }

  while (at < to) {
    const code = text.charCodeAt(at);
    const kind = classOf(code);
    if (kind === SPACE) at++;
    else if (code === NEWLINE || code === RETURN) {
      lineBreak = true;
      at = pastLineBreak(text, at);
    } else if (kind === LETTER) word();
    else if (kind === DIGIT) number();
    else {
      const next = text.charCodeAt(at + 1);
      switch (code) {
        case QUOTE:
          string();
          break;
        case 40:
          punctuation(t.LParen, '(');
          break;
        case 41:
          punctuation(t.RParen, ')');
          break;
        case 91:
          punctuation(t.LBracket, '[');
          break;
        case 93:
          punctuation(t.RBracket, ']');
          break;
        case 123:
          punctuation(t.LBrace, '{');
          break;
        case 125:
          punctuation(t.RBrace, '}');
          break;
        case 44:
          punctuation(t.Comma, ',');
          break;
        case 59:
          punctuation(t.End, ';');
          break;
        case 58: // :
          if (next === 61) foreign(t.Assign, 2, '=');
          else {
            if (previous !== undefined && previous.tokenType === t.Identifier) previous.become(t.Key);
            punctuation(t.Colon, ':');
          }
          break;
        case 46: // .
          if (next !== 46) {
            if ((classOf(next) & DIGIT) !== 0 && !touches(previous, at)) {
              const end = digitsEnd(text, at + 1);
              mistakes.push(syntaxErrors.numberForm(span(at, end), text.slice(at, end), `0${text.slice(at, end)}`));
              const token = push(t.NumberLiteral, '', at, end);
              token.value = {
                kind: 'number',
                text: `0${text.slice(token.startOffset, end)}`,
                isFloat: true,
                isBroken: false,
              };
            } else punctuation(t.Dot, '.');
          } else if (text.charCodeAt(at + 2) === 46) punctuation(t.Ellipsis, '...');
          else punctuation(t.DotDot, '..');
          break;
        case 61: // =
          if (next === 61) {
            if (text.charCodeAt(at + 2) === 61) foreign(t.Operator, 3, '==');
            else punctuation(t.Operator, '==');
          } else if (next === 62) foreign(t.Colon, 2, ':');
          else if (next === 126) foreign(t.Operator, 2, '~');
          else punctuation(t.Assign, '=');
          break;
        case 33: // !
          if (next === 61) {
            if (text.charCodeAt(at + 2) === 61) foreign(t.Operator, 3, '!=');
            else punctuation(t.Operator, '!=');
          } else foreign(t.Prefix, 1, 'not');
          break;
        case 60: // <
          if (next === 61) punctuation(t.Operator, '<=');
          else if (next === 62) foreign(t.Operator, 2, '!=');
          else punctuation(t.Operator, '<');
          break;
        case 62: // >
          if (next === 61) punctuation(t.Operator, '>=');
          else punctuation(t.Operator, '>');
          break;
        case 124: // |
          if (next === 62) punctuation(t.PipeTo, '|>');
          else if (next === 124) foreign(t.Operator, 2, 'or');
          else punctuation(t.Bar, '|');
          break;
        case 38: // &
          if (next === 38) foreign(t.Operator, 2, 'and');
          else foreign(t.Operator, 1, 'and');
          break;
        case 43: // +
          if (next === 43) punctuation(t.PlusPlus, '++');
          else punctuation(t.Operator, '+');
          break;
        case 45: // -
          if (next === 62) punctuation(t.Arrow, '->');
          else punctuation(t.Operator, '-');
          break;
        case 42: // *
          if (next === 42) punctuation(t.Operator, '**');
          else punctuation(t.Operator, '*');
          break;
        case 47: // /
          if (next === 47) lineComment();
          else if (next === 42) blockComment();
          else punctuation(t.Operator, '/');
          break;
        case 37:
          punctuation(t.Operator, '%');
          break;
        case 126:
          punctuation(t.Operator, '~');
          break;
        case 63: // ?
          if (next === 63) punctuation(t.Operator, '??');
          else {
            if (next === 58 && previous !== undefined && previous.tokenType === t.Identifier) previous.become(t.Key);
            punctuation(t.Question, '?');
          }
          break;
        case 35: {
          const end = lineEnd(text, at);
          mistakes.push(syntaxErrors.hashComment(span(at, at + 1)));
          comments.push({ kind: 'line', start: at, end });
          at = end;
          break;
        }
        case 39:
          singleQuoted("'");
          break;
        case 96:
          singleQuoted('`');
          break;
        case 0x2026:
          punctuation(t.Ellipsis, '…');
          break;
        case 0xfeff:
        case 0xa0:
        case 0x2028:
        case 0x2029:
          at++;
          break;
        case 0x201c:
        case 0x201d:
        case 0x201e:
        case 0xab:
          typographicQuoted();
          break;
        case 0x2264:
          foreign(t.Operator, 1, '<=');
          break;
        case 0x2265:
          foreign(t.Operator, 1, '>=');
          break;
        case 0x2260:
          foreign(t.Operator, 1, '!=');
          break;
        case 0xd7:
          foreign(t.Operator, 1, '*');
          break;
        case 0x2013:
        case 0x2212:
          foreign(t.Operator, 1, '-');
          break;
        case 0x2192:
          foreign(t.Arrow, 1, '->');
          break;
        default:
          if (code >= 128 && isLetter(text, at)) strangeWord();
          else stray();
      }
    }
  }
  if (docs !== undefined) finishDocs(true);
  return { tokens, comments, leadingDocs, mistakes };
}

/** After these a name stands. */
const nameWords = new Set('let emit process workflow type as'.split(' '));

function touches(previous: Token | undefined, at: number): boolean {
  return previous !== undefined && previous.end === at;
}

function isLetter(text: string, at: number): boolean {
  return /^[\p{L}\p{M}\p{N}]/u.test(String.fromCodePoint(text.codePointAt(at) ?? 0));
}

function isStray(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128)
    return code < 32
      ? code !== 9 && code !== NEWLINE && code !== RETURN && code !== 11 && code !== 12
      : code === 64 || code === 36 || code === 94 || code === BACKSLASH || code === 127;
  if (code === 0xa0 || code === 0xfeff || code === 0x2026) return false;
  return !isLetter(text, at);
}

function hasLineBreak(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || code === RETURN) return true;
  }
  return false;
}

/** At least one line without anything on it between two offsets that hold only white space and comments between them. */
function blankLineBetween(text: string, from: number, to: number): boolean {
  let breaks = 0;
  let at = from;
  while (at < to) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || code === RETURN) {
      breaks++;
      if (breaks >= 2) return true;
      at = pastLineBreak(text, at);
    } else {
      if (classOf(code) !== SPACE) breaks = 0;
      at++;
    }
  }
  return false;
}

function guessStringEnd(text: string, from: number): number {
  const stop = lineEnd(text, from);
  const open: string[] = [];
  for (let at = from; at < stop; at++) {
    const character = text.charAt(at);
    if (character === '(' || character === '[' || character === '{') open.push(character);
    else if (character === ')' || character === ']' || character === '}') {
      const partner = character === ')' ? '(' : character === ']' ? '[' : '{';
      if (open.at(-1) === partner) open.pop();
      else return at;
    }
  }
  return text.slice(from, stop).trimEnd().length + from;
}

/** Used by the layout pass to compare indentation. */
export function columnOf(text: string, at: number): number {
  return at - lineStart(text, at);
}
