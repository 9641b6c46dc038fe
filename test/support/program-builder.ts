import type {
  CallArg,
  Expr,
  Node,
  NodeId,
  Output,
  Process,
  Program,
  Publish,
  SourceSpec,
  TagKind,
  TagType,
  Type,
} from '../../src/parser/index.ts';

const source = { name: 'test.bit', text: '' };
export const nowhere = { source, start: 0, end: 0 };

export const image: Type = { kind: 'file', format: 'Image' };
export const int: Type = { kind: 'int' };
export const float: Type = { kind: 'float' };
export const str: Type = { kind: 'str' };
export const bool: Type = { kind: 'bool' };
export const listOf = (of: Type): Type => ({ kind: 'list', of });

export const constant = (value: Extract<Expr, { kind: 'const' }>['value'], type: Type): Expr => ({
  kind: 'const',
  value,
  type,
  span: nowhere,
});
export const tag = (name: string, type: Type = str): Expr => ({ kind: 'tag', name, type, span: nowhere });
export const item = (type: Type): Expr => ({ kind: 'item', type, span: nowhere });
export const ofNode = (node: NodeId, type: Type): Expr => ({ kind: 'node', node, type, span: nowhere });
export const binary = (
  operator: Extract<Expr, { kind: 'binary' }>['operator'],
  left: Expr,
  right: Expr,
  type: Type = bool,
): Expr => ({
  kind: 'binary',
  operator,
  left,
  right,
  type,
  span: nowhere,
});
export const text = (...parts: Extract<Expr, { kind: 'text' }>['parts']): Expr => ({
  kind: 'text',
  parts,
  type: str,
  span: nowhere,
});

type Tags = Readonly<Record<string, TagKind>>;
type Loose<N> = N extends Node ? Omit<N, 'id' | 'span' | 'of' | 'tags' | 'plain' | 'guards' | 'name'> : never;

/** Puts a checked program together by hand, for tests of what comes after checking. Nodes are added in topological order. */
export function programBuilder() {
  const nodes: Node[] = [];
  const processes: Process[] = [];
  const publishes: Publish[] = [];

  const tagTypes = (tags: Tags): TagType[] => Object.entries(tags).map(([name, kind]) => ({ name, kind }));

  return {
    node(
      name: string,
      of: Type,
      tags: Tags | readonly TagType[],
      rest: Loose<Node>,
      more: { plain?: boolean; guards?: Node['guards'] } = {},
    ): NodeId {
      const id = nodes.length;
      const types: readonly TagType[] = Array.isArray(tags) ? tags : tagTypes(tags as Tags);
      const base = { id, name, span: nowhere, of, tags: types, plain: more.plain ?? false, guards: more.guards ?? [] };
      nodes.push({ ...base, ...rest } as Node);
      return id;
    },
    files(name: string, tags: Tags, of: Type = image): NodeId {
      const spec: SourceSpec = {
        kind: 'files',
        pattern: { text: name, parts: [], captures: tagTypes(tags) },
        base: '/',
        unordered: false,
        fingerprint: 'content',
        count: { min: 1 },
        fill: [],
      };
      return this.node(name, of, tags, { kind: 'source', source: spec }, { plain: Object.keys(tags).length === 0 });
    },
    values(name: string, list: Expr, kind: TagKind, of: Type): NodeId {
      const spec: SourceSpec = { kind: 'values', list, tag: name, count: { min: 0 } };
      return this.node(name, of, { [name]: kind }, { kind: 'source', source: spec });
    },
    process(
      name: string,
      inputs: Readonly<Record<string, Type>>,
      outputs: Readonly<Record<string, Type | { many: Tags; of: Type; min?: number }>>,
    ): Process {
      const process: Process = {
        id: `test.bit#${name}`,
        name,
        span: nowhere,
        folder: '/',
        inputs: Object.entries(inputs).map(([input, type]) => ({ name: input, type, span: nowhere, named: false })),
        outputs: Object.entries(outputs).map(([output, of]): Output => {
          const path = { kind: 'path', path: constant(`${output}.tif`, str) } as const;
          if (!('many' in of)) return { name: output, type: of, span: nowhere, path };
          return {
            name: output,
            type: of.of,
            span: nowhere,
            path,
            many: { min: of.min ?? 1, tags: tagTypes(of.many) },
          };
        }),
        uses: { tags: [], resources: [], inputTags: [] },
        files: [],
        resources: {},
        environment: { variables: [], secrets: [], network: false },
        retry: { times: 0, on: [] },
        cache: true,
        labels: [],
        command: { kind: 'script', interpreter: { kind: 'language', language: 'bash' }, text: 'true', span: nowhere },
      };
      processes.push(process);
      return process;
    },
    call(
      name: string,
      process: Process,
      args: Readonly<Record<string, NodeId | { node: NodeId; how: CallArg['how'] }>>,
      more: { spine?: NodeId; after?: readonly NodeId[]; guards?: Node['guards'] } = {},
    ): NodeId {
      const given = Object.entries(args).map(([input, arg]): CallArg => {
        const { node, how } = typeof arg === 'number' ? { node: arg, how: undefined } : arg;
        const on = nodes[node]?.tags.map((one) => one.name) ?? [];
        return { input, node, how: how ?? (on.length === 0 ? 'one' : 'match'), on, span: nowhere };
      });
      const widest = given.filter((arg) => arg.how === 'match').sort((a, b) => b.on.length - a.on.length)[0];
      const spine = more.spine ?? widest?.node;
      const tags = [
        ...(spine === undefined ? [] : (nodes[spine]?.tags ?? [])),
        ...given.filter((arg) => arg.how === 'each').flatMap((arg) => nodes[arg.node]?.tags ?? []),
      ];
      const [only] = process.outputs;
      const of: Type = process.outputs.length === 1 && only ? only.type : { kind: 'record', fields: process.outputs };
      return this.node(
        name,
        of,
        tags,
        {
          kind: 'call',
          process,
          path: name,
          args: given,
          ...(spine === undefined ? {} : { spine }),
          after: more.after ?? [],
        },
        { plain: tags.length === 0, guards: more.guards ?? [] },
      );
    },
    output(name: string, call: NodeId, output?: string): NodeId {
      const node = nodes[call];
      if (node?.kind !== 'call') throw new Error('not a call');
      const declared = node.process.outputs.find((one) => one.name === output);
      const tags = [...node.tags, ...(declared?.many?.tags ?? [])];
      return this.node(
        name,
        declared?.type ?? node.of,
        tags,
        { kind: 'output', call, ...(output === undefined ? {} : { output }) },
        { plain: tags.length === 0 },
      );
    },
    tagsOf: (id: NodeId): readonly TagType[] => nodes[id]?.tags ?? [],
    publish(node: NodeId, path: Expr, name = nodes[node]?.name ?? 'x'): void {
      publishes.push({ node, path, name, span: nowhere, guards: [] });
    },
    program(): Program {
      return { source, sources: [source], params: [], processes, nodes, publishes, asserts: [] };
    },
  };
}
