import type { Span } from '../../diagnostics/span.ts';
import { nameErrors } from '../names/name-errors.ts';
import { inOrderOfNeed, namesIn } from '../names/references.ts';
import { checkSnakeName } from '../names/words.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { narrow, narrowing } from '../types/scope.ts';
import { typeErrors } from '../types/type-errors.ts';
import { assertion } from './assertion.ts';
import { chooseFlow } from './choice.ts';
import { nameOnly, type Place, readsKnown } from './clauses.ts';
import { type Block, type Checker, type Env, errorFlow, type Flow, lookUp } from './flow.ts';
import type { Assertion, NodeId, Publish } from './program.ts';
import { publish } from './publish.ts';
import { workflowErrors } from './workflow-errors.ts';

/** What the statements of all workflows come to. */
export interface Results {
  /** With what a publish is called if no other is: the variable. */
  readonly publishes: (Publish & { readonly variable?: string })[];
  readonly asserts: Assertion[];
}

export interface Writing {
  readonly checker: Checker;
  readonly results: Results;
  /** Sub-workflows whose bodies were checked at some call. */
  readonly written: Set<Ast.Workflow>;
}

export interface Emit {
  readonly flow: Flow;
  readonly ast: Ast.Expr;
  readonly at: Span;
}

export type Emits = Map<string, Emit>;

/** The statements of one `{ … }`: definitions in the order of need, then what they lead to. */
export function statements(body: readonly Ast.Statement[], around: Env, writing: Writing): Emits {
  const { checker } = writing;
  const block: Block = { around: around.block, names: new Map() };
  const env: Env = { ...around, block };
  const lets = uniqueLets(body, env, writing);
  const names = new Set(lets.map((one) => one.name.text));
  const { order, loops } = inOrderOfNeed(lets, {
    nameOf: (one) => one.name.text,
    needs: (one) => new Set([...namesIn(one.value)].filter((name) => names.has(name))),
  });
  const broken = new Set<(typeof lets)[number]>();
  for (const loop of loops) {
    for (const one of loop) broken.add(one);
    const [first] = loop;
    if (first === undefined) continue;
    checker.report(
      nameErrors.circular(first.name.span, {
        what: '`let`',
        loop: [...loop, first].map((one) => one.name.text),
        related: loop.slice(1).map((one) => one.name.span),
      }),
    );
  }
  for (const one of lets) checker.nodes.reserve(`${env.prefix}${one.name.text}`);
  for (const one of order) {
    const flow = broken.has(one) ? errorFlow : checker.flow(one.value, env, { name: `${env.prefix}${one.name.text}` });
    block.names.set(one.name.text, { flow, at: one.name.span, what: 'let', used: false });
  }
  // A definition that was turned down is checked all the same.
  const taken = new Set<Ast.Statement>(lets);
  for (const statement of body) {
    if (statement.kind === 'let' && !taken.has(statement)) checker.flow(statement.value, env);
  }
  const emits: Emits = new Map();
  for (const statement of body) run(statement, { env, writing, emits });
  for (const [name, named] of block.names) {
    if (named.used || name.startsWith('_') || named.flow.kind === 'error') continue;
    checker.report(nameErrors.unused(named.at, { what: '`let`', name, help: 'Publish it, use it, or leave it out.' }));
  }
  return emits;
}

type Let = Extract<Ast.Statement, { kind: 'let' }>;

function uniqueLets(body: readonly Ast.Statement[], env: Env, writing: Writing): readonly Let[] {
  const { report } = writing.checker;
  const seen = new Map<string, Let>();
  for (const statement of body) {
    if (statement.kind !== 'let') continue;
    const { name } = statement;
    checkSnakeName(name, { what: '`let`s', report });
    const earlier = seen.get(name.text);
    const outer = lookUp(name.text, env.block.around);
    if (earlier !== undefined)
      report(nameErrors.duplicate(name.span, { what: '`let`', name: name.text, first: earlier.name.span }));
    else if (outer !== undefined) {
      report(
        nameErrors.hides(name.span, {
          name: name.text,
          what: outer.what === 'let' ? 'a `let` around this' : 'an input of this workflow',
          first: outer.at,
        }),
      );
    } else if (name.text === 'params' || name.text === 'it') {
      report(
        nameErrors.reserved(name.span, {
          name: name.text,
          what: 'a `let`',
          why: `\`${name.text}\` has a meaning of its own in expressions.`,
        }),
      );
      seen.set(name.text, statement);
    } else seen.set(name.text, statement);
  }
  return [...seen.values()];
}

interface Running {
  readonly env: Env;
  readonly writing: Writing;
  readonly emits: Emits;
}

function run(statement: Ast.Statement, running: Running): void {
  const { env, writing, emits } = running;
  const { checker, results } = writing;
  switch (statement.kind) {
    case 'let':
      return;
    case 'publish': {
      const made = publish(statement, { checker, env });
      if (made !== undefined) results.publishes.push(made);
      return;
    }
    case 'assert': {
      const made = assertion(statement, { checker, env });
      if (made !== undefined) results.asserts.push(made);
      return;
    }
    case 'emit': {
      const flow = checker.flow(statement.value, env, { name: `${env.prefix}${statement.name.text}` });
      const earlier = emits.get(statement.name.text);
      if (earlier === undefined)
        emits.set(statement.name.text, { flow, ast: statement.value, at: statement.name.span });
      else
        checker.report(
          nameErrors.duplicate(statement.name.span, { what: 'emit', name: statement.name.text, first: earlier.at }),
        );
      return;
    }
    case 'if':
      conditional(statement, running);
      return;
    case 'expect':
      checker.report(workflowErrors.expectHere(statement.span, {}));
      return;
  }
}

function conditional(statement: Extract<Ast.Statement, { kind: 'if' }>, running: Running): void {
  const { env, writing } = running;
  const { checker } = writing;
  const test = checker.plain(statement.test, env);
  const known = narrowing(statement.test);
  const branches = [
    { body: statement.then, env: narrow(env, known.whenTrue), is: true },
    { body: statement.else ?? [], env: narrow(env, known.whenFalse), is: false },
  ];
  if (test.type.kind !== 'bool' && test.type.kind !== 'error') {
    checker.report(
      typeErrors.expected(statement.test.span, { expected: 'Bool', found: test.type, where: 'the test of an `if`' }),
    );
  }
  const decided = fold(test, checker.bound);
  if (typeof decided === 'boolean' || test.type.kind !== 'bool') {
    for (const branch of branches) {
      const live = branch.is === decided;
      if (live) merge(statements(branch.body, branch.env, writing), running);
      else checkDead(branch.body, branch.env, writing);
    }
    return;
  }
  if (!readsKnown(test, checker)) {
    checker.report(workflowErrors.testNotKnown(statement.test.span, {}));
    return;
  }
  const node = checker.nodes.value(test, { name: `${env.prefix}test`, guards: env.guards });
  const [yes, no] = branches.map((branch) =>
    statements(branch.body, { ...branch.env, guards: [...env.guards, { node, is: branch.is }] }, writing),
  );
  if (yes === undefined || no === undefined) return;
  mergeBoth(statement, { test: node, yes, no, running });
}

/** A branch that params leave out: checked, and nothing of it kept. */
function checkDead(body: readonly Ast.Statement[], env: Env, writing: Writing): void {
  const { checker, results } = writing;
  const mark = checker.nodes.mark();
  const [publishes, asserts] = [results.publishes.length, results.asserts.length];
  statements(body, env, writing);
  checker.nodes.restore(mark);
  results.publishes.length = publishes;
  results.asserts.length = asserts;
}

function merge(emits: Emits, running: Running): void {
  for (const [name, emit] of emits) {
    const earlier = running.emits.get(name);
    if (earlier === undefined) running.emits.set(name, emit);
    else running.writing.checker.report(nameErrors.duplicate(emit.at, { what: 'emit', name, first: earlier.at }));
  }
}

/** An output emitted in both branches is the one of the branch that is taken. */
function mergeBoth(
  statement: Extract<Ast.Statement, { kind: 'if' }>,
  given: { readonly test: NodeId; readonly yes: Emits; readonly no: Emits; readonly running: Running },
): void {
  const { running, yes, no } = given;
  const { checker } = running.writing;
  const merged: Emits = new Map();
  for (const [name, emit] of yes) {
    const other = no.get(name);
    if (other === undefined) checker.report(workflowErrors.emittedInOne(emit.at, { name }));
    else {
      const place: Place = { checker, env: running.env, wish: nameOnly({ name: `${running.env.prefix}${name}` }) };
      const flow =
        emit.flow.kind === 'error' || other.flow.kind === 'error'
          ? errorFlow
          : chooseFlow(
              { span: statement.span, then: emit.ast, else: other.ast },
              { test: given.test, yes: emit.flow, no: other.flow, place },
            );
      merged.set(name, { flow, ast: emit.ast, at: emit.at });
    }
  }
  for (const [name, emit] of no) if (!yes.has(name)) checker.report(workflowErrors.emittedInOne(emit.at, { name }));
  merge(merged, running);
}
