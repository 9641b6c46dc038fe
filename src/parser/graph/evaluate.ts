import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Definition } from '../names/modules.ts';
import { nameErrors } from '../names/name-errors.ts';
import type { SourceHost } from '../names/source-host.ts';
import type * as Ast from '../syntax/ast.ts';
import type { Bound } from '../types/constants.ts';
import { typeExpr } from '../types/expressions.ts';
import { builtIns, isBuiltIn } from '../types/functions.ts';
import { errorExpr, pathOf } from '../types/scope.ts';
import { typeErrors } from '../types/type-errors.ts';
import { callProcess, outputFlow } from './calls.ts';
import { choice } from './choice.ts';
import * as clauses from './clauses.ts';
import * as combining from './combining.ts';
import { datasetErrors } from './dataset-errors.ts';
import { isOperation, isSourceFunction, sourceFunctions } from './dataset-functions.ts';
import { type Checker, type DatasetFlow, dataset, type Env, errorFlow, type Flow, lookUp, plainView } from './flow.ts';
import { itemScope } from './items.ts';
import { memberFlow, named } from './names-and-members.ts';
import type { Nodes } from './nodes.ts';
import { operation } from './operations.ts';
import { workflowScope } from './plain-values.ts';
import { type CheckedProcess, checkProcess } from './processes.ts';
import type { Expr } from './program.ts';
import { source } from './sources.ts';
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
      return combining.cross(ast, place);
    case 'union':
      return combining.union(ast, place);
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
            ...sourceFunctions,
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
