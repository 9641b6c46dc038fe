import type { Span } from '../../diagnostics/span.ts';
import { sliceOf } from '../names/wording.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { boolType } from '../types/fits.ts';
import { typeErrors } from '../types/type-errors.ts';
import { type Checker, type DatasetFlow, type Env, lookUp } from './flow.ts';
import type { Assertion, NodeId } from './program.ts';
import { workflowErrors } from './workflow-errors.ts';

type Statement = Extract<Ast.Statement, { kind: 'assert' }>;

/** `assert test, "message"`: over plain values, or over the items of one dataset, for each of which it must hold. */
export function assertion(
  statement: Statement,
  given: { readonly checker: Checker; readonly env: Env },
): Assertion | undefined {
  const { checker, env } = given;
  const lifted: { over?: DatasetFlow; at?: Span; failed: boolean } = { failed: false };
  const lift = (set: DatasetFlow, at: Span): boolean => {
    if (lifted.over === undefined) {
      lifted.over = set;
      lifted.at = at;
    } else if (lifted.over.node !== set.node) {
      if (!lifted.failed) checker.report(workflowErrors.assertOfTwo(at, { first: lifted.at ?? at }));
      lifted.failed = true;
      return false;
    }
    return true;
  };
  const test = checker.plain(statement.test, { ...env, lift });
  const message = messageOf(statement, given);
  if (test.type.kind === 'error' || lifted.failed) return undefined;
  if (test.type.kind !== 'bool') {
    checker.report(typeErrors.expected(statement.test.span, { expected: 'Bool', found: test.type, where: '`assert`' }));
    return undefined;
  }
  const text = sliceOf(statement.test.span);
  const over: NodeId =
    lifted.over === undefined
      ? checker.nodes.value(test, { name: `${env.prefix}assert`, guards: env.guards })
      : overItems(lifted.over, { test, statement, checker, env });
  return { over, message: message ?? text, text, span: statement.span, guards: env.guards };
}

function overItems(
  set: DatasetFlow,
  given: {
    readonly test: Parameters<Checker['nodes']['value']>[0];
    readonly statement: Statement;
    readonly checker: Checker;
    readonly env: Env;
  },
): NodeId {
  const { checker, env } = given;
  const node = checker.nodes.at(set.node);
  return checker.nodes.add(
    `${node.name} assert`,
    {
      kind: 'map',
      from: set.node,
      value: given.test,
      set: [],
      drop: [],
      span: given.statement.span,
      of: boolType,
      tags: node.tags,
      plain: node.plain,
    },
    { guards: env.guards, known: false },
  );
}

/** The message is fixed before the run: what it inserts must be known by then, else it stands as written. */
function messageOf(statement: Statement, given: { readonly checker: Checker; readonly env: Env }): string | undefined {
  const { message } = statement;
  if (message === undefined || message.kind === 'error') return undefined;
  if (message.kind !== 'string') {
    given.checker.report(workflowErrors.assertMessage(message.span, {}));
    return undefined;
  }
  const names = message.parts.every((part) => part.kind === 'text' || isParam(part.value, given.env));
  if (message.partsProblem !== undefined || !names) return message.raw;
  const value = fold(given.checker.plain(message, given.env), given.checker.bound);
  return typeof value === 'string' ? value : message.raw;
}

const isParam = (ast: Ast.Expr, env: Env): boolean =>
  ast.kind === 'member' &&
  ast.of.kind === 'name' &&
  ast.of.name === 'params' &&
  lookUp('params', env.block) === undefined;
