import type * as Ast from '../syntax/ast.ts';
import { tagTypeOf } from '../types/fits.ts';
import type { Declared } from '../types/type-nodes.ts';
import { type Checker, type DatasetFlow, dataset, type Env, errorFlow, type Flow } from './flow.ts';
import type { Expr, NodeId } from './program.ts';
import { workflowErrors } from './workflow-errors.ts';

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
