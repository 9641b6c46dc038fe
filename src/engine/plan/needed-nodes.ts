import type { Node, NodeId, Program } from '../../parser/index.ts';
import { needsOf } from './evaluator.ts';

/** The calls that `--only` names, by call path, `let` name or process, and all that they need above them. */
export function neededNodes(program: Program, only: readonly string[]): ReadonlySet<NodeId> {
  const needed = new Set<NodeId>();
  const take = (id: NodeId): void => {
    const node = program.nodes[id];
    if (node === undefined || needed.has(id)) return;
    needed.add(id);
    for (const other of readNodes(node)) take(other);
  };
  for (const node of program.nodes) {
    if (node.kind === 'call' && [node.path, node.name, node.process.name].some((name) => only.includes(name)))
      take(node.id);
  }
  return needed;
}

/** The nodes that a node reads, by whatever part of it. */
export function readNodes(node: Node): readonly NodeId[] {
  return [...node.guards.map((guard) => guard.node), ...ownReads(node)];
}

function ownReads(node: Node): readonly NodeId[] {
  switch (node.kind) {
    case 'source':
      if (node.source.kind === 'values') return needsOf([node.source.list]).nodes;
      return node.source.kind === 'files' ? [] : needsOf([node.source.path]).nodes;
    case 'expr':
      return needsOf([node.value]).nodes;
    case 'call':
      return [...node.args.map((arg) => arg.node), ...node.after];
    case 'output':
    case 'failed':
      return [node.call];
    case 'map':
      return [node.from, ...needsOf([node.value, ...node.set.map((one) => one.value)]).nodes];
    case 'filter':
      return [node.from, ...needsOf([node.test]).nodes];
    case 'sort':
      return [node.from, ...needsOf(node.by.map((one) => one.value)).nodes];
    case 'group':
      return [
        node.from,
        ...(node.over === undefined ? [] : [node.over]),
        ...needsOf(node.order.map((one) => one.value)).nodes,
      ];
    case 'window':
      return [node.from, ...needsOf(node.order.map((one) => one.value)).nodes];
    case 'table':
      return [node.from, ...needsOf(node.columns.map((one) => one.value)).nodes];
    case 'pivot':
    case 'pick':
    case 'count':
    case 'collect':
    case 'rows':
      return [node.from];
    case 'join':
      return node.fields.map((field) => field.node);
    case 'cross':
    case 'union':
      return [node.left, node.right];
    case 'choose':
      return [node.test, node.then, node.else];
  }
}
