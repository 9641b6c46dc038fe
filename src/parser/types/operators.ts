import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expr } from '../graph/program.ts';
import type * as Ast from '../syntax/ast.ts';
import { boolType, common, errorType, floatType, intType, isIntLike, isNumeric, isText, strType } from './fits.ts';
import type { Type } from './type.ts';
import { typeErrors } from './type-errors.ts';

/** Operators that give Bool and may not be chained. */
export const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', '~']);

interface Operands {
  readonly left: Expr;
  readonly right: Expr;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** The type that `left operator right` gives, `error` after a report. `??` is typed by its caller. */
export function binaryType(ast: Ast.Expr & { kind: 'binary' }, operands: Operands): Type {
  const { left, right, report } = operands;
  const [a, b] = [left.type, right.type];
  if (a.kind === 'error' || b.kind === 'error') return isLogical(ast.operator) ? boolType : errorType;
  for (const [type, side] of [
    [a, ast.left],
    [b, ast.right],
  ] as const) {
    if (type.kind !== 'optional') continue;
    report(typeErrors.maybeAbsent(side.span, { type, path: side.kind === 'name' ? side.name : undefined }));
    return errorType;
  }
  const type = typeOf(ast.operator, { a, b, left, right });
  if (type !== undefined) {
    checkLiterals(ast, operands);
    return type;
  }
  report(typeErrors.operands(ast.span, { operator: ast.operator, left: a, right: b }));
  return errorType;
}

const isLogical = (operator: Ast.BinaryOperator): boolean => operator === 'and' || operator === 'or';

function typeOf(
  operator: Ast.BinaryOperator,
  given: { readonly a: Type; readonly b: Type; readonly left: Expr; readonly right: Expr },
): Type | undefined {
  const { a, b } = given;
  switch (operator) {
    case 'and':
    case 'or':
      return a.kind === 'bool' && b.kind === 'bool' ? boolType : undefined;
    case '==':
    case '!=':
      return comparable(a, b) ? boolType : undefined;
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(a, b) ? boolType : undefined;
    case 'in':
      if (b.kind === 'list') return comparable(a, b.of) ? boolType : undefined;
      return isText(a) && isText(b) ? boolType : undefined;
    case '~':
      return isText(a) && isText(b) ? boolType : undefined;
    case '+':
      if (isText(a) && isText(b)) return strType;
      if (a.kind === 'list' && b.kind === 'list') return common(a, b);
      return sum(a, b);
    case '-':
      return sum(a, b);
    case '*':
      if (a.kind === 'quantity' && isNumeric(b)) return { kind: 'quantity', dimension: a.dimension };
      if (isNumeric(a) && b.kind === 'quantity') return { kind: 'quantity', dimension: b.dimension };
      return number(a, b);
    case '/':
      if (a.kind === 'quantity' && b.kind === 'quantity') return a.dimension === b.dimension ? floatType : undefined;
      if (a.kind === 'quantity' && isNumeric(b)) return { kind: 'quantity', dimension: a.dimension };
      return isNumeric(a) && isNumeric(b) ? floatType : undefined;
    case '%':
      return number(a, b);
    case '**':
      return power(given);
    case '??':
      return undefined;
  }
}

/** As in Python, an Int to a power that is not negative is an Int. */
function power(given: { readonly a: Type; readonly b: Type; readonly right: Expr }): Type | undefined {
  const { a, b, right } = given;
  if (!isNumeric(a) || !isNumeric(b)) return undefined;
  const natural =
    (b.kind === 'int' && (b.min ?? -1) >= 0) ||
    (right.kind === 'const' && Number.isInteger(right.value) && Number(right.value) >= 0);
  return isIntLike(a) && isIntLike(b) && natural ? intType : floatType;
}

function number(a: Type, b: Type): Type | undefined {
  if (!isNumeric(a) || !isNumeric(b)) return undefined;
  return isIntLike(a) && isIntLike(b) ? intType : floatType;
}

function sum(a: Type, b: Type): Type | undefined {
  if (a.kind === 'quantity' && b.kind === 'quantity') {
    return a.dimension === b.dimension ? { kind: 'quantity', dimension: a.dimension } : undefined;
  }
  return number(a, b);
}

function comparable(a: Type, b: Type): boolean {
  if (a.kind === 'error' || b.kind === 'error') return true;
  if (a.kind === 'list' && b.kind === 'list') return comparable(a.of, b.of);
  return ordered(a, b) || (a.kind === 'bool' && b.kind === 'bool');
}

function ordered(a: Type, b: Type): boolean {
  if (a.kind === 'quantity' && b.kind === 'quantity') return a.dimension === b.dimension;
  return (isNumeric(a) && isNumeric(b)) || (isText(a) && isText(b));
}

/** `mode == "mxa"` can never be true where `mode` is `"max" | "mean"`; a regular expression must be one. */
function checkLiterals(ast: Ast.Expr & { kind: 'binary' }, operands: Operands): void {
  const { left, right, report } = operands;
  if (ast.operator === '~') {
    if (right.kind === 'const' && typeof right.value === 'string') {
      const problem = regexProblem(right.value);
      if (problem !== undefined) report(typeErrors.badRegex(right.span, { problem }));
    }
    return;
  }
  if (ast.operator !== '==' && ast.operator !== '!=') return;
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (one.type.kind !== 'literals' || other.kind !== 'const') continue;
    const { value } = other;
    if ((typeof value === 'string' || typeof value === 'number') && !one.type.values.includes(value)) {
      report(typeErrors.neverEqual(other.span, { value: JSON.stringify(value), values: one.type.values }));
    }
  }
}

/** Why a text is no regular expression; `undefined` where it is one. */
export function regexProblem(source: string): string | undefined {
  try {
    new RegExp(source, 'u');
    return undefined;
  } catch (problem) {
    return problem instanceof Error ? problem.message.replace(/^Invalid regular expression: /, '') : String(problem);
  }
}
