import type { Dataflow, DataflowNode } from './dataflow.ts';

/** For Markdown pages and mermaid.live. */
export function mermaid(graph: Dataflow): string {
  const label = (node: DataflowNode): string => mermaidText(lines(node).join('\n'));
  const shape = (node: DataflowNode): string => {
    switch (node.kind) {
      case 'source':
        return `([${label(node)}])`;
      case 'process':
        return `[${label(node)}]`;
      case 'result':
        return `[/${label(node)}/]`;
    }
  };
  return [
    'flowchart TD',
    ...graph.nodes.map((node) => `  ${node.id}${shape(node)}`),
    ...graph.edges.map(
      ({ from, to, label: text }) => `  ${from} -->${text === undefined ? '' : `|${mermaidText(text)}|`} ${to}`,
    ),
  ].join('\n');
}

/** For Graphviz. */
export function dot(graph: Dataflow): string {
  const shapes = { source: 'ellipse', process: 'box', result: 'note' } as const;
  return [
    'digraph pipeline {',
    '  node [fontname="Helvetica", fontsize=11];',
    '  edge [fontname="Helvetica", fontsize=9];',
    ...graph.nodes.map(
      (node) => `  ${node.id} [shape=${shapes[node.kind]}, label=${dotText(lines(node).join('\n'))}];`,
    ),
    ...graph.edges.map(
      ({ from, to, label }) => `  ${from} -> ${to}${label === undefined ? '' : ` [label=${dotText(label)}]`};`,
    ),
    '}',
  ].join('\n');
}

/** What stands in a node: its name, the process or path behind it, its tags. */
export const lines = (node: DataflowNode): readonly string[] => [
  node.label,
  ...(node.detail === undefined ? [] : [node.detail]),
  ...(node.tags.length === 0 || node.kind === 'result' ? [] : [`[${node.tags.join(', ')}]`]),
];

const mermaidText = (text: string): string =>
  `"${text.replace(/["#&<>]/g, (character) => `#${character.charCodeAt(0)};`).replaceAll('\n', '<br/>')}"`;

const dotText = (text: string): string => `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
