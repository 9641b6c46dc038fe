import type { Span } from '../../diagnostics/span.ts';
import type { Module } from '../names/modules.ts';
import { nameErrors } from '../names/name-errors.ts';
import { sliceOf } from '../names/wording.ts';
import { checkSnakeName } from '../names/words.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { fitValue } from '../types/fit-value.ts';
import { fits, holdsFile } from '../types/fits.ts';
import type { TagType } from '../types/type.ts';
import { typeErrors } from '../types/type-errors.ts';
import { type Declared, readDeclared, uniqueFields } from '../types/type-nodes.ts';
import { type ParamArgument, readDataset, readValue } from './arguments.ts';
import { reportPath, sourceType } from './calls.ts';
import { declaredTags } from './declared-tags.ts';
import {
  type Checker,
  type DatasetFlow,
  dataset,
  type Env,
  errorFlow,
  type Flow,
  plainView,
  topEnv,
  type Wish,
} from './flow.ts';
import { nodesOf } from './nodes.ts';
import { paramErrors } from './param-errors.ts';
import type { Expr, Param, ParamType } from './program.ts';
import { fileFieldOf } from './sources.ts';

/** What `--help` shows of a param, whatever is wrong with the arguments. */
export interface ParamHelp {
  readonly name: string;
  /** `--min-area`. */
  readonly flag: string;
  readonly docs?: string;
  readonly typeText: string;
  readonly defaultText?: string;
  readonly type: ParamType;
  readonly required: boolean;
}

/** The params of the file that is run, each evaluated once, when first asked for. */
export interface Params {
  value(name: string, at: Span, env: Env): Flow;
  bound(name: string): Expr | undefined;
  /** Evaluates what nothing asked for, and gives all of them in the order declared. */
  all(): readonly Param[];
  readonly help: readonly ParamHelp[];
  /** Whether every param has a value. */
  isComplete(): boolean;
  /** Warns of params that nothing uses. */
  checkUnused(): void;
}

interface Given {
  readonly module: Module;
  readonly fields: readonly Ast.Field[];
  readonly arguments: readonly ParamArgument[];
  readonly reserved: readonly string[];
  readonly requireValues: boolean;
  readonly checker: () => Checker;
  readonly report: Checker['report'];
}

interface Entry {
  readonly field: Ast.Field;
  readonly declared: Declared;
  readonly argument?: ParamArgument;
  state: 'new' | 'open' | 'done';
  used: boolean;
  flow: Flow;
  value?: Param['value'];
}

export function createParams(given: Given): Params {
  const { module, report } = given;
  const entries = new Map<string, Entry>();
  for (const field of uniqueFields(given.fields, { what: 'param', report })) {
    const name = field.name.text;
    checkSnakeName(field.name, { what: 'params', report });
    const flag = name.replaceAll('_', '-');
    if (given.reserved.some((one) => one.replaceAll('_', '-') === flag) || flag.startsWith('no-')) {
      report(paramErrors.reserved(field.name.span, { name }));
    }
    const declared = readDeclared(field.type, { module, report });
    const argument = given.arguments.find((one) => one.name.replaceAll('-', '_') === name);
    entries.set(name, {
      field,
      declared,
      ...(argument === undefined ? {} : { argument: { ...argument, name } }),
      state: 'new',
      used: false,
      flow: errorFlow,
    });
  }
  for (const argument of given.arguments) {
    const name = argument.name.replaceAll('-', '_');
    if (!entries.has(name)) {
      const at = argument.spans[0] ?? {
        source: { name: 'command line', text: `--${argument.name}` },
        start: 0,
        end: argument.name.length + 2,
      };
      report(paramErrors.unknown(at, { name, params: [...entries.keys()], isFlag: true }));
    }
  }

  const open: string[] = [];
  function evaluated(entry: Entry, at: Span): Entry {
    const name = entry.field.name.text;
    if (entry.state === 'open') {
      report(paramErrors.circular(at, { loop: [...open.slice(open.indexOf(name)), name] }));
      return { ...entry, flow: errorFlow };
    }
    if (entry.state === 'new') {
      entry.state = 'open';
      open.push(name);
      evaluate(entry, { ...given, checker: given.checker() });
      open.pop();
      entry.state = 'done';
    }
    return entry;
  }

  return {
    value(name, at, env) {
      const entry = entries.get(name);
      if (entry !== undefined && env.module === module) {
        entry.used = true;
        return evaluated(entry, at).flow;
      }
      report(
        env.module === module
          ? paramErrors.unknown(at, { name, params: [...entries.keys()], isFlag: false })
          : nameErrors.noParams(at, {
              problem: `\`params.${name}\` is not known here: params exist only in the file that is run`,
              help: 'Make it an input of this workflow, and give it in the call.',
            }),
      );
      return errorFlow;
    },
    bound(name) {
      const value = entries.get(name)?.value;
      if (value === undefined || value.kind === 'dataset') return undefined;
      return value.kind === 'absent' ? absentValue(entries.get(name)) : value;
    },
    all: () => [...entries.values()].map((entry) => paramOf(evaluated(entry, entry.field.name.span))),
    help: [...entries.values()].map(helpOf),
    isComplete: () => [...entries.values()].every((entry) => entry.value !== undefined),
    checkUnused() {
      for (const entry of entries.values()) {
        if (entry.used) continue;
        report(
          nameErrors.unused(entry.field.name.span, {
            what: 'param',
            name: entry.field.name.text,
            help: `Use it as \`params.${entry.field.name.text}\`, or leave it out.`,
          }),
        );
      }
    },
  };
}

function absentValue(entry: Entry | undefined): Expr | undefined {
  if (entry?.declared.kind !== 'value') return undefined;
  return { kind: 'const', value: null, type: entry.declared.type, span: entry.field.name.span };
}

type Work = Omit<Given, 'checker'> & { readonly checker: Checker };

function evaluate(entry: Entry, work: Work): void {
  if (entry.declared.kind === 'dataset') evaluateDataset(entry, entry.declared, work);
  else evaluateValue(entry, entry.declared, work);
}

function evaluateValue(entry: Entry, declared: Extract<Declared, { kind: 'value' }>, work: Work): void {
  const { field, argument } = entry;
  const { checker } = work;
  const name = field.name.text;
  const { type } = declared;
  const env = topEnv(work.module);
  const wish: Wish = { name: `params.${name}`, param: { name, tags: [], fill: [] } };
  let value: Expr | undefined;
  if (argument !== undefined) value = readValue(argument, type, { checker, env, host: checker.host, wish });
  else if (field.value !== undefined) value = defaultValue(field, declared, { checker, env, wish });
  if (argument !== undefined && field.value !== undefined)
    checkOnly(checker, () => defaultValue(field, declared, { checker, env, wish }));
  if (value?.type.kind === 'error') return;
  const span = field.name.span;
  if (value === undefined) {
    if (type.kind === 'optional') {
      entry.value = { kind: 'absent' };
      entry.flow = { kind: 'value', value: { kind: 'param', name, type, span } };
    } else if (type.kind !== 'error') missing(entry, work);
    return;
  }
  const folded = fold(value, checker.bound);
  entry.value =
    folded !== undefined && !Array.isArray(folded) && typeof folded !== 'object'
      ? { kind: 'const', value: folded, type: value.type, span: value.span }
      : value;
  if (value.kind === 'node') entry.flow = dataset(value.node, plainView);
  else entry.flow = { kind: 'value', value: holdsFile(type) ? value : { kind: 'param', name, type, span } };
}

function defaultValue(
  field: Ast.Field,
  declared: Extract<Declared, { kind: 'value' }>,
  at: { readonly checker: Checker; readonly env: Env; readonly wish: Wish },
): Expr | undefined {
  const { checker, env } = at;
  const ast = field.value;
  if (ast === undefined) return undefined;
  const inner = declared.type.kind === 'optional' ? declared.type.of : declared.type;
  const failed: Expr = { kind: 'const', value: null, type: { kind: 'error' }, span: ast.span };
  if (reportPath(ast, inner, { where: `\`${field.name.text}\``, declared: field.type.span, checker })) return failed;
  const flow = checker.flow(ast, env, { ...at.wish, ...sourceType(inner) });
  const expr = flow.kind === 'error' ? undefined : checker.asPlain(flow, ast, env);
  if (expr === undefined || expr.type.kind === 'error') return failed;
  if (nodesOf(expr).some((node) => checker.nodes.at(node).kind !== 'source')) {
    checker.report(paramErrors.notKnown(ast.span, { name: field.name.text }));
    return failed;
  }
  return fitValue(expr, declared.type, {
    where: `The default of \`${field.name.text}\``,
    report: checker.report,
    bound: checker.bound,
    declared: field.type.span,
  });
}

function evaluateDataset(entry: Entry, declared: Extract<Declared, { kind: 'dataset' }>, work: Work): void {
  const { field, argument } = entry;
  const { checker } = work;
  const name = field.name.text;
  const env = topEnv(work.module);
  const wish: Wish = {
    name: `params.${name}`,
    of: declared.of,
    param: { name, tags: declared.tags, fill: declared.fill },
  };
  const ownDefault = (): Flow =>
    field.value === undefined ? errorFlow : defaultDataset(field, declared, { checker, env, wish });
  if (argument === undefined) {
    if (field.value !== undefined) settle(entry, ownDefault());
    else if (declared.optional) {
      entry.value = { kind: 'absent' };
      entry.flow = { kind: 'absent', of: declared.of, tags: declared.tags };
    } else missing(entry, work);
    return;
  }
  let required: readonly TagType[] = declared.tags;
  checkOnly(checker, () => {
    const usual = ownDefault();
    if (usual.kind === 'dataset' && !declared.tagsWritten) required = checker.nodes.at(usual.node).tags;
  });
  const flow = readDataset(argument, { declared, required, place: { checker, env, host: checker.host, wish } });
  const at: Ast.Expr = { kind: 'error', span: argument.spans[0] ?? field.name.span };
  if (flow.kind === 'error') return;
  settle(entry, checkDataset(flow, { field, declared, required, at, checker, env }));
}

/** Runs a check whose nodes are not part of the program. */
function checkOnly(checker: Checker, check: () => void): void {
  const mark = checker.nodes.mark();
  check();
  checker.nodes.restore(mark);
}

function settle(entry: Entry, flow: Flow): void {
  entry.flow = flow;
  if (flow.kind === 'dataset') entry.value = { kind: 'dataset', node: flow.node };
}

function defaultDataset(
  field: Ast.Field,
  declared: Extract<Declared, { kind: 'dataset' }>,
  at: { readonly checker: Checker; readonly env: Env; readonly wish: Wish },
): Flow {
  const ast = field.value;
  if (ast === undefined) return errorFlow;
  if (ast.kind === 'string') {
    const type = sliceOf(field.type.span);
    at.checker.report(
      typeErrors.textForFile(ast.span, {
        where: `\`${field.name.text}\``,
        type,
        function: 'files',
        declared: field.type.span,
      }),
    );
    return errorFlow;
  }
  const flow = at.checker.flow(ast, at.env, at.wish);
  return flow.kind === 'error'
    ? flow
    : checkDataset(flow, { field, declared, required: declared.tags, at: ast, ...at });
}

/** Whether a source gives what the param declares: the type of its items, and at least its tags. */
function checkDataset(
  flow: Flow,
  given: {
    readonly field: Ast.Field;
    readonly declared: Extract<Declared, { kind: 'dataset' }>;
    readonly required: readonly TagType[];
    readonly at: Ast.Expr;
    readonly checker: Checker;
    readonly env: Env;
  },
): Flow {
  const { checker, field, declared, at } = given;
  const set = checker.asDataset(flow, at, given.env);
  if (set === undefined) return errorFlow;
  const node = checker.nodes.at(set.node);
  if (!checker.nodes.info(set.node).known) {
    checker.report(paramErrors.notKnown(at.span, { name: field.name.text }));
    return errorFlow;
  }
  const file = fileFieldOf(set, checker);
  if (!fits(node.of, declared.of) && !(file !== undefined && fits(file.type, declared.of))) {
    checker.report(
      typeErrors.mismatch(at.span, {
        expected: declared.of,
        found: node.of,
        where: `Each item of \`${field.name.text}\``,
        expr: { kind: 'item', type: node.of, span: at.span },
        declared: field.type.span,
      }),
    );
    return errorFlow;
  }
  const lacking = given.required.find((tag) => {
    const found = node.tags.find((one) => one.name === tag.name);
    return found === undefined ? !declared.fill.some((one) => one.name === tag.name) : found.kind !== tag.kind;
  });
  if (lacking !== undefined) {
    checker.report(paramErrors.lacksTag(at.span, { name: field.name.text, tag: lacking, tags: node.tags }));
    return errorFlow;
  }
  const tagged = declaredTags(set, { declared, at, where: `\`${field.name.text}\``, checker, env: given.env });
  // A param's own file sees all tags that it really has.
  return tagged.kind === 'dataset' ? ({ ...tagged, view: plainView } satisfies DatasetFlow) : tagged;
}

/** A param that nothing gives: an error where it is to run, and a stand-in so that the rest can be checked. */
function missing(entry: Entry, work: Work): void {
  const { field, declared } = entry;
  const { checker } = work;
  const name = field.name.text;
  if (work.requireValues)
    work.report(paramErrors.missing(field.name.span, { name, typeText: sliceOf(field.type.span) }));
  const span = field.name.span;
  if (declared.kind === 'value' && !holdsFile(declared.type)) {
    entry.flow = { kind: 'value', value: { kind: 'param', name, type: declared.type, span } };
    return;
  }
  const of = declared.kind === 'dataset' ? declared.of : declared.type;
  const tags = declared.kind === 'dataset' ? declared.tags : [];
  const id = checker.nodes.add(
    `params.${name}`,
    {
      kind: 'source',
      param: name,
      source: {
        kind: 'values',
        list: { kind: 'list', items: [], type: { kind: 'list', of }, span },
        tag: 'value',
        count: { min: 1 },
      },
      span,
      of,
      tags,
      plain: declared.kind === 'value',
    },
    { guards: [], known: true },
  );
  entry.flow = dataset(
    id,
    declared.kind === 'dataset' && !declared.tagsWritten ? { ...plainView, open: true } : plainView,
  );
}

function paramOf(entry: Entry): Param {
  const { field, declared } = entry;
  const span = field.name.span;
  return {
    name: field.name.text,
    ...(field.docs === undefined ? {} : { docs: field.docs }),
    span,
    typeText: words(field.type.span),
    ...(field.value === undefined ? {} : { defaultText: words(field.value.span) }),
    type: paramType(declared),
    value: entry.value ?? { kind: 'absent' },
    from: entry.argument !== undefined ? 'argument' : field.value !== undefined ? 'default' : 'absent',
  };
}

function paramType(declared: Declared): ParamType {
  return declared.kind === 'value'
    ? { kind: 'value', type: declared.type }
    : { kind: 'dataset', of: declared.of, tags: declared.tags, optional: declared.optional };
}

function helpOf(entry: Entry): ParamHelp {
  const { field, declared } = entry;
  const optional = declared.kind === 'dataset' ? declared.optional : declared.type.kind === 'optional';
  return {
    name: field.name.text,
    flag: `--${field.name.text.replaceAll('_', '-')}`,
    ...(field.docs === undefined ? {} : { docs: field.docs }),
    typeText: words(field.type.span),
    ...(field.value === undefined ? {} : { defaultText: words(field.value.span) }),
    type: paramType(declared),
    required: field.value === undefined && !optional,
  };
}

/** As written, on one line. */
const words = (span: Span): string => sliceOf(span).replace(/\s+/g, ' ').trim();
