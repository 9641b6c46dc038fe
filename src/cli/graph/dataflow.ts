import type { Node, NodeId, Program } from '../../parser/index.ts';

/** What people draw of a pipeline: sources, calls and published results; the operators between them are edges. */
export interface Dataflow {
  readonly nodes: readonly DataflowNode[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label?: string }[];
}

export interface DataflowNode {
  readonly id: string;
  readonly kind: 'source' | 'process' | 'result';
  readonly label: string;
  /** For a call whose process has another name, for a result its path as written. */
  readonly detail?: string;
  readonly tags: readonly string[];
}

/** Only what leads to a publish, an assertion or a call is in it; order is that of the program. */
export function dataflow(program: Program): Dataflow {
  const nodes: DataflowNode[] = [];
  const edges = new Map<string, { from: string; to: string; label?: string }>();
  const origins = originFinder(program);
  const link = (from: string, to: string, label?: string): void => {
    const key = `${from}\0${to}\0${label ?? ''}`;
    edges.set(key, { from, to, ...(label !== undefined && { label }) });
  };
  const used = new Set<NodeId>();
  for (const node of program.nodes) {
    if (node.kind !== 'call') continue;
    for (const arg of node.args) for (const origin of origins(arg.node)) used.add(origin);
    used.add(node.id);
  }
  for (const publish of program.publishes) for (const origin of origins(publish.node)) used.add(origin);

  for (const node of program.nodes) {
    if (!used.has(node.id)) continue;
    const tags = node.tags.map((tag) => tag.name);
    if (node.kind === 'source') {
      nodes.push({ id: idOf(node), kind: 'source', label: node.param ?? node.name, tags });
    } else if (node.kind === 'call') {
      const { name } = node.process;
      nodes.push({
        id: idOf(node),
        kind: 'process',
        label: node.path,
        ...(name !== node.path && { detail: name }),
        tags,
      });
      for (const arg of node.args) {
        for (const origin of origins(arg.node)) link(`n${origin}`, idOf(node), arg.input);
      }
      for (const after of node.after) for (const origin of origins(after)) link(`n${origin}`, idOf(node), 'after');
    }
  }
  for (const [index, publish] of program.publishes.entries()) {
    const id = `r${index}`;
    const node = program.nodes[publish.node];
    const { span } = publish.path;
    nodes.push({
      id,
      kind: 'result',
      label: publish.name,
      detail: span.source.text.slice(span.start, span.end).replace(/^"|"$/g, ''),
      tags: node?.tags.map((tag) => tag.name) ?? [],
    });
    for (const origin of origins(publish.node)) link(`n${origin}`, id);
  }
  return { nodes, edges: [...edges.values()] };
}

const idOf = (node: Node): string => `n${node.id}`;

/** The sources and calls that a node's items come from, looking through operators. */
function originFinder(program: Program): (node: NodeId) => readonly NodeId[] {
  const known = new Map<NodeId, readonly NodeId[]>();
  const find = (id: NodeId): readonly NodeId[] => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const node = program.nodes[id];
    const found =
      node === undefined
        ? []
        : node.kind === 'call' || (node.kind === 'source' && node.source.kind !== 'values')
          ? [id]
          : inputsOf(node).flatMap(find);
    const unique = [...new Set(found)];
    known.set(id, unique);
    return unique;
  };
  return find;
}

function inputsOf(node: Node): readonly NodeId[] {
  switch (node.kind) {
    case 'source':
    case 'expr':
      return [];
    case 'call':
      return node.args.map((arg) => arg.node);
    case 'output':
    case 'failed':
      return [node.call];
    case 'map':
    case 'filter':
    case 'sort':
    case 'window':
    case 'pivot':
    case 'pick':
    case 'count':
    case 'collect':
    case 'table':
    case 'rows':
      return [node.from];
    case 'group':
      return node.over === undefined ? [node.from] : [node.from, node.over];
    case 'join':
      return node.fields.map((field) => field.node);
    case 'cross':
    case 'union':
      return [node.left, node.right];
    case 'choose':
      return [node.then, node.else];
  }
}
