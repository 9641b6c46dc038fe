import type { NodeId, Program } from '../../parser/index.ts';
import { needsOf } from './evaluator.ts';

/** Whether the order of a dataset's items depends on their values, so that it is known only when all of them are made. */
export function ordersByValue(program: Program, id: NodeId): boolean {
  const node = program.nodes[id];
  switch (node?.kind) {
    case 'sort': {
      const needs = needsOf(node.by.map((one) => one.value));
      return needs.item || needs.nodes.length > 0 || ordersByValue(program, node.from);
    }
    case 'map':
    case 'filter':
    case 'window':
    case 'pick':
      return ordersByValue(program, node.from);
    case 'output':
    case 'failed':
      return ordersByValue(program, node.call);
    case 'call':
      return node.spine !== undefined && ordersByValue(program, node.spine);
    case 'choose':
      return ordersByValue(program, node.then) || ordersByValue(program, node.else);
    default:
      return false;
  }
}
