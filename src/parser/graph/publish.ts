import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { nameErrors } from '../names/name-errors.ts';
import type * as Ast from '../syntax/ast.ts';
import { typeExpr } from '../types/expressions.ts';
import { intType, strType, tagTypeOf, withoutOptional } from '../types/fits.ts';
import { errorExpr, pathOf, type Scope } from '../types/scope.ts';
import type { TagType } from '../types/type.ts';
import { datasetErrors } from './dataset-errors.ts';
import { isDatasetFunction } from './dataset-functions.ts';
import { type Checker, type DatasetFlow, type Env, lookUp } from './flow.ts';
import { nodesOf, visit } from './nodes.ts';
import type { Expr, Publish } from './program.ts';
import { publishTarget } from './publish-target.ts';
import { workflowErrors } from './workflow-errors.ts';

type Statement = Extract<Ast.Statement, { kind: 'publish' }>;

interface Place {
  readonly checker: Checker;
  readonly env: Env;
}

/** `publish ds to "path/{tag}.tif" as name`: files of the items, each at a place of its own. */
export function publish(statement: Statement, place: Place): (Publish & { readonly variable?: string }) | undefined {
  const { checker, env } = place;
  const from = checker.dataset(
    statement.value,
    env,
    statement.as === undefined ? {} : { name: `${env.prefix}${statement.as.text}` },
  );
  if (from === undefined || statement.to.kind === 'error') return undefined;
  const target = publishTarget(statement.to, from, place);
  if (target === undefined || !isPublishable(from, statement, place)) return undefined;
  const path = readPath(target.path, from, place);
  if (path === undefined) return undefined;
  const written = statement.as?.text ?? nameOf(statement.value);
  const variable = statement.as === undefined ? written?.split('.')[0] : undefined;
  return {
    node: from.node,
    path,
    ...(target.place !== undefined && { place: target.place }),
    name: written === undefined ? nodeName(from, checker) : `${env.prefix}${written}`,
    ...(variable === undefined ? {} : { variable: `${env.prefix}${variable}` }),
    span: statement.span,
    guards: env.guards,
  };
}

/** A result without a variable is called like the call that made it. */
function nodeName(from: DatasetFlow, checker: Checker): string {
  const node = checker.nodes.at(from.node);
  return node.kind === 'output' ? checker.nodes.at(node.call).name : node.name;
}

/** What is published, as it is written: `bright.projection`; of a function of the language what it is given. */
function nameOf(ast: Ast.Expr): string | undefined {
  switch (ast.kind) {
    case 'where':
    case 'order':
    case 'untag':
    case 'tag':
    case 'select':
    case 'group':
    case 'matching':
    case 'after':
      return nameOf(ast.of);
    case 'paren':
      return ast.items[0] && nameOf(ast.items[0]);
    case 'pipe':
      return ast.call.kind === 'call'
        ? nameOf({ ...ast.call, args: [{ value: ast.left, span: ast.left.span }] })
        : undefined;
    case 'call': {
      const callee = pathOf(ast.callee)?.split('.').at(-1);
      const [first] = ast.args;
      return callee !== undefined && isDatasetFunction(callee) && first !== undefined ? nameOf(first.value) : undefined;
    }
    default:
      return pathOf(ast)?.replace(/^params\./, '');
  }
}

function isPublishable(from: DatasetFlow, statement: Statement, place: Place): boolean {
  const { of } = place.checker.nodes.at(from.node);
  const inner = withoutOptional(of);
  const item = inner.kind === 'list' ? withoutOptional(inner.of) : inner;
  if (item.kind === 'file' || item.kind === 'error') return true;
  if (item.kind === 'record') {
    const files = item.fields.filter((field) => {
      const type = withoutOptional(field.type);
      return type.kind === 'file' || (type.kind === 'list' && type.of.kind === 'file');
    });
    place.checker.report(
      workflowErrors.publishRecord(statement.value.span, { of, fields: files.map((field) => field.name) }),
    );
  } else place.checker.report(workflowErrors.publishScalar(statement.value.span, { of }));
  return false;
}

function readPath(to: Ast.Expr & { kind: 'string' }, from: DatasetFlow, place: Place): Expr | undefined {
  const { checker } = place;
  const node = checker.nodes.at(from.node);
  const literal = to.parts.map((part) => (part.kind === 'text' ? part.value : '{}')).join('');
  const problem = pathProblem(literal);
  if (problem !== undefined) {
    checker.report(workflowErrors.publishPath(to.span, { problem }));
    return undefined;
  }
  const path = typeExpr(to, pathScope(from, place));
  if (path.type.kind === 'error') return undefined;
  const shown = new Set<string>();
  let failed = false;
  visit(path, (part) => {
    if (part.kind === 'tag') shown.add(part.name);
    if (part.kind === 'index') shown.add('{index}');
    if (part.type.kind === 'error') failed = true;
  });
  if (failed) return undefined;
  const hidden = node.tags.filter((tag) => !shown.has(tag.name));
  if (hidden.length > 0 && !isSingle(from, place)) {
    checker.report(
      workflowErrors.publishSame(to.span, {
        missing: hidden.map((tag) => tag.name),
        suggestion: suggested(to, hidden),
      }),
    );
    return undefined;
  }
  const inner = withoutOptional(node.of);
  if (inner.kind === 'list' && !shown.has('{index}') && inner.max !== 1) {
    checker.report(workflowErrors.publishList(to.span, { suggestion: withHole(to, '{index:04}') }));
    return undefined;
  }
  return path;
}

function isSingle(from: DatasetFlow, place: Place): boolean {
  const node = place.checker.nodes.at(from.node);
  return node.plain || (node.kind === 'pick' && node.how !== 'take' && node.by.length === 0);
}

function pathProblem(path: string): string | undefined {
  if (path === '') return 'The path is empty';
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path))
    return 'A published path starts in the output directory, so it cannot begin with `/`';
  if (path.split('/').includes('..')) return 'A published path cannot lead out of the output directory';
  if (path.endsWith('/')) return 'The path names a folder, and every item needs a name';
  return undefined;
}

/** The path with the missing tags before its ending: `{cell}_t{time}.tif`. */
function suggested(to: Ast.Expr & { kind: 'string' }, missing: readonly TagType[]): string {
  return withHole(to, missing.map((tag) => `{${tag.name}}`).join('_'));
}

function withHole(to: Ast.Expr & { kind: 'string' }, hole: string): string {
  const slash = to.raw.lastIndexOf('/') + 1;
  const name = to.raw.slice(slash);
  const dot = name.search(/\.(?![^{]*\})/);
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  return `${to.raw.slice(0, slash)}${stem}_${hole}${ending}`;
}

/** Tags, `{ext}`, `{index}`, and what is known before the run: params and plain values. */
function pathScope(from: DatasetFlow, place: Place): Scope {
  const { checker, env } = place;
  const node = checker.nodes.at(from.node);
  const tags = node.tags.filter((tag) => !from.view.hidden.has(tag.name));
  const isList = withoutOptional(node.of).kind === 'list';
  const report = (diagnostic: Diagnostic): void => checker.report(diagnostic);
  const holes = [...tags.map((tag) => tag.name), 'ext', ...(isList ? ['index'] : [])];
  return {
    report,
    narrowed: env.narrowed,
    absent: env.absent,
    filesHavePaths: false,
    names: () => holes,
    resolve: (ast) => {
      const { span } = ast;
      if (ast.kind === 'name' || (ast.kind === 'member' && ast.of.kind === 'name' && ast.of.name === 'tag')) {
        const name = ast.kind === 'name' ? ast.name : ast.name.text;
        const tag = tags.find((one) => one.name === name);
        if (tag !== undefined) return { kind: 'tag', name, type: tagTypeOf(tag.kind), span };
        if (name === 'ext')
          return { kind: 'property', of: { kind: 'item', type: node.of, span }, name: 'ext', type: strType, span };
        if (name === 'index' && isList) return { kind: 'index', type: intType, span };
        if (from.view.hidden.has(name)) {
          report(datasetErrors.tagNotDeclared(span, { name, calls: env.calls }));
          return errorExpr(span);
        }
        if (ast.kind === 'name' && lookUp(name, env.block) !== undefined) return known(ast, place);
        const isField = node.of.kind === 'record' && node.of.fields.some((field) => field.name === name);
        report(
          isField || name === from.itName
            ? workflowErrors.publishField(span, { name })
            : nameErrors.unknownName(span, { name, candidates: holes, where: 'no tag of these items' }),
        );
        return errorExpr(span);
      }
      if (ast.kind === 'member') return known(ast, place);
      return undefined;
    },
  };
}

function known(ast: Ast.Expr, place: Place): Expr {
  const value = place.checker.plain(ast, place.env);
  if (value.type.kind === 'error' || nodesOf(value).length === 0) return value;
  place.checker.report(workflowErrors.publishField(ast.span, { name: pathOf(ast) ?? 'this' }));
  return errorExpr(ast.span);
}
