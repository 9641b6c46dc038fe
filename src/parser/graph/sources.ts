import { nameErrors } from '../names/name-errors.ts';
import { insideQuotes, parsePattern } from '../names/pattern.ts';
import { sliceOf } from '../names/wording.ts';
import { checkSnakeName } from '../names/words.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { fitValue } from '../types/fit-value.ts';
import { strType, tagKindOf } from '../types/fits.ts';
import type { Format, RecordField, TagKind, TagType, Type } from '../types/type.ts';
import { typeErrors } from '../types/type-errors.ts';
import { readType, uniqueFields } from '../types/type-nodes.ts';
import { type Arguments, argumentsOf } from './call-arguments.ts';
import { datasetErrors } from './dataset-errors.ts';
import type { SourceFunction } from './dataset-functions.ts';
import {
  type Checker,
  type DatasetFlow,
  dataset,
  type Env,
  errorFlow,
  type Flow,
  plainView,
  type Wish,
} from './flow.ts';
import { nodesOf } from './nodes.ts';
import type { Count, Expr, Fingerprint, NodeId, Pattern, SourceSpec } from './program.ts';
import { omeroSource, remoteSource, urlSource } from './remote-sources.ts';
import { catalogSource, resultsSource } from './stored-sources.ts';

export interface Place {
  readonly checker: Checker;
  readonly env: Env;
  readonly wish: Wish;
}

export type Call = Ast.Expr & { kind: 'call' };

/** Everything that items come from: this machine's files, sheets and lists, what was imported or published, and other places. */
export function source(name: SourceFunction, ast: Call, place: Place): Flow {
  switch (name) {
    case 'files':
      return files(ast, place);
    case 'file':
      return file(ast, place);
    case 'sheet':
      return sheet(ast, place);
    case 'values':
      return values(ast, place);
    case 'catalog':
      return catalogSource(ast, place);
    case 'results':
      return resultsSource(ast, place);
    case 'url':
      return urlSource(ast, place);
    case 's3':
    case 'ssh':
      return remoteSource(name, ast, place);
    case 'omero':
      return omeroSource(ast, place);
  }
}

function files(ast: Call, place: Place): Flow {
  const { checker } = place;
  const args = argumentsOf(ast, {
    function: 'files',
    positional: ['pattern'],
    named: ['min', 'max', 'unordered', 'fingerprint'],
    report: checker.report,
  });
  const text = args.get('pattern');
  if (text === undefined) return missing(ast, { args, what: 'a pattern', usage: 'files("data/{cell}.tif")', place });
  if (text.kind === 'error') return errorFlow;
  if (text.kind !== 'string') {
    checker.report(
      datasetErrors.notLiteral(text.span, {
        what: 'The pattern of `files`',
        help: 'Write it in quotes; a param is inserted with `{params.folder}`.',
      }),
    );
    return errorFlow;
  }
  const pattern = readPattern(text, place);
  const common = options(args, place);
  const unordered = args.flag('unordered') ?? false;
  if (pattern === undefined) return errorFlow;
  if (unordered && pattern.captures.some((tag) => tag.name === 'digest')) {
    checker.report(
      nameErrors.reserved(text.span, {
        name: 'digest',
        what: 'A capture of an unordered source',
        why: 'The source adds a tag `digest` of its own.',
      }),
    );
  }
  const tags: readonly TagType[] = unordered
    ? [...pattern.captures, { name: 'digest', kind: 'Str' }]
    : pattern.captures;
  const spec: SourceSpec = { kind: 'files', pattern, base: baseOf(place), unordered, fill: [], ...common };
  return dataset(
    addSource(ast, {
      spec,
      of: place.wish.of ?? { kind: 'file', format: formatOfPath(text.raw) },
      tags,
      plain: false,
      place,
    }),
    plainView,
  );
}

/** Reads a pattern; reports by itself. */
export function readPattern(text: Ast.Expr & { kind: 'string' }, place: Place): Pattern | undefined {
  const { checker, env } = place;
  const pattern = parsePattern({
    raw: text.raw,
    isRaw: text.isRaw,
    captured: (name) => checkSnakeName(name, { what: 'tags', report: checker.report }),
    span: insideQuotes(text),
    report: checker.report,
    insert: (expr) =>
      fitValue(checker.plain(expr, env), strType, {
        where: 'What is inserted into a path',
        report: checker.report,
        bound: checker.bound,
      }),
  });
  const inserted = pattern?.parts.find((part) => part.kind === 'insert' && nodesOf(part.value).length > 0);
  if (inserted?.kind === 'insert') {
    checker.report(
      datasetErrors.notLiteral(inserted.value.span, {
        what: 'What is inserted into a path',
        help: 'Only params and plain values are known before the run.',
      }),
    );
  }
  return pattern;
}

function file(ast: Call, place: Place): Flow {
  const { checker, env } = place;
  const args = argumentsOf(ast, {
    function: 'file',
    positional: ['path'],
    named: ['fingerprint'],
    report: checker.report,
  });
  const path = args.get('path');
  if (path === undefined) return missing(ast, { args, what: 'a path', usage: 'file("psf.tif")', place });
  const expr = fitValue(checker.plain(path, env), strType, {
    where: 'The path of `file`',
    report: checker.report,
    bound: checker.bound,
  });
  if (expr.type.kind === 'error') return errorFlow;
  if (nodesOf(expr).length > 0) {
    checker.report(
      datasetErrors.notLiteral(path.span, {
        what: 'The path of `file`',
        help: 'It must be known before the run: a text, or one made of params.',
      }),
    );
    return errorFlow;
  }
  const { fingerprint } = options(args, place);
  return dataset(fileSource(ast, { path: expr, fingerprint, place }), plainView);
}

/** One file as a node of exactly one item. */
export function fileSource(
  ast: Ast.Expr,
  given: { readonly path: Expr; readonly fingerprint: Fingerprint; readonly place: Place },
): NodeId {
  const { place, path } = given;
  const known = fold(path, place.checker.bound);
  const of: Type = place.wish.of ?? { kind: 'file', format: formatOfPath(typeof known === 'string' ? known : '') };
  const spec: SourceSpec = { kind: 'file', path, base: baseOf(place), fingerprint: given.fingerprint };
  return addSource(ast, { spec, of, tags: [], plain: true, place });
}

function sheet(ast: Call, place: Place): Flow {
  const { checker, env } = place;
  const args = argumentsOf(ast, {
    function: 'sheet',
    positional: ['path', 'columns'],
    named: ['fields', 'min', 'max', 'fingerprint'],
    report: checker.report,
  });
  const path = args.get('path');
  const schema = args.get('columns');
  if (path === undefined || schema === undefined) {
    return missing(ast, {
      args,
      what: path === undefined ? 'the path of the sheet' : 'its columns',
      usage: 'sheet("samples.csv", { image: Image, cell: Str })',
      place,
    });
  }
  const expr = fitValue(checker.plain(path, env), strType, {
    where: 'The path of `sheet`',
    report: checker.report,
    bound: checker.bound,
  });
  if (schema.kind === 'error' || expr.type.kind === 'error') return errorFlow;
  if (schema.kind !== 'schema') {
    checker.report(
      datasetErrors.notLiteral(schema.span, {
        what: 'The columns of `sheet`',
        help: 'Write them with their types: `{ image: Image, cell: Str from "Cell line" }`.',
      }),
    );
    return errorFlow;
  }
  const columns = sheetColumns(schema, { asFields: args.names('fields') ?? [], place });
  const shape = shapeOf(columns);
  const spec: SourceSpec = {
    kind: 'sheet',
    path: expr,
    base: baseOf(place),
    columns,
    fill: [],
    ...options(args, place),
  };
  if (shape.tags.length === 0) checker.report(datasetErrors.sheetWithoutTags(schema.span, {}));
  const node = addSource(ast, { spec, of: shape.of, tags: shape.tags, plain: false, place });
  return dataset(node, plainView, shape.itName);
}

export type SheetColumn = Extract<SourceSpec, { kind: 'sheet' }>['columns'][number];

export function sheetColumns(
  schema: Ast.Expr & { kind: 'schema' },
  given: { readonly asFields: readonly Ast.Name[]; readonly place: Place },
): readonly SheetColumn[] {
  const { checker, env } = given.place;
  const fields = uniqueFields(schema.fields, { what: 'column', report: checker.report });
  for (const name of given.asFields) {
    if (fields.some((field) => field.name.text === name.text)) continue;
    checker.report(
      nameErrors.unknownName(name.span, {
        name: name.text,
        candidates: fields.map((field) => field.name.text),
        where: 'no column of this sheet',
      }),
    );
  }
  return fields.flatMap((field): SheetColumn[] => {
    const declared = readType(field.type, { module: env.module, report: checker.report });
    if (declared.kind === 'error') return [];
    const optional = declared.kind === 'optional';
    const of = optional ? declared.of : declared;
    const asField = optional || given.asFields.some((name) => name.text === field.name.text);
    const role = of.kind === 'file' ? 'file' : asField ? 'field' : 'tag';
    if (
      role === 'tag' ? tagKindOf(of) === undefined : role === 'field' && (of.kind === 'list' || of.kind === 'record')
    ) {
      checker.report(
        typeErrors.typeNotHere(field.type.span, {
          type: sliceOf(field.type.span),
          where: role === 'tag' ? 'the type of a tag' : 'the type of a column',
          help:
            role === 'tag'
              ? `Tags are Str, Int, Float or Bool. Keep the column as a field of the value: \`fields: (${field.name.text})\`.`
              : 'A cell holds one file, number, text or Bool.',
        }),
      );
      return [];
    }
    return [{ name: field.name.text, from: field.from?.value ?? field.name.text, type: of, role, optional }];
  });
}

/** What the items of a sheet are: one file column alone is the value, everything else makes a record. */
export function shapeOf(columns: readonly SheetColumn[]): {
  readonly of: Type;
  readonly tags: readonly TagType[];
  readonly itName?: string;
} {
  const tags = columns.flatMap((column): TagType[] => {
    const kind = column.role === 'tag' ? tagKindOf(column.type) : undefined;
    return kind === undefined ? [] : [{ name: column.name, kind }];
  });
  const values = columns.filter((column) => column.role !== 'tag');
  const typeOf = (column: SheetColumn): Type => (column.optional ? { kind: 'optional', of: column.type } : column.type);
  const [only, second] = values;
  if (only !== undefined && second === undefined && only.role === 'file')
    return { of: typeOf(only), tags, itName: only.name };
  return {
    of: { kind: 'record', fields: values.map((column) => ({ name: column.name, type: typeOf(column) })) },
    tags,
  };
}

function values(ast: Call, place: Place): Flow {
  const { checker } = place;
  const args = argumentsOf(ast, {
    function: 'values',
    positional: ['list'],
    named: ['min', 'max'],
    report: checker.report,
  });
  const list = args.get('list');
  if (list === undefined) return missing(ast, { args, what: 'a list', usage: 'values([10, 20, 30])', place });
  const made = valuesSource(list, { tag: 'value', place });
  if (made === undefined) return errorFlow;
  const { count } = options(args, place);
  const node = addSource(ast, { ...made, spec: { ...made.spec, count }, plain: false, place });
  return dataset(node, plainView);
}

/** A list whose elements become items, tagged with themselves. */
export function valuesSource(
  list: Ast.Expr,
  given: { readonly tag: string; readonly place: Place },
):
  | { readonly spec: Extract<SourceSpec, { kind: 'values' }>; readonly of: Type; readonly tags: readonly TagType[] }
  | undefined {
  const { checker, env } = given.place;
  const expr = checker.plain(list, env);
  if (expr.type.kind === 'error') return undefined;
  if (expr.type.kind !== 'list') {
    checker.report(
      typeErrors.expected(list.span, {
        expected: 'list',
        found: expr.type,
        where: given.tag === 'value' ? '`values`' : '`each`',
      }),
    );
    return undefined;
  }
  const { of } = expr.type;
  const kind: TagKind | undefined = of.kind === 'quantity' ? 'Str' : tagKindOf(of);
  if (kind === undefined) {
    checker.report(datasetErrors.elementWithoutTag(list.span, { of }));
    return undefined;
  }
  if (expr.kind === 'list' && expr.items.length === 0) {
    checker.report(datasetErrors.emptyList(list.span, {}));
    return undefined;
  }
  checkTwins(expr, given.place);
  const labels =
    of.kind === 'quantity' && list.kind === 'list' ? list.items.map((item) => sliceOf(item.span)) : undefined;
  return {
    spec: {
      kind: 'values',
      list: expr,
      tag: given.tag,
      count: { min: 1 },
      ...(labels === undefined ? {} : { labels }),
    },
    of,
    tags: [{ name: given.tag, kind }],
  };
}

/** Two equal elements would be two items with the same tag. */
function checkTwins(expr: Expr, place: Place): void {
  if (expr.kind !== 'list') return;
  const seen = new Set<string>();
  for (const item of expr.items) {
    const value = fold(item, place.checker.bound);
    if (value === undefined) continue;
    const key = JSON.stringify(value);
    if (seen.has(key)) place.checker.report(datasetErrors.twinElements(item.span, { text: sliceOf(item.span) }));
    seen.add(key);
  }
}

export function options(args: Arguments, place: Place): { readonly count: Count; readonly fingerprint: Fingerprint } {
  const { checker } = place;
  const min = args.integer('min') ?? 1;
  const max = args.integer('max');
  if (max !== undefined && max < min) {
    checker.report(datasetErrors.badCount(args.get('max')?.span ?? args.span, { min, max }));
  }
  const word = args.text('fingerprint');
  const known = (['content', 'sampled', 'stat'] as const).find((mode) => mode === word);
  const written = args.get('fingerprint');
  if (word !== undefined && known === undefined && written !== undefined) {
    checker.report(
      datasetErrors.badOption(written.span, { option: 'fingerprint', word, known: ['content', 'sampled', 'stat'] }),
    );
  }
  return { count: { min, ...(max === undefined ? {} : { max }) }, fingerprint: known ?? 'content' };
}

export function missing(
  ast: Call,
  given: { readonly args: Arguments; readonly what: string; readonly usage: string; readonly place: Place },
): Flow {
  if (!given.args.failed) {
    given.place.checker.report(
      datasetErrors.missingArgument(ast.span, {
        function: sliceOf(ast.callee.span),
        what: given.what,
        usage: given.usage,
      }),
    );
  }
  return errorFlow;
}

export function addSource(
  ast: Ast.Expr,
  given: {
    readonly spec: SourceSpec;
    readonly of: Type;
    readonly tags: readonly TagType[];
    readonly plain: boolean;
    readonly place: Place;
  },
): NodeId {
  const { checker, env, wish } = given.place;
  const { param } = wish;
  // Tags that the declaration of a param fills in where its source does not give them.
  const fill = (param?.fill ?? []).filter((one) => !given.tags.some((tag) => tag.name === one.name));
  const filled = (param?.tags ?? []).filter((tag) => fill.some((one) => one.name === tag.name));
  return checker.nodes.add(
    wish.name ?? `${env.prefix}${given.spec.kind}`,
    {
      kind: 'source',
      source: 'fill' in given.spec && fill.length > 0 ? { ...given.spec, fill } : given.spec,
      ...(param === undefined ? {} : { param: param.name }),
      span: ast.span,
      of: given.of,
      tags: 'fill' in given.spec ? [...filled, ...given.tags] : given.tags,
      plain: given.plain,
    },
    { guards: env.guards, known: true, ...fileFieldIn(given.spec) },
  );
}

function fileFieldIn(spec: SourceSpec): { readonly fileField?: string } {
  if (!('columns' in spec)) return {};
  const values = spec.columns.filter((column) => column.role !== 'tag');
  const [file, second] = values.filter((column) => column.role === 'file');
  return file !== undefined && second === undefined && values.length > 1 ? { fileField: file.name } : {};
}

/** The file that a row of a sheet stands for. */
export function fileFieldOf(set: DatasetFlow, checker: Checker): RecordField | undefined {
  const { of } = checker.nodes.at(set.node);
  const { fileField } = checker.nodes.info(set.node);
  return of.kind === 'record' && fileField !== undefined
    ? of.fields.find((field) => field.name === fileField)
    : undefined;
}

export const baseOf = (place: Place): string => place.wish.base ?? place.env.module.folder;

const formatsByEnding: readonly (readonly [Format, RegExp])[] = [
  ['Image', /\.(tiff?|png|jpe?g|czi|lif|nd2|zarr)$/i],
  ['Table', /\.(csv|tsv|parquet)$/i],
  ['Json', /\.json$/i],
  ['Text', /\.(txt|log|md)$/i],
  ['Xml', /\.xml$/i],
  ['Pdf', /\.pdf$/i],
  ['Html', /\.html?$/i],
  ['Archive', /\.(zip|tar|tgz|tar\.gz|tar\.xz|7z)$/i],
];

/** What a path's ending says: where nothing declares the type of a source, this does. */
export function formatOfPath(path: string): Format {
  if (path.endsWith('/')) return 'Dir';
  return formatsByEnding.find(([, ending]) => ending.test(path))?.[0] ?? 'File';
}
