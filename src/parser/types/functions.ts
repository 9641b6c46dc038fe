import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { BuiltIn, Expr } from '../graph/program.ts';
import {
  boolType,
  common,
  errorType,
  floatType,
  intType,
  isIntLike,
  isNumeric,
  isScalar,
  isText,
  strType,
} from './fits.ts';
import type { Type } from './type.ts';
import { typeErrors } from './type-errors.ts';
import { typeText } from './type-text.ts';

interface Signature {
  /** As shown when the arguments are wrong. */
  readonly usage: string;
  /** `undefined` where the arguments do not fit. */
  readonly type: (args: readonly Type[]) => Type | undefined;
}

const list = (of: Type): Type => ({ kind: 'list', of });
const isFileOrText = (type: Type): boolean => type.kind === 'file' || isText(type);

/** Text functions: all arguments text, gives text. */
const text = (usage: string, count: number, gives: Type = strType): Signature => ({
  usage,
  type: (args) => (args.length === count && args.every(isText) ? gives : undefined),
});

const pathPart = (usage: string): Signature => ({
  usage,
  type: (args) => (args.length === 1 && args[0] !== undefined && isFileOrText(args[0]) ? strType : undefined),
});

const orderable = (type: Type): boolean => isNumeric(type) || type.kind === 'quantity' || isText(type);

/** `min` and `max`: of one list, or of several arguments. */
const extreme = (name: string): Signature => ({
  usage: `${name}(a, b, …)\` or \`${name}(list)`,
  type: (args) => {
    const [first] = args;
    if (args.length === 1) return first?.kind === 'list' && orderable(first.of) ? first.of : undefined;
    if (args.length === 0 || !args.every(orderable)) return undefined;
    return args.reduce<Type | undefined>((type, arg) => type && common(type, arg), errorType);
  },
});

const signatures: Readonly<Record<BuiltIn, Signature>> = {
  len: {
    usage: 'len(list)',
    type: ([of, ...more]) =>
      more.length === 0 && of && (of.kind === 'list' || isText(of)) ? { kind: 'int', min: 0 } : undefined,
  },
  min: extreme('min'),
  max: extreme('max'),
  sum: {
    usage: 'sum(list)',
    type: ([of, ...more]) => {
      if (more.length > 0 || of?.kind !== 'list') return undefined;
      if (of.of.kind === 'quantity') return { kind: 'quantity', dimension: of.of.dimension };
      return isIntLike(of.of) ? intType : isNumeric(of.of) ? floatType : undefined;
    },
  },
  mean: {
    usage: 'mean(list)',
    type: ([of, ...more]) => {
      if (more.length > 0 || of?.kind !== 'list') return undefined;
      if (of.of.kind === 'quantity') return { kind: 'quantity', dimension: of.of.dimension };
      return isNumeric(of.of) ? floatType : undefined;
    },
  },
  round: {
    usage: 'round(number)` or `round(number, decimals)',
    type: ([of, decimals, ...more]) => {
      if (of === undefined || !isNumeric(of) || more.length > 0) return undefined;
      if (decimals === undefined) return intType;
      return isIntLike(decimals) ? floatType : undefined;
    },
  },
  abs: {
    usage: 'abs(number)',
    type: ([of, ...more]) => {
      if (of === undefined || more.length > 0) return undefined;
      if (of.kind === 'quantity') return { kind: 'quantity', dimension: of.dimension };
      return isIntLike(of) ? { kind: 'int', min: 0 } : isNumeric(of) ? floatType : undefined;
    },
  },
  floor: {
    usage: 'floor(number)',
    type: ([of, ...more]) => (more.length === 0 && of && isNumeric(of) ? intType : undefined),
  },
  ceil: {
    usage: 'ceil(number)',
    type: ([of, ...more]) => (more.length === 0 && of && isNumeric(of) ? intType : undefined),
  },
  int: {
    usage: 'int(number or text)',
    type: ([of, ...more]) =>
      more.length === 0 && of && (isNumeric(of) || isText(of) || of.kind === 'bool') ? intType : undefined,
  },
  float: {
    usage: 'float(number or text)',
    type: ([of, ...more]) => (more.length === 0 && of && (isNumeric(of) || isText(of)) ? floatType : undefined),
  },
  str: {
    usage: 'str(value)',
    type: ([of, ...more]) => (more.length === 0 && of && isScalar(of) ? strType : undefined),
  },
  upper: text('upper(text)', 1),
  lower: text('lower(text)', 1),
  trim: text('trim(text)', 1),
  replace: text('replace(text, what, by)', 3),
  split: text('split(text, separator)', 2, list(strType)),
  basename: pathPart('basename(path)'),
  stem: pathPart('stem(path)'),
  ext: pathPart('ext(path)'),
  parent: pathPart('parent(path)'),
  zip: {
    usage: 'zip(list, list)',
    type: ([a, b, ...more]) => {
      if (more.length > 0 || a?.kind !== 'list' || b?.kind !== 'list') return undefined;
      const of = common(a.of, b.of);
      return of && list(list(of));
    },
  },
  range: {
    usage: 'range(n)` or `range(from, to)` or `range(from, to, step)',
    type: (args) => (args.length > 0 && args.length <= 3 && args.every(isIntLike) ? list(intType) : undefined),
  },
  present: { usage: 'present(value)', type: (args) => (args.length === 1 ? boolType : undefined) },
};

export const builtIns = Object.keys(signatures);
export const isBuiltIn = (name: string): name is BuiltIn => Object.hasOwn(signatures, name);

/** The type a call of a built-in function gives, `error` after a report. */
export function typeOfCall(
  name: BuiltIn,
  args: readonly Expr[],
  place: { readonly span: Span; readonly report: (diagnostic: Diagnostic) => void },
): Type {
  const [first] = args;
  if (args.some((arg) => arg.type.kind === 'error')) return name === 'present' ? boolType : errorType;
  if (name === 'present' && first !== undefined && first.type.kind !== 'optional') {
    place.report(typeErrors.alwaysPresent(first.span, { type: first.type }));
    return boolType;
  }
  const absent = name === 'present' ? undefined : args.find((arg) => arg.type.kind === 'optional');
  if (absent !== undefined) {
    place.report(typeErrors.maybeAbsent(absent.span, { type: absent.type, path: undefined }));
    return errorType;
  }
  const type = signatures[name].type(args.map((arg) => arg.type));
  if (type !== undefined) return type;
  const found = args.map((arg) => typeText(arg.type)).join(', ');
  place.report(typeErrors.functionArguments(place.span, { function: name, usage: signatures[name].usage, found }));
  return errorType;
}
