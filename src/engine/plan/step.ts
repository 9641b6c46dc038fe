import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { Assertion, CallNode, ColumnType, Node, NodeId, Publish } from '../../parser/index.ts';
import type { FileValue, Tags, Value } from '../ports/value.ts';

/** Position in the growing list of all tasks of a plan. */
export type TaskIndex = number;

/**
 * Items, tags, matching and expansion to tasks, without a file, a clock or a process: what is known goes in by
 * `supply`, `complete` and `computed`, and what follows from it comes out of `advance`. The same things known give the
 * same tasks, items and publishes, in whatever order they became known.
 */
export interface Flow {
  /** Items of each source node, loaded (files digested, headers read). All are given before the first `advance`. */
  supply(node: NodeId, items: readonly LoadedItem[]): void;
  /** How a task ended. Once for each task that was `ready`; `many` outputs bring their items. */
  complete(task: TaskIndex, completion: Completion): void;
  /** The result of a computation that a step asked for. */
  computed(id: number, result: ComputationResult): void;
  /** Works until nothing more follows or `enough()` says stop (asked every few hundred steps); `more` says which. */
  advance(enough: () => boolean): FlowStep;
  /** How many tasks of a call are known, and whether there can be no others. */
  known(call: NodeId): { readonly tasks: number; readonly exact: boolean };
}

export interface LoadedItem {
  /** In the order the node names its tags. */
  readonly tags: Tags;
  readonly value: Value;
}

/** What became known since the last step; each thing is in exactly one step. */
export interface FlowStep {
  /** Stopped by `enough()`: call again. */
  readonly more: boolean;
  /** Tasks newly known, in the order of their index: the tags are known, the inputs may still be computed. */
  readonly tasks: readonly FlowTask[];
  /** Every input is there, defaults are evaluated: the task can be keyed. */
  readonly ready: readonly ReadyTask[];
  readonly skipped: readonly SkippedTask[];
  readonly publishes: readonly PublishItem[];
  /** Paths of publishes whose item is certain and whose file is not made yet: what `plan` shows. */
  readonly expected: readonly ExpectedPublish[];
  readonly assertions: readonly CheckedAssertion[];
  readonly computations: readonly Computation[];
  readonly problems: readonly FlowProblem[];
  /** For the summary: what left nothing, what serves no task, what was set aside. */
  readonly notes: readonly string[];
}

export interface FlowTask {
  readonly index: TaskIndex;
  /** `straight[cell=A,time=3]`, unique in the program. */
  readonly id: string;
  readonly call: Node & CallNode;
  readonly tags: Tags;
  /** Tasks that make what this one reads and that were not done when it became known; at most `waitsForLimit` are named. */
  readonly waitsFor: readonly TaskIndex[];
}

/** A task that reads ten thousand items names so many of them and no more: it is for people to read. */
export const waitsForLimit = 50;

export interface ReadyTask {
  readonly task: TaskIndex;
  /** One per input of the process, in its order; an absent optional is `null`. */
  readonly inputs: Readonly<Record<string, Value>>;
}

export interface SkippedTask {
  readonly task: TaskIndex;
  /** The id of the task that failed, or was set aside, or else the reason in words. */
  readonly because: string;
  /** `aside`: a partner or member was quarantined, which is no failure. */
  readonly how: 'failed' | 'aside';
}

export interface PublishItem {
  readonly publish: Publish;
  /** Relative to the output folder, `/` between segments, each safe as a file name. */
  readonly path: string;
  readonly value: FileValue;
  readonly tags: Tags;
  /** That made it; absent for a source's file and a table. */
  readonly task?: TaskIndex;
}

export interface ExpectedPublish {
  readonly publish: Publish;
  readonly path: string;
  readonly tags: Tags;
}

export interface CheckedAssertion {
  readonly assertion: Assertion;
  readonly holds: boolean;
  readonly tags: Tags;
}

export interface FlowProblem {
  readonly diagnostic: Diagnostic;
}

/** Work that needs files, which the engine does: making a table's file, reading a table's rows. */
export type Computation = TableComputation | RowsComputation;

export interface TableComputation {
  readonly kind: 'table';
  readonly id: number;
  readonly node: NodeId;
  readonly columns: readonly TableColumn[];
  /** In the order of the items. Quantities are given as numbers in the unit that scripts see. */
  readonly rows: readonly (readonly Cell[])[];
}

export interface TableColumn {
  readonly name: string;
  /** Floats are written with a point, `2.0`. `other` is text that is ready to be written. */
  readonly kind: 'Str' | 'Int' | 'Float' | 'Bool' | 'other';
}

export type Cell = null | boolean | number | string;

export interface RowsComputation {
  readonly kind: 'rows';
  readonly id: number;
  readonly node: NodeId;
  readonly file: FileValue;
  /** Columns to read: `from` is the name in the file. */
  readonly columns: readonly {
    readonly name: string;
    readonly from: string;
    readonly type: ColumnType;
    readonly optional: boolean;
  }[];
  readonly span: Span;
}

export type ComputationResult =
  | { readonly how: 'table'; readonly file: FileValue }
  /** Cells in the order of `columns`, typed as they say; an empty optional cell is `null`. */
  | { readonly how: 'rows'; readonly rows: readonly (readonly Cell[])[] }
  /** In words: `line 7: "abc" is no Int (column score)`. */
  | { readonly how: 'failed'; readonly message: string };

export type Completion =
  /** One per output of the process; an optional output that is missing is `null`. */
  | { readonly how: 'succeeded'; readonly outputs: Readonly<Record<string, OutputValue>> }
  | { readonly how: 'failed' }
  | { readonly how: 'quarantined'; readonly message: string; readonly exit: number | null; readonly log: FileValue };

export type OutputValue =
  | { readonly kind: 'one'; readonly value: Value }
  | { readonly kind: 'many'; readonly items: readonly { readonly tags: Tags; readonly value: Value }[] };
