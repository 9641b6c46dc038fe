import type { Token } from './tokens.ts';
import * as t from './tokens.ts';

/**
 * Beginnings that can stand in one kind of place only, whatever brackets are open: where the brackets of a text do not match, they show
 * which was left open.
 */
export function startsDeclaration(token: Token, next: Token | undefined, after: Token | undefined): boolean {
  if (token.tokenType !== t.Identifier || next === undefined) return false;
  switch (token.image) {
    case 'params':
      return next.tokenType === t.LBrace;
    case 'process':
      return next.tokenType === t.Identifier && after?.tokenType === t.LBrace;
    case 'workflow':
      return (
        next.tokenType === t.LBrace ||
        (next.tokenType === t.Identifier && (after?.tokenType === t.LBrace || after?.tokenType === t.LParen))
      );
    case 'type':
      return next.tokenType === t.Identifier && after?.tokenType === t.Assign;
    case 'test':
      return next.tokenType === t.StringLiteral && after?.tokenType === t.LBrace;
    case 'import':
      return next.tokenType === t.LBrace || next.image === '*' || next.image === 'tool';
    default:
      return false;
  }
}

export function startsSection(token: Token, next: Token | undefined, after: Token | undefined): boolean {
  if (token.tokenType !== t.Identifier || next === undefined) return false;
  switch (token.image) {
    case 'input':
    case 'output':
    case 'resources':
    case 'environment':
      return next.tokenType === t.LBrace;
    case 'script':
    case 'stub':
      return next.tokenType === t.Identifier && (after?.tokenType === t.Block || after?.image === 'from');
    case 'uses':
      return next.tokenType === t.LParen && token.end < next.startOffset;
    case 'retry':
    case 'limit':
      return next.tokenType === t.NumberLiteral;
    default:
      return false;
  }
}

export function startsStatement(token: Token, next: Token | undefined, after: Token | undefined): boolean {
  if (token.tokenType !== t.Identifier || next === undefined) return false;
  switch (token.image) {
    case 'let':
    case 'emit':
      return next.tokenType === t.Identifier && after?.tokenType === t.Assign;
    case 'publish':
    case 'assert':
    case 'expect':
      return next.tokenType === t.Identifier || next.tokenType === t.StringLiteral;
    default:
      return false;
  }
}
