import { sliceOf } from '../names/wording.ts';
import type * as Ast from '../syntax/ast.ts';

/** `1..5 min`: the unit of one end was meant for both. */
export function borrowedUnit(
  from: Ast.Expr | undefined,
  to: Ast.Expr | undefined,
): { readonly unit: string; readonly text: string } | undefined {
  if (from === undefined || to === undefined) return undefined;
  const isNumber = (end: Ast.Expr): boolean => end.kind === 'int' || end.kind === 'float';
  if (isNumber(from) && to.kind === 'quantity') {
    return { unit: to.unit.text, text: `${sliceOf(from.span)} ${to.unit.text}..${sliceOf(to.span)}` };
  }
  if (from.kind === 'quantity' && isNumber(to)) {
    return { unit: from.unit.text, text: `${sliceOf(from.span)}..${sliceOf(to.span)} ${from.unit.text}` };
  }
  return undefined;
}
