import type { Span } from '../../diagnostics/span.ts';
import type { Definition, Module } from '../names/modules.ts';
import { nameErrors } from '../names/name-errors.ts';
import type * as Ast from '../syntax/ast.ts';
import { fitValue } from '../types/fit-value.ts';
import { strType } from '../types/fits.ts';
import { type Declared, literalText, readDeclared } from '../types/type-nodes.ts';
import { asAsked, bindArguments, checkItems, reportPath, sourceType } from './calls.ts';
import { toNode } from './choice.ts';
import type { Place } from './clauses.ts';
import { declaredTags } from './declared-tags.ts';
import { type Block, type Checker, dataset, type Env, errorFlow, type Flow, plainView, topEnv } from './flow.ts';
import type { Expr } from './program.ts';
import { fileSource } from './sources.ts';
import { type Emit, type Emits, statements, type Writing } from './statements.ts';
import { workflowErrors } from './workflow-errors.ts';

type WorkflowDefinition = Extract<Definition, { kind: 'workflow' }>;

/** The entry workflow of the file that is run. */
export function runEntry(declaration: Ast.Workflow, module: Module, writing: Writing): void {
  for (const field of [...declaration.inputs, ...declaration.outputs]) {
    writing.checker.report(workflowErrors.entrySignature(field.span, {}));
  }
  const emits = statements(declaration.body, topEnv(module), writing);
  for (const emit of emits.values()) writing.checker.report(workflowErrors.emitInEntry(emit.at, {}));
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
