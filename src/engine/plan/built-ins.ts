import Big from 'big.js';
import type { Expr } from '../../parser/index.ts';
import { baseNameOf, extensionOf, parentOf, stemOf } from '../../util/file-name.ts';
import { unreachable } from '../../util/unreachable.ts';
import { isFile, isList, isQuantity, type Value } from '../ports/value.ts';
import { finite, order, safeInt } from './arithmetic.ts';
import { EvaluationProblem } from './evaluation-problem.ts';
import { isInt, valueText } from './value-text.ts';

type Apply = Expr & { kind: 'apply' };

/** The built-in functions of the language on values. The checker has seen to the number and the types of the arguments. */
export function apply(expr: Apply, args: readonly Value[]): Value {
  const [first = null, second = null, third = null] = args;
  switch (expr.function) {
    case 'present':
      return first !== null;
    case 'len':
      return isList(first) ? first.length : [...String(first)].length;
    case 'min':
    case 'max':
      return extreme(expr, isList(first) ? first : args);
    case 'sum':
      return isList(first) ? sum(expr, first) : first;
    case 'mean':
      return mean(expr, isList(first) ? first : []);
    case 'round':
      return second === null ? safeInt(rounded(Number(first), 0), expr) : rounded(Number(first), Number(second));
    case 'abs':
      return isQuantity(first) ? { ...first, magnitude: first.magnitude.abs() } : Math.abs(Number(first));
    case 'floor':
      return safeInt(Math.floor(Number(first)), expr);
    case 'ceil':
      return safeInt(Math.ceil(Number(first)), expr);
    case 'int':
      return typeof first === 'string' ? readInt(expr, first) : safeInt(Math.trunc(Number(first)), expr);
    case 'float':
      return typeof first === 'string' ? readFloat(expr, first) : Number(first);
    case 'str':
      return valueText(first, expr.args[0]?.type ?? expr.type);
    case 'upper':
      return String(first).toUpperCase();
    case 'lower':
      return String(first).toLowerCase();
    case 'trim':
      return String(first).trim();
    case 'replace':
      return String(first).replaceAll(String(second), () => String(third));
    case 'split':
      return split(expr, String(first), String(second));
    case 'basename':
      return baseNameOf(pathText(first));
    case 'stem':
      return stemOf(baseNameOf(pathText(first)));
    case 'ext':
      return extensionOf(baseNameOf(pathText(first)));
    case 'parent':
      return parentOf(pathText(first));
    case 'zip':
      return zip(first, second);
    case 'range':
      return range(expr, args.map(Number));
    default:
      return unreachable(expr.function);
  }
}

const pathText = (value: Value): string => (isFile(value) ? value.name : String(value));

function extreme(expr: Apply, values: readonly Value[]): Value {
  const sign = expr.function === 'min' ? 1 : -1;
  let best = values[0];
  if (best === undefined) throw new EvaluationProblem(expr.span, `\`${expr.function}\` of an empty list`, emptyHelp);
  for (const value of values) if (sign * order(value, best) < 0) best = value;
  return best;
}

const emptyHelp = 'Test it before, as in `if len(x) > 0 then … else …`.';

function sum(expr: Apply, values: readonly Value[]): Value {
  if (expr.type.kind === 'quantity') {
    const total = values.reduce<Big>((all, value) => (isQuantity(value) ? all.plus(value.magnitude) : all), new Big(0));
    return { dimension: expr.type.dimension, magnitude: total };
  }
  const total = values.reduce<number>((all, value) => all + Number(value), 0);
  return isInt(expr.type) ? safeInt(total, expr) : finite(total, expr);
}

function mean(expr: Apply, values: readonly Value[]): Value {
  if (values.length === 0) throw new EvaluationProblem(expr.span, '`mean` of an empty list', emptyHelp);
  if (expr.type.kind === 'quantity') {
    const total = values.reduce<Big>((all, value) => (isQuantity(value) ? all.plus(value.magnitude) : all), new Big(0));
    return { dimension: expr.type.dimension, magnitude: total.div(values.length) };
  }
  return finite(values.reduce<number>((all, value) => all + Number(value), 0) / values.length, expr);
}

/** Halves go to the even neighbour, judged on the number itself (2.675 is a little less than that), as in Python. */
function rounded(value: number, decimals: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21 || decimals > 60) return value;
  const exact = new Big(value.toFixed(Math.min(100, Math.max(0, decimals) + 40)));
  return exact.round(decimals, Big.roundHalfEven).toNumber() + 0;
}

function readInt(expr: Apply, text: string): number {
  if (/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text)) return safeInt(Number(text.trim().replaceAll('_', '')), expr);
  throw new EvaluationProblem(
    expr.span,
    `${JSON.stringify(text)} is no Int`,
    'An Int is written with digits alone, such as `12` or `-3`.',
  );
}

function readFloat(expr: Apply, text: string): number {
  if (/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(text)) return finite(Number(text), expr);
  throw new EvaluationProblem(
    expr.span,
    `${JSON.stringify(text)} is no Float`,
    'A Float is written as `12`, `0.5` or `1e-3`.',
  );
}

function split(expr: Apply, text: string, separator: string): Value {
  if (separator !== '') return text.split(separator);
  throw new EvaluationProblem(
    expr.span,
    '`split` needs a separator',
    'Name the text between the parts, as in `split(cell, "_")`.',
  );
}

/** As long as the shorter list. */
function zip(a: Value, b: Value): Value {
  if (!isList(a) || !isList(b)) return [];
  return a.slice(0, b.length).map((value, i) => [value, b[i] ?? null]);
}

const rangeLimit = 1_000_000;

function range(expr: Apply, numbers: readonly number[]): Value {
  const [first = 0, second, step = 1] = numbers;
  const [from, to] = second === undefined ? [0, first] : [first, second];
  if (step === 0)
    throw new EvaluationProblem(
      expr.span,
      'the step of `range` is 0',
      'Give a step that goes somewhere, such as 1 or -1.',
    );
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (count > rangeLimit) {
    throw new EvaluationProblem(
      expr.span,
      `a range of ${count} numbers is too long`,
      `At most ${rangeLimit} are made.`,
    );
  }
  return Array.from({ length: count }, (_, i) => from + i * step);
}
