import { nameErrors } from '../names/name-errors.ts';
import { sliceOf } from '../names/wording.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { fitValue } from '../types/fit-value.ts';
import { strType, tagKindOf } from '../types/fits.ts';
import type { RecordField, TagKind, TagType, Type } from '../types/type.ts';
import { typeErrors } from '../types/type-errors.ts';
import { argumentsOf } from './call-arguments.ts';
import { datasetErrors } from './dataset-errors.ts';
import type { SourceFunction } from './dataset-functions.ts';
import { type Checker, type DatasetFlow, dataset, errorFlow, type Flow, plainView } from './flow.ts';
import { nodesOf } from './nodes.ts';
import type { Expr, Fingerprint, NodeId, SourceSpec } from './program.ts';
import { omeroSource, remoteSource, urlSource } from './remote-sources.ts';
import {
  addSource,
  baseOf,
  type Call,
  formatOfPath,
  missing,
  options,
  type Place,
  readPattern,
  shapeOf,
  sheetColumns,
} from './source-parts.ts';
import { catalogSource, resultsSource } from './stored-sources.ts';

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

/** The file that a row of a sheet stands for. */
export function fileFieldOf(set: DatasetFlow, checker: Checker): RecordField | undefined {
  const { of } = checker.nodes.at(set.node);
  const { fileField } = checker.nodes.info(set.node);
  return of.kind === 'record' && fileField !== undefined
    ? of.fields.find((field) => field.name === fileField)
    : undefined;
}
