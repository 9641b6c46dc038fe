import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import { joinPath, type SourceHost } from '../names/source-host.ts';
import type * as Ast from '../syntax/ast.ts';
import { parse } from '../syntax/parse.ts';
import { fitValue } from '../types/fit-value.ts';
import { boolType, floatType, intType, strType, tagTypeOf } from '../types/fits.ts';
import { quantity } from '../types/quantity.ts';
import { errorExpr } from '../types/scope.ts';
import type { TagType, Type } from '../types/type.ts';
import type { Declared } from '../types/type-nodes.ts';
import { typeText, unitsOf } from '../types/type-text.ts';
import type { Checker, Env, Flow, Wish } from './flow.ts';
import { dataset, errorFlow, plainView } from './flow.ts';
import { paramErrors } from './param-errors.ts';
import type { Expr, SourceColumn } from './program.ts';
import { addSource, readPattern, shapeOf } from './source-parts.ts';
import { fileSource } from './sources.ts';

/** What the command line or a params file gives for one param: texts, and where each stands. */
export interface ParamArgument {
  readonly name: string;
  readonly texts: readonly string[];
  /** One per text; the place of the flag where there is none. */
  readonly spans: readonly Span[];
  /** `--no-x`. */
  readonly negated?: boolean;
}

interface Place {
  readonly checker: Checker;
  readonly env: Env;
  readonly host: SourceHost;
  /** Of the param, `params.raw`, with the types and tags that its declaration says. */
  readonly wish: Wish;
}

/** The texts of an argument as a value of the param's type; relative paths start in the working directory. */
export function readValue(argument: ParamArgument, type: Type, place: Place): Expr {
  const { report } = place.checker;
  const at = spanOf(argument, 0);
  const inner = type.kind === 'optional' ? type.of : type;
  if (argument.negated === true && inner.kind !== 'bool') {
    report(paramErrors.notNegatable(at, { name: argument.name }));
    return errorExpr(at);
  }
  if (inner.kind === 'list') {
    const items = argument.texts.map((text, index) =>
      readText(text, inner.of, { ...place, at: spanOf(argument, index), name: argument.name }),
    );
    return fitted({ kind: 'list', items, type: { kind: 'list', of: inner.of }, span: at }, type, {
      name: argument.name,
      place,
    });
  }
  if (inner.kind === 'bool' && argument.texts.length === 0)
    return { kind: 'const', value: argument.negated !== true, type: boolType, span: at };
  const [text, second] = argument.texts;
  if (text === undefined) report(paramErrors.noText(at, { name: argument.name }));
  if (second !== undefined) report(paramErrors.tooMany(spanOf(argument, 1), { name: argument.name }));
  if (text === undefined || second !== undefined) return errorExpr(at);
  return fitted(readText(text, inner, { ...place, at, name: argument.name }), type, { name: argument.name, place });
}

function fitted(expr: Expr, type: Type, given: { readonly name: string; readonly place: Place }): Expr {
  const { checker } = given.place;
  return fitValue(expr, type, {
    where: `\`--${given.name.replaceAll('_', '-')}\``,
    report: checker.report,
    bound: checker.bound,
  });
}

const spanOf = (argument: ParamArgument, index: number): Span =>
  argument.spans[index] ?? argument.spans[0] ?? { source: { name: 'command line', text: '' }, start: 0, end: 0 };

interface TextPlace extends Place {
  readonly at: Span;
  readonly name: string;
}

function readText(text: string, type: Type, place: TextPlace): Expr {
  const { at } = place;
  const trimmed = text.trim();
  const unreadable = (help: string): Expr => {
    place.checker.report(
      paramErrors.unreadable(at, {
        name: place.name,
        text,
        typeText: `${/^[AEIOU]/.test(typeText(type)) ? 'an' : 'a'} ${typeText(type)}`,
        help,
      }),
    );
    return errorExpr(at);
  };
  switch (type.kind) {
    case 'error':
      return errorExpr(at);
    case 'optional':
      return readText(text, type.of, place);
    case 'str':
      return { kind: 'const', value: text, type: strType, span: at };
    case 'bool':
      if (trimmed === 'true' || trimmed === 'false')
        return { kind: 'const', value: trimmed === 'true', type: boolType, span: at };
      return unreadable('Write `true` or `false`.');
    case 'int': {
      const value = Number(trimmed.replaceAll('_', ''));
      if (/^[+-]?\d[\d_]*$/.test(trimmed) && Number.isSafeInteger(value))
        return { kind: 'const', value, type: intType, span: at };
      return unreadable('Write a whole number, such as `12`.');
    }
    case 'float': {
      const value = Number(trimmed.replaceAll('_', ''));
      if (/^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed))
        return { kind: 'const', value, type: floatType, span: at };
      return unreadable('Write a number, such as `0.5`.');
    }
    case 'quantity': {
      const parts = /^([+-]?[\d_.]+(?:e[+-]?\d+)?)\s*([A-Za-zµμ]+)$/i.exec(trimmed);
      const number = parts?.[1]?.replaceAll('_', '') ?? '';
      const value =
        parts?.[2] !== undefined && Number.isFinite(Number(number)) ? quantity(number, parts[2]) : undefined;
      if (value?.dimension === type.dimension)
        return { kind: 'const', value, type: { kind: 'quantity', dimension: value.dimension }, span: at };
      return unreadable(
        `Write a number and a unit (${unitsOf(type.dimension).join(', ')}), such as \`'30 ${unitsOf(type.dimension)[0]}'\`.`,
      );
    }
    case 'literals':
      if (type.of === 'str') return { kind: 'const', value: text, type: strType, span: at };
      return readText(text, type.of === 'int' ? intType : floatType, place);
    case 'file': {
      const path: Expr = { kind: 'const', value: joinPath(place.host.workingDirectory, text), type: strType, span: at };
      const node = fileSource(
        { kind: 'error', span: at },
        {
          path,
          fingerprint: 'content',
          place: {
            checker: place.checker,
            env: place.env,
            wish: { ...place.wish, of: type, base: place.host.workingDirectory },
          },
        },
      );
      return { kind: 'node', node, type, span: at };
    }
    case 'list':
    case 'record':
      place.checker.report(paramErrors.noRecord(at, { name: place.name }));
      return errorExpr(at);
  }
}

/** A dataset param: a pattern, a sheet, or a source call in quotes. */
export function readDataset(
  argument: ParamArgument,
  given: {
    readonly declared: Extract<Declared, { kind: 'dataset' }>;
    readonly required: readonly TagType[];
    readonly place: Place;
  },
): Flow {
  const { place, declared } = given;
  const { checker } = place;
  const at = spanOf(argument, 0);
  const [text, second] = argument.texts;
  if (text === undefined) checker.report(paramErrors.noText(at, { name: argument.name }));
  if (second !== undefined) checker.report(paramErrors.tooMany(spanOf(argument, 1), { name: argument.name }));
  if (text === undefined || second !== undefined) return errorFlow;
  const wish: Wish = { ...place.wish, base: place.host.workingDirectory };
  if (/^\s*(files|file|sheet|values|catalog|results|omero|url|s3)\s*\(/.test(text)) {
    const expr = readExpression(text, { at, report: checker.report });
    return expr === undefined ? errorFlow : checker.flow(expr, place.env, wish);
  }
  const isSheet = /\.(csv|tsv)$/i.test(text) && !/[*?{[]/.test(text);
  const tableItself = declared.of.kind === 'file' && declared.of.format === 'Table' && given.required.length === 0;
  if (isSheet && !tableItself) return sheetArgument(text, { argument, at, ...given, wish });
  const literal: Ast.Expr & { kind: 'string' } = {
    kind: 'string',
    raw: text,
    isRaw: false,
    parts: [],
    span: { ...at, start: at.start - 1, end: at.end + 1 },
  };
  const pattern = readPattern(literal, { checker, env: place.env, wish });
  if (pattern === undefined) return errorFlow;
  const node = addSource(
    { kind: 'error', span: at },
    {
      spec: {
        kind: 'files',
        pattern,
        base: place.host.workingDirectory,
        unordered: false,
        fingerprint: 'content',
        count: { min: 1 },
        fill: [],
      },
      of: declared.of,
      tags: pattern.captures,
      plain: false,
      place: { checker, env: place.env, wish },
    },
  );
  return dataset(node, plainView);
}

/**
 * A sheet given for a param: the declared tags are columns of their names, the fields of a record likewise; one file is the column
 * called like the param, `image`, `file` or `path`, whichever the sheet has first.
 */
function sheetArgument(
  text: string,
  given: {
    readonly argument: ParamArgument;
    readonly at: Span;
    readonly declared: Extract<Declared, { kind: 'dataset' }>;
    readonly required: readonly TagType[];
    readonly place: Place;
    readonly wish: Wish;
  },
): Flow {
  const { place, declared, at } = given;
  const path = joinPath(place.host.workingDirectory, text);
  const read = place.host.read(path);
  const header = read.ok ? headerOf(read.text, text) : [];
  const fileColumn =
    [given.argument.name, 'image', 'file', 'path'].find((name) => header.includes(name)) ?? given.argument.name;
  const filled = new Set(declared.fill.map((one) => one.name));
  const tags = given.required.filter((tag) => !filled.has(tag.name) || header.includes(tag.name));
  const values: readonly { readonly name: string; readonly type: Type }[] =
    declared.of.kind === 'record' ? declared.of.fields : [{ name: fileColumn, type: declared.of }];
  const columns: SourceColumn[] = [
    ...values.map(({ name, type }): SourceColumn => {
      const optional = type.kind === 'optional';
      const of = optional ? type.of : type;
      return { name, from: name, type: of, role: of.kind === 'file' ? 'file' : 'field', optional };
    }),
    ...tags.map(
      (tag): SourceColumn => ({
        name: tag.name,
        from: tag.name,
        type: tagTypeOf(tag.kind),
        role: 'tag',
        optional: false,
      }),
    ),
  ];
  const shape = shapeOf(columns);
  const node = addSource(
    { kind: 'error', span: at },
    {
      spec: {
        kind: 'sheet',
        path: { kind: 'const', value: path, type: strType, span: at },
        base: place.host.workingDirectory,
        columns,
        fingerprint: 'content',
        count: { min: 1 },
        fill: [],
      },
      of: shape.of,
      tags: shape.tags,
      plain: false,
      place: { checker: place.checker, env: place.env, wish: given.wish },
    },
  );
  return dataset(node, plainView, shape.itName);
}

function headerOf(text: string, path: string): readonly string[] {
  const line = text.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0] ?? '';
  return line.split(/\.tsv$/i.test(path) ? '\t' : ',').map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .replaceAll('""', '"'),
  );
}

/** An expression given as a text; its spans, and those of messages about it, point into the text itself. */
function readExpression(
  text: string,
  given: { readonly at: Span; readonly report: (diagnostic: Diagnostic) => void },
): Ast.Expr | undefined {
  const before = 'workflow {\nlet given = (';
  const source: Source = { name: given.at.source.name, text: `${before}${text}\n)\n}\n` };
  const shift = (span: Span): Span => ({
    source: given.at.source,
    start: Math.min(given.at.start + Math.max(0, span.start - before.length), given.at.end),
    end: Math.min(given.at.start + Math.max(0, span.end - before.length), given.at.end),
  });
  const { file, diagnostics } = parse(source);
  let failed = false;
  for (const diagnostic of diagnostics) {
    given.report({ ...diagnostic, at: shift(diagnostic.at), related: [], fixes: [] });
    if (diagnostic.severity === 'error') failed = true;
  }
  const [declaration] = file.declarations;
  const statement = declaration?.kind === 'workflow' ? declaration.body[0] : undefined;
  if (failed || statement?.kind !== 'let') return undefined;
  return shiftSpans(statement.value, { source, shift });
}

/** The same tree with every span moved. A decoding border: the tree is plain data, and only its spans change. */
function shiftSpans<T>(tree: T, given: { readonly source: Source; readonly shift: (span: Span) => Span }): T {
  const move = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(move);
    if (typeof part !== 'object' || part === null) return part;
    if ('source' in part && part.source === given.source) return given.shift(part as Span);
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, move(value)]));
  };
  return move(tree) as T;
}
