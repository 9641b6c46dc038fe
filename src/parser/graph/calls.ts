import type { Span } from '../../diagnostics/span.ts';
import { sliceOf } from '../names/wording.ts';
import type * as Ast from '../syntax/ast.ts';
import { fitValue } from '../types/fit-value.ts';
import { fits, holdsFile } from '../types/fits.ts';
import type { Type } from '../types/type.ts';
import { typeErrors } from '../types/type-errors.ts';
import { typeText } from '../types/type-text.ts';
import { argumentErrors } from './argument-errors.ts';
import { mapped } from './clauses.ts';
import {
  type Checker,
  type DatasetFlow,
  dataset,
  type Env,
  errorFlow,
  type Flow,
  joinViews,
  plainView,
  type View,
  type Wish,
} from './flow.ts';
import { type Matched, matchTags } from './matching.ts';
import { callValue } from './nodes.ts';
import type { CheckedProcess } from './processes.ts';
import type { CallArg, Expr, Input, NodeId } from './program.ts';
import { fileFieldOf, fileSource, valuesSource } from './sources.ts';

interface Place {
  readonly checker: Checker;
  readonly env: Env;
  readonly wish: Wish;
}

/** An argument that a call gives, with the input it is for. */
export interface Given<I> {
  readonly input: I;
  readonly arg: Ast.Arg;
}

/** A process on a dataset: a task per item, items of several arguments matched by their tags. */
export function callProcess(checked: CheckedProcess, ast: Ast.Expr & { kind: 'call' }, place: Place): Flow {
  const { checker, env, wish } = place;
  const { process } = checked;
  const given = bindArguments(ast, { name: process.name, inputs: process.inputs, place });
  const path = wish.name ?? checker.nodes.unnamed(`${env.prefix}${process.name}`);
  // After a mistake the tags of what the call gives are still known, unless the mistake is in where they come from: so that what
  // stands behind is checked too, and blamed for nothing.
  let tagsKnown = given.tagsKnown;
  const args: Arg[] = [];
  for (const { input, arg } of given.bound) {
    const one = arg.each
      ? eachArgument(input, arg, { ...place, path })
      : argument(input, arg, { ...place, path, process: process.name });
    if (one === 'unknown') tagsKnown = false;
    else if (one !== 'wrong') args.push(one);
  }
  const missing = process.inputs.filter(
    (input) => !given.bound.some((one) => one.input === input) && isNeeded(input, checked),
  );
  if (missing.length > 0 && given.bound.length === ast.args.length) {
    checker.report(
      argumentErrors.missing(ast.span, {
        name: process.name,
        missing: missing.map(({ name, type }) => ({ name, type })),
        callee: ast.callee.span,
      }),
    );
  }
  if (!tagsKnown || (missing.length > 0 && args.length === 0)) return errorFlow;
  for (const [name, value] of checked.fileDefaults) {
    if (given.bound.some((one) => one.input.name === name)) continue;
    const input = process.inputs.find((candidate) => candidate.name === name);
    if (input !== undefined) args.push(defaultFile(input, value, { ...place, process: checked, path }));
  }
  if (matchesOneItem(args, place)) return errorFlow;
  const matched = matchTags(
    args.map((arg) => ({ ...arg, tags: checker.nodes.at(arg.node).tags })),
    {
      name: process.name,
      span: ast.span,
      ...(wish.matching === undefined ? {} : { matching: wish.matching }),
      report: checker.report,
    },
  );
  if (matched === undefined) return errorFlow;
  checkTagUse(checked, { ast, matched, args, place });
  return addCall(checked, ast, { ...place, path, args, matched });
}

/** `first(images)` beside `images` meets only itself: nobody means that. */
function matchesOneItem(args: readonly Arg[], place: Place): boolean {
  const { checker } = place;
  const tagged = args.filter((arg) => !arg.isEach && checker.nodes.at(arg.node).tags.length > 0);
  for (const arg of tagged) {
    const node = checker.nodes.at(arg.node);
    if (node.kind !== 'pick' || node.how !== 'first') continue;
    const kept = node.tags.map((tag) => tag.name).filter((name) => !node.by.includes(name));
    const others = tagged.filter(
      (other) =>
        other.node !== arg.node &&
        kept.every((name) => checker.nodes.at(other.node).tags.some((tag) => tag.name === name)),
    );
    if (kept.length === 0 || others.length === 0) continue;
    checker.report(
      argumentErrors.oneItemMatched(arg.span, {
        input: arg.input,
        tags: kept,
        isAll: node.by.length === 0,
        written: sliceOf(arg.span),
      }),
    );
    return true;
  }
  return false;
}

/** The arguments sorted to inputs; unknown, double and surplus ones are reported. */
export function bindArguments<I extends { readonly name: string }>(
  ast: Ast.Expr & { kind: 'call' },
  given: { readonly name: string; readonly inputs: readonly I[]; readonly place: Place },
): { readonly bound: readonly Given<I>[]; readonly tagsKnown: boolean } {
  const { checker, env } = given.place;
  const bound: Given<I>[] = [];
  let tagsKnown = true;
  ast.args.forEach((arg, index) => {
    const input =
      arg.name === undefined
        ? index === 0
          ? given.inputs[0]
          : undefined
        : given.inputs.find((candidate) => candidate.name === arg.name?.text);
    const earlier = input && bound.find((one) => one.input === input);
    if (input !== undefined && earlier === undefined) {
      bound.push({ input, arg });
      return;
    }
    const open = given.inputs
      .filter((candidate) => !bound.some((one) => one.input === candidate))
      .map((candidate) => candidate.name);
    if (earlier !== undefined) {
      checker.report(
        argumentErrors.twice(arg.name?.span ?? arg.span, {
          name: given.name,
          input: earlier.input.name,
          first: earlier.arg.span,
        }),
      );
    } else if (arg.name === undefined) {
      checker.report(argumentErrors.notNamed(arg.span, { name: given.name, open, none: given.inputs.length === 0 }));
    } else
      checker.report(
        argumentErrors.unknown(arg.name.span, {
          name: given.name,
          input: arg.name.text,
          open,
          all: given.inputs.map((one) => one.name),
        }),
      );
    // What stands in the argument is checked all the same.
    const flow = checker.flow(arg.value, env);
    if (flow.kind !== 'value') tagsKnown = false;
  });
  return { bound, tagsKnown };
}

const isNeeded = (input: Input, checked: CheckedProcess): boolean =>
  input.default === undefined &&
  input.type.kind !== 'optional' &&
  input.type.kind !== 'error' &&
  !checked.fileDefaults.has(input.name);

interface Arg {
  readonly input: string;
  readonly node: NodeId;
  readonly isEach: boolean;
  readonly view: View;
  readonly span: Span;
}

/** An argument; `wrong` where it is none, and `unknown` where it would have decided the tags. */
function argument(
  input: Input,
  arg: Ast.Arg,
  place: Place & { readonly path: string; readonly process: string },
): Arg | 'wrong' | 'unknown' {
  const { checker, env } = place;
  const where = `\`${input.name}\` of \`${place.process}\``;
  if (reportPath(arg.value, input.type, { where, declared: input.span, checker })) return 'unknown';
  const flow = checker.flow(arg.value, env, sourceType(input.type));
  if (flow.kind === 'error') return holdsFile(input.type) ? 'unknown' : 'wrong';
  if (flow.kind === 'value') {
    const fitted = fitValue(flow.value, input.type, {
      where,
      report: checker.report,
      bound: checker.bound,
      declared: input.span,
    });
    if (fitted.type.kind === 'error') return 'wrong';
    const node = checker.nodes.value(fitted, { name: `${place.path}.${input.name}`, guards: env.guards });
    return { input: input.name, node, isEach: false, view: plainView, span: arg.value.span };
  }
  const given = checker.asDataset(flow, arg.value, env);
  if (given === undefined) return 'unknown';
  const set = asAsked(given, { asked: input.type, ast: arg.value, place });
  const fit = checkItems(set, { asked: input.type, ast: arg.value, where, declared: input.span, place });
  const isList = checker.nodes.at(set.node).of.kind === 'list';
  if (!fit && isList !== (input.type.kind === 'list')) return 'unknown';
  return { input: input.name, node: set.node, isEach: false, view: set.view, span: arg.value.span };
}

/** A row of a sheet stands for its one file where a file is asked for. */
export function asAsked(
  set: DatasetFlow,
  given: { readonly asked: Type; readonly ast: Ast.Expr; readonly place: Place },
): DatasetFlow {
  const { place, ast } = given;
  const { of } = place.checker.nodes.at(set.node);
  const file = fileFieldOf(set, place.checker);
  if (file === undefined || fits(of, given.asked) || !fits(file.type, given.asked)) return set;
  const item: Expr = { kind: 'item', type: of, span: ast.span };
  const value: Expr = { kind: 'field', of: item, name: file.name, type: file.type, span: ast.span };
  return mapped(set, {
    value,
    span: ast.span,
    word: `.${file.name}`,
    place: { ...place, wish: {} },
    itName: file.name,
  });
}

/** What a source that stands where `type` is asked for holds: a list is of one file, and its files are grouped first. */
export function sourceType(type: Type): { readonly of?: Type } {
  const of = type.kind === 'optional' ? type.of : type;
  return of.kind === 'file' ? { of } : {};
}

/** A text where a file is asked for, said as such: the braces of a pattern are no holes. */
export function reportPath(
  ast: Ast.Expr,
  type: Type,
  given: { readonly where: string; readonly declared: Span; readonly checker: Checker },
): boolean {
  const of = type.kind === 'optional' ? type.of : type;
  if (ast.kind !== 'string' || of.kind !== 'file') return false;
  const isPattern = /[*{]/.test(ast.raw);
  given.checker.report(
    typeErrors.textForFile(ast.span, {
      where: given.where,
      type: typeText(of),
      function: isPattern ? 'files' : 'file',
      declared: given.declared,
    }),
  );
  return true;
}

/** Whether each item of a dataset can stand where `asked` is; says why not. */
export function checkItems(
  set: DatasetFlow,
  given: {
    readonly asked: Type;
    readonly ast: Ast.Expr;
    readonly where: string;
    readonly declared: Span;
    readonly place: Place;
  },
): boolean {
  const { checker } = given.place;
  const node = checker.nodes.at(set.node);
  if (fits(node.of, given.asked)) return true;
  const asked = given.asked.kind === 'optional' ? given.asked.of : given.asked;
  const { span } = given.ast;
  if (asked.kind === 'list' && node.of.kind !== 'list' && fits(node.of, asked.of)) {
    checker.report(
      argumentErrors.wantsList(span, {
        where: given.where,
        asked,
        of: node.of,
        tags: node.tags,
        declared: given.declared,
      }),
    );
  } else if (node.of.kind === 'list' && asked.kind !== 'list' && fits(node.of.of, asked)) {
    checker.report(
      argumentErrors.givesList(span, { where: given.where, asked, of: node.of, declared: given.declared }),
    );
  } else if (node.of.kind === 'record' && asked.kind !== 'record') {
    const fitting = node.of.fields.filter((field) => fits(field.type, asked)).map((field) => field.name);
    checker.report(
      argumentErrors.givesRecord(span, { where: given.where, asked, of: node.of, fitting, declared: given.declared }),
    );
  } else {
    checker.report(
      typeErrors.mismatch(span, {
        expected: given.asked,
        found: node.of,
        where: given.where,
        expr: { kind: 'item', type: node.of, span },
        declared: given.declared,
      }),
    );
  }
  return false;
}

function eachArgument(input: Input, arg: Ast.Arg, place: Place & { readonly path: string }): Arg | 'unknown' {
  const { checker, env } = place;
  const made = valuesSource(arg.value, { tag: input.name, place });
  if (made === undefined) return 'unknown';
  const asked = input.type;
  const { list } = made.spec;
  if (list.type.kind === 'list') {
    const fitted = fitValue(
      list,
      { kind: 'list', of: asked },
      {
        where: `Each element for \`${input.name}\``,
        report: checker.report,
        bound: checker.bound,
        declared: input.span,
      },
    );
    if (fitted.type.kind === 'error') return 'unknown';
  }
  const node = checker.nodes.add(
    `${place.path}.${input.name}`,
    { kind: 'source', source: made.spec, span: arg.span, of: made.of, tags: made.tags, plain: false },
    { guards: env.guards, known: true },
  );
  return { input: input.name, node, isEach: true, view: plainView, span: arg.value.span };
}

function defaultFile(
  input: Input,
  value: { readonly path: string; readonly ast: Ast.Expr },
  place: Place & { readonly process: CheckedProcess; readonly path: string },
): Arg {
  const node = fileSource(value.ast, {
    path: { kind: 'const', value: value.path, type: { kind: 'str' }, span: value.ast.span },
    fingerprint: 'content',
    place: {
      ...place,
      wish: { name: `${place.path}.${input.name}`, ...sourceType(input.type), base: place.process.process.folder },
    },
  });
  return { input: input.name, node, isEach: false, view: plainView, span: value.ast.span };
}

function checkTagUse(
  checked: CheckedProcess,
  given: { readonly ast: Ast.Expr; readonly matched: Matched; readonly args: readonly Arg[]; readonly place: Place },
): void {
  const { process } = checked;
  const { checker } = given.place;
  for (const tag of process.uses.tags) {
    if (given.matched.tags.some((one) => one.name === tag)) continue;
    checker.report(
      argumentErrors.usesMissingTag(given.ast.span, { name: process.name, tag, tags: given.matched.tags }),
    );
  }
  for (const use of process.uses.inputTags) {
    const arg = given.args.find((one) => one.input === use.input);
    const tags = arg && checker.nodes.info(arg.node).elementTags;
    if (tags === undefined || tags.some((one) => one.name === use.tag)) continue;
    checker.report(
      argumentErrors.usesMissingTag(arg?.span ?? given.ast.span, {
        name: process.name,
        tag: use.tag,
        tags,
        input: use.input,
      }),
    );
  }
  for (const output of process.outputs) {
    for (const tag of output.many?.tags ?? []) {
      if (!given.matched.tags.some((one) => one.name === tag.name)) continue;
      checker.report(
        argumentErrors.manyTagTaken(given.ast.span, {
          name: process.name,
          output: output.name,
          tag: tag.name,
          declared: output.span,
        }),
      );
    }
  }
}

function addCall(
  checked: CheckedProcess,
  ast: Ast.Expr,
  given: Place & {
    readonly path: string;
    readonly args: readonly Arg[];
    readonly matched: Pick<Matched, 'tags' | 'spine' | 'how'>;
  },
): Flow {
  const { checker, env, wish } = given;
  const { process } = checked;
  const { tags, spine } = given.matched;
  const args: CallArg[] = given.args.map((arg) => ({
    input: arg.input,
    node: arg.node,
    how: given.matched.how(arg),
    on: given.matched.how(arg) === 'match' ? checker.nodes.at(arg.node).tags.map((tag) => tag.name) : [],
    span: arg.span,
  }));
  const after = [...(wish.after ?? []), ...env.after];
  const node = checker.nodes.add(
    given.path,
    {
      kind: 'call',
      process,
      path: given.path,
      args,
      ...(spine === undefined ? {} : { spine }),
      after,
      span: ast.span,
      of: callValue(process.outputs) ?? {
        kind: 'record',
        fields: process.outputs.filter((output) => output.many === undefined).map(({ name, type }) => ({ name, type })),
      },
      tags,
      plain: args.every((arg) => checker.nodes.at(arg.node).plain),
    },
    { guards: env.guards, known: false },
  );
  return { kind: 'call', node, process, view: joinViews(given.args.map((arg) => arg.view)) };
}

/** A dataset of what one output of a call makes. */
export function outputFlow(call: Flow & { kind: 'call' }, name: string, checker: Checker): DatasetFlow | undefined {
  const node = checker.nodes.output(call.node, name);
  return node === undefined ? undefined : dataset(node, call.view, name);
}
