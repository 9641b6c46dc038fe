import { nameErrors } from '../names/name-errors.ts';
import type * as Ast from '../syntax/ast.ts';
import { tagTypeOf } from '../types/fits.ts';
import { builtIns, isBuiltIn } from '../types/functions.ts';
import { errorExpr, type Scope } from '../types/scope.ts';
import { datasetErrors } from './dataset-errors.ts';
import { isDatasetFunction } from './dataset-functions.ts';
import { type Checker, type DatasetFlow, type Env, lookUp, visibleNames } from './flow.ts';
import type { Expr } from './program.ts';

/**
 * What names mean over the items of a dataset: its tags, the scalars and fields of its value, `it`, then what the
 * workflow defines as plain values. A name that could be two of these is a mistake that says how to write each.
 */
export function itemScope(over: DatasetFlow, given: { readonly checker: Checker; readonly env: Env }): Scope {
  const { checker, env } = given;
  const node = checker.nodes.at(over.node);
  const tags = node.tags.filter((tag) => !over.view.hidden.has(tag.name));
  const fields = node.of.kind === 'record' ? node.of.fields : [];
  const item = (ast: Ast.Expr): Expr => ({ kind: 'item', type: node.of, span: ast.span });

  const tag = (name: string, ast: Ast.Expr): Expr | undefined => {
    const found = tags.find((candidate) => candidate.name === name);
    return found && { kind: 'tag', name, type: tagTypeOf(found.kind), span: ast.span };
  };
  const field = (name: string, ast: Ast.Expr): Expr | undefined => {
    const found = fields.find((candidate) => candidate.name === name);
    if (found !== undefined) return { kind: 'field', of: item(ast), name, type: found.type, span: ast.span };
    return over.itName === name ? item(ast) : undefined;
  };
  /** A `let` or input that is one value: only such a one can be meant here. */
  const outer = (name: string): boolean => {
    const named = lookUp(name, env.block);
    if (named === undefined) return false;
    if (named.flow.kind !== 'dataset')
      return named.flow.kind !== 'call' || checker.nodes.at(named.flow.node).tags.length === 0;
    return checker.nodes.at(named.flow.node).tags.length === 0;
  };

  function name(ast: Ast.Expr & { kind: 'name' }, scope: Scope): Expr | undefined {
    const asTag = tag(ast.name, ast);
    const asField = field(ast.name, ast);
    const writes = [...(asTag ? [`tag.${ast.name}`] : []), ...(asField ? [`out.${ast.name}`] : [])];
    if (asTag !== undefined && asField !== undefined) {
      scope.report(
        nameErrors.twoThings(ast.span, { name: ast.name, first: 'the tag', second: 'the field of the item', writes }),
      );
      return errorExpr(ast.span);
    }
    const inner = asTag ?? asField;
    if (inner !== undefined && outer(ast.name)) {
      const first = asTag === undefined ? 'the field of the item' : 'the tag';
      scope.report(
        nameErrors.twoThings(ast.span, { name: ast.name, first, second: 'the `let` of the workflow', writes }),
      );
      return errorExpr(ast.span);
    }
    if (inner !== undefined) return inner;
    if (ast.name === 'it') return item(ast);
    if (over.view.hidden.has(ast.name)) {
      scope.report(datasetErrors.tagNotDeclared(ast.span, { name: ast.name, calls: env.calls }));
      return errorExpr(ast.span);
    }
    if (lookUp(ast.name, env.block) !== undefined) return checker.asPlain(checker.flow(ast, env), ast, env);
    return undefined;
  }

  function member(ast: Ast.Expr & { kind: 'member' }, scope: Scope): Expr | undefined {
    if (ast.of.kind !== 'name') return undefined;
    const of = ast.of.name;
    const isItems = tag(of, ast) !== undefined || field(of, ast) !== undefined || of === 'it';
    if (isItems) return undefined;
    if (of === 'tag' || of === 'out') {
      const found = of === 'tag' ? tag(ast.name.text, ast) : field(ast.name.text, ast);
      if (found !== undefined) return found;
      // A `let` may be called `out` too; the items' own fields come first.
      if (lookUp(of, env.block) !== undefined) return checker.asPlain(checker.flow(ast, env), ast, env);
      const candidates =
        of === 'tag'
          ? tags.map((one) => one.name)
          : [...fields.map((one) => one.name), ...(over.itName ? [over.itName] : [])];
      if (of === 'tag')
        scope.report(datasetErrors.unknownTag(ast.name.span, { name: ast.name.text, tags: candidates }));
      else
        scope.report(
          nameErrors.unknownName(ast.name.span, {
            name: ast.name.text,
            candidates,
            where: 'no output or field of the items',
          }),
        );
      return errorExpr(ast.span);
    }
    if (of === 'params' || lookUp(of, env.block) !== undefined || env.module.symbols.has(of)) {
      const narrowed = { ...env, narrowed: scope.narrowed, absent: scope.absent };
      return checker.asPlain(checker.flow(ast, narrowed), ast, narrowed);
    }
    return undefined;
  }

  return {
    report: checker.report,
    narrowed: env.narrowed,
    absent: env.absent,
    filesHavePaths: false,
    names: () => [
      ...tags.map((one) => one.name),
      ...fields.map((one) => one.name),
      ...(over.itName ? [over.itName] : []),
      'it',
      ...visibleNames(env.block),
    ],
    resolve: (ast, scope) => {
      if (ast.kind === 'name') return name(ast, scope);
      if (ast.kind === 'member') return member(ast, scope);
      if (ast.kind !== 'call') return undefined;
      if (ast.callee.kind === 'name' && isBuiltIn(ast.callee.name)) return undefined;
      if (ast.callee.kind === 'name' && isDatasetFunction(ast.callee.name)) {
        return checker.asPlain(checker.flow(ast, env), ast, env);
      }
      const callee = ast.callee.kind === 'name' ? ast.callee.name : undefined;
      if (callee !== undefined && !env.module.symbols.has(callee)) {
        scope.report(nameErrors.unknownFunction(ast.callee.span, { name: callee, candidates: builtIns }));
      } else scope.report(datasetErrors.callOverItems(ast.span, {}));
      return errorExpr(ast.span);
    },
  };
}
