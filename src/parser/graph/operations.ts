import { nameErrors } from '../names/name-errors.ts';
import type * as Ast from '../syntax/ast.ts';
import { isScalar, tagKindOf, tagTypeOf, withoutOptional } from '../types/fits.ts';
import type { ColumnType, RecordField, TableDemand, TagKind, TagType, Type } from '../types/type.ts';
import { columnTypeOf, readType, uniqueFields } from '../types/type-nodes.ts';
import { argumentsOf } from './call-arguments.ts';
import { derive, type Place, tagNames, wholeNumber } from './clauses.ts';
import { datasetErrors } from './dataset-errors.ts';
import type { DatasetFunction } from './dataset-functions.ts';
import { type DatasetFlow, dataset, errorFlow, type Flow, joinViews, plainView } from './flow.ts';
import type { Expr } from './program.ts';

type Call = Ast.Expr & { kind: 'call' };

/** `first take single count collect table rows join`. */
export function operation(name: DatasetFunction, ast: Call, place: Place): Flow {
  switch (name) {
    case 'first':
    case 'take':
    case 'single':
      return pick(name, ast, place);
    case 'count':
      return count(ast, place);
    case 'collect':
      return collect(ast, place);
    case 'table':
      return table(ast, place);
    case 'rows':
      return rows(ast, place);
    case 'join':
      return join(ast, place);
  }
}

function oneDataset(
  ast: Call,
  given: { readonly name: string; readonly usage: string; readonly place: Place },
): DatasetFlow | undefined {
  const { checker, env } = given.place;
  const args = argumentsOf(ast, { function: given.name, positional: ['dataset'], named: [], report: checker.report });
  const of = args.get('dataset');
  if (of !== undefined) return checker.dataset(of, env);
  if (!args.failed)
    checker.report(
      datasetErrors.missingArgument(ast.span, { function: given.name, what: 'a dataset', usage: given.usage }),
    );
  return undefined;
}

function pick(how: 'first' | 'take' | 'single', ast: Call, place: Place): Flow {
  const { checker, env } = place;
  const positional = how === 'take' ? ['dataset', 'n'] : ['dataset'];
  const args = argumentsOf(ast, {
    function: how,
    positional,
    named: how === 'single' ? [] : ['by'],
    report: checker.report,
  });
  const of = args.get('dataset');
  const n = args.get('n');
  const usage = how === 'take' ? 'take(images, 3)' : `${how}(images)`;
  if (of === undefined || (how === 'take' && n === undefined)) {
    if (!args.failed)
      checker.report(
        datasetErrors.missingArgument(ast.span, {
          function: how,
          what: of === undefined ? 'a dataset' : 'how many',
          usage,
        }),
      );
    return errorFlow;
  }
  const from = checker.dataset(of, env);
  const size = n === undefined ? 1 : wholeNumber(n, { what: 'How many to `take`', min: 1, place });
  const by = from && tagNames(args.names('by') ?? [], { from, place });
  if (from === undefined || size === undefined || by === undefined) return errorFlow;
  const node = checker.nodes.at(from.node);
  const id = derive(from, {
    word: how,
    place,
    node: {
      kind: 'pick',
      from: from.node,
      how,
      count: size,
      by,
      span: ast.span,
      of: node.of,
      tags: how === 'single' ? [] : node.tags,
      plain: how === 'single',
    },
  });
  return dataset(id, how === 'single' ? plainView : from.view, from.itName);
}

function count(ast: Call, place: Place): Flow {
  const from = oneDataset(ast, { name: 'count', usage: 'count(images)', place });
  if (from === undefined) return errorFlow;
  const id = derive(from, {
    word: 'count',
    place,
    node: { kind: 'count', from: from.node, span: ast.span, of: { kind: 'int', min: 0 }, tags: [], plain: true },
  });
  return dataset(id, plainView);
}

function collect(ast: Call, place: Place): Flow {
  const { checker, env, wish } = place;
  const from = oneDataset(ast, { name: 'collect', usage: 'collect(images)', place });
  if (from === undefined) return errorFlow;
  const node = checker.nodes.at(from.node);
  const id = checker.nodes.add(
    wish.name ?? `${node.name} collect`,
    { kind: 'collect', from: from.node, span: ast.span, of: { kind: 'list', of: node.of }, tags: [], plain: true },
    { guards: env.guards, known: checker.nodes.info(from.node).known, elementTags: node.tags },
  );
  return dataset(id, plainView);
}

/** All tags and scalars, a row per item. */
function table(ast: Call, place: Place): Flow {
  const { checker } = place;
  const from = oneDataset(ast, { name: 'table', usage: 'table(measured)', place });
  if (from === undefined) return errorFlow;
  const node = checker.nodes.at(from.node);
  const tags = node.tags.filter((tag) => !from.view.hidden.has(tag.name));
  const columns: { name: string; kind: TagKind | 'other'; value: Expr }[] = tags.map((tag) => ({
    name: tag.name,
    kind: tag.kind,
    value: { kind: 'tag', name: tag.name, type: tagTypeOf(tag.kind), span: ast.span },
  }));
  const demand: Record<string, { type: ColumnType; optional?: boolean }> = Object.fromEntries(
    tags.map((tag) => [tag.name, { type: tag.kind }]),
  );
  for (const scalar of scalarsOf(node.of, { itName: from.itName, span: ast.span })) {
    if (columns.some((column) => column.name === scalar.name)) {
      checker.report(datasetErrors.tableClash(ast.span, { name: scalar.name }));
      return errorFlow;
    }
    const type = withoutOptional(scalar.value.type);
    const kind = type.kind === 'quantity' ? 'other' : (tagKindOf(type) ?? 'other');
    columns.push({ name: scalar.name, kind, value: scalar.value });
    const column: ColumnType = type.kind === 'quantity' ? 'Float' : (tagKindOf(type) ?? 'Str');
    demand[scalar.name] = { type: column, ...(scalar.value.type.kind === 'optional' ? { optional: true } : {}) };
  }
  if (columns.length === 0) {
    checker.report(datasetErrors.emptyTable(ast.span, {}));
    return errorFlow;
  }
  const of: Type = { kind: 'file', format: 'Table', table: { columns: demand } satisfies TableDemand };
  const id = derive(from, {
    word: 'table',
    place,
    known: false,
    node: { kind: 'table', from: from.node, columns, span: ast.span, of, tags: [], plain: true },
  });
  return dataset(id, plainView);
}

function scalarsOf(
  of: Type,
  given: { readonly itName: string | undefined; readonly span: Ast.Expr['span'] },
): readonly { readonly name: string; readonly value: Expr }[] {
  const { span } = given;
  const item: Expr = { kind: 'item', type: of, span };
  if (of.kind === 'record') {
    return of.fields
      .filter((field) => isScalar(withoutOptional(field.type)))
      .map((field) => ({
        name: field.name,
        value: { kind: 'field', of: item, name: field.name, type: field.type, span } as const,
      }));
  }
  return isScalar(withoutOptional(of)) ? [{ name: given.itName ?? 'value', value: item }] : [];
}

/** One item per row of each table. */
function rows(ast: Call, place: Place): Flow {
  const { checker, env } = place;
  const args = argumentsOf(ast, {
    function: 'rows',
    positional: ['dataset', 'columns'],
    named: ['by'],
    report: checker.report,
  });
  const of = args.get('dataset');
  const schema = args.get('columns');
  const usage = 'rows(tracks, { track: Int, score: Float }, by: (track))';
  if (of === undefined || schema === undefined) {
    if (!args.failed)
      checker.report(
        datasetErrors.missingArgument(ast.span, {
          function: 'rows',
          what: of === undefined ? 'a dataset' : 'the columns',
          usage,
        }),
      );
    return errorFlow;
  }
  const from = checker.dataset(of, env);
  if (from === undefined || schema.kind === 'error') return errorFlow;
  const node = checker.nodes.at(from.node);
  if (node.of.kind !== 'file' || node.of.format !== 'Table') {
    if (node.of.kind !== 'error') checker.report(datasetErrors.rowsOfOther(of.span, { of: node.of }));
    return errorFlow;
  }
  if (schema.kind !== 'schema') {
    checker.report(
      datasetErrors.notLiteral(schema.span, {
        what: 'The columns of `rows`',
        help: `Write them with their types: \`${usage}\`.`,
      }),
    );
    return errorFlow;
  }
  const columns = uniqueFields(schema.fields, { what: 'column', report: checker.report }).flatMap((field) => {
    const type = readType(field.type, { module: env.module, report: checker.report });
    const column = columnTypeOf(type);
    if (column === undefined) checker.report(datasetErrors.columnType(field.type.span, { type }));
    return column === undefined
      ? []
      : [
          {
            name: field.name.text,
            from: field.from?.value ?? field.name.text,
            type: column,
            optional: type.kind === 'optional',
            at: field.name.span,
          },
        ];
  });
  const byNames = args.names('by');
  if (byNames === undefined || byNames.length === 0) {
    if (args.get('by') === undefined)
      checker.report(datasetErrors.rowsWithoutBy(ast.span, { columns: columns.map((column) => column.name) }));
    return errorFlow;
  }
  const tags: TagType[] = [...node.tags];
  for (const name of byNames) {
    const column = columns.find((one) => one.name === name.text);
    if (column === undefined)
      checker.report(
        nameErrors.unknownName(name.span, {
          name: name.text,
          candidates: columns.map((one) => one.name),
          where: 'none of the columns',
        }),
      );
    else if (column.optional) checker.report(datasetErrors.optionalTag(name.span, { name: name.text }));
    else if (tags.some((tag) => tag.name === name.text))
      checker.report(datasetErrors.rowsTagTaken(name.span, { name: name.text }));
    else {
      tags.push({ name: name.text, kind: column.type });
      continue;
    }
    return errorFlow;
  }
  const by = byNames.map((name) => name.text);
  const fields: RecordField[] = columns
    .filter((column) => !by.includes(column.name))
    .map((column) => ({
      name: column.name,
      type: column.optional ? { kind: 'optional', of: tagTypeOf(column.type) } : tagTypeOf(column.type),
    }));
  const id = derive(from, {
    word: 'rows',
    place,
    known: false,
    node: {
      kind: 'rows',
      from: from.node,
      columns: columns.map(({ name, from: source, type, optional }) => ({ name, from: source, type, optional })),
      by,
      span: ast.span,
      of: { kind: 'record', fields },
      tags,
      plain: false,
    },
  });
  return dataset(id, from.view);
}

/** Records of items that agree on the tags in `on`. */
function join(ast: Call, place: Place): Flow {
  const { checker, env } = place;
  const sides: { name: Ast.Name; flow: DatasetFlow; ast: Ast.Expr }[] = [];
  let on: readonly Ast.Name[] | undefined;
  let missing: 'error' | 'drop' | 'null' = 'error';
  let failed = false;
  for (const arg of ast.args) {
    if (arg.name === undefined) {
      checker.report(datasetErrors.joinUnnamed(arg.span, {}));
      failed = true;
    } else if (arg.name.text === 'on') {
      on = argumentsOf(
        { ...ast, args: [arg] },
        { function: 'join', positional: [], named: ['on'], report: checker.report },
      ).names('on');
    } else if (arg.name.text === 'missing') {
      const word = arg.value.kind === 'name' ? arg.value.name : '';
      if (word === 'error' || word === 'drop' || word === 'null') missing = word;
      else
        checker.report(
          datasetErrors.badOption(arg.value.span, { option: 'missing', word, known: ['error', 'drop', 'null'] }),
        );
    } else {
      const flow = checker.dataset(arg.value, env);
      if (flow === undefined) failed = true;
      else sides.push({ name: arg.name, flow, ast: arg.value });
    }
  }
  uniqueFields(sides, { what: 'field', report: checker.report });
  if (failed) return errorFlow;
  if (sides.length < 2) {
    checker.report(
      datasetErrors.missingArgument(ast.span, {
        function: 'join',
        what: 'at least two datasets',
        usage: 'join(image: images, mask: masks, on: (cell))',
      }),
    );
    return errorFlow;
  }
  return joined(ast, { sides, on, missing, place });
}

function joined(
  ast: Call,
  given: {
    readonly sides: readonly { readonly name: Ast.Name; readonly flow: DatasetFlow; readonly ast: Ast.Expr }[];
    readonly on: readonly Ast.Name[] | undefined;
    readonly missing: 'error' | 'drop' | 'null';
    readonly place: Place;
  },
): Flow {
  const { sides, place } = given;
  const { checker } = place;
  const nodes = sides.map((side) => checker.nodes.at(side.flow.node));
  const shared = (nodes[0]?.tags ?? [])
    .filter((tag) => nodes.every((node) => node.tags.some((one) => one.name === tag.name)))
    .map((tag) => tag.name);
  if (given.on === undefined && shared.length === 0) {
    checker.report(datasetErrors.joinNothing(ast.span, {}));
    return errorFlow;
  }
  const on = given.on === undefined ? shared : given.on.map((name) => name.text);
  for (const side of sides) {
    if (given.on !== undefined && tagNames(given.on, { from: side.flow, place }) === undefined) return errorFlow;
  }
  const tags: TagType[] = [];
  for (const [index, node] of nodes.entries()) {
    for (const tag of node.tags) {
      const earlier = tags.find((one) => one.name === tag.name);
      const side = sides[index];
      if (earlier === undefined) tags.push(tag);
      else if (earlier.kind !== tag.kind && side !== undefined) {
        checker.report(
          datasetErrors.tagKinds(side.ast.span, {
            tag: tag.name,
            first: earlier.kind,
            second: tag.kind,
            other: sides[0]?.ast.span ?? ast.span,
            where: `\`${sides[0]?.name.text ?? ''}\``,
          }),
        );
        return errorFlow;
      } else if (!on.includes(tag.name) && side !== undefined) {
        checker.report(datasetErrors.joinClash(side.ast.span, { tag: tag.name, on }));
        return errorFlow;
      }
    }
  }
  const [first] = sides;
  if (first === undefined) return errorFlow;
  const of: Type = {
    kind: 'record',
    fields: sides.map((side, index): RecordField => {
      const type = nodes[index]?.of ?? { kind: 'error' };
      return {
        name: side.name.text,
        type: given.missing === 'null' && type.kind !== 'optional' ? { kind: 'optional', of: type } : type,
      };
    }),
  };
  const id = derive(first.flow, {
    word: 'join',
    place,
    known: sides.every((side) => checker.nodes.info(side.flow.node).known),
    node: {
      kind: 'join',
      fields: sides.map((side) => ({ name: side.name.text, node: side.flow.node })),
      on,
      missing: given.missing,
      span: ast.span,
      of,
      tags,
      plain: false,
    },
  });
  return dataset(id, joinViews(sides.map((side) => side.flow.view)));
}
