import type { Node, Program } from '../../parser/index.ts';

/** For each node, how many calls the longest chain that hangs on it has: what starts first keeps the whole run shortest. */
export function criticalPath(program: Pick<Program, 'nodes'>): readonly number[] {
  const below = program.nodes.map(() => 0);
  // Nodes are in topological order: from the end, everything that reads a node is done before it.
  for (let id = program.nodes.length - 1; id >= 0; id--) {
    const node = program.nodes[id];
    if (!node) continue;
    const own = (below[id] ?? 0) + (node.kind === 'call' ? 1 : 0);
    for (const source of readNodes(node)) below[source] = Math.max(below[source] ?? 0, own);
  }
  return below;
}

/** The nodes a node takes items or its guard from. */
export function readNodes(node: Node): readonly number[] {
  const guards = node.guards.map((guard) => guard.node);
  switch (node.kind) {
    case 'source':
      return guards;
    case 'expr':
      return guards;
    case 'call':
      return [...guards, ...node.args.map((arg) => arg.node), ...node.after];
    case 'output':
    case 'failed':
      return [...guards, node.call];
    case 'group':
      return node.over === undefined ? [...guards, node.from] : [...guards, node.from, node.over];
    case 'join':
      return [...guards, ...node.fields.map((field) => field.node)];
    case 'cross':
    case 'union':
      return [...guards, node.left, node.right];
    case 'choose':
      return [...guards, node.test, node.then, node.else];
    default:
      return [...guards, node.from];
  }
}
