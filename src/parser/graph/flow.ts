import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { Definition, Module } from '../names/modules.ts';
import type { SourceHost } from '../names/source-host.ts';
import type * as Ast from '../syntax/ast.ts';
import type { Bound } from '../types/constants.ts';
import type { Scope } from '../types/scope.ts';
import type { TagType, Type } from '../types/type.ts';
import type { Fill } from '../types/type-nodes.ts';
import type { Guards, Nodes } from './nodes.ts';
import type { CheckedProcess } from './processes.ts';
import type { Expr, NodeId, Process } from './program.ts';

/** What an expression of a workflow is: a plain value, a dataset, a call with its outputs, or a mistake that was reported. */
export type Flow =
  | { readonly kind: 'error' }
  | { readonly kind: 'value'; readonly value: Expr }
  | DatasetFlow
  | CallFlow
  /** A call of a sub-workflow that gives several things: one of them must be named. */
  | { readonly kind: 'outputs'; readonly outputs: ReadonlyMap<string, Flow>; readonly name: string }
  /** An optional dataset, of a param or an input, that was not given. */
  | { readonly kind: 'absent'; readonly of: Type; readonly tags: readonly TagType[] };

export interface DatasetFlow {
  readonly kind: 'dataset';
  readonly node: NodeId;
  readonly view: View;
  /** In an expression over the items, the value is also called so: the name of the only output. */
  readonly itName?: string;
}

export interface CallFlow {
  readonly kind: 'call';
  readonly node: NodeId;
  readonly process: Process;
  readonly view: View;
}

/** How a workflow sees a dataset that was handed to it. */
export interface View {
  /** Tags that the items have and the workflow's signature does not declare: it may not name them. */
  readonly hidden: ReadonlySet<string>;
  /** A signature checked by itself: there may be more tags than are known. */
  readonly open: boolean;
}

export const plainView: View = { hidden: new Set(), open: false };
export const errorFlow: Flow = { kind: 'error' };

/** Names of one `{ … }`, and those around it. */
export interface Block {
  readonly around?: Block;
  readonly names: Map<string, Named>;
}

export interface Named {
  readonly flow: Flow;
  readonly at: Span;
  readonly what: 'let' | 'input';
  used: boolean;
}

/** Where an expression of a workflow stands. */
export interface Env {
  readonly module: Module;
  readonly block: Block;
  readonly guards: Guards;
  /** `night.` inside the sub-workflow called `night`. */
  readonly prefix: string;
  /** Sub-workflows that are being written out, outermost first. */
  /** What all calls inside wait for: the sub-workflow was called with `after`. */
  readonly after: readonly NodeId[];
  readonly calls: readonly { readonly name: string; readonly declaration: Ast.Workflow; readonly at: Span }[];
  readonly narrowed: ReadonlySet<string>;
  readonly absent: ReadonlySet<string>;
  /** In an `assert`: gets a dataset whose items the test is about, and gives the item. */
  readonly lift?: (dataset: DatasetFlow, at: Span) => boolean;
  /** The signature is checked by itself, without a caller. */
  readonly isAlone: boolean;
}

/** What the form around an expression asks of it. */
export interface Wish {
  /** The name of the `let`. */
  readonly name?: string;
  readonly after?: readonly NodeId[];
  readonly matching?: readonly Ast.Name[];
  /** The type that the declaration around a source gives its items. */
  readonly of?: Type;
  /** The param that a source is the value of, with the tags that its declaration fills in. */
  readonly param?: { readonly name: string; readonly tags: readonly TagType[]; readonly fill: Fill };
  /** Where relative paths start, when not at the file's folder. */
  readonly base?: string;
}

/** Everything the parts of the checker ask of each other, and of the world. */
export interface Checker {
  readonly host: SourceHost;
  readonly nodes: Nodes;
  report(diagnostic: Diagnostic): void;
  /** The checked form of a process; reports its mistakes the first time. */
  process(definition: Extract<Definition, { kind: 'process' }>): CheckedProcess;
  /** The value of a param; reports by itself. */
  param(name: string, at: Span, env: Env): Flow;
  readonly bound: Bound;
  flow(ast: Ast.Expr, env: Env, wish?: Wish): Flow;
  /** A plain value: a dataset without tags is its one item. */
  plain(ast: Ast.Expr, env: Env): Expr;
  /** An expression over the items of a dataset. */
  item(ast: Ast.Expr, over: DatasetFlow, env: Env): Expr;
  itemScope(over: DatasetFlow, env: Env): Scope;
  /** The expression as a dataset, where only one can stand; `undefined` after a report. */
  dataset(ast: Ast.Expr, env: Env, wish?: Wish): DatasetFlow | undefined;
  /** A flow as a dataset; `undefined` where it is none (reported) or a mistake. */
  asDataset(flow: Flow, at: Ast.Expr, env: Env): DatasetFlow | undefined;
  asPlain(flow: Flow, at: Ast.Expr, env: Env): Expr;
}

/** A dataset over a new node, seen as what it is made from is seen. */
export function dataset(node: NodeId, view: View, itName?: string): DatasetFlow {
  return { kind: 'dataset', node, view, ...(itName === undefined ? {} : { itName }) };
}

/** How a dataset made of several is seen. */
export function joinViews(views: readonly View[]): View {
  const [first, second] = views;
  if (first !== undefined && second === undefined) return first;
  return { hidden: new Set(views.flatMap((view) => [...view.hidden])), open: views.some((view) => view.open) };
}

export function lookUp(name: string, block: Block | undefined): Named | undefined {
  for (let at = block; at !== undefined; at = at.around) {
    const found = at.names.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function visibleNames(block: Block | undefined): readonly string[] {
  const names: string[] = [];
  for (let at = block; at !== undefined; at = at.around) names.push(...at.names.keys());
  return names;
}

/** Where the statements of a file stand. */
export function topEnv(module: Module): Env {
  return {
    module,
    block: { names: new Map() },
    guards: [],
    prefix: '',
    after: [],
    calls: [],
    narrowed: new Set(),
    absent: new Set(),
    isAlone: false,
  };
}
