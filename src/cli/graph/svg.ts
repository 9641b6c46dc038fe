import type { Dataflow, DataflowNode } from './dataflow.ts';
import { lines } from './text-graphs.ts';

/** A node, or the place where a long edge passes a row. */
interface Box {
  readonly id: string;
  readonly node?: DataflowNode;
  readonly width: number;
  height: number;
  x: number;
  y: number;
}

/** An edge as the boxes it goes through, from its start to its end. */
interface Route {
  readonly label: string | undefined;
  readonly boxes: readonly Box[];
}

const lineHeight = 15;
const padding = 10;
const rowGap = 40;
const columnGap = 24;
const margin = 16;

/**
 * A picture of the pipeline by itself: rows by distance from the sources, long edges with a lane in every row they pass, each row ordered
 * by the middle of what leads to it. It needs no Graphviz and no browser.
 */
export function svg(graph: Dataflow): string {
  const { rows, routes } = layers(graph);
  untangle(rows, routes);
  place(rows);
  const boxes = rows.flat();
  const starts = ports(routes, 'start');
  const ends = ports(routes, 'end');
  const width = Math.max(0, ...boxes.map((box) => box.x + box.width)) + margin;
  const height = Math.max(0, ...boxes.map((box) => box.y + box.height)) + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica, Arial, sans-serif" font-size="12">`,
    '<title>Dataflow of a pipeline</title>',
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...routes.map((route) => drawRoute(route, { starts, ends })),
    ...boxes.flatMap((box) => (box.node === undefined ? [] : [drawBox(box, box.node)])),
    '</svg>',
  ].join('\n');
}

/** A node's row is one below the lowest of what leads to it. The graph has no cycles and lists nodes after what they read. */
function layers(graph: Dataflow): { readonly rows: Box[][]; readonly routes: readonly Route[] } {
  const depths = new Map<string, number>();
  const boxes = new Map<string, Box>();
  const rows: Box[][] = [];
  const put = (box: Box, depth: number): Box => {
    rows[depth] = [...(rows[depth] ?? []), box];
    return box;
  };
  for (const node of graph.nodes) {
    const above = graph.edges.filter((edge) => edge.to === node.id).map((edge) => depths.get(edge.from) ?? 0);
    const depth = above.length === 0 ? 0 : Math.max(...above) + 1;
    depths.set(node.id, depth);
    boxes.set(node.id, put(boxOf(node), depth));
  }
  const routes = graph.edges.flatMap((edge, index): Route[] => {
    const from = boxes.get(edge.from);
    const to = boxes.get(edge.to);
    if (from === undefined || to === undefined) return [];
    const start = depths.get(edge.from) ?? 0;
    const passed = Array.from({ length: (depths.get(edge.to) ?? 0) - start - 1 }, (_, step) =>
      put({ id: `${index}.${step}`, width: 4, height: 0, x: 0, y: 0 }, start + step + 1),
    );
    return [{ label: edge.label, boxes: [from, ...passed, to] }];
  });
  return { rows, routes };
}

function boxOf(node: DataflowNode): Box {
  const texts = lines(node);
  const longest = Math.max(...texts.map((text) => [...text].length));
  return {
    id: node.id,
    node,
    width: Math.ceil(longest * 6.7) + 2 * padding,
    height: texts.length * lineHeight + padding,
    x: 0,
    y: 0,
  };
}

/** Barycentre sweeps, down and up: enough for graphs that people write by hand. */
function untangle(rows: Box[][], routes: readonly Route[]): void {
  const above = new Map<Box, Box[]>();
  const below = new Map<Box, Box[]>();
  for (const { boxes } of routes) {
    for (const [index, box] of boxes.entries()) {
      const before = boxes[index - 1];
      if (before === undefined) continue;
      above.set(box, [...(above.get(box) ?? []), before]);
      below.set(before, [...(below.get(before) ?? []), box]);
    }
  }
  for (let sweep = 0; sweep < 6; sweep++) {
    place(rows);
    const down = sweep % 2 === 0;
    for (const row of down ? rows : [...rows].reverse()) {
      const order = new Map(row.map((box) => [box, middleOf((down ? above : below).get(box) ?? [box])]));
      row.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
    }
  }
}

const middleOf = (boxes: readonly Box[]): number =>
  boxes.reduce((sum, box) => sum + box.x + box.width / 2, 0) / boxes.length;

function place(rows: readonly (readonly Box[])[]): void {
  const widths = rows.map(
    (row) => row.reduce((sum, box) => sum + box.width, 0) + columnGap * Math.max(0, row.length - 1),
  );
  const widest = Math.max(0, ...widths);
  let y = margin;
  for (const [index, row] of rows.entries()) {
    const height = Math.max(0, ...row.map((box) => box.height));
    let x = margin + (widest - (widths[index] ?? 0)) / 2;
    for (const box of row) {
      box.x = Math.round(x);
      box.y = y;
      if (box.node === undefined) box.height = height;
      x += box.width + columnGap;
    }
    y += height + rowGap;
  }
}

function drawBox(box: Box, node: DataflowNode): string {
  const fills = { source: '#eaf4ea', process: '#eaf0fb', result: '#fbf3e2' } as const;
  const round = { source: box.height / 2, process: 3, result: 0 } as const;
  const [first, ...rest] = lines(node);
  const middle = box.x + box.width / 2;
  const text = (content: string, row: number, style: string): string =>
    `<text x="${middle}" y="${box.y + padding / 2 + row * lineHeight + 11}" text-anchor="middle"${style}>${escapeXml(content)}</text>`;
  return [
    `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="${round[node.kind]}" fill="${fills[node.kind]}" stroke="#667"/>`,
    text(first ?? '', 0, ' font-weight="bold"'),
    ...rest.map((line, row) => text(line, row + 1, ' fill="#445" font-size="11"')),
  ].join('');
}

/** Where edges leave or enter a box: side by side, in the order of what they lead to, so that they and their labels stay apart. */
function ports(routes: readonly Route[], at: 'start' | 'end'): ReadonlyMap<Route, number> {
  const endOf = (route: Route): Box | undefined => (at === 'start' ? route.boxes[0] : route.boxes.at(-1));
  const nextTo = (route: Route): number => {
    const next = at === 'start' ? route.boxes[1] : route.boxes.at(-2);
    return next === undefined ? 0 : next.x + next.width / 2;
  };
  const found = new Map<Route, number>();
  for (const [box, ofBox] of Map.groupBy(routes, endOf)) {
    if (box === undefined) continue;
    const ordered = [...ofBox].sort((a, b) => nextTo(a) - nextTo(b));
    for (const [index, route] of ordered.entries())
      found.set(route, box.x + (box.width * (index + 1)) / (ordered.length + 1));
  }
  return found;
}

/** A curve that leaves and enters every row straight down; its label stands before its end. */
function drawRoute(
  route: Route,
  options: { readonly starts: ReadonlyMap<Route, number>; readonly ends: ReadonlyMap<Route, number> },
): string {
  const last = route.boxes.length - 1;
  const points = route.boxes.map((box, index) => {
    const middle = box.x + box.width / 2;
    const x = index === 0 ? options.starts.get(route) : index === last ? options.ends.get(route) : middle;
    return { x: Math.round(x ?? middle), top: box.y, bottom: box.y + box.height };
  });
  let path = '';
  let label = '';
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined) {
      path = `M${point.x} ${point.bottom}`;
      continue;
    }
    const bend = (point.top - before.bottom) / 2;
    path += `C${before.x} ${before.bottom + bend} ${point.x} ${point.top - bend} ${point.x} ${point.top}`;
    if (index < last) path += `L${point.x} ${point.bottom}`;
    else if (route.label !== undefined) {
      label = `<text x="${point.x + 4}" y="${point.top - 8}" fill="#667" font-size="10">${escapeXml(route.label)}</text>`;
    }
  }
  return `<path d="${path}" fill="none" stroke="#667" marker-end="url(#arrow)"/>${label}`;
}

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
