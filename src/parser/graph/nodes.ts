import type { Span } from '../../diagnostics/span.ts';
import { strType } from '../types/fits.ts';
import { quantityText } from '../types/quantity.ts';
import type { TagType, Type } from '../types/type.ts';
import type { Expr, Node, NodeId } from './program.ts';

type WithoutId<N> = N extends unknown ? Omit<N, 'id' | 'name' | 'guards'> : never;
export type NewNode = WithoutId<Node>;
export type Guards = Node['guards'];

/** What is known of a node beyond the program: only checking asks. */
export interface NodeInfo {
  /** Its items depend on no task: they are known before the run starts. */
  readonly known: boolean;
  /** Tags of the elements of a list, where it was made by `group`, `window` or `collect`. */
  readonly elementTags?: readonly TagType[];
  /** The one file of a sheet's rows, where they are records for the other columns' sake: a row stands for it where a file is asked for. */
  readonly fileField?: string;
}

export interface Mark {
  readonly length: number;
  readonly names: ReadonlyMap<string, number>;
  readonly reserved: ReadonlySet<string>;
}

/** The program's nodes while it is built. Nodes are added in topological order: a node reads only what is there. */
export interface Nodes {
  readonly list: readonly Node[];
  at(id: NodeId): Node;
  info(id: NodeId): NodeInfo;
  /** The node of that name, or of `name#2` … where it is taken. */
  add(name: string, node: NewNode, given: NodeInfo & { readonly guards: Guards }): NodeId;
  /** Keeps a name for the `let` of that name, whatever order things are read in. */
  reserve(name: string): void;
  /** The name for a call that has none of its own: never that of a `let`. */
  unnamed(name: string): string;
  isTaken(name: string): boolean;
  /** The value of a call with several outputs: the record of them. */
  record(call: NodeId): NodeId | undefined;
  /** A plain value as a node; the same constant or param is one node. */
  value(expr: Expr, given: { readonly name: string; readonly guards: Guards }): NodeId;
  /** An output of a call as a dataset of its own. */
  output(call: NodeId, name: string): NodeId | undefined;
  mark(): Mark;
  /** Takes back everything since the mark: what stood in a branch that cannot be. */
  restore(mark: Mark): void;
}

export function createNodes(): Nodes {
  const list: Node[] = [];
  const infos: NodeInfo[] = [];
  let names = new Map<string, number>();
  let reserved = new Set<string>();
  const cache = new Map<string, NodeId>();

  function unique(wanted: string): string {
    let count = names.get(wanted) ?? 0;
    if (count === 0) {
      names.set(wanted, 1);
      return wanted;
    }
    for (count += 1; names.has(`${wanted}#${count}`); count++);
    names.set(wanted, count);
    const name = `${wanted}#${count}`;
    names.set(name, 1);
    return name;
  }

  function add(name: string, node: NewNode, { guards, ...info }: NodeInfo & { readonly guards: Guards }): NodeId {
    const id = list.length;
    const own = unique(name);
    list.push(
      node.kind === 'call' ? { ...node, id, name: own, path: own, guards } : { ...node, id, name: own, guards },
    );
    infos.push(info);
    return id;
  }

  function at(id: NodeId): Node {
    const node = list[id];
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  return {
    list,
    at,
    add,
    info: (id) => infos[id] ?? { known: false },
    reserve: (name) => {
      reserved.add(name);
    },
    isTaken: (name) => names.has(name),
    unnamed(name) {
      if (!reserved.has(name)) return name;
      let count = 2;
      while (names.has(`${name}#${count}`)) count++;
      return `${name}#${count}`;
    },
    record(call) {
      const node = at(call);
      if (node.kind !== 'call' || callValue(node.process.outputs) === undefined) return undefined;
      const [only, second] = node.process.outputs;
      if (only !== undefined && second === undefined) return this.output(call, only.name);
      const key = `record ${call}`;
      const cached = cache.get(key);
      if (cached !== undefined) return cached;
      const id = add(
        `${node.name}.*`,
        { kind: 'output', call, span: node.span, of: node.of, tags: node.tags, plain: node.plain },
        { guards: node.guards, known: false },
      );
      cache.set(key, id);
      return id;
    },
    value(expr, { name, guards }) {
      if (expr.kind === 'node') return expr.node;
      const key = cacheKey(expr);
      const cached = key === undefined ? undefined : cache.get(key);
      if (cached !== undefined) return cached;
      const reads = nodesOf(expr);
      const id = add(
        key ?? name,
        { kind: 'expr', value: expr, span: expr.span, of: expr.type, tags: [], plain: true },
        { guards: key === undefined ? guards : [], known: reads.every((node) => infos[node]?.known ?? false) },
      );
      if (key !== undefined) cache.set(key, id);
      return id;
    },
    output(call, name) {
      const node = at(call);
      if (node.kind !== 'call') return undefined;
      const output = node.process.outputs.find((candidate) => candidate.name === name);
      if (output === undefined) return undefined;
      const key = `output ${call} ${name}`;
      const cached = cache.get(key);
      if (cached !== undefined) return cached;
      const tags = [...node.tags, ...(output.many?.tags ?? [])];
      const id = add(
        `${node.name}.${name}`,
        {
          kind: 'output',
          call,
          output: name,
          span: node.span,
          of: output.type,
          tags,
          plain: node.plain && tags.length === 0,
        },
        { guards: node.guards, known: false },
      );
      cache.set(key, id);
      return id;
    },
    mark: () => ({ length: list.length, names: new Map(names), reserved: new Set(reserved) }),
    restore(mark) {
      list.length = mark.length;
      infos.length = mark.length;
      names = new Map(mark.names);
      reserved = new Set(mark.reserved);
      for (const [key, id] of cache) if (id >= mark.length) cache.delete(key);
    },
  };
}

/** Equal texts are equal values; only params and short constants are shared. */
function cacheKey(expr: Expr): string | undefined {
  if (expr.kind === 'param') return `params.${expr.name}`;
  if (expr.kind !== 'const' || expr.type.kind === 'error') return undefined;
  const { value } = expr;
  if (typeof value === 'object' && value !== null) return quantityText(value);
  const text = JSON.stringify(value);
  if (text.length > 40) return undefined;
  return expr.type.kind === 'float' && Number.isInteger(value) ? `${text}.0` : text;
}

/** The nodes that an expression reads. */
export function nodesOf(expr: Expr): readonly NodeId[] {
  const found: NodeId[] = [];
  visit(expr, (part) => {
    if (part.kind === 'node') found.push(part.node);
  });
  return found;
}

/** Calls `see` for every part of an expression, the whole first. */
export function visit(expr: Expr, see: (part: Expr) => void): void {
  see(expr);
  switch (expr.kind) {
    case 'field':
    case 'property':
    case 'unary':
      visit(expr.of, see);
      return;
    case 'at':
      visit(expr.of, see);
      visit(expr.index, see);
      return;
    case 'apply':
      for (const arg of expr.args) visit(arg, see);
      return;
    case 'binary':
      visit(expr.left, see);
      visit(expr.right, see);
      return;
    case 'if':
      visit(expr.test, see);
      visit(expr.then, see);
      visit(expr.else, see);
      return;
    case 'list':
      for (const item of expr.items) visit(item, see);
      return;
    case 'record':
      for (const field of expr.fields) visit(field.value, see);
      return;
    case 'text':
      for (const part of expr.parts) if (typeof part !== 'string') visit(part.value, see);
      return;
    default:
      return;
  }
}

/** The value of a whole call: a record of its outputs, or the only one; `undefined` where an output is `many`. */
export function callValue(
  outputs: readonly { readonly name: string; readonly type: Type; readonly many?: unknown }[],
): Type | undefined {
  if (outputs.some((output) => output.many !== undefined)) return undefined;
  const [only, second] = outputs;
  if (only !== undefined && second === undefined) return only.type;
  return { kind: 'record', fields: outputs.map(({ name, type }) => ({ name, type })) };
}

export const textConstant = (value: string, span: Span): Expr => ({ kind: 'const', value, type: strType, span });
