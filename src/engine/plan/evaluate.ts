import Big from 'big.js';
import type { Expr, FileProperty, NodeId } from '../../parser/index.ts';
import { extensionOf, stemOf } from '../../util/file-name.ts';
import { unreachable } from '../../util/unreachable.ts';
import { type FileValue, isFile, isList, isRecord, type TagValue, type Value } from '../ports/value.ts';
import { binary, negative } from './arithmetic.ts';
import { apply } from './built-ins.ts';
import { EvaluationProblem } from './evaluation-problem.ts';
import { formatted } from './format-spec.ts';
import { valueText } from './value-text.ts';

/** What the names of an expression stand for. A part is absent where no expression of that place can name it. */
export interface Scope {
  readonly param?: (name: string) => Value;
  /** The value of a plain node. */
  readonly node?: (node: NodeId) => Value;
  readonly tag?: (name: string) => TagValue;
  /** `it` */
  readonly item?: () => Value;
  readonly input?: (name: string) => Value;
  /** The path of an output. */
  readonly output?: (name: string) => Value;
  /** The task's resource numbers, in the argument vector of `exec`. */
  readonly resource?: (name: 'cpus' | 'memory' | 'time' | 'gpus' | 'disk') => Value;
  readonly attempt?: number;
  /** Of an element among those that one item publishes, from 1. */
  readonly index?: number;
  /** The text of a file in `"{image}"`: its path where one is staged; its name otherwise. */
  readonly fileText?: (file: FileValue) => string;
}

/**
 * The value of a checked expression, by the rules of Python. Pure. What the checker could not know (a division by zero, a list that
 * is too short) is an `EvaluationProblem`.
 */
export function evaluate(expr: Expr, scope: Scope): Value {
  switch (expr.kind) {
    case 'const':
      return expr.value;
    case 'param':
      return given(scope.param, expr)(expr.name);
    case 'node':
      return given(scope.node, expr)(expr.node);
    case 'tag':
      return given(scope.tag, expr)(expr.name);
    case 'item':
      return given(scope.item, expr)();
    case 'input':
      return given(scope.input, expr)(expr.name);
    case 'output':
      return given(scope.output, expr)(expr.name);
    case 'resource':
      return given(scope.resource, expr)(expr.name);
    case 'attempt':
      return scope.attempt ?? 1;
    case 'index':
      return given(scope.index, expr);
    case 'field':
      return field(evaluate(expr.of, scope), expr);
    case 'property':
      return property(evaluate(expr.of, scope), expr);
    case 'at':
      return at(evaluate(expr.of, scope), evaluate(expr.index, scope), expr);
    case 'apply':
      return apply(
        expr,
        expr.args.map((arg) => evaluate(arg, scope)),
      );
    case 'unary': {
      const of = evaluate(expr.of, scope);
      return expr.operator === 'not' ? of !== true : negative(of);
    }
    case 'binary':
      return logical(expr, scope);
    case 'if':
      return evaluate(expr.test, scope) === true ? evaluate(expr.then, scope) : evaluate(expr.else, scope);
    case 'list':
      return expr.items.map((item) => evaluate(item, scope));
    case 'record':
      return {
        kind: 'record',
        fields: Object.fromEntries(expr.fields.map((one) => [one.name, evaluate(one.value, scope)])),
      };
    case 'text':
      return expr.parts.map((part) => (typeof part === 'string' ? part : holeText(part, scope))).join('');
    default:
      return unreachable(expr);
  }
}

/** The text of one `{value:format}`. */
export function holeText(hole: { readonly value: Expr; readonly format?: string }, scope: Scope): string {
  const value = evaluate(hole.value, scope);
  const { type, span } = hole.value;
  if (hole.format === undefined) {
    return isFile(value) && scope.fileText !== undefined ? scope.fileText(value) : valueText(value, type);
  }
  const text = formatted(value, type, hole.format);
  if (text === undefined) {
    const message = `\`${valueText(value, type)}\` cannot be written as \`{…:${hole.format}}\``;
    throw new EvaluationProblem(span, message, 'A format is a width and a kind, such as `04`, `>8` or `.2f`.');
  }
  return text;
}

/** `and`, `or` and `??` look at the right side only where it matters. */
function logical(expr: Expr & { kind: 'binary' }, scope: Scope): Value {
  const left = evaluate(expr.left, scope);
  switch (expr.operator) {
    case 'and':
      return left === true ? evaluate(expr.right, scope) : false;
    case 'or':
      return left === true ? true : evaluate(expr.right, scope);
    case '??':
      return left ?? evaluate(expr.right, scope);
    default:
      return binary(expr, left, evaluate(expr.right, scope));
  }
}

/** Of a list, the field of each element. */
function field(of: Value, expr: Expr & { kind: 'field' }): Value {
  if (isList(of)) return of.map((element) => field(element, expr));
  if (isRecord(of)) return of.fields[expr.name] ?? null;
  throw new EvaluationProblem(expr.span, `there is no \`${expr.name}\` here, for the value is absent`, absentHelp);
}

const absentHelp = 'Test it with `present(…)`, or give another value with `??`.';

function property(of: Value, expr: Expr & { kind: 'property' }): Value {
  if (isList(of)) return of.map((element) => property(element, expr));
  if (isFile(of)) return fileProperty(of, expr.name, expr);
  throw new EvaluationProblem(expr.span, `there is no \`${expr.name}\` here, for the file is absent`, absentHelp);
}

function fileProperty(file: FileValue, name: FileProperty, expr: Expr): Value {
  switch (name) {
    case 'size':
      return { dimension: 'size', magnitude: new Big(file.size) };
    case 'name':
      return file.name;
    case 'stem':
      return stemOf(file.name);
    case 'ext':
      return extensionOf(file.name);
    case 'shape':
    case 'axes':
    case 'dtype': {
      const image = file.info.image;
      if (image !== undefined) return image[name];
      throw new EvaluationProblem(
        expr.span,
        `\`${file.name}\` does not say its ${name}`,
        `Its header (${file.info.mediaType}) could not be read as an image's; convert the file first, for example to OME-TIFF.`,
      );
    }
    default:
      return unreachable(name);
  }
}

function at(of: Value, index: Value, expr: Expr & { kind: 'at' }): Value {
  const elements = typeof of === 'string' ? [...of] : isList(of) ? of : [];
  const position = typeof index === 'number' && index < 0 ? elements.length + index : index;
  const element = typeof position === 'number' ? elements[position] : undefined;
  if (element !== undefined) return element;
  const what = typeof of === 'string' ? 'a text' : 'a list';
  const message = `there is no element ${String(index)} in ${what} of ${elements.length}`;
  throw new EvaluationProblem(expr.span, message, 'The first element is 0, the last is -1.');
}

function given<T>(part: T | undefined, expr: Expr): T {
  if (part === undefined) throw new Error(`a \`${expr.kind}\` expression where there can be none`);
  return part;
}
