import type { TokenType } from 'chevrotain';
import type { Token } from './tokens.ts';
import * as t from './tokens.ts';

export function closerText(type: TokenType): string {
  return type === t.RParen ? ')' : type === t.RBracket ? ']' : type === t.RBrace ? '}' : '>';
}

/** Whether the brackets match as they stand; `<` is not looked at, for it is also an operator. */
export function isBalanced(raw: readonly Token[]): boolean {
  const open: TokenType[] = [];
  for (const token of raw) {
    switch (token.tokenType) {
      case t.LParen:
        open.push(t.RParen);
        break;
      case t.LBracket:
        open.push(t.RBracket);
        break;
      case t.LBrace:
        open.push(t.RBrace);
        break;
      case t.RParen:
      case t.RBracket:
      case t.RBrace:
        if (open.pop() !== token.tokenType) return false;
        break;
      default:
    }
  }
  return open.length === 0;
}
