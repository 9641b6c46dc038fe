import type { TokenType } from 'chevrotain';
import type { Token } from './tokens.ts';
import * as t from './tokens.ts';

/** Whether a space stands between two tokens on one line. */
export function spaceBetween(left: Token, right: Token, beforeLeft: Token | undefined): boolean {
  if (noneAfter.has(left.tokenType) || noneBefore.has(right.tokenType)) return false;
  switch (right.tokenType) {
    case t.LParen:
      // `f(x)` is a call; `T[] (min: 1)` are the bounds of a list.
      if (left.tokenType === t.RBracket) return beforeLeft?.tokenType === t.LBracket;
      return !callable.has(left.tokenType);
    case t.LBracket:
      return !indexable.has(left.tokenType);
    case t.RBrace:
      return left.tokenType !== t.LBrace && left.tokenType !== t.LSchema;
    case t.DotDot:
      return isQuantity(left) || keywordBefore(left);
    default:
  }
  if (left.tokenType === t.DotDot)
    return isQuantity(right) || !operandStarts.has(right.tokenType) || isQuantityLeft(beforeLeft);
  if (left.tokenType === t.Prefix) return left.image !== '-';
  return true;
}

const noneAfter = new Set<TokenType>([t.LParen, t.LBracket, t.LAngle, t.Dot]);
const noneBefore = new Set<TokenType>([t.RParen, t.RBracket, t.RAngle, t.LAngle, t.Comma, t.Dot, t.Colon, t.Question]);
const callable = new Set<TokenType>([t.Identifier, t.RParen, t.Many]);
const indexable = new Set<TokenType>([
  t.Identifier,
  t.RParen,
  t.RBracket,
  t.RBrace,
  t.RAngle,
  t.Question,
  t.StringLiteral,
  t.NumberLiteral,
]);
const operandStarts = new Set<TokenType>([
  t.Identifier,
  t.NumberLiteral,
  t.StringLiteral,
  t.BoolLiteral,
  t.LParen,
  t.LBracket,
  t.Prefix,
  t.LBrace,
]);

function isQuantity(token: Token): boolean {
  return token.value?.kind === 'number' && token.value.unit !== undefined;
}

function isQuantityLeft(token: Token | undefined): boolean {
  return token !== undefined && isQuantity(token);
}

function keywordBefore(token: Token): boolean {
  return !operandEnds.has(token.tokenType);
}

const operandEnds = new Set<TokenType>([
  t.Identifier,
  t.NumberLiteral,
  t.StringLiteral,
  t.BoolLiteral,
  t.RParen,
  t.RBracket,
  t.RBrace,
]);
