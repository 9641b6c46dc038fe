import type * as Ast from '../syntax/ast.ts';
import { boolType } from '../types/fits.ts';
import { isBuiltIn } from '../types/functions.ts';
import { errorExpr, type Scope } from '../types/scope.ts';
import { type Checker, type Env, lookUp, visibleNames } from './flow.ts';
import { itemMember } from './names-and-members.ts';
import type { Expr } from './program.ts';

/** Names of the workflow as plain values; a dataset without tags stands for its one item. */
export function workflowScope(checker: Checker, env: Env): Scope {
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
        ? checker.asDataset(base, ast.of, env)
        : undefined;
  if (set === undefined || checker.nodes.at(set.node).tags.length === 0) return undefined;
  if (base.kind === 'call' && ast.name.text === 'failed') return undefined;
  const value = itemMember(set, ast, at);
  if (value === undefined) return undefined;
  if (value === 'both') return errorExpr(ast.span);
  return env.lift?.(set, ast.span) ? value : errorExpr(ast.span);
}
