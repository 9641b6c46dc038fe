import type { Expr, FileProperty } from '../graph/program.ts';
import { nameErrors } from '../names/name-errors.ts';
import type * as Ast from '../syntax/ast.ts';
import { borrowedUnit } from './borrowed-unit.ts';
import { boolType, common, errorType, floatType, intType, isNumeric, isText, strType } from './fits.ts';
import { formatProblem } from './formats.ts';
import { builtIns, isBuiltIn, typeOfCall } from './functions.ts';
import { binaryType, comparisons } from './operators.ts';
import { quantity } from './quantity.ts';
import { errorExpr, narrow, narrowing, pathOf, type Scope } from './scope.ts';
import type { Type } from './type.ts';
import { typeErrors } from './type-errors.ts';

/**
 * Gives every part of a plain expression its type and every name its meaning. Mistakes go to the scope, once each; what
 * they leave has the type `error`, which agrees with everything.
 */
export function typeExpr(ast: Ast.Expr, scope: Scope): Expr {
  const expr = scope.resolve(ast, scope) ?? plainExpr(ast, scope);
  if (expr.type.kind !== 'optional') return expr;
  const path = pathOf(ast);
  return path !== undefined && scope.narrowed.has(path) ? { ...expr, type: expr.type.of } : expr;
}

function plainExpr(ast: Ast.Expr, scope: Scope): Expr {
  const { span } = ast;
  switch (ast.kind) {
    case 'bool':
      return { kind: 'const', value: ast.value, type: boolType, span };
    case 'int': {
      const value = Number(ast.text);
      if (!Number.isSafeInteger(value)) scope.report(typeErrors.intTooLarge(span, { text: ast.text }));
      return { kind: 'const', value, type: intType, span };
    }
    case 'float':
      return { kind: 'const', value: Number(ast.text), type: floatType, span };
    case 'quantity': {
      const value = quantity(ast.text, ast.unit.text);
      if (value === undefined) return errorExpr(span);
      return { kind: 'const', value, type: { kind: 'quantity', dimension: value.dimension }, span };
    }
    case 'string':
      return text(ast, scope);
    case 'name':
      scope.report(nameErrors.unknownName(span, { name: ast.name, candidates: scope.names() }));
      return errorExpr(span);
    case 'member':
      return member(typeExpr(ast.of, scope), ast, scope);
    case 'index':
      return index(ast, scope);
    case 'call':
      return call(ast, scope);
    case 'pipe':
      return pipe(ast, scope);
    case 'unary':
      return unary(ast, scope);
    case 'binary':
      return binary(ast, scope);
    case 'if':
      return conditional(ast, scope);
    case 'list':
      return list(ast, scope);
    case 'record':
      return record(ast, scope);
    case 'paren': {
      const [only, second] = ast.items;
      if (only !== undefined && second === undefined) return typeExpr(only, scope);
      scope.report(typeErrors.tuple(span, {}));
      return errorExpr(span);
    }
    case 'range':
      scope.report(typeErrors.rangeAlone(span, {}));
      return errorExpr(span);
    case 'schema':
      scope.report(typeErrors.schemaAlone(span, {}));
      return errorExpr(span);
    case 'error':
      return errorExpr(span);
    case 'where':
    case 'group':
    case 'order':
    case 'tag':
    case 'untag':
    case 'select':
    case 'pivot':
    case 'window':
    case 'matching':
    case 'after':
    case 'cross':
    case 'union':
      scope.report(typeErrors.datasetFormHere(span, { form: ast.kind === 'union' ? '++' : ast.kind }));
      return errorExpr(span);
  }
}

/** `of.name` where `of` is a value: a field of a record, a property of a file, or of each element of a list. */
export function member(of: Expr, ast: Ast.Expr & { kind: 'member' }, scope: Pick<Scope, 'report'>): Expr {
  const { span } = ast;
  const name = ast.name.text;
  if (of.type.kind === 'error') return errorExpr(span);
  if (of.type.kind === 'optional') {
    scope.report(typeErrors.maybeAbsent(ast.of.span, { type: of.type, path: pathOf(ast.of) }));
    return errorExpr(span);
  }
  const element = of.type.kind === 'list' ? of.type.of : of.type;
  const wrap = (type: Type): Type => (of.type.kind === 'list' ? { kind: 'list', of: type } : type);
  if (element.kind === 'record') {
    const field = element.fields.find((candidate) => candidate.name === name);
    if (field !== undefined) return { kind: 'field', of, name, type: wrap(field.type), span };
  }
  if (element.kind === 'file' && isProperty(name)) {
    if (element.format === 'Image' || !imageProperties.has(name)) {
      return { kind: 'property', of, name, type: wrap(propertyTypes[name]), span };
    }
  }
  const candidates =
    element.kind === 'record'
      ? element.fields.map((field) => field.name)
      : element.kind === 'file'
        ? propertyNames.filter((property) => element.format === 'Image' || !imageProperties.has(property))
        : [];
  scope.report(typeErrors.noMember(ast.name.span, { name, type: of.type, candidates }));
  return errorExpr(span);
}

const propertyTypes: Readonly<Record<FileProperty, Type>> = {
  size: { kind: 'quantity', dimension: 'size' },
  name: strType,
  stem: strType,
  ext: strType,
  shape: { kind: 'list', of: intType },
  axes: strType,
  dtype: strType,
};
export const propertyNames = ['size', 'name', 'stem', 'ext', 'shape', 'axes', 'dtype'] as const;
const imageProperties: ReadonlySet<string> = new Set(['shape', 'axes', 'dtype']);
export const isProperty = (name: string): name is FileProperty => Object.hasOwn(propertyTypes, name);

function text(ast: Ast.Expr & { kind: 'string' }, scope: Scope): Expr {
  const { span } = ast;
  if (ast.partsProblem !== undefined) {
    scope.report(nameErrors.unreadableText(ast.partsProblem.span, { problem: ast.partsProblem.message }));
    return { kind: 'const', value: null, type: errorType, span };
  }
  if (ast.parts.every((part) => part.kind === 'text')) {
    return { kind: 'const', value: ast.parts.map((part) => part.value).join(''), type: strType, span };
  }
  const parts = ast.parts.map((part) => {
    if (part.kind === 'text') return part.value;
    const value = typeExpr(part.value, scope);
    checkHole(value, part, scope);
    return { value, ...(part.format === undefined ? {} : { format: part.format }) };
  });
  return { kind: 'text', parts, type: strType, span };
}

function checkHole(value: Expr, part: Ast.StringPart & { kind: 'hole' }, scope: Scope): void {
  const { type } = value;
  if (type.kind === 'error') return;
  if (type.kind === 'optional') {
    scope.report(typeErrors.maybeAbsent(part.value.span, { type, path: pathOf(part.value) }));
  } else if (type.kind === 'file' && !scope.filesHavePaths) {
    scope.report(typeErrors.fileInText(part.value.span, { type }));
  } else if (type.kind === 'list' || type.kind === 'record') {
    scope.report(typeErrors.noText(part.value.span, { type }));
  } else if (part.format !== undefined) {
    const problem = formatProblem(part.format, type);
    if (problem !== undefined) scope.report(typeErrors.badFormat(part.span, { format: part.format, problem }));
  }
}

function index(ast: Ast.Expr & { kind: 'index' }, scope: Scope): Expr {
  const { span } = ast;
  const of = typeExpr(ast.of, scope);
  const at = typeExpr(ast.at, scope);
  if (at.type.kind !== 'error' && at.type.kind !== 'int') {
    scope.report(typeErrors.expected(ast.at.span, { expected: 'Int', found: at.type, where: 'an index' }));
  }
  if (of.type.kind === 'error') return errorExpr(span);
  if (of.type.kind === 'list') return { kind: 'at', of, index: at, type: of.type.of, span };
  if (isText(of.type)) return { kind: 'at', of, index: at, type: strType, span };
  scope.report(typeErrors.expected(ast.of.span, { expected: 'a list', found: of.type, where: 'what is indexed' }));
  return errorExpr(span);
}

function call(ast: Ast.Expr & { kind: 'call' }, scope: Scope): Expr {
  const { callee, span } = ast;
  if (callee.kind !== 'name' || !isBuiltIn(callee.name)) {
    const name = callee.kind === 'name' ? callee.name : (pathOf(callee) ?? 'this');
    scope.report(nameErrors.unknownFunction(callee.span, { name, candidates: builtIns }));
    for (const arg of ast.args) typeExpr(arg.value, scope);
    return errorExpr(span);
  }
  const name = callee.name;
  for (const arg of ast.args) {
    if (arg.name !== undefined)
      scope.report(typeErrors.namedArgument(arg.name.span, { name: arg.name.text, function: name }));
    if (arg.each) scope.report(typeErrors.eachHere(arg.span, {}));
  }
  const args = ast.args.map((arg) => typeExpr(arg.value, scope));
  const type = typeOfCall(name, args, { span, report: scope.report });
  return type.kind === 'error' ? errorExpr(span) : { kind: 'apply', function: name, args, type, span };
}

function pipe(ast: Ast.Expr & { kind: 'pipe' }, scope: Scope): Expr {
  const first: Ast.Arg = { value: ast.left, span: ast.left.span };
  if (ast.call.kind === 'call') {
    return typeExpr({ ...ast.call, args: [first, ...ast.call.args], span: ast.span }, scope);
  }
  if (ast.call.kind === 'name') {
    return typeExpr({ kind: 'call', callee: ast.call, args: [first], span: ast.span }, scope);
  }
  scope.report(typeErrors.pipeTarget(ast.call.span, {}));
  return errorExpr(ast.span);
}

function unary(ast: Ast.Expr & { kind: 'unary' }, scope: Scope): Expr {
  const { span } = ast;
  const of = typeExpr(ast.of, scope);
  if (of.type.kind === 'error') return errorExpr(span);
  if (ast.operator === 'not') {
    if (of.type.kind !== 'bool') {
      scope.report(typeErrors.expected(ast.of.span, { expected: 'Bool', found: of.type, where: '`not`' }));
    }
    return { kind: 'unary', operator: 'not', of, type: boolType, span };
  }
  if (of.kind === 'const' && typeof of.value === 'number') return { ...of, value: -of.value, span };
  if (of.kind === 'const' && of.type.kind === 'quantity' && typeof of.value === 'object' && of.value !== null) {
    return { ...of, value: { ...of.value, magnitude: of.value.magnitude.neg() }, span };
  }
  if (!isNumeric(of.type) && of.type.kind !== 'quantity') {
    scope.report(typeErrors.expected(ast.of.span, { expected: 'a number', found: of.type, where: '`-`' }));
    return errorExpr(span);
  }
  const type: Type =
    of.type.kind === 'quantity' ? { kind: 'quantity', dimension: of.type.dimension } : numberOnly(of.type);
  return { kind: 'unary', operator: '-', of, type, span };
}

const numberOnly = (type: Type): Type =>
  type.kind === 'int' || (type.kind === 'literals' && type.of === 'int') ? intType : floatType;

function binary(ast: Ast.Expr & { kind: 'binary' }, scope: Scope): Expr {
  const { operator, span } = ast;
  if (operator === 'in' && ast.right.kind === 'range') return inRange(ast, ast.right, scope);
  if (comparisons.has(operator) && ast.left.kind === 'binary' && comparisons.has(ast.left.operator)) {
    // The parser has said that comparisons are not chained.
    typeExpr(ast.left, scope);
    typeExpr(ast.right, scope);
    return { kind: 'const', value: null, type: errorType, span };
  }
  const left = typeExpr(ast.left, scope);
  const rightScope =
    operator === 'and'
      ? narrow(scope, narrowing(ast.left).whenTrue)
      : operator === 'or'
        ? narrow(scope, narrowing(ast.left).whenFalse)
        : scope;
  const right = typeExpr(ast.right, rightScope);
  if (operator === '??') return otherwise(ast, { left, right, scope });
  const type = binaryType(ast, { left, right, report: scope.report });
  return type.kind === 'error' ? errorExpr(span) : { kind: 'binary', operator, left, right, type, span };
}

/** `x in a..b` is `x >= a and x <= b`: both ends are included. */
function inRange(ast: Ast.Expr & { kind: 'binary' }, range: Ast.RangeExpr, scope: Scope): Expr {
  const { span } = ast;
  const left = typeExpr(ast.left, scope);
  const borrowed = borrowedUnit(range.from, range.to);
  if (borrowed !== undefined) {
    scope.report(
      typeErrors.badRange(range.span, {
        problem: 'One end of this range has a unit and the other has none',
        help: `Write the unit at both ends: \`${borrowed.text}\`.`,
        fix: borrowed.text,
      }),
    );
    return errorExpr(span);
  }
  const ends = (
    [
      ['>=', range.from],
      ['<=', range.to],
    ] as const
  ).flatMap(([operator, end]) => {
    if (end === undefined) return [];
    const right = typeExpr(end, scope);
    const type = binaryType({ ...ast, operator, right: end }, { left, right, report: scope.report });
    return type.kind === 'error' ? [errorExpr(span)] : [{ kind: 'binary', operator, left, right, type, span } as const];
  });
  const [from, to] = ends;
  if (from === undefined) return { kind: 'const', value: true, type: boolType, span };
  if (from.type.kind === 'error' || to?.type.kind === 'error') return errorExpr(span);
  return to === undefined ? from : { kind: 'binary', operator: 'and', left: from, right: to, type: boolType, span };
}

function otherwise(
  ast: Ast.Expr & { kind: 'binary' },
  given: { readonly left: Expr; readonly right: Expr; readonly scope: Scope },
): Expr {
  const { left, right, scope } = given;
  const { span } = ast;
  if (left.type.kind === 'error' || right.type.kind === 'error') return errorExpr(span);
  if (left.type.kind !== 'optional') {
    scope.report(typeErrors.neverAbsent(ast.left.span, { type: left.type }));
    return left;
  }
  const type = common(left.type.of, right.type);
  if (type === undefined) {
    scope.report(
      typeErrors.branches(ast.right.span, { first: left.type.of, second: right.type, what: 'both sides of `??`' }),
    );
    return errorExpr(span);
  }
  return { kind: 'binary', operator: '??', left, right, type, span };
}

function conditional(ast: Ast.Expr & { kind: 'if' }, scope: Scope): Expr {
  const { span } = ast;
  const test = typeExpr(ast.test, scope);
  if (test.type.kind !== 'bool' && test.type.kind !== 'error') {
    scope.report(
      typeErrors.expected(ast.test.span, { expected: 'Bool', found: test.type, where: 'the test of an `if`' }),
    );
  }
  const known = narrowing(ast.test);
  const yes = typeExpr(ast.then, narrow(scope, known.whenTrue));
  const no = typeExpr(ast.else, narrow(scope, known.whenFalse));
  if (yes.type.kind === 'error' || no.type.kind === 'error') return errorExpr(span);
  const type = common(yes.type, no.type);
  if (type === undefined) {
    scope.report(
      typeErrors.branches(ast.else.span, { first: yes.type, second: no.type, what: 'the two branches of an `if`' }),
    );
    return errorExpr(span);
  }
  return { kind: 'if', test, then: yes, else: no, type, span };
}

function list(ast: Ast.Expr & { kind: 'list' }, scope: Scope): Expr {
  const items = ast.items.map((item) => typeExpr(item, scope));
  let of: Type = errorType;
  for (const item of items) {
    const next = common(of, item.type);
    if (next === undefined) {
      scope.report(typeErrors.branches(item.span, { first: of, second: item.type, what: 'the elements of a list' }));
      return errorExpr(ast.span);
    }
    of = next;
  }
  return { kind: 'list', items, type: { kind: 'list', of }, span: ast.span };
}

function record(ast: Ast.Expr & { kind: 'record' }, scope: Scope): Expr {
  const seen = new Map<string, Ast.Entry>();
  const fields = ast.entries.flatMap((entry) => {
    const earlier = seen.get(entry.name.text);
    const value = typeExpr(entry.value, scope);
    if (earlier !== undefined) {
      scope.report(
        nameErrors.duplicate(entry.name.span, { what: 'field', name: entry.name.text, first: earlier.name.span }),
      );
      return [];
    }
    seen.set(entry.name.text, entry);
    return [{ name: entry.name.text, value }];
  });
  const type: Type = {
    kind: 'record',
    fields: fields.map((field) => ({ name: field.name, type: field.value.type })),
  };
  return { kind: 'record', fields, type, span: ast.span };
}
