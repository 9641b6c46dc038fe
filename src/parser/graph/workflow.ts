import type { Span } from '../../diagnostics/span.ts';
import type { Definition, Module } from '../names/modules.ts';
import { nameErrors } from '../names/name-errors.ts';
import { inOrderOfNeed, namesIn } from '../names/references.ts';
import { checkSnakeName } from '../names/words.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { fitValue } from '../types/fit-value.ts';
import { strType, tagTypeOf } from '../types/fits.ts';
import { narrow, narrowing } from '../types/scope.ts';
import { typeErrors } from '../types/type-errors.ts';
import { type Declared, literalText, readDeclared } from '../types/type-nodes.ts';
import { assertion } from './assertion.ts';
import { asAsked, bindArguments, checkItems, reportPath, sourceType } from './calls.ts';
import { nameOnly, type Place, readsKnown } from './clauses.ts';
import { chooseFlow, toNode } from './evaluate.ts';
import {
  type Block,
  type Checker,
  type DatasetFlow,
  dataset,
  type Env,
  errorFlow,
  type Flow,
  lookUp,
  plainView,
} from './flow.ts';
import type { Assertion, Expr, NodeId, Publish } from './program.ts';
import { publish } from './publish.ts';
import { fileSource } from './sources.ts';
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

type WorkflowDefinition = Extract<Definition, { kind: 'workflow' }>;

/** The entry workflow of the file that is run. */
export function runEntry(declaration: Ast.Workflow, module: Module, writing: Writing): void {
  for (const field of [...declaration.inputs, ...declaration.outputs]) {
    writing.checker.report(workflowErrors.entrySignature(field.span, {}));
  }
  const emits = statements(declaration.body, topEnv(module), writing);
  for (const emit of emits.values()) writing.checker.report(workflowErrors.emitInEntry(emit.at, {}));
}

export function topEnv(module: Module): Env {
  return {
    module,
    block: { names: new Map() },
    guards: [],
    prefix: '',
    after: [],
    calls: [],
    narrowed: new Set(),
    absent: new Set(),
    isAlone: false,
  };
}

/** A sub-workflow written out at a call: its body with the arguments for its inputs, checked anew. */
export function callWorkflow(
  definition: WorkflowDefinition,
  ast: Ast.Expr & { kind: 'call' },
  given: { readonly place: Place; readonly writing: Writing },
): Flow {
  const { place, writing } = given;
  const { checker, env } = place;
  const { declaration, module, name } = definition;
  const onWay = env.calls.findIndex((call) => call.declaration === declaration);
  if (onWay !== -1) {
    const loop = [...env.calls.slice(onWay).map((call) => call.name), name];
    checker.report(
      nameErrors.circular(ast.callee.span, {
        what: 'workflow',
        loop,
        related: env.calls.slice(onWay + 1).map((call) => call.at),
      }),
    );
    return errorFlow;
  }
  const inputs = declaration.inputs.map((field) => ({
    name: field.name.text,
    field,
    declared: readDeclared(field.type, { module, report: checker.report }),
  }));
  const bound = bindArguments(ast, { name, inputs, place });
  const path = place.wish.name ?? checker.nodes.unnamed(`${env.prefix}${name}`);
  const names: Block['names'] = new Map();
  const isWhole = bound.bound.length === ast.args.length;
  let failed = !isWhole;
  for (const input of inputs) {
    const arg = bound.bound.find((one) => one.input === input)?.arg;
    const flow =
      arg === undefined
        ? defaultInput(input, { definition, ast, place, silent: !isWhole })
        : inputFlow(input, arg, { place, workflow: name });
    if (flow.kind === 'error') failed = true;
    names.set(input.name, { flow, at: input.field.name.span, what: 'input', used: false });
  }
  if (place.wish.matching !== undefined) checker.report(workflowErrors.clauseOfCall(ast.span, {}));
  if (failed) return errorFlow;
  writing.written.add(declaration);
  const inner: Env = {
    ...topEnv(module),
    block: { names },
    guards: env.guards,
    prefix: `${path}.`,
    after: [...env.after, ...(place.wish.after ?? [])],
    calls: [...env.calls, { name, declaration, at: ast.callee.span }],
  };
  const emits = statements(declaration.body, inner, writing);
  return outputsOf(definition, emits, { env: inner, writing });
}

/** Checks a sub-workflow that nothing calls, with inputs as its signature says and no data behind them. */
export function checkAlone(definition: WorkflowDefinition, writing: Writing): void {
  const { checker } = writing;
  const { declaration, module, name } = definition;
  const names: Block['names'] = new Map();
  for (const field of declaration.inputs) {
    const declared = readDeclared(field.type, { module, report: checker.report });
    if (field.value !== undefined) defaultFlow(field, declared, { checker, env: topEnv(module) });
    names.set(field.name.text, {
      flow: phantom(field, declared, checker),
      at: field.name.span,
      what: 'input',
      used: false,
    });
  }
  const env: Env = {
    ...topEnv(module),
    block: { names },
    prefix: `${name}.`,
    calls: [{ name, declaration, at: field0(declaration) }],
    isAlone: true,
  };
  outputsOf(definition, statements(declaration.body, env, writing), { env, writing });
}

const field0 = (declaration: Ast.Workflow): Span => declaration.name?.span ?? declaration.span;

function phantom(field: Ast.Field, declared: Declared, checker: Checker): Flow {
  const of = declared.kind === 'dataset' ? declared.of : declared.type;
  const tags = declared.kind === 'dataset' ? declared.tags : [];
  const id = checker.nodes.add(
    field.name.text,
    {
      kind: 'source',
      source: {
        kind: 'values',
        list: { kind: 'list', items: [], type: { kind: 'list', of: strType }, span: field.span },
        tag: 'value',
        count: { min: 1 },
      },
      span: field.name.span,
      of,
      tags,
      plain: declared.kind === 'value',
    },
    { guards: [], known: true },
  );
  return dataset(id, { hidden: new Set(), open: declared.kind === 'dataset' });
}

interface Input {
  readonly name: string;
  readonly field: Ast.Field;
  readonly declared: Declared;
}

function defaultInput(
  input: Input,
  given: {
    readonly definition: WorkflowDefinition;
    readonly ast: Ast.Expr & { kind: 'call' };
    readonly place: Place;
    readonly silent: boolean;
  },
): Flow {
  const { checker } = given.place;
  const { declared, field } = input;
  if (field.value !== undefined)
    return defaultFlow(field, declared, {
      checker,
      env: { ...topEnv(given.definition.module), guards: given.place.env.guards },
    });
  if (declared.kind === 'dataset' && declared.optional) return { kind: 'absent', of: declared.of, tags: declared.tags };
  if (declared.kind === 'value' && declared.type.kind === 'optional') {
    return { kind: 'value', value: { kind: 'const', value: null, type: declared.type, span: given.ast.span } };
  }
  if (!given.silent)
    checker.report(
      workflowErrors.missingInput(given.ast.span, {
        workflow: given.definition.name,
        input: input.name,
        type: field.type.span,
      }),
    );
  return errorFlow;
}

/** The default of an input: a plain value, or `file("…")` beside the file that declares it. */
function defaultFlow(
  field: Ast.Field,
  declared: Declared,
  given: { readonly checker: Checker; readonly env: Env },
): Flow {
  const { checker, env } = given;
  const ast = field.value;
  if (ast === undefined) return errorFlow;
  const of = declared.kind === 'dataset' ? declared.of : declared.type;
  if (ast.kind === 'call' && ast.callee.kind === 'name' && ast.callee.name === 'file' && ast.args[0] !== undefined) {
    const path = literalText(ast.args[0].value);
    if (path !== undefined) {
      const expr: Expr = { kind: 'const', value: path, type: strType, span: ast.span };
      return dataset(
        fileSource(ast, {
          path: expr,
          fingerprint: 'content',
          place: { checker, env, wish: { name: field.name.text, ...sourceType(of) } },
        }),
        plainView,
      );
    }
  }
  const flow = checker.flow(ast, env, sourceType(of));
  if (flow.kind !== 'value' || declared.kind === 'dataset') return flow;
  const value = fitValue(flow.value, declared.type, {
    where: `The default of \`${field.name.text}\``,
    report: checker.report,
    bound: checker.bound,
    declared: field.type.span,
  });
  return value.type.kind === 'error' ? errorFlow : { kind: 'value', value };
}

function inputFlow(input: Input, arg: Ast.Arg, given: { readonly place: Place; readonly workflow: string }): Flow {
  const { place } = given;
  const { checker, env } = place;
  const { declared } = input;
  const where = `\`${input.name}\` of \`${given.workflow}\``;
  if (arg.each) {
    checker.report(workflowErrors.eachOfWorkflow(arg.span, { input: input.name }));
    return errorFlow;
  }
  const asked = declared.kind === 'dataset' ? declared.of : declared.type;
  if (reportPath(arg.value, asked, { where, declared: input.field.type.span, checker })) return errorFlow;
  const flow = checker.flow(arg.value, env, sourceType(asked));
  if (flow.kind === 'error') return flow;
  if (declared.kind === 'value') {
    if (flow.kind === 'value') {
      const value = fitValue(flow.value, declared.type, {
        where,
        report: checker.report,
        bound: checker.bound,
        declared: input.field.type.span,
      });
      return value.type.kind === 'error' ? errorFlow : { kind: 'value', value };
    }
    const set = checker.asDataset(flow, arg.value, env);
    if (set === undefined) return errorFlow;
    const node = checker.nodes.at(set.node);
    if (node.tags.length > 0) {
      checker.report(
        workflowErrors.wantsValue(arg.value.span, { where, declared: input.field.type.span, tags: node.tags }),
      );
      return errorFlow;
    }
    return checkItems(set, { asked, ast: arg.value, where, declared: input.field.type.span, place }) ? set : errorFlow;
  }
  if (flow.kind === 'absent' && declared.optional) return { ...flow, of: declared.of, tags: declared.tags };
  const node = toNode(flow, arg.value, { ...place, wish: { name: `${env.prefix}${input.name}` } });
  const set = node && asAsked(node, { asked, ast: arg.value, place });
  if (set === undefined || !checkItems(set, { asked, ast: arg.value, where, declared: input.field.type.span, place }))
    return errorFlow;
  return declaredTags(set, { declared, at: arg.value, where, checker, env });
}

/**
 * A dataset as a declaration sees it: its declared tags must be there with their types, those with a default are filled in, and
 * others are hidden from the workflow's body.
 */
export function declaredTags(
  set: DatasetFlow,
  given: {
    readonly declared: Extract<Declared, { kind: 'dataset' }>;
    readonly at: Ast.Expr;
    readonly where: string;
    readonly checker: Checker;
    readonly env: Env;
  },
): Flow {
  const { declared, checker } = given;
  const node = checker.nodes.at(set.node);
  const fill: { name: string; value: Expr }[] = [];
  for (const tag of declared.tags) {
    const found = node.tags.find((one) => one.name === tag.name);
    if (found === undefined) {
      const value = declared.fill.find((one) => one.name === tag.name);
      if (value !== undefined) {
        fill.push({
          name: tag.name,
          value: { kind: 'const', value: value.value, type: tagTypeOf(tag.kind), span: given.at.span },
        });
        continue;
      }
      if (set.view.open) continue;
      checker.report(
        workflowErrors.lacksTag(given.at.span, { where: given.where, tag: tag.name, kind: tag.kind, tags: node.tags }),
      );
      return errorFlow;
    }
    if (found.kind !== tag.kind) {
      checker.report(
        workflowErrors.tagOfOtherType(given.at.span, {
          where: given.where,
          tag: tag.name,
          asked: tag.kind,
          found: found.kind,
        }),
      );
      return errorFlow;
    }
  }
  const filled = fill.length === 0 ? set.node : addTags(set, { fill, declared, at: given.at, checker, env: given.env });
  const named = new Set(declared.tags.map((tag) => tag.name));
  const hidden = new Set(node.tags.filter((tag) => !named.has(tag.name)).map((tag) => tag.name));
  return dataset(filled, { hidden, open: set.view.open }, set.itName);
}

function addTags(
  set: DatasetFlow,
  given: {
    readonly fill: readonly { readonly name: string; readonly value: Expr }[];
    readonly declared: Extract<Declared, { kind: 'dataset' }>;
    readonly at: Ast.Expr;
    readonly checker: Checker;
    readonly env: Env;
  },
): NodeId {
  const { checker } = given;
  const node = checker.nodes.at(set.node);
  const added = given.declared.tags.filter((tag) => given.fill.some((one) => one.name === tag.name));
  return checker.nodes.add(
    `${node.name} tag`,
    {
      kind: 'map',
      from: set.node,
      set: given.fill,
      drop: [],
      span: given.at.span,
      of: node.of,
      tags: [...added, ...node.tags],
      plain: false,
    },
    { guards: given.env.guards, known: checker.nodes.info(set.node).known },
  );
}

/** What the declared outputs are, from the `emit`s of the body. */
function outputsOf(
  definition: WorkflowDefinition,
  emits: Emits,
  given: { readonly env: Env; readonly writing: Writing },
): Flow {
  const { declaration, module, name } = definition;
  const { checker } = given.writing;
  const outputs = new Map<string, Flow>();
  for (const [emitted, emit] of emits) {
    if (declaration.outputs.some((field) => field.name.text === emitted)) continue;
    checker.report(
      workflowErrors.unknownEmit(emit.at, {
        name: emitted,
        outputs: declaration.outputs.map((field) => field.name.text),
      }),
    );
  }
  for (const field of declaration.outputs) {
    const emit = emits.get(field.name.text);
    const declared = readDeclared(field.type, { module, report: checker.report });
    if (emit === undefined)
      checker.report(workflowErrors.neverEmitted(field.name.span, { workflow: name, output: field.name.text }));
    outputs.set(field.name.text, emit === undefined ? errorFlow : emitted(emit, { field, declared, ...given }));
  }
  const [only, second] = outputs.values();
  if (only !== undefined && second === undefined)
    return only.kind === 'dataset' ? { ...only, itName: declaration.outputs[0]?.name.text ?? '' } : only;
  return { kind: 'outputs', outputs, name };
}

function emitted(
  emit: Emit,
  given: { readonly field: Ast.Field; readonly declared: Declared; readonly env: Env; readonly writing: Writing },
): Flow {
  const { declared, field, env } = given;
  const { checker } = given.writing;
  const where = `The output \`${field.name.text}\``;
  const { flow } = emit;
  if (flow.kind === 'error') return flow;
  if (declared.kind === 'value' && flow.kind === 'value') {
    const value = fitValue(flow.value, declared.type, {
      where,
      report: checker.report,
      bound: checker.bound,
      declared: field.type.span,
    });
    return value.type.kind === 'error' ? errorFlow : { kind: 'value', value };
  }
  const place: Place = { checker, env, wish: { name: `${env.prefix}${field.name.text}` } };
  const set = toNode(flow, emit.ast, place);
  if (set === undefined) return errorFlow;
  const asked = declared.kind === 'dataset' ? declared.of : declared.type;
  if (!checkItems(set, { asked, ast: emit.ast, where, declared: field.type.span, place })) return errorFlow;
  const node = checker.nodes.at(set.node);
  if (declared.kind === 'value') {
    if (node.tags.length > 0 && !set.view.open) {
      checker.report(workflowErrors.wantsValue(emit.ast.span, { where, declared: field.type.span, tags: node.tags }));
      return errorFlow;
    }
    return set;
  }
  for (const tag of declared.tags) {
    const found = node.tags.find((one) => one.name === tag.name);
    if (found === undefined && !set.view.open) {
      checker.report(workflowErrors.lacksTag(emit.ast.span, { where, tag: tag.name, kind: tag.kind, tags: node.tags }));
      return errorFlow;
    }
    if (found !== undefined && found.kind !== tag.kind) {
      checker.report(
        workflowErrors.tagOfOtherType(emit.ast.span, { where, tag: tag.name, asked: tag.kind, found: found.kind }),
      );
      return errorFlow;
    }
  }
  // What was hidden inside is the caller's own again.
  return dataset(set.node, { hidden: new Set(), open: set.view.open }, field.name.text);
}

interface Emit {
  readonly flow: Flow;
  readonly ast: Ast.Expr;
  readonly at: Span;
}
type Emits = Map<string, Emit>;

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
