import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { common } from '../types/fits.ts';
import { narrow, narrowing } from '../types/scope.ts';
import { typeErrors } from '../types/type-errors.ts';
import * as clauses from './clauses.ts';
import { type DatasetFlow, dataset, errorFlow, type Flow, plainView } from './flow.ts';
import { workflowErrors } from './workflow-errors.ts';

/** `if c then a else b`: where params decide, one branch is the value and the other is only checked. */
export function choice(ast: Ast.Expr & { kind: 'if' }, place: clauses.Place): Flow {
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
