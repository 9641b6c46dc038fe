import Big from 'big.js';
import type { Expr } from '../graph/program.ts';
import type { Quantity } from './quantity.ts';

/** A value known while checking. */
export type Constant = null | boolean | number | string | Quantity | readonly Constant[];

/** The bound value of a param; `undefined` where it is not known while checking (a file). */
export type Bound = (param: string) => Expr | undefined;

/**
 * The value of an expression over constants and params, as far as checking needs it: tests of `if`, values against
 * ranges and unions. `undefined` where it depends on data, or on a function that only the engine computes.
 */
export function fold(expr: Expr, bound: Bound): Constant | undefined {
  switch (expr.kind) {
    case 'const':
      return expr.type.kind === 'error' ? undefined : expr.value;
    case 'param': {
      const value = bound(expr.name);
      return value && fold(value, bound);
    }
    case 'list': {
      const items: Constant[] = [];
      for (const item of expr.items) {
        const value = fold(item, bound);
        if (value === undefined) return undefined;
        items.push(value);
      }
      return items;
    }
    case 'if': {
      const test = fold(expr.test, bound);
      return typeof test === 'boolean' ? fold(test ? expr.then : expr.else, bound) : undefined;
    }
    case 'text': {
      let text = '';
      for (const part of expr.parts) {
        if (typeof part === 'string') text += part;
        else {
          const value = part.format === undefined ? fold(part.value, bound) : undefined;
          if (typeof value !== 'string' && !(typeof value === 'number' && Number.isInteger(value))) return undefined;
          text += String(value);
        }
      }
      return text;
    }
    case 'unary': {
      const of = fold(expr.of, bound);
      if (expr.operator === 'not') return typeof of === 'boolean' ? !of : undefined;
      if (typeof of === 'number') return -of;
      return isQuantity(of) ? { ...of, magnitude: of.magnitude.neg() } : undefined;
    }
    case 'binary':
      return foldBinary(expr, bound);
    case 'apply':
      return foldCall(expr, bound);
    default:
      return undefined;
  }
}

export function isQuantity(value: Constant | undefined): value is Quantity {
  return typeof value === 'object' && value !== null && 'magnitude' in value;
}

export const isConstantList = (value: Constant | undefined): value is readonly Constant[] => Array.isArray(value);

function foldBinary(expr: Expr & { kind: 'binary' }, bound: Bound): Constant | undefined {
  const left = fold(expr.left, bound);
  const { operator } = expr;
  if (operator === 'and' || operator === 'or') {
    if (typeof left === 'boolean' && left === (operator === 'or')) return left;
    const right = fold(expr.right, bound);
    if (typeof right === 'boolean' && right === (operator === 'or')) return right;
    return typeof left === 'boolean' ? right : undefined;
  }
  if (operator === '??') return left === null ? fold(expr.right, bound) : left;
  const right = fold(expr.right, bound);
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case '==':
      return same(left, right);
    case '!=':
      return !same(left, right);
    case 'in':
      if (isConstantList(right)) return right.some((item) => same(item, left));
      return typeof left === 'string' && typeof right === 'string' ? right.includes(left) : undefined;
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const order = compare(left, right);
      if (order === undefined) return undefined;
      return operator === '<' ? order < 0 : operator === '<=' ? order <= 0 : operator === '>' ? order > 0 : order >= 0;
    }
    default:
      return arithmetic(operator, left, right);
  }
}

function arithmetic(operator: string, left: Constant, right: Constant): Constant | undefined {
  if (typeof left === 'string' && typeof right === 'string') return operator === '+' ? left + right : undefined;
  if (isConstantList(left) && isConstantList(right)) return operator === '+' ? [...left, ...right] : undefined;
  if (isQuantity(left) && isQuantity(right)) {
    if (operator === '+') return { ...left, magnitude: left.magnitude.plus(right.magnitude) };
    if (operator === '-') return { ...left, magnitude: left.magnitude.minus(right.magnitude) };
    return operator === '/' && !right.magnitude.eq(0) ? left.magnitude.div(right.magnitude).toNumber() : undefined;
  }
  if (isQuantity(left) && typeof right === 'number' && Number.isFinite(right)) {
    if (operator === '*') return { ...left, magnitude: left.magnitude.times(new Big(right)) };
    return operator === '/' && right !== 0 ? { ...left, magnitude: left.magnitude.div(new Big(right)) } : undefined;
  }
  if (typeof left === 'number' && isQuantity(right)) return operator === '*' ? arithmetic('*', right, left) : undefined;
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? undefined : left / right;
    case '%':
      return right === 0 ? undefined : left - right * Math.floor(left / right);
    case '**':
      return left ** right;
    default:
      return undefined;
  }
}

function foldCall(expr: Expr & { kind: 'apply' }, bound: Bound): Constant | undefined {
  const args = expr.args.map((arg) => fold(arg, bound));
  const [first] = args;
  if (first === undefined) return undefined;
  switch (expr.function) {
    case 'present':
      return first !== null;
    case 'len':
      return typeof first === 'string' ? [...first].length : isConstantList(first) ? first.length : undefined;
    case 'upper':
      return typeof first === 'string' ? first.toUpperCase() : undefined;
    case 'lower':
      return typeof first === 'string' ? first.toLowerCase() : undefined;
    default:
      return undefined;
  }
}

function same(a: Constant, b: Constant): boolean {
  if (isConstantList(a) && isConstantList(b)) {
    return a.length === b.length && a.every((item, at) => b[at] !== undefined && same(item, b[at]));
  }
  if (isQuantity(a) && isQuantity(b)) return a.dimension === b.dimension && a.magnitude.eq(b.magnitude);
  return a === b;
}

function compare(a: Constant, b: Constant): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (isQuantity(a) && isQuantity(b)) return a.magnitude.cmp(b.magnitude);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return undefined;
}
