import type { Assertion, Node, NodeId, Program, Publish } from '../../parser/index.ts';
import { needsOf } from './evaluator.ts';
import { sourceExprs } from './source-exprs.ts';

/** What `--only` leaves of a program. */
export interface Needed {
  readonly nodes: ReadonlySet<NodeId>;
  /** Of what these calls make, and of nothing that another call makes. */
  readonly publishes: readonly Publish[];
  readonly asserts: readonly Assertion[];
}

/** The calls that `only` names, by call path, `let` name or process, all that they need above them, and what they give at once. */
export function neededNodes(program: Program, only: readonly string[]): Needed {
  const nodes = new Set<NodeId>();
  for (const node of program.nodes) {
    if (node.kind !== 'call' || ![node.path, node.name, node.process.name].some((name) => only.includes(name)))
      continue;
    above(program, node.id, nodes);
  }
  const isGiven = (id: NodeId): boolean => {
    const calls = [...above(program, id, new Set())].filter((one) => program.nodes[one]?.kind === 'call');
    return calls.length > 0 && calls.every((call) => nodes.has(call));
  };
  const publishes = program.publishes.filter((publish) => isGiven(publish.node));
  const asserts = program.asserts.filter((assertion) => isGiven(assertion.over));
  for (const publish of publishes) above(program, publish.node, nodes);
  for (const assertion of asserts) above(program, assertion.over, nodes);
  for (const { guards } of [...publishes, ...asserts]) for (const guard of guards) above(program, guard.node, nodes);
  return { nodes, publishes, asserts };
}

/** A node and all that it needs, added to `into`. */
function above(program: Program, id: NodeId, into: Set<NodeId>): Set<NodeId> {
  const node = program.nodes[id];
  if (node === undefined || into.has(id)) return into;
  into.add(id);
  for (const other of readNodes(node)) above(program, other, into);
  return into;
}

/** The nodes that a node reads, by whatever part of it. */
export function readNodes(node: Node): readonly NodeId[] {
  return [...node.guards.map((guard) => guard.node), ...ownReads(node)];
}

function ownReads(node: Node): readonly NodeId[] {
  switch (node.kind) {
    case 'source':
      if (node.source.kind === 'values') return needsOf([node.source.list]).nodes;
      return needsOf(sourceExprs(node.source)).nodes;
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
