import { nameErrors } from '../names/name-errors.ts';
import type * as Ast from '../syntax/ast.ts';
import { isProperty, member } from '../types/expressions.ts';
import { strType, tagTypeOf } from '../types/fits.ts';
import { pathOf } from '../types/scope.ts';
import type { Type } from '../types/type.ts';
import { typeErrors } from '../types/type-errors.ts';
import { outputFlow } from './calls.ts';
import * as clauses from './clauses.ts';
import { datasetErrors } from './dataset-errors.ts';
import { type DatasetFlow, dataset, errorFlow, type Flow, lookUp, plainView, visibleNames } from './flow.ts';
import type { Expr } from './program.ts';

export function named(ast: Ast.Expr & { kind: 'name' }, place: clauses.Place): Flow {
  const { checker, env } = place;
  const found = lookUp(ast.name, env.block);
  if (found !== undefined) {
    found.used = true;
    return ifNarrowed(usedAt(found.flow, ast), ast, place);
  }
  if (ast.name === 'params') {
    checker.report(
      nameErrors.noParams(ast.span, {
        problem: '`params` is not a value by itself',
        help: 'Name the param that is meant: `params.name`.',
      }),
    );
    return errorFlow;
  }
  const definition = env.module.symbols.get(ast.name);
  if (definition?.kind === 'error') return errorFlow;
  if (definition !== undefined) {
    env.module.used.add(ast.name);
    const help =
      definition.kind === 'module'
        ? `Name what is meant: \`${ast.name}.name(…)\`.`
        : definition.kind === 'type'
          ? 'A type stands after a name and `:`.'
          : `Call it: \`${ast.name}(…)\`.`;
    checker.report(
      nameErrors.wrongKind(ast.span, {
        name: ast.name,
        is: `a ${definition.kind}`,
        wanted: 'a value or dataset',
        help,
      }),
    );
    return errorFlow;
  }
  checker.report(
    nameErrors.unknownName(ast.span, {
      name: ast.name,
      candidates: visibleNames(env.block),
    }),
  );
  return errorFlow;
}

export function memberFlow(ast: Ast.Expr & { kind: 'member' }, place: clauses.Place): Flow {
  const { checker, env, wish } = place;
  if (ast.of.kind === 'name' && lookUp(ast.of.name, env.block) === undefined) {
    if (ast.of.name === 'params')
      return ifNarrowed(usedAt(checker.param(ast.name.text, ast.name.span, env), ast), ast, place);
    const definition = env.module.symbols.get(ast.of.name);
    if (definition?.kind === 'module') {
      env.module.used.add(ast.of.name);
      const name = `${ast.of.name}.${ast.name.text}`;
      checker.report(
        nameErrors.wrongKind(ast.span, {
          name,
          is: 'a definition of a module',
          wanted: 'a value or dataset',
          help: `Call it: \`${name}(…)\`.`,
        }),
      );
      return errorFlow;
    }
  }
  const base = checker.flow(ast.of, env, clauses.nameOnly(wish));
  return pickMember(base, ast, place);
}

/** `.name` over an item: a field, the value under its own name, a tag, a property of the file. */
export function itemMember(
  from: DatasetFlow,
  ast: Ast.Expr & { kind: 'member' },
  place: Pick<clauses.Place, 'checker' | 'env'>,
): Expr | 'both' | undefined {
  const { checker } = place;
  const node = checker.nodes.at(from.node);
  const name = ast.name.text;
  const item: Expr = { kind: 'item', type: node.of, span: ast.of.span };
  const of = node.of.kind === 'list' ? node.of.of : node.of;
  const isField = of.kind === 'record' && of.fields.some((field) => field.name === name);
  const tag = from.view.hidden.has(name) ? undefined : node.tags.find((one) => one.name === name);
  if ((isField || from.itName === name) && tag !== undefined) {
    checker.report(
      nameErrors.twoThings(ast.name.span, {
        name,
        first: 'the tag',
        second: 'the output or field',
        writes: [`select tag.${name}`, `select out.${name}`],
      }),
    );
    return 'both';
  }
  if (isField) return member(item, ast, checker);
  if (from.itName === name) return item;
  if (tag !== undefined) return { kind: 'tag', name, type: tagTypeOf(tag.kind), span: ast.span };
  if (of.kind === 'file' && isProperty(name) && (of.format === 'Image' || !['shape', 'axes', 'dtype'].includes(name))) {
    return member(item, ast, checker);
  }
  return undefined;
}

/** A value where it is used: messages point there, not to where it was defined. */
const usedAt = (flow: Flow, ast: Ast.Expr): Flow =>
  flow.kind === 'value' ? { kind: 'value', value: { ...flow.value, span: ast.span } } : flow;

/** An absent dataset inside `if present(…)`: the branch is checked as if it were there, and left out. */
function ifNarrowed(found: Flow, ast: Ast.Expr, place: clauses.Place): Flow {
  const path = pathOf(ast);
  if (path === undefined || !place.env.narrowed.has(path)) return found;
  if (found.kind === 'value' && found.value.type.kind === 'optional') {
    return { kind: 'value', value: { ...found.value, type: found.value.type.of } };
  }
  if (found.kind !== 'absent') return found;
  const id = place.checker.nodes.add(
    `${path} given`,
    {
      kind: 'source',
      source: {
        kind: 'values',
        list: { kind: 'list', items: [], type: { kind: 'list', of: strType }, span: ast.span },
        tag: 'value',
        count: { min: 1 },
      },
      span: ast.span,
      of: found.of,
      tags: found.tags,
      plain: false,
    },
    { guards: place.env.guards, known: true },
  );
  return dataset(id, plainView);
}

/** An output, field, scalar, tag or property of each item, as a dataset with the same tags. */
function pickMember(base: Flow, ast: Ast.Expr & { kind: 'member' }, place: clauses.Place): Flow {
  const { checker } = place;
  const name = ast.name.text;
  switch (base.kind) {
    case 'error':
      return errorFlow;
    case 'value': {
      const value = member(base.value, ast, checker);
      return value.type.kind === 'error' ? errorFlow : { kind: 'value', value };
    }
    case 'absent':
      checker.report(
        typeErrors.maybeAbsent(ast.of.span, { type: { kind: 'optional', of: base.of }, path: pathOf(ast.of) }),
      );
      return errorFlow;
    case 'outputs': {
      const output = base.outputs.get(name);
      if (output !== undefined) return output;
      checker.report(
        datasetErrors.noMember(ast.name.span, { name, candidates: [...base.outputs.keys()], what: `\`${base.name}\`` }),
      );
      return errorFlow;
    }
    case 'call': {
      if (name === 'failed') return failedItems(base, ast, place);
      const output = outputFlow(base, name, checker);
      if (output !== undefined) return output;
      const record = checker.nodes.record(base.node);
      const candidates = [...base.process.outputs.map((one) => one.name), 'failed'];
      if (record === undefined) {
        checker.report(datasetErrors.noMember(ast.name.span, { name, candidates, what: `\`${base.process.name}\`` }));
        return errorFlow;
      }
      const only = base.process.outputs.length === 1 ? base.process.outputs[0]?.name : undefined;
      return memberOfItems(dataset(record, base.view, only), ast, {
        place,
        candidates,
        what: `\`${base.process.name}\``,
      });
    }
    case 'dataset':
      return memberOfItems(base, ast, { place, candidates: [], what: 'This dataset' });
  }
}

function memberOfItems(
  from: DatasetFlow,
  ast: Ast.Expr & { kind: 'member' },
  given: { readonly place: clauses.Place; readonly candidates: readonly string[]; readonly what: string },
): Flow {
  const { checker } = given.place;
  const node = checker.nodes.at(from.node);
  const name = ast.name.text;
  const value = itemMember(from, ast, given.place);
  if (value === 'both') return errorFlow;
  if (value !== undefined) {
    if (value.kind === 'item') return from;
    return clauses.mapped(from, { value, span: ast.span, word: `.${name}`, place: given.place, itName: name });
  }
  const fields = node.of.kind === 'record' ? node.of.fields.map((field) => field.name) : [];
  const tags = node.tags.filter((tag) => !from.view.hidden.has(tag.name)).map((tag) => tag.name);
  const candidates = [...new Set([...given.candidates, ...fields, ...(from.itName ? [from.itName] : []), ...tags])];
  if (node.of.kind === 'error') return errorFlow;
  checker.report(datasetErrors.noMember(ast.name.span, { name, candidates, what: given.what }));
  return errorFlow;
}

/** What quarantine set aside: the tags of the call, and what happened. */
function failedItems(call: Flow & { kind: 'call' }, ast: Ast.Expr, place: clauses.Place): Flow {
  const { checker } = place;
  const node = checker.nodes.at(call.node);
  const of: Type = {
    kind: 'record',
    fields: [
      { name: 'message', type: { kind: 'str' } },
      { name: 'exit', type: { kind: 'int' } },
      { name: 'log', type: { kind: 'file', format: 'Text' } },
    ],
  };
  const id = checker.nodes.add(
    `${node.name}.failed`,
    { kind: 'failed', call: call.node, span: ast.span, of, tags: node.tags, plain: false },
    { guards: node.guards, known: false },
  );
  return dataset(id, call.view);
}
