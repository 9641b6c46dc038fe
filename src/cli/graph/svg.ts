import type { Dataflow, DataflowNode } from './dataflow.ts';
import { lines } from './text-graphs.ts';

interface Box {
  readonly node: DataflowNode;
  readonly width: number;
  readonly height: number;
  x: number;
  y: number;
}

const lineHeight = 15;
const padding = 10;
const rowGap = 44;
const columnGap = 24;
const margin = 16;

/**
 * A picture of the pipeline by itself: rows by distance from the sources, each row ordered by the middle of what leads to it,
 * which untangles most of what people write. It needs no Graphviz and no browser.
 */
export function svg(graph: Dataflow): string {
  const rows = layers(graph).map((layer) => layer.map(boxOf));
  const boxes = new Map(rows.flat().map((box) => [box.node.id, box]));
  untangle(rows, { graph, boxes });
  place(rows);
  const width = Math.max(0, ...[...boxes.values()].map((box) => box.x + box.width)) + margin;
  const height = Math.max(0, ...[...boxes.values()].map((box) => box.y + box.height)) + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica, Arial, sans-serif" font-size="12">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...graph.edges.map((edge) => drawEdge(edge, boxes)),
    ...[...boxes.values()].map(drawBox),
    '</svg>',
  ].join('\n');
}

/** A node's row is one more than the longest way to it. The graph has no cycles and lists nodes after what they read. */
function layers(graph: Dataflow): DataflowNode[][] {
  const depth = new Map<string, number>();
  for (const node of graph.nodes) {
    const above = graph.edges.filter((edge) => edge.to === node.id).map((edge) => depth.get(edge.from) ?? 0);
    depth.set(node.id, above.length === 0 ? 0 : Math.max(...above) + 1);
  }
  const rows: DataflowNode[][] = [];
  for (const node of graph.nodes) {
    const row = depth.get(node.id) ?? 0;
    rows[row] = [...(rows[row] ?? []), node];
  }
  return rows;
}

function boxOf(node: DataflowNode): Box {
  const texts = lines(node);
  const longest = Math.max(...texts.map((text) => [...text].length));
  return {
    node,
    width: Math.ceil(longest * 6.7) + 2 * padding,
    height: texts.length * lineHeight + padding,
    x: 0,
    y: 0,
  };
}

/** Barycentre sweeps, down and up: enough for graphs that people write by hand. */
function untangle(
  rows: Box[][],
  options: { readonly graph: Dataflow; readonly boxes: ReadonlyMap<string, Box> },
): void {
  const neighbours = (id: string, end: 'from' | 'to'): string[] =>
    options.graph.edges.filter((edge) => edge[end === 'from' ? 'to' : 'from'] === id).map((edge) => edge[end]);
  for (let sweep = 0; sweep < 4; sweep++) {
    place(rows);
    const end = sweep % 2 === 0 ? 'from' : 'to';
    for (const row of end === 'from' ? rows : [...rows].reverse()) {
      const middle = (box: Box): number => {
        const near = neighbours(box.node.id, end).flatMap((id) => options.boxes.get(id) ?? []);
        return near.length === 0
          ? box.x + box.width / 2
          : near.reduce((sum, other) => sum + other.x + other.width / 2, 0) / near.length;
      };
      const order = new Map(row.map((box) => [box, middle(box)]));
      row.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
    }
  }
}

function place(rows: readonly (readonly Box[])[]): void {
  const widths = rows.map(
    (row) => row.reduce((sum, box) => sum + box.width, 0) + columnGap * Math.max(0, row.length - 1),
  );
  const widest = Math.max(0, ...widths);
  let y = margin;
  for (const [index, row] of rows.entries()) {
    let x = margin + (widest - (widths[index] ?? 0)) / 2;
    for (const box of row) {
      box.x = Math.round(x);
      box.y = y;
      x += box.width + columnGap;
    }
    y += Math.max(0, ...row.map((box) => box.height)) + rowGap;
  }
}

function drawBox(box: Box): string {
  const fills = { source: '#eaf4ea', process: '#eaf0fb', result: '#fbf3e2' } as const;
  const round = { source: box.height / 2, process: 3, result: 0 } as const;
  const [first, ...rest] = lines(box.node);
  const middle = box.x + box.width / 2;
  const text = (content: string, row: number, style: string): string =>
    `<text x="${middle}" y="${box.y + padding / 2 + row * lineHeight + 11}" text-anchor="middle"${style}>${escapeXml(content)}</text>`;
  return [
    `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="${round[box.node.kind]}" fill="${fills[box.node.kind]}" stroke="#667"/>`,
    text(first ?? '', 0, ' font-weight="bold"'),
    ...rest.map((line, row) => text(line, row + 1, ' fill="#445" font-size="11"')),
  ].join('');
}

function drawEdge(edge: Dataflow['edges'][number], boxes: ReadonlyMap<string, Box>): string {
  const from = boxes.get(edge.from);
  const to = boxes.get(edge.to);
  if (from === undefined || to === undefined) return '';
  const [x1, y1] = [from.x + from.width / 2, from.y + from.height];
  const [x2, y2] = [to.x + to.width / 2, to.y];
  const bend = (y2 - y1) / 2;
  const path = `<path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" fill="none" stroke="#667" marker-end="url(#arrow)"/>`;
  if (edge.label === undefined) return path;
  return `${path}<text x="${(x1 + x2) / 2 + 4}" y="${(y1 + y2) / 2 + 4}" fill="#667" font-size="10">${escapeXml(edge.label)}</text>`;
}

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
