import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expr, ParamType, TagValue } from '../graph/program.ts';
import type { Module } from '../names/modules.ts';
import { nameErrors } from '../names/name-errors.ts';
import { sliceOf } from '../names/wording.ts';
import type * as Ast from '../syntax/ast.ts';
import { borrowedUnit } from './borrowed-unit.ts';
import { fold, isQuantity } from './constants.ts';
import { typeExpr } from './expressions.ts';
import { errorType, tagKindOf } from './fits.ts';
import { quantity } from './quantity.ts';
import type { Scope } from './scope.ts';
import type { ColumnType, Format, RecordField, TableDemand, TagKind, TagType, Type } from './type.ts';
import { typeErrors } from './type-errors.ts';
import { dimensionNames, unitsOf } from './type-text.ts';

export interface TypeReading {
  readonly module: Module;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** Tags that a declaration fills in where a source does not give them. */
export type Fill = readonly { readonly name: string; readonly value: TagValue }[];

/** What a param or the input of a sub-workflow is declared as. */
export type Declared =
  | (Extract<ParamType, { kind: 'value' }> & { readonly fill?: undefined })
  | (Extract<ParamType, { kind: 'dataset' }> & { readonly fill: Fill; readonly tagsWritten: boolean });

const formats: readonly Format[] = ['File', 'Dir', 'Image', 'Table', 'Json', 'Text', 'Xml', 'Pdf', 'Html', 'Archive'];
const simple: Readonly<Record<string, Type>> = {
  Bool: { kind: 'bool' },
  Int: { kind: 'int' },
  Float: { kind: 'float' },
  Str: { kind: 'str' },
  Duration: { kind: 'quantity', dimension: 'duration' },
  Size: { kind: 'quantity', dimension: 'size' },
  Length: { kind: 'quantity', dimension: 'length' },
  Angle: { kind: 'quantity', dimension: 'angle' },
};

/** Names that a file cannot give to its own types. */
export const builtInTypes: readonly string[] = [...Object.keys(simple), ...formats, 'Dataset'];

/** A param's or sub-workflow input's type: a value, or a dataset. */
export function readDeclared(node: Ast.TypeNode, reading: TypeReading): Declared {
  if (node.kind === 'dataset') {
    const of = readType(node.of, reading);
    const { tags, fill } = readTags(node.tags ?? [], reading);
    return { kind: 'dataset', of, tags, optional: false, fill, tagsWritten: node.tags !== undefined };
  }
  if (node.kind === 'optional') {
    const of = readDeclared(node.of, reading);
    return of.kind === 'dataset' ? { ...of, optional: true } : { kind: 'value', type: optionalOf(of.type) };
  }
  if (node.kind === 'named' && node.args.length === 0) {
    const alias = reading.module.symbols.get(node.name.text);
    if (alias?.kind === 'type' && alias.declaration.type.kind === 'dataset') {
      reading.module.used.add(node.name.text);
      return readDeclared(alias.declaration.type, { ...reading, module: alias.module });
    }
  }
  return { kind: 'value', type: readType(node, reading) };
}

/** The type of a value. A dataset here is a mistake. */
export function readType(node: Ast.TypeNode, reading: TypeReading): Type {
  switch (node.kind) {
    case 'error':
      return errorType;
    case 'named':
      return named(node, reading);
    case 'optional':
      return optionalOf(readType(node.of, reading));
    case 'list':
      return list(node, reading);
    case 'union':
      return union(node, reading);
    case 'range':
      return range(node, reading);
    case 'record':
      return { kind: 'record', fields: recordFields(node.fields, reading) };
    case 'dataset':
      reading.report(
        typeErrors.typeNotHere(node.span, {
          type: sliceOf(node.span),
          where: 'the type of a value',
          help: "A process gets one item at a time: write the item's type, or `T[]` for a group of them. Datasets are for params and sub-workflows.",
        }),
      );
      return errorType;
  }
}

const optionalOf = (type: Type): Type =>
  type.kind === 'optional' || type.kind === 'error' ? type : { kind: 'optional', of: type };

function named(node: Ast.TypeNode & { kind: 'named' }, reading: TypeReading): Type {
  const { name } = node;
  const format = formats.find((candidate) => candidate === name.text);
  if (format !== undefined) return file(node, format, reading);
  const plain = Object.hasOwn(simple, name.text) ? simple[name.text] : undefined;
  if (plain !== undefined) {
    noArguments(node, reading);
    return plain;
  }
  const definition = reading.module.symbols.get(name.text);
  reading.module.used.add(name.text);
  if (definition?.kind === 'type') {
    noArguments(node, reading);
    return declaredType(definition.declaration, { ...reading, module: definition.module });
  }
  if (definition?.kind === 'error') return errorType;
  if (definition !== undefined) {
    reading.report(
      nameErrors.wrongKind(name.span, {
        name: name.text,
        is: `a ${definition.kind}`,
        wanted: 'a type',
        help: 'Types are defined with `type Name = …`.',
      }),
    );
    return errorType;
  }
  const own = [...reading.module.symbols].flatMap(([symbol, one]) => (one.kind === 'type' ? [symbol] : []));
  reading.report(typeErrors.unknownType(name.span, { name: name.text, candidates: [...builtInTypes, ...own] }));
  return errorType;
}

const resolved = new WeakMap<Ast.TypeDeclaration, Type>();
const resolving: Ast.TypeDeclaration[] = [];

function declaredType(declaration: Ast.TypeDeclaration, reading: TypeReading): Type {
  const known = resolved.get(declaration);
  if (known !== undefined) return known;
  const at = resolving.indexOf(declaration);
  if (at !== -1) {
    const loop = [...resolving.slice(at), declaration].map((one) => one.name.text);
    reading.report(typeErrors.recursiveType(declaration.name.span, { loop }));
    return errorType;
  }
  resolving.push(declaration);
  try {
    const type = readType(declaration.type, reading);
    resolved.set(declaration, type);
    return type;
  } finally {
    resolving.pop();
  }
}

function noArguments(node: Ast.TypeNode & { kind: 'named' }, reading: TypeReading): void {
  const [first] = node.args;
  if (first === undefined) return;
  reading.report(
    typeErrors.refinement(first.span, {
      type: node.name.text,
      problem: 'takes nothing in parentheses',
      help: 'Only `Image(axes: …, dtype: …)` and `Table(columns: …)` do. A range is written `Int in 1..5`.',
    }),
  );
}

const dtypes = [
  'bool',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'int8',
  'int16',
  'int32',
  'int64',
  'float16',
  'float32',
  'float64',
  'complex64',
  'complex128',
];

function file(node: Ast.TypeNode & { kind: 'named' }, format: Format, reading: TypeReading): Type {
  let axes: string | undefined;
  let dtype: string | undefined;
  let table: TableDemand | undefined;
  for (const arg of node.args) {
    const name = arg.name?.text;
    const complain = (problem: string, help: string): void =>
      reading.report(typeErrors.refinement(arg.span, { type: format, problem, help }));
    if (format === 'Image' && (name === 'axes' || name === 'dtype')) {
      const value = literalText(arg.value);
      if (name === 'axes' && value !== undefined && /^(?!.*(.).*\1)[tczyxsq]+$/.test(value)) axes = value;
      else if (name === 'dtype' && value !== undefined && dtypes.includes(value)) dtype = value;
      else if (name === 'axes')
        complain(
          'takes axes as one lower-case letter each',
          'Use t, c, z, y, x, and s for the samples of a colour: `Image(axes: "zyx")`.',
        );
      else complain('does not know this dtype', `Use a numpy name: ${dtypes.join(', ')}.`);
    } else if (format === 'Table' && name === 'columns') {
      if (arg.value.kind === 'schema') table = { columns: readColumns(arg.value.fields, reading) };
      else if (arg.value.kind === 'record' && arg.value.entries.length === 0) table = { columns: {} };
      else complain('takes its columns with their types', 'Write `Table(columns: { track: Int, x: Float })`.');
    } else {
      const known = format === 'Image' ? '`axes` and `dtype`' : format === 'Table' ? '`columns`' : 'nothing';
      complain(`does not know ${name === undefined ? 'this' : `\`${name}\``}`, `It takes ${known}.`);
    }
  }
  return {
    kind: 'file',
    format,
    ...(axes === undefined && dtype === undefined
      ? {}
      : { image: { ...(axes === undefined ? {} : { axes }), ...(dtype === undefined ? {} : { dtype }) } }),
    ...(table === undefined ? {} : { table }),
  };
}

/** A text without holes, as a literal. */
export function literalText(ast: Ast.Expr): string | undefined {
  if (ast.kind !== 'string' || ast.partsProblem !== undefined) return undefined;
  if (!ast.parts.every((part) => part.kind === 'text')) return undefined;
  return ast.parts.map((part) => part.value).join('');
}

export const columnTypes: readonly ColumnType[] = ['Int', 'Float', 'Bool', 'Str'];

/** `{ track: Int, x: Float? }` as columns of a table. */
export function readColumns(fields: readonly Ast.SchemaField[], reading: TypeReading): TableDemand['columns'] {
  const columns: Record<string, { type: ColumnType; optional?: boolean }> = {};
  for (const field of uniqueFields(fields, { what: 'column', report: reading.report })) {
    const type = readType(field.type, reading);
    const column = columnTypeOf(type);
    if (column === undefined) {
      reading.report(
        typeErrors.typeNotHere(field.type.span, {
          type: sliceOf(field.type.span),
          where: 'the type of a column',
          help: 'A column holds Int, Float, Bool or Str, with `?` where cells may be empty.',
        }),
      );
      continue;
    }
    columns[field.from?.value ?? field.name.text] = {
      type: column,
      ...(type.kind === 'optional' ? { optional: true } : {}),
    };
  }
  return columns;
}

/** The type of a table's cells, optional or not; none for files, lists, records and quantities. */
export function columnTypeOf(type: Type): ColumnType | undefined {
  const of = type.kind === 'optional' ? type.of : type;
  return tagKindOf(of);
}

/** The fields, without those whose name an earlier one has; those are reported. */
export function uniqueFields<F extends { readonly name: Ast.Name }>(
  fields: readonly F[],
  given: { readonly what: string; readonly report: (diagnostic: Diagnostic) => void },
): readonly F[] {
  const seen = new Map<string, F>();
  for (const field of fields) {
    const earlier = seen.get(field.name.text);
    if (earlier === undefined) seen.set(field.name.text, field);
    else
      given.report(
        nameErrors.duplicate(field.name.span, { what: given.what, name: field.name.text, first: earlier.name.span }),
      );
  }
  return [...seen.values()];
}

function recordFields(fields: readonly Ast.SchemaField[], reading: TypeReading): readonly RecordField[] {
  return uniqueFields(fields, { what: 'field', report: reading.report }).map((field) => ({
    name: field.name.text,
    type: readType(field.type, reading),
  }));
}

/** `{ sequence: Str = "movie", time: Int }`: tags and the values that fill them in. */
export function readTags(
  fields: readonly Ast.SchemaField[],
  reading: TypeReading,
): { readonly tags: readonly TagType[]; readonly fill: Fill } {
  const tags: TagType[] = [];
  const fill: { name: string; value: TagValue }[] = [];
  for (const field of uniqueFields(fields, { what: 'tag', report: reading.report })) {
    const kind = readTagKind(field.type, reading);
    tags.push({ name: field.name.text, kind });
    if (field.value === undefined) continue;
    const value = fold(typeExpr(field.value, constantScope(reading.report)), () => undefined);
    if (
      kind === 'Str'
        ? typeof value === 'string'
        : kind === 'Bool'
          ? typeof value === 'boolean'
          : typeof value === 'number'
    ) {
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        fill.push({ name: field.name.text, value });
        continue;
      }
    }
    if (value === undefined && field.value.kind === 'error') continue;
    reading.report(
      typeErrors.typeNotHere(field.value.span, {
        type: sliceOf(field.value.span),
        where: `the default of a tag that is ${kind === 'Int' ? 'an' : 'a'} ${kind}`,
        help: `Give one plain value, such as \`${kind === 'Str' ? '"movie"' : kind === 'Bool' ? 'true' : '0'}\`.`,
      }),
    );
  }
  return { tags, fill };
}

export function readTagKind(node: Ast.TypeNode, reading: TypeReading): TagKind {
  const type = readType(node, reading);
  const kind = tagKindOf(type);
  if (kind !== undefined) return kind;
  reading.report(
    typeErrors.typeNotHere(node.span, {
      type: sliceOf(node.span),
      where: 'the type of a tag',
      help:
        type.kind === 'optional'
          ? 'A tag is never absent. Leave the `?` out, or keep the column as a field of the value: `fields: (name)`.'
          : 'Tags are Str, Int, Float or Bool.',
    }),
  );
  return 'Str';
}

function list(node: Ast.TypeNode & { kind: 'list' }, reading: TypeReading): Type {
  const of = readType(node.of, reading);
  const limits: { min?: number; max?: number } = {};
  for (const arg of node.args) {
    const name = arg.name?.text;
    const value = fold(typeExpr(arg.value, constantScope(reading.report)), () => undefined);
    if ((name === 'min' || name === 'max') && typeof value === 'number' && Number.isInteger(value) && value >= 0) {
      limits[name] = value;
    } else {
      reading.report(
        typeErrors.refinement(arg.span, {
          type: sliceOf(node.of.span),
          problem: 'as a list takes only `min` and `max`, whole numbers',
          help: 'Write `Image[] (min: 1)`.',
        }),
      );
    }
  }
  return { kind: 'list', of, ...limits };
}

function union(node: Ast.TypeNode & { kind: 'union' }, reading: TypeReading): Type {
  const values: (string | number)[] = [];
  const kinds = new Set<'str' | 'int' | 'float'>();
  for (const member of node.members) {
    const expr: Expr = typeExpr(member, constantScope(reading.report));
    const value = fold(expr, () => undefined);
    if (typeof value === 'string') kinds.add('str');
    else if (typeof value === 'number') kinds.add(expr.type.kind === 'int' ? 'int' : 'float');
    else {
      if (expr.type.kind !== 'error')
        reading.report(
          typeErrors.badUnion(member.span, { problem: 'Only texts and numbers can be listed in a union' }),
        );
      return errorType;
    }
    if (values.includes(value))
      reading.report(
        typeErrors.badUnion(member.span, { problem: `${JSON.stringify(value)} stands twice in this union` }),
      );
    else values.push(value);
  }
  const [kind, second] = kinds;
  if (kind === undefined) return errorType;
  if (second !== undefined && kinds.has('str')) {
    reading.report(typeErrors.badUnion(node.span, { problem: 'A union lists texts or numbers, not both' }));
    return errorType;
  }
  return { kind: 'literals', of: second === undefined ? kind : 'float', values };
}

function range(node: Ast.TypeNode & { kind: 'range' }, reading: TypeReading): Type {
  const of = readType(node.of, reading);
  const base = of.kind === 'optional' ? of.of : of;
  const ranged = rangedType(node, base, reading);
  return of.kind === 'optional' && ranged.kind !== 'error' ? { kind: 'optional', of: ranged } : ranged;
}

function rangedType(node: Ast.TypeNode & { kind: 'range' }, of: Type, reading: TypeReading): Type {
  if (of.kind === 'error') return of;
  const { from, to } = node.range;
  const complain = (problem: string, help: string, fix?: string): Type => {
    reading.report(typeErrors.badRange(node.range.span, { problem, help, ...(fix === undefined ? {} : { fix }) }));
    return errorType;
  };
  if (of.kind !== 'int' && of.kind !== 'float' && of.kind !== 'quantity') {
    return complain(
      `\`${sliceOf(node.of.span)}\` has no range`,
      'Int, Float and amounts with a unit have one. For texts, list them: `"max" | "mean"`.',
    );
  }
  const ends = [from, to].map((end) => (end === undefined ? undefined : typeExpr(end, constantScope(reading.report))));
  if (ends.some((end) => end?.type.kind === 'error')) return errorType;
  if (of.kind === 'quantity') {
    const borrowed = borrowedUnit(from, to);
    if (borrowed !== undefined && of.dimension === quantity('1', borrowed.unit)?.dimension) {
      return complain(
        'One end of this range has a unit and the other has none',
        `Write the unit at both ends: \`${borrowed.text}\`.`,
        borrowed.text,
      );
    }
    const [min, max] = ends.map((end) => (end === undefined ? undefined : fold(end, () => undefined)));
    for (const end of [min, max]) {
      if (end === undefined || (isQuantity(end) && end.dimension === of.dimension)) continue;
      return complain(
        `The ends of this range are not ${dimensionNames[of.dimension]}s`,
        `The units of ${dimensionNames[of.dimension]} are ${unitsOf(of.dimension).join(', ')}.`,
      );
    }
    if (isQuantity(min) && isQuantity(max) && min.magnitude.gt(max.magnitude)) return backwards(node, complain);
    return { ...of, ...(isQuantity(min) ? { min } : {}), ...(isQuantity(max) ? { max } : {}) };
  }
  const [min, max] = ends.map((end) => (end === undefined ? undefined : fold(end, () => undefined)));
  for (const end of [min, max]) {
    if (end === undefined || (typeof end === 'number' && (of.kind === 'float' || Number.isInteger(end)))) continue;
    return complain(
      `The ends of this range are not ${of.kind === 'int' ? 'whole numbers' : 'numbers'}`,
      of.kind === 'int' ? 'Write `Int in 1..200`, or make it a Float.' : 'Write `Float in 0.0..1.0`.',
    );
  }
  if (typeof min === 'number' && typeof max === 'number' && min > max) return backwards(node, complain);
  return { ...of, ...(typeof min === 'number' ? { min } : {}), ...(typeof max === 'number' ? { max } : {}) };
}

function backwards(
  node: Ast.TypeNode & { kind: 'range' },
  complain: (problem: string, help: string, fix?: string) => Type,
): Type {
  const { from, to } = node.range;
  const fix = from && to && `${sliceOf(to.span)}..${sliceOf(from.span)}`;
  return complain(
    'This range runs backwards, so nothing is in it',
    `Write the smaller end first${fix === undefined ? '' : `: \`${fix}\``}.`,
    fix,
  );
}

/** Literals and operators, and no names. */
export function constantScope(report: (diagnostic: Diagnostic) => void): Scope {
  return {
    report,
    resolve: () => undefined,
    names: () => [],
    narrowed: new Set(),
    absent: new Set(),
    filesHavePaths: false,
  };
}
