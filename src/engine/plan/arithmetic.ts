import Big from 'big.js';
import type { Expr, Operator } from '../../parser/index.ts';
import { isFile, isList, isQuantity, isRecord, type Value } from '../ports/value.ts';
import { EvaluationProblem } from './evaluation-problem.ts';
import { codePointOrder } from './natural-order.ts';
import { isInt } from './value-text.ts';

type BinaryExpr = Expr & { kind: 'binary' };

/** All operators that always look at both sides. */
export function binary(expr: BinaryExpr, left: Value, right: Value): Value {
  switch (expr.operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case '<':
      return order(left, right) < 0;
    case '<=':
      return order(left, right) <= 0;
    case '>':
      return order(left, right) > 0;
    case '>=':
      return order(left, right) >= 0;
    case 'in':
      return isList(right) ? right.some((element) => equal(element, left)) : String(right).includes(String(left));
    case '~':
      return regex(String(right), expr).test(String(left));
    default:
      return arithmetic(expr, left, right);
  }
}

export function negative(of: Value): Value {
  if (isQuantity(of)) return { ...of, magnitude: of.magnitude.neg() };
  // Ints have no negative zero, and nobody asks for one among Floats.
  return typeof of === 'number' ? 0 - of : of;
}

/** Values are equal by what they hold; files by their content. */
export function equal(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (isQuantity(a)) return isQuantity(b) && a.magnitude.eq(b.magnitude);
  if (isFile(a)) return isFile(b) && a.digest === b.digest;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((element, i) => equal(element, b[i] ?? null));
  if (!isRecord(a) || !isRecord(b)) return false;
  const names = Object.keys(a.fields);
  const others = b.fields;
  return (
    names.length === Object.keys(others).length &&
    names.every((name) => equal(a.fields[name] ?? null, others[name] ?? null))
  );
}

/** Of numbers, of quantities of one dimension, and of texts by code point, as in Python. */
export function order(a: Value, b: Value): number {
  if (isQuantity(a) && isQuantity(b)) return a.magnitude.cmp(b.magnitude);
  if (typeof a === 'string' && typeof b === 'string') return codePointOrder(a, b);
  return Number(a) - Number(b);
}

const regexes = new Map<string, RegExp>();

function regex(source: string, expr: BinaryExpr): RegExp {
  const known = regexes.get(source);
  if (known !== undefined) return known;
  try {
    const made = new RegExp(source, 'u');
    // Patterns that are made from data must not pile up.
    if (regexes.size > 1000) regexes.clear();
    regexes.set(source, made);
    return made;
  } catch (problem) {
    const why =
      problem instanceof Error ? problem.message.replace(/^Invalid regular expression: /, '') : String(problem);
    throw new EvaluationProblem(
      expr.right.span,
      `this is no regular expression: ${why}`,
      'Write it as in JavaScript, with `\\` before a character that stands for itself.',
    );
  }
}

function arithmetic(expr: BinaryExpr, left: Value, right: Value): Value {
  if (isQuantity(left) || isQuantity(right)) return withQuantities(expr, left, right);
  if (isList(left) && isList(right)) return [...left, ...right];
  if (typeof left === 'string' && typeof right === 'string') return left + right;
  const result = number(expr, Number(left), Number(right));
  return isInt(expr.type) ? safeInt(result, expr) : finite(result, expr);
}

function number(expr: BinaryExpr, a: number, b: number): number {
  switch (expr.operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / nonZero(b, expr);
    case '%':
      return floorRest(a, nonZero(b, expr));
    case '**':
      if (a === 0 && b < 0) throw divisionByZero(expr);
      return a ** b;
    default:
      throw notArithmetic(expr.operator);
  }
}

/** As in Python: the rest has the sign of the divisor. */
function floorRest(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

function withQuantities(expr: BinaryExpr, left: Value, right: Value): Value {
  const { operator } = expr;
  if (isQuantity(left) && isQuantity(right)) {
    switch (operator) {
      case '+':
        return { ...left, magnitude: left.magnitude.plus(right.magnitude) };
      case '-':
        return { ...left, magnitude: left.magnitude.minus(right.magnitude) };
      case '/':
        return finite(left.magnitude.div(nonZeroBig(right.magnitude, expr)).toNumber(), expr);
      default:
        throw notArithmetic(operator);
    }
  }
  if (isQuantity(left)) {
    const factor = new Big(finite(Number(right), expr));
    if (operator === '*') return { ...left, magnitude: left.magnitude.times(factor) };
    if (operator === '/') return { ...left, magnitude: left.magnitude.div(nonZeroBig(factor, expr)) };
  } else if (isQuantity(right) && operator === '*') {
    return { ...right, magnitude: right.magnitude.times(new Big(finite(Number(left), expr))) };
  }
  throw notArithmetic(operator);
}

export function safeInt(value: number, expr: Expr): number {
  if (Number.isSafeInteger(value)) return value + 0;
  throw new EvaluationProblem(
    expr.span,
    Number.isNaN(value) ? 'this is no number' : `${value} is too large for an Int`,
    'Ints go to ±9 007 199 254 740 991 (2⁵³ - 1). Use Floats, as in `1.0 * x`, where larger numbers are meant.',
  );
}

export function finite(value: number, expr: Expr): number {
  if (Number.isFinite(value)) return value;
  throw new EvaluationProblem(
    expr.span,
    `the result is no finite number (${value})`,
    'Test the operands before, for example with `if … then … else …`.',
  );
}

const nonZero = (value: number, expr: BinaryExpr): number => {
  if (value === 0) throw divisionByZero(expr);
  return value;
};

const nonZeroBig = (value: Big, expr: BinaryExpr): Big => {
  if (value.eq(0)) throw divisionByZero(expr);
  return value;
};

const divisionByZero = (expr: BinaryExpr): EvaluationProblem =>
  new EvaluationProblem(
    expr.right.span,
    'division by zero',
    'Test it before, as in `if n > 0 then total / n else 0.0`.',
  );

const notArithmetic = (operator: Operator): Error =>
  new Error(`operator ${operator} on operands that the checker refuses`);
