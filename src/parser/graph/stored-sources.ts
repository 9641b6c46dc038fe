import { queryOf } from '../query/query.ts';
import { queryFilter } from '../query/query-filter.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { pathOf } from '../types/scope.ts';
import { type Arguments, argumentsOf } from './call-arguments.ts';
import { datasetErrors } from './dataset-errors.ts';
import { dataset, errorFlow, type Flow, plainView } from './flow.ts';
import type { Expr, SourceColumn, SourceQuery, SourceSpec } from './program.ts';
import {
  addSource,
  baseOf,
  type Call,
  knownText,
  missing,
  options,
  type Place,
  shapeOf,
  sheetColumns,
} from './source-parts.ts';

/** `catalog("experiment", { cell: Str }, dataset: "raw", where: condition == "ctl")`: items that were imported and annotated. */
export function catalogSource(ast: Call, place: Place): Flow {
  const args = argumentsOf(ast, {
    function: 'catalog',
    positional: ['experiment', 'tags'],
    named: ['dataset', 'where', 'fields', 'min', 'max'],
    report: place.checker.report,
  });
  const experiment = args.get('experiment');
  const schema = args.get('tags');
  if (experiment === undefined || schema === undefined) {
    const what = experiment === undefined ? 'the name of an experiment' : 'the tags of its items';
    return missing(ast, { args, what, usage: 'catalog("screen", { cell: Str, time: Int })', place });
  }
  const name = knownText(experiment, { what: 'The experiment of `catalog`', place });
  const columns = columnsOf(schema, { function: 'catalog', args, place });
  const named = args.get('dataset');
  const within = named && knownText(named, { what: 'The dataset of `catalog`', place });
  if (name === undefined || columns === undefined || (named !== undefined && within === undefined)) return errorFlow;
  const query = queryIn(args, place);
  const { count } = options(args, place);
  const spec: SourceSpec = {
    kind: 'catalog',
    experiment: name,
    ...(within !== undefined && { dataset: within }),
    columns,
    ...(query !== undefined && { query }),
    count,
    fill: [],
  };
  return storedItems(ast, { spec, columns, place });
}

/** `results("pipeline.bit", "masks", { cell: Str }, run: "latest night")`: what a run published. */
export function resultsSource(ast: Call, place: Place): Flow {
  const args = argumentsOf(ast, {
    function: 'results',
    positional: ['pipeline', 'name', 'tags'],
    named: ['run', 'where', 'fields', 'min', 'max'],
    report: place.checker.report,
  });
  const [pipeline, result, schema] = [args.get('pipeline'), args.get('name'), args.get('tags')];
  if (pipeline === undefined || result === undefined || schema === undefined) {
    const what =
      pipeline === undefined ? 'a pipeline' : result === undefined ? 'the name of a result' : 'the tags of its files';
    return missing(ast, { args, what, usage: 'results("segment.bit", "masks", { cell: Str })', place });
  }
  const path = knownText(pipeline, { what: 'The pipeline of `results`', place });
  const name = knownText(result, { what: 'The name of the result', place });
  const columns = columnsOf(schema, { function: 'results', args, place });
  const wanted = args.get('run');
  const run = wanted && knownText(wanted, { what: 'The run of `results`', place });
  if (path === undefined || name === undefined || columns === undefined) return errorFlow;
  if (wanted !== undefined && run === undefined) return errorFlow;
  const query = queryIn(args, place);
  const { count } = options(args, place);
  const spec: SourceSpec = {
    kind: 'results',
    pipeline: path,
    base: baseOf(place),
    result: name,
    ...(run !== undefined && { run }),
    columns,
    ...(query !== undefined && { query }),
    count,
    fill: [],
  };
  return storedItems(ast, { spec, columns, place });
}

/** The value is the file; where a column names it, or columns are optional, a record. */
export function storedItems(
  ast: Call,
  given: { readonly spec: SourceSpec; readonly columns: readonly SourceColumn[]; readonly place: Place },
): Flow {
  const { columns, place } = given;
  const shape = shapeOf(columns);
  const node = addSource(ast, { spec: given.spec, of: shape.of, tags: shape.tags, plain: false, place });
  return dataset(node, plainView, shape.itName);
}

/** Tags, optional fields, and at most one file; without one, the item's file is there under the type that is wanted of it. */
export function columnsOf(
  schema: Ast.Expr,
  given: { readonly function: string; readonly args: Arguments; readonly place: Place },
): readonly SourceColumn[] | undefined {
  const { place } = given;
  if (schema.kind === 'error') return undefined;
  if (schema.kind !== 'schema') {
    place.checker.report(
      datasetErrors.storedShape(schema.span, {
        problem: `These are no tags that \`${given.function}\` could look for`,
        help: 'Write them with their types: `{ cell: Str, time: Int }`.',
      }),
    );
    return undefined;
  }
  const columns = sheetColumns(schema, { asFields: given.args.names('fields') ?? [], place });
  const [, second] = columns.filter((column) => column.role === 'file');
  if (second !== undefined) {
    const field = schema.fields.find((one) => one.name.text === second.name);
    place.checker.report(
      datasetErrors.storedShape(field?.name.span ?? schema.span, {
        problem: 'An item here is one file, and this is a second one',
        help: 'Keep one column of a file type, and read the others from a source of their own.',
      }),
    );
    return undefined;
  }
  if (columns.some((column) => column.role === 'file')) return columns;
  const { of } = place.wish;
  const type = of?.kind === 'file' ? of : ({ kind: 'file', format: 'Image' } as const);
  const name = columns.some((column) => column.name === 'file') ? 'data' : 'file';
  return [{ name, from: name, type, role: 'file', optional: false }, ...columns];
}

/**
 * The names of a condition are tags of what is stored, and looked up there; only `params.x` belongs to this file. What can be wrong without the store is
 * reported here.
 */
function queryIn(args: Arguments, place: Place): SourceQuery | undefined {
  const { checker, env } = place;
  const condition = args.get('where');
  if (condition === undefined || condition.kind === 'error') return undefined;
  const plain: { at: Ast.Expr; value: Expr }[] = [];
  let failed = false;
  for (const at of paramsIn(condition)) {
    const value = checker.plain(at, env);
    if (value.type.kind === 'error') failed = true;
    else plain.push({ at, value });
  }
  if (failed) return undefined;
  const query = queryOf(condition);
  const values = new Map(plain.map(({ at, value }) => [at, fold(value, checker.bound)]));
  // A param that nobody gave yet has no value to look at.
  if ([...values.values()].every((value) => value !== undefined && value !== null)) {
    const { diagnostics } = queryFilter(query, { value: (of) => values.get(of) ?? undefined });
    for (const diagnostic of diagnostics) checker.report(diagnostic);
    if (diagnostics.length > 0) return undefined;
  }
  return { query, plain };
}

/** `params.x`, and texts that such a one is inserted into. */
function paramsIn(condition: Ast.Expr): readonly Ast.Expr[] {
  const found: Ast.Expr[] = [];
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const one of part) visit(one);
    else if (isExpr(part)) {
      const isParam = part.kind === 'member' && pathOf(part)?.startsWith('params.') === true;
      const hasHole = part.kind === 'string' && !part.isRaw && part.parts.some((one) => one.kind !== 'text');
      if (isParam || hasHole) found.push(part);
      else for (const [name, inner] of Object.entries(part)) if (name !== 'span') visit(inner);
    } else if (typeof part === 'object' && part !== null) {
      for (const [name, inner] of Object.entries(part)) if (name !== 'span') visit(inner);
    }
  };
  visit(condition);
  return found;
}

/** Everything with a kind and a place is an expression, or has none of the kinds that are asked for. */
const isExpr = (part: unknown): part is Ast.Expr =>
  typeof part === 'object' && part !== null && 'kind' in part && 'span' in part;
