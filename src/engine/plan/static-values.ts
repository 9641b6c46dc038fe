import type { Expr, NodeId, Program } from '../../parser/index.ts';
import type { Value } from '../ports/value.ts';
import { evaluate } from './evaluate.ts';
import { needsOf } from './evaluator.ts';
import { paramValues } from './param-values.ts';

/** What params and constants alone say, before any source was looked at. */
export interface StaticValues {
  /** `undefined` where the node's value needs data. */
  node(id: NodeId): { readonly value: Value } | undefined;
  /** Of an expression over params, constants and such nodes. May throw `EvaluationProblem`. */
  value(expr: Expr): Value;
}

export function staticValues(program: Program): StaticValues {
  const param = paramValues(program, (id) => node(id)?.value ?? null);
  const known = new Map<NodeId, { readonly value: Value } | undefined>();

  function node(id: NodeId): { readonly value: Value } | undefined {
    if (known.has(id)) return known.get(id);
    const found = program.nodes[id];
    const isStatic = found?.kind === 'expr' && needsOf([found.value]).nodes.every((one) => node(one) !== undefined);
    const value = isStatic ? attempt(() => ({ value: evaluate(found.value, scope) })) : undefined;
    known.set(id, value);
    return value;
  }
  const scope = { param, node: (id: NodeId) => node(id)?.value ?? null };
  return { node, value: (expr) => evaluate(expr, scope) };
}

/** A guard that cannot be computed is reported where it is used, by the flow. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
