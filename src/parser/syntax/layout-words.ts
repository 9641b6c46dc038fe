import type { TokenType } from 'chevrotain';
import type { BlockKind, Token } from './tokens.ts';
import * as t from './tokens.ts';

/** Tokens after which an operand, a type or a name has been said in full. */
export const complete = new Set<TokenType>([
  t.Identifier,
  t.NumberLiteral,
  t.StringLiteral,
  t.BoolLiteral,
  t.Block,
  t.ErrorToken,
  t.RParen,
  t.RBracket,
  t.RBrace,
  t.RAngle,
  t.Question,
  t.Named,
  t.Asc,
  t.Desc,
]);

const clauses = new Set<TokenType>([
  t.Where,
  t.Group,
  t.Order,
  t.By,
  t.Keep,
  t.Over,
  t.Tag,
  t.Untag,
  t.Pivot,
  t.Window,
  t.Select,
  t.Matching,
  t.After,
  t.To,
  t.As,
  t.Cross,
  t.From,
  t.Then,
  t.Else,
]);

/** Words that are keywords after a complete operand and names everywhere else. */
export const infixWords = new Set<TokenType>([...clauses, t.On, t.Backoff, t.Asc, t.Desc, t.Named, t.Matches]);

export const hardWords = new Set(['and', 'or', 'in', 'then', 'else']);

export const continuingWords = new Set(
  'cross then else and or where group order tag untag pivot window select matching over keep after to as'.split(' '),
);

/** A line that ends in one of these goes on. */
export const goesOnAfter = new Set<TokenType>([
  t.Operator,
  t.Prefix,
  t.PipeTo,
  t.PlusPlus,
  t.Assign,
  t.Colon,
  t.Arrow,
  t.Bar,
  t.Dot,
  t.IfExpression,
  t.Each,
]);

const declarationWords = new Set('edition import params process workflow type test'.split(' '));
export const sectionWords = new Set(
  'input output uses files resources environment retry on_error limit cache label script stub exec'.split(' '),
);
export const statementWords = new Set('let publish emit assert expect if'.split(' '));
export const schemaCalls = new Set('sheet catalog results omero url s3 rows'.split(' '));

export function entryKeyword(block: BlockKind, token: Token, next: Token | undefined): TokenType | undefined {
  const words =
    block === 'file'
      ? declarationWords
      : block === 'process'
        ? sectionWords
        : block === 'statements'
          ? statementWords
          : undefined;
  if (words === undefined || !words.has(token.image)) return undefined;
  if (next !== undefined && next.tokenType === t.Dot) return undefined;
  return t.keywordType(token.image);
}

export function isClause(token: Token): boolean {
  return clauses.has(token.tokenType);
}

/** After these a name stands, whatever the word. */
export function isNamePlace(previous: Token | undefined): boolean {
  switch (previous?.tokenType) {
    case t.Let:
    case t.Emit:
    case t.Process:
    case t.Workflow:
    case t.Type:
    case t.OnError:
    case t.Cache:
    case t.Label:
    case t.Script:
    case t.Stub:
      return true;
    default:
      return false;
  }
}

export function startsOperand(token: Token): boolean {
  switch (token.tokenType) {
    case t.Identifier:
    case t.Key:
    case t.NumberLiteral:
    case t.StringLiteral:
    case t.BoolLiteral:
    case t.Block:
      return true;
    default:
      return false;
  }
}
