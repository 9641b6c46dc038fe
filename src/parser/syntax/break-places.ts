import type { TokenType } from 'chevrotain';
import { operatorStrength } from './precedence.ts';
import type { Token } from './tokens.ts';
import * as t from './tokens.ts';

/** A stretch of the token list. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The stretches between separators of one kind, brackets skipped. */
export function split(tokens: readonly Token[], range: Range, separator: TokenType): Range[] {
  const found: Range[] = [];
  let start = range.from;
  for (let at = range.from; at < range.to; at = after(tokens, at)) {
    if (tokens[at]?.tokenType !== separator) continue;
    if (at > start) found.push({ from: start, to: at });
    start = at + 1;
  }
  if (range.to > start) found.push({ from: start, to: range.to });
  return found;
}

/** The place after a token, or after the bracket that it opens. */
export function after(tokens: readonly Token[], at: number): number {
  const partner = tokens[at]?.partner ?? -1;
  return partner > at ? partner + 1 : at + 1;
}

/** Where the links of a chain begin. */
export function links(tokens: readonly Token[], range: Range): number[] {
  const found: number[] = [];
  let clause: Token | undefined;
  for (let at = range.from; at < range.to; at = after(tokens, at)) {
    const token = tokens[at];
    if (token === undefined || at === range.from || !linkStarts.has(token.tokenType)) continue;
    if (token.tokenType === t.Order && (clause?.tokenType === t.Group || clause?.tokenType === t.Window)) continue;
    found.push(at);
    clause = token;
  }
  return found;
}

/** The operators, `|` and `else` after which the line may end: those that bind loosest. */
export function operatorBreaks(tokens: readonly Token[], range: Range): ReadonlySet<number> {
  const found: { at: number; strength: number }[] = [];
  for (let at = range.from; at < range.to - 1; at = after(tokens, at)) {
    const token = tokens[at];
    if (token?.tokenType === t.Operator && !token.image.endsWith('in'))
      found.push({ at, strength: operatorStrength(token.image) });
    else if (token?.tokenType === t.Bar) found.push({ at, strength: 0 });
    else if (token?.tokenType === t.Else || token?.tokenType === t.Then) found.push({ at, strength: -1 });
  }
  const loosest = Math.min(...found.map((one) => one.strength));
  return new Set(found.filter((one) => one.strength === loosest).map((one) => one.at));
}

const linkStarts = new Set([
  t.Then,
  t.Else,
  t.PipeTo,
  t.PlusPlus,
  t.Cross,
  t.Where,
  t.Group,
  t.Order,
  t.Tag,
  t.Untag,
  t.Pivot,
  t.Window,
  t.Select,
  t.Matching,
  t.After,
  t.To,
]);
