import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { Expr } from '../graph/program.ts';
import { type Bound, type Constant, fold, isConstantList, isQuantity } from './constants.ts';
import { fits } from './fits.ts';
import { errorExpr } from './scope.ts';
import type { Type } from './type.ts';
import { typeErrors } from './type-errors.ts';
import { readableQuantity } from './type-text.ts';

interface Place {
  /** What asks for the type: `` input `image` of `deskew` ``. */
  readonly where: string;
  readonly report: (diagnostic: Diagnostic) => void;
  readonly bound: Bound;
  /** Where the asked type is written, to point at. */
  readonly declared?: Span;
}

/** `expr` where a `to` is asked for: an Int becomes a Float, known values are held against ranges and unions. */
export function fitValue(expr: Expr, to: Type, place: Place): Expr {
  if (expr.type.kind === 'error' || to.kind === 'error') return expr;
  const target = to.kind === 'optional' ? to.of : to;
  if (expr.kind === 'list' && target.kind === 'list') return fitList(expr, target, place);
  if (expr.kind === 'record' && target.kind === 'record') return fitRecord(expr, target, place);
  if (!fits(expr.type, to)) {
    place.report(
      typeErrors.mismatch(expr.span, {
        expected: to,
        found: expr.type,
        where: place.where,
        expr,
        declared: place.declared,
      }),
    );
    return errorExpr(expr.span);
  }
  const value = fold(expr, place.bound);
  const problem = value === undefined ? undefined : valueProblem(value, to);
  if (problem !== undefined) {
    place.report(
      typeErrors.outside(expr.span, {
        value: constantText(value ?? null),
        expected: to,
        where: place.where,
        declared: place.declared,
      }),
    );
    return errorExpr(expr.span);
  }
  return expr.kind === 'const' && target.kind === 'float' ? { ...expr, type: target } : expr;
}

/** Why a known value is not one of the type's, where its kind is already right: a range, a union, a length. */
export function valueProblem(value: Constant, type: Type): 'outside' | undefined {
  switch (type.kind) {
    case 'optional':
      return value === null ? undefined : valueProblem(value, type.of);
    case 'int':
    case 'float':
      if (typeof value !== 'number') return undefined;
      return value < (type.min ?? -Infinity) || value > (type.max ?? Infinity) ? 'outside' : undefined;
    case 'quantity':
      if (!isQuantity(value)) return undefined;
      if (type.min !== undefined && value.magnitude.lt(type.min.magnitude)) return 'outside';
      return type.max !== undefined && value.magnitude.gt(type.max.magnitude) ? 'outside' : undefined;
    case 'literals':
      if (typeof value !== 'string' && typeof value !== 'number') return undefined;
      return type.values.includes(value) ? undefined : 'outside';
    case 'list': {
      if (!isConstantList(value)) return undefined;
      if (value.length < (type.min ?? 0) || value.length > (type.max ?? Infinity)) return 'outside';
      return value.some((item) => valueProblem(item, type.of) !== undefined) ? 'outside' : undefined;
    }
    default:
      return undefined;
  }
}

/** A known value as it would be written. */
export function constantText(value: Constant): string {
  if (value === null) return 'nothing';
  if (isQuantity(value)) return readableQuantity(value);
  if (isConstantList(value)) return `[${value.map(constantText).join(', ')}]`;
  return JSON.stringify(value);
}

function fitList(expr: Expr & { kind: 'list' }, to: Type & { kind: 'list' }, place: Place): Expr {
  const items = expr.items.map((item) => fitValue(item, to.of, place));
  if (items.length < (to.min ?? 0) || items.length > (to.max ?? Infinity)) {
    place.report(
      typeErrors.outside(expr.span, {
        value: `a list of ${items.length}`,
        expected: to,
        where: place.where,
        declared: place.declared,
      }),
    );
    return errorExpr(expr.span);
  }
  return { ...expr, items, type: { kind: 'list', of: to.of } };
}

function fitRecord(expr: Expr & { kind: 'record' }, to: Type & { kind: 'record' }, place: Place): Expr {
  for (const field of expr.fields) {
    if (to.fields.some((candidate) => candidate.name === field.name)) continue;
    place.report(
      typeErrors.noMember(field.value.span, {
        name: field.name,
        type: to,
        candidates: to.fields.map((candidate) => candidate.name),
      }),
    );
    return errorExpr(expr.span);
  }
  const missing = to.fields.find(
    (field) => field.type.kind !== 'optional' && !expr.fields.some((given) => given.name === field.name),
  );
  if (missing !== undefined) {
    place.report(
      typeErrors.mismatch(expr.span, {
        expected: to,
        found: expr.type,
        where: place.where,
        expr,
        declared: place.declared,
      }),
    );
    return errorExpr(expr.span);
  }
  const fields = expr.fields.map((field) => {
    const type = to.fields.find((candidate) => candidate.name === field.name)?.type;
    return type === undefined ? field : { name: field.name, value: fitValue(field.value, type, place) };
  });
  return { ...expr, fields, type: to };
}
