import type * as Ast from '../syntax/ast.ts';
import { common } from '../types/fits.ts';
import { pathOf } from '../types/scope.ts';
import type { RecordField, Type } from '../types/type.ts';
import { derive, type Place } from './clauses.ts';
import { datasetErrors } from './dataset-errors.ts';
import { dataset, errorFlow, type Flow, joinViews } from './flow.ts';

type Clause<K extends Ast.Expr['kind']> = Extract<Ast.Expr, { kind: K }>;

export function cross(ast: Clause<'cross'>, place: Place): Flow {
  const { checker, env } = place;
  const left = checker.dataset(ast.left, env);
  const right = checker.dataset(ast.right, env);
  if (left === undefined || right === undefined) return errorFlow;
  const [a, b] = [checker.nodes.at(left.node), checker.nodes.at(right.node)];
  const clash = a.tags.filter((one) => b.tags.some((other) => other.name === one.name)).map((one) => one.name);
  if (clash.length > 0) {
    checker.report(datasetErrors.crossClash(ast.span, { tags: clash }));
    return errorFlow;
  }
  const names = { left: sideName(ast.left, 'left'), right: sideName(ast.right, 'right') };
  const fieldsOf = (of: Type, name: string): readonly RecordField[] =>
    of.kind === 'record' ? of.fields : [{ name, type: of }];
  const fields = [...fieldsOf(a.of, names.left), ...fieldsOf(b.of, names.right)];
  const twice = fields.find((field, index) => fields.findIndex((other) => other.name === field.name) !== index);
  if (twice !== undefined) {
    checker.report(datasetErrors.crossFields(ast.span, { field: twice.name }));
    return errorFlow;
  }
  const id = derive(left, {
    word: 'cross',
    place,
    known: checker.nodes.info(right.node).known,
    node: {
      kind: 'cross',
      left: left.node,
      right: right.node,
      fields: {
        ...(a.of.kind === 'record' ? {} : { left: names.left }),
        ...(b.of.kind === 'record' ? {} : { right: names.right }),
      },
      span: ast.span,
      of: { kind: 'record', fields },
      tags: [...a.tags, ...b.tags],
      plain: a.plain && b.plain,
    },
  });
  return dataset(id, joinViews([left.view, right.view]));
}

/** The field that a side of `cross` becomes: the name it is written as. */
function sideName(ast: Ast.Expr, otherwise: string): string {
  if (ast.kind === 'paren' && ast.items.length === 1 && ast.items[0] !== undefined)
    return sideName(ast.items[0], otherwise);
  if (ast.kind === 'where' || ast.kind === 'order' || ast.kind === 'tag' || ast.kind === 'untag')
    return sideName(ast.of, otherwise);
  if (ast.kind === 'call') return sideName(ast.callee, otherwise);
  return pathOf(ast)?.split('.').at(-1) ?? otherwise;
}

export function union(ast: Clause<'union'>, place: Place): Flow {
  const { checker, env } = place;
  const left = checker.dataset(ast.left, env);
  const right = checker.dataset(ast.right, env);
  if (left === undefined || right === undefined) return errorFlow;
  const [a, b] = [checker.nodes.at(left.node), checker.nodes.at(right.node)];
  const same =
    a.tags.length === b.tags.length &&
    a.tags.every((one) => b.tags.some((other) => other.name === one.name && other.kind === one.kind));
  const of = common(a.of, b.of);
  if (!same) {
    checker.report(datasetErrors.unionTags(ast.span, { left: a.tags, right: b.tags }));
    return errorFlow;
  }
  if (of === undefined) {
    checker.report(datasetErrors.unionTypes(ast.span, { left: a.of, right: b.of }));
    return errorFlow;
  }
  const id = derive(left, {
    word: '++',
    place,
    known: checker.nodes.info(right.node).known,
    node: { kind: 'union', left: left.node, right: right.node, span: ast.span, of, tags: a.tags, plain: false },
  });
  const itName = left.itName === right.itName ? left.itName : undefined;
  return dataset(id, joinViews([left.view, right.view]), itName);
}
