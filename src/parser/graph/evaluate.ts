import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Definition } from '../names/modules.ts';
import { nameErrors } from '../names/name-errors.ts';
import type { SourceHost } from '../names/source-host.ts';
import type * as Ast from '../syntax/ast.ts';
import { type Bound, fold } from '../types/constants.ts';
import { isProperty, member, typeExpr } from '../types/expressions.ts';
import { boolType, common, strType, tagTypeOf } from '../types/fits.ts';
import { builtIns, isBuiltIn } from '../types/functions.ts';
import { errorExpr, narrow, narrowing, pathOf, type Scope } from '../types/scope.ts';
import type { Type } from '../types/type.ts';
import { typeErrors } from '../types/type-errors.ts';
import { callProcess, outputFlow } from './calls.ts';
import * as clauses from './clauses.ts';
import { datasetErrors } from './dataset-errors.ts';
import { isLaterSource, isOperation, isSourceFunction } from './dataset-functions.ts';
import {
  type Checker,
  type DatasetFlow,
  dataset,
  type Env,
  errorFlow,
  type Flow,
  lookUp,
  plainView,
  visibleNames,
} from './flow.ts';
import { itemScope } from './items.ts';
import type { Nodes } from './nodes.ts';
import { operation } from './operations.ts';
import { type CheckedProcess, checkProcess } from './processes.ts';
import type { Expr } from './program.ts';
import { laterSource, source } from './sources.ts';
import { workflowErrors } from './workflow-errors.ts';

interface World {
  readonly host: SourceHost;
  readonly nodes: Nodes;
  readonly report: (diagnostic: Diagnostic) => void;
  readonly param: Checker['param'];
  readonly bound: Bound;
  readonly callWorkflow: (
    definition: Extract<Definition, { kind: 'workflow' }>,
    ast: Ast.Expr & { kind: 'call' },
    place: clauses.Place,
  ) => Flow;
}

/** The evaluation of workflow expressions to flows: which nodes they are, of what type, with which tags. */
export function createChecker(world: World): Checker {
  const processes = new Map<Ast.Process, CheckedProcess>();
  const checker: Checker = {
    host: world.host,
    nodes: world.nodes,
    report: world.report,
    param: world.param,
    bound: world.bound,
    process(definition) {
      const known = processes.get(definition.declaration);
      if (known !== undefined) return known;
      const { module, declaration } = definition;
      const checked = checkProcess(declaration, { module, host: world.host, report: world.report });
      processes.set(declaration, checked);
      return checked;
    },
    flow: (ast, env, wish = {}) => flow(ast, { checker, env, wish, world }),
    plain: (ast, env) => typeExpr(ast, workflowScope(checker, env)),
    item: (ast, over, env) => typeExpr(ast, itemScope(over, { checker, env })),
    itemScope: (over, env) => itemScope(over, { checker, env }),
    dataset: (ast, env, wish = {}) => checker.asDataset(checker.flow(ast, env, wish), ast, env),
    asDataset: (value, at, env) => asDataset(value, { ast: at, checker, env }),
    asPlain: (value, at, env) => asPlain(value, { ast: at, checker, env }),
  };
  return checker;
}

interface Place extends clauses.Place {
  readonly world: World;
}

function flow(ast: Ast.Expr, place: Place): Flow {
  const { checker, env, wish } = place;
  switch (ast.kind) {
    case 'error':
      return errorFlow;
    case 'name':
      return named(ast, place);
    case 'member':
      return memberFlow(ast, place);
    case 'call':
      return call(ast, place);
    case 'pipe':
      return pipe(ast, place);
    case 'if':
      return choice(ast, place);
    case 'paren': {
      const [only, second] = ast.items;
      if (only !== undefined && second === undefined) return checker.flow(only, env, wish);
      return { kind: 'value', value: checker.plain(ast, env) };
    }
    case 'matching':
      return wrapped(ast, { ...place, wish: { ...wish, matching: ast.tags } });
    case 'after': {
      const other = checker.flow(ast.other, env);
      const nodes = other.kind === 'error' || other.kind === 'value' ? [] : nodesBehind(other);
      if (other.kind === 'value' && other.value.type.kind !== 'error') {
        checker.report(datasetErrors.notDataset(ast.other.span, { of: other.value.type }));
      }
      return wrapped(ast, { ...place, wish: { ...wish, after: [...(wish.after ?? []), ...nodes] } });
    }
    case 'where':
      return clauses.where(ast, place);
    case 'group':
      return clauses.group(ast, place);
    case 'order':
      return clauses.order(ast, place);
    case 'tag':
      return clauses.tag(ast, place);
    case 'untag':
      return clauses.untag(ast, place);
    case 'select':
      return clauses.select(ast, place);
    case 'pivot':
      return clauses.pivot(ast, place);
    case 'window':
      return clauses.window(ast, place);
    case 'cross':
      return clauses.cross(ast, place);
    case 'union':
      return clauses.union(ast, place);
    default: {
      const value = checker.plain(ast, env);
      return value.type.kind === 'error' ? errorFlow : { kind: 'value', value };
    }
  }
}

function nodesBehind(flow: Flow): readonly number[] {
  switch (flow.kind) {
    case 'dataset':
    case 'call':
      return [flow.node];
    case 'outputs':
      return [...flow.outputs.values()].flatMap(nodesBehind);
    default:
      return [];
  }
}

function named(ast: Ast.Expr & { kind: 'name' }, place: Place): Flow {
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

/** A value where it is used: messages point there, not to where it was defined. */
const usedAt = (flow: Flow, ast: Ast.Expr): Flow =>
  flow.kind === 'value' ? { kind: 'value', value: { ...flow.value, span: ast.span } } : flow;

/** An absent dataset inside `if present(…)`: the branch is checked as if it were there, and left out. */
function ifNarrowed(found: Flow, ast: Ast.Expr, place: Place): Flow {
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

function memberFlow(ast: Ast.Expr & { kind: 'member' }, place: Place): Flow {
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

/** An output, field, scalar, tag or property of each item, as a dataset with the same tags. */
function pickMember(base: Flow, ast: Ast.Expr & { kind: 'member' }, place: Place): Flow {
  const { checker, env } = place;
  const name = ast.name.text;
  switch (base.kind) {
    case 'error':
      return errorFlow;
    case 'value': {
      const value = member(base.value, ast, workflowScope(checker, env));
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
  given: { readonly place: Place; readonly candidates: readonly string[]; readonly what: string },
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

/** `.name` over an item: a field, the value under its own name, a tag, a property of the file. */
function itemMember(
  from: DatasetFlow,
  ast: Ast.Expr & { kind: 'member' },
  place: Pick<Place, 'checker' | 'env'>,
): Expr | 'both' | undefined {
  const { checker, env } = place;
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
  if (isField) return member(item, ast, workflowScope(checker, env));
  if (from.itName === name) return item;
  if (tag !== undefined) return { kind: 'tag', name, type: tagTypeOf(tag.kind), span: ast.span };
  if (of.kind === 'file' && isProperty(name) && (of.format === 'Image' || !['shape', 'axes', 'dtype'].includes(name))) {
    return member(item, ast, workflowScope(checker, env));
  }
  return undefined;
}

/** What quarantine set aside: the tags of the call, and what happened. */
function failedItems(call: Flow & { kind: 'call' }, ast: Ast.Expr, place: Place): Flow {
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

function call(ast: Ast.Expr & { kind: 'call' }, place: Place): Flow {
  const { checker, env, wish, world } = place;
  const { callee } = ast;
  let definition: Definition | undefined;
  if (callee.kind === 'name') {
    const { name } = callee;
    definition = env.module.symbols.get(name);
    if (definition === undefined) {
      const misplaced = wish.matching?.[0]?.span ?? (wish.after !== undefined ? ast.span : undefined);
      if (misplaced !== undefined && (isSourceFunction(name) || isOperation(name) || isBuiltIn(name))) {
        checker.report(workflowErrors.clauseOfCall(misplaced, {}));
      }
      if (isSourceFunction(name)) return source(name, ast, place);
      if (isLaterSource(name)) return laterSource(name, ast, place);
      if (isOperation(name)) return operation(name, ast, place);
      if (isBuiltIn(name)) {
        const value = checker.plain(ast, env);
        return value.type.kind === 'error' ? errorFlow : { kind: 'value', value };
      }
      const candidates = [...env.module.symbols].flatMap(([symbol, one]) =>
        one.kind === 'process' || one.kind === 'workflow' ? [symbol] : [],
      );
      checker.report(
        nameErrors.unknownProcess(callee.span, {
          name,
          candidates: [
            ...candidates,
            ...builtIns,
            'files',
            'file',
            'sheet',
            'values',
            'count',
            'collect',
            'join',
            'table',
            'rows',
            'first',
            'take',
            'single',
          ],
        }),
      );
      for (const arg of ast.args) checker.flow(arg.value, env);
      return errorFlow;
    }
    env.module.used.add(name);
  } else if (callee.kind === 'member' && callee.of.kind === 'name') {
    definition = ofModule(callee, callee.of.name, place);
  } else if (callee.kind !== 'error') {
    checker.report(workflowErrors.notCallable(callee.span, {}));
  }
  if (definition === undefined) {
    for (const arg of ast.args) checker.flow(arg.value, env);
    return errorFlow;
  }
  switch (definition.kind) {
    case 'process':
      return callProcess(checker.process(definition), ast, place);
    case 'workflow':
      return world.callWorkflow(definition, ast, place);
    case 'error':
      for (const arg of ast.args) checker.flow(arg.value, env);
      return errorFlow;
    case 'type':
    case 'module': {
      const name = callee.kind === 'name' ? callee.name : '';
      checker.report(
        nameErrors.wrongKind(callee.span, {
          name,
          is: `a ${definition.kind}`,
          wanted: 'a process or workflow',
          help:
            definition.kind === 'module' ? `Name what of it is called: \`${name}.name(…)\`.` : 'A type is not called.',
        }),
      );
      return errorFlow;
    }
  }
}

function ofModule(callee: Ast.Expr & { kind: 'member' }, alias: string, place: Place): Definition | undefined {
  const { checker, env } = place;
  const module = env.module.symbols.get(alias);
  if (module?.kind === 'error') return module;
  if (module?.kind !== 'module') {
    checker.report(
      module === undefined && lookUp(alias, env.block) === undefined
        ? nameErrors.unknownName(callee.of.span, { name: alias, candidates: moduleAliases(env) })
        : workflowErrors.notCallable(callee.span, {}),
    );
    return undefined;
  }
  env.module.used.add(alias);
  const found = module.module.symbols.get(callee.name.text);
  if (found !== undefined && found.kind !== 'module' && found.kind !== 'error' && found.module === module.module)
    return found;
  const candidates = [...module.module.symbols].flatMap(([symbol, one]) =>
    (one.kind === 'process' || one.kind === 'workflow') && one.module === module.module ? [symbol] : [],
  );
  checker.report(nameErrors.unknownProcess(callee.name.span, { name: `${alias}.${callee.name.text}`, candidates }));
  return undefined;
}

const moduleAliases = (env: Env): readonly string[] =>
  [...env.module.symbols].flatMap(([symbol, one]) => (one.kind === 'module' ? [symbol] : []));

/** `left |> f(x)` is `f(left, x)`. */
function pipe(ast: Ast.Expr & { kind: 'pipe' }, place: Place): Flow {
  const { checker, env, wish } = place;
  const first: Ast.Arg = { value: ast.left, span: ast.left.span };
  switch (ast.call.kind) {
    case 'call':
      return checker.flow({ ...ast.call, args: [first, ...ast.call.args], span: ast.span }, env, wish);
    case 'name':
    case 'member':
      return checker.flow({ kind: 'call', callee: ast.call, args: [first], span: ast.span }, env, wish);
    case 'error':
      return errorFlow;
    default:
      checker.report(typeErrors.pipeTarget(ast.call.span, {}));
      return errorFlow;
  }
}

/** `p(…) matching (…)` and `p(…) after other`: the call, told so. */
function wrapped(ast: Ast.Expr & { kind: 'matching' | 'after' }, place: Place): Flow {
  const { checker, env, wish } = place;
  let inner = ast.of;
  while (inner.kind === 'paren' && inner.items.length === 1 && inner.items[0] !== undefined) inner = inner.items[0];
  if (inner.kind === 'call' || inner.kind === 'pipe' || inner.kind === 'matching' || inner.kind === 'after')
    return checker.flow(inner, env, wish);
  if (inner.kind !== 'error') checker.report(workflowErrors.clauseOfCall(ast.span, {}));
  return errorFlow;
}

/** `if c then a else b`: where params decide, one branch is the value and the other is only checked. */
function choice(ast: Ast.Expr & { kind: 'if' }, place: Place): Flow {
  const { checker, env, wish } = place;
  const test = checker.plain(ast.test, env);
  if (test.type.kind !== 'bool' && test.type.kind !== 'error') {
    checker.report(
      typeErrors.expected(ast.test.span, { expected: 'Bool', found: test.type, where: 'the test of an `if`' }),
    );
    return errorFlow;
  }
  const known = narrowing(ast.test);
  const thenEnv = narrow(env, known.whenTrue);
  const elseEnv = narrow(env, known.whenFalse);
  const decided = fold(test, checker.bound);
  if (typeof decided === 'boolean') {
    const mark = checker.nodes.mark();
    if (decided) checker.flow(ast.else, elseEnv);
    else checker.flow(ast.then, thenEnv);
    checker.nodes.restore(mark);
    return decided ? checker.flow(ast.then, thenEnv, wish) : checker.flow(ast.else, elseEnv, wish);
  }
  if (test.type.kind === 'error') {
    checker.flow(ast.then, thenEnv);
    checker.flow(ast.else, elseEnv);
    return errorFlow;
  }
  const node = checker.nodes.value(test, {
    name: wish.name === undefined ? `${env.prefix}test` : `${wish.name} test`,
    guards: env.guards,
  });
  const yes = checker.flow(
    ast.then,
    { ...thenEnv, guards: [...env.guards, { node, is: true }] },
    clauses.nameOnly(wish),
  );
  const no = checker.flow(
    ast.else,
    { ...elseEnv, guards: [...env.guards, { node, is: false }] },
    clauses.nameOnly(wish),
  );
  if (yes.kind === 'error' || no.kind === 'error') return errorFlow;
  if (yes.kind === 'value' && no.kind === 'value') {
    const type = common(yes.value.type, no.value.type);
    if (type !== undefined)
      return { kind: 'value', value: { kind: 'if', test, then: yes.value, else: no.value, type, span: ast.span } };
    checker.report(
      typeErrors.branches(ast.else.span, {
        first: yes.value.type,
        second: no.value.type,
        what: 'the two branches of an `if`',
      }),
    );
    return errorFlow;
  }
  return chooseFlow(ast, { test: node, yes, no, place });
}

/** Either of two datasets, decided by a plain Bool when that is known. */
export function chooseFlow(
  ast: { readonly span: Ast.Expr['span']; readonly then: Ast.Expr; readonly else: Ast.Expr },
  given: { readonly test: number; readonly yes: Flow; readonly no: Flow; readonly place: clauses.Place },
): Flow {
  const { checker, env, wish } = given.place;
  const [a, b] = [toNode(given.yes, ast.then, given.place), toNode(given.no, ast.else, given.place)];
  if (a === undefined || b === undefined) return errorFlow;
  const [yes, no] = [checker.nodes.at(a.node), checker.nodes.at(b.node)];
  const same =
    yes.tags.length === no.tags.length &&
    yes.tags.every((one) => no.tags.some((other) => other.name === one.name && other.kind === one.kind));
  if (!same) {
    checker.report(workflowErrors.branchTags(ast.else.span, { first: yes.tags, second: no.tags }));
    return errorFlow;
  }
  const of = common(yes.of, no.of);
  if (of === undefined) {
    checker.report(
      typeErrors.branches(ast.else.span, { first: yes.of, second: no.of, what: 'the two branches of an `if`' }),
    );
    return errorFlow;
  }
  const known = [given.test, a.node, b.node].every((id) => checker.nodes.info(id).known);
  const name = wish.name !== undefined && !checker.nodes.isTaken(wish.name) ? wish.name : `${wish.name ?? yes.name} if`;
  const id = checker.nodes.add(
    name,
    {
      kind: 'choose',
      test: given.test,
      then: a.node,
      else: b.node,
      span: ast.span,
      of,
      tags: yes.tags,
      plain: yes.plain && no.plain,
    },
    { guards: env.guards, known },
  );
  const itName = a.itName === b.itName ? a.itName : undefined;
  return dataset(
    id,
    { hidden: new Set([...a.view.hidden, ...b.view.hidden]), open: a.view.open || b.view.open },
    itName,
  );
}

/** Any flow as a dataset, a plain value as one of exactly one item. */
export function toNode(value: Flow, ast: Ast.Expr, place: clauses.Place): DatasetFlow | undefined {
  const { checker, env, wish } = place;
  if (value.kind !== 'value') return checker.asDataset(value, ast, env);
  if (value.value.type.kind === 'error') return undefined;
  return dataset(
    checker.nodes.value(value.value, { name: wish.name ?? `${env.prefix}value`, guards: env.guards }),
    plainView,
  );
}

function asDataset(
  value: Flow,
  at: { readonly ast: Ast.Expr; readonly checker: Checker; readonly env: Env },
): DatasetFlow | undefined {
  const { checker, ast } = at;
  switch (value.kind) {
    case 'error':
      return undefined;
    case 'dataset':
      return value;
    case 'call': {
      const record = checker.nodes.record(value.node);
      if (record !== undefined) {
        const [only, second] = value.process.outputs;
        return dataset(record, value.view, second === undefined ? only?.name : undefined);
      }
      const [only, second] = value.process.outputs;
      if (only !== undefined && second === undefined) return outputFlow(value, only.name, checker);
      checker.report(
        datasetErrors.whichOutput(ast.span, {
          name: value.process.name,
          outputs: value.process.outputs.map((one) => one.name),
        }),
      );
      return undefined;
    }
    case 'outputs':
      checker.report(datasetErrors.whichOutput(ast.span, { name: value.name, outputs: [...value.outputs.keys()] }));
      return undefined;
    case 'absent':
      checker.report(typeErrors.maybeAbsent(ast.span, { type: { kind: 'optional', of: value.of }, path: pathOf(ast) }));
      return undefined;
    case 'value':
      if (value.value.kind === 'node') return dataset(value.value.node, plainView);
      if (value.value.type.kind !== 'error')
        checker.report(datasetErrors.notDataset(ast.span, { of: value.value.type }));
      return undefined;
  }
}

function asPlain(value: Flow, at: { readonly ast: Ast.Expr; readonly checker: Checker; readonly env: Env }): Expr {
  const { checker, ast, env } = at;
  if (value.kind === 'value') return value.value;
  const set = asDataset(value, at);
  if (set === undefined) return errorExpr(ast.span);
  const node = checker.nodes.at(set.node);
  if (node.tags.length === 0) return { kind: 'node', node: set.node, type: node.of, span: ast.span };
  if (env.lift?.(set, ast.span)) return { kind: 'item', type: node.of, span: ast.span };
  checker.report(datasetErrors.datasetAsValue(ast.span, { tags: node.tags, of: node.of }));
  return errorExpr(ast.span);
}

/** Names of the workflow as plain values; a dataset without tags stands for its one item. */
function workflowScope(checker: Checker, env: Env): Scope {
  return {
    report: checker.report,
    narrowed: env.narrowed,
    absent: env.absent,
    filesHavePaths: false,
    names: () => visibleNames(env.block),
    resolve: (ast, scope) => {
      const here: Env =
        scope.narrowed === env.narrowed && scope.absent === env.absent
          ? env
          : { ...env, narrowed: scope.narrowed, absent: scope.absent };
      switch (ast.kind) {
        case 'call':
          if (ast.callee.kind === 'name' && ast.callee.name === 'present') return presence(ast, { checker, env: here });
          if (ast.callee.kind === 'name' && isBuiltIn(ast.callee.name) && !env.module.symbols.has(ast.callee.name))
            return undefined;
          break;
        case 'member': {
          const lifted = env.lift === undefined ? undefined : liftedMember(ast, { checker, env: here });
          if (lifted !== undefined) return lifted;
          break;
        }
        case 'pipe': {
          const callee = ast.call.kind === 'call' ? ast.call.callee : ast.call;
          if (callee.kind === 'name' && isBuiltIn(callee.name)) return undefined;
          break;
        }
        case 'name':
        case 'if':
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
          break;
        default:
          return undefined;
      }
      return checker.asPlain(checker.flow(ast, here), ast, here);
    },
  };
}

/** `present(x)` of an optional dataset is known while checking; of a value it is a test like any other. */
function presence(
  ast: Ast.Expr & { kind: 'call' },
  at: { readonly checker: Checker; readonly env: Env },
): Expr | undefined {
  const { checker, env } = at;
  const [arg, second] = ast.args;
  if (arg === undefined || second !== undefined || arg.name !== undefined) return undefined;
  const value = checker.flow(arg.value, env);
  if (value.kind === 'absent') return { kind: 'const', value: false, type: boolType, span: ast.span };
  if (value.kind === 'error') return errorExpr(ast.span);
  if (value.kind === 'value') return undefined;
  const set = checker.asDataset(value, arg.value, env);
  if (set === undefined) return errorExpr(ast.span);
  const node = checker.nodes.at(set.node);
  if (node.of.kind !== 'optional') return { kind: 'const', value: true, type: boolType, span: ast.span };
  return {
    kind: 'apply',
    function: 'present',
    args: [checker.asPlain(set, arg.value, env)],
    type: boolType,
    span: ast.span,
  };
}

/** In an `assert`, `quality.rmse` is the field of each item of `quality`. */
function liftedMember(
  ast: Ast.Expr & { kind: 'member' },
  at: { readonly checker: Checker; readonly env: Env },
): Expr | undefined {
  const { checker, env } = at;
  if (ast.of.kind === 'name' && ast.of.name === 'params') return undefined;
  if (ast.of.kind === 'name' && lookUp(ast.of.name, env.block) === undefined) return undefined;
  const base = checker.flow(ast.of, env);
  const record = base.kind === 'call' ? checker.nodes.record(base.node) : undefined;
  const set =
    base.kind === 'dataset'
      ? base
      : record !== undefined && base.kind === 'call'
        ? asDataset(base, { ast: ast.of, checker, env })
        : undefined;
  if (set === undefined || checker.nodes.at(set.node).tags.length === 0) return undefined;
  if (base.kind === 'call' && ast.name.text === 'failed') return undefined;
  const value = itemMember(set, ast, at);
  if (value === undefined) return undefined;
  if (value === 'both') return errorExpr(ast.span);
  return env.lift?.(set, ast.span) ? value : errorExpr(ast.span);
}
