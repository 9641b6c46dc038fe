import type { Source, Span } from '../../diagnostics/span.ts';
import type { Quantity } from '../types/quantity.ts';
import type { ColumnType, TagKind, TagType, Type } from '../types/type.ts';
import type { Expr, NodeId, Pattern } from './expr.ts';
import type { SourceSpec, TagValue } from './source-spec.ts';

export type * from './expr.ts';
export type * from './source-spec.ts';

/**
 * Meaning: the checked program. Names are resolved, types and tags known, sub-workflows inlined, and still no data.
 * A program exists only where checking found no error, so nothing in it needs to be checked again.
 */
export interface Program {
  readonly source: Source;
  readonly docs?: string;
  /** All files the program was read from, for its digest: the entry first, then imports in the order met. */
  readonly sources: readonly Source[];
  readonly params: readonly Param[];
  /** Processes that some call uses, in the order met. */
  readonly processes: readonly Process[];
  /** In topological order: a node's `id` is its index, and it reads only nodes before it. */
  readonly nodes: readonly Node[];
  readonly publishes: readonly Publish[];
  readonly asserts: readonly Assertion[];
}

export interface Param {
  readonly name: string;
  readonly docs?: string;
  readonly span: Span;
  /** As people write it: `Angle in 0 deg .. 90 deg`, for `--help`. */
  readonly typeText: string;
  readonly defaultText?: string;
  readonly type: ParamType;
  /** The bound value: from the command line, a params file, or the default; `null` constant for an absent optional. */
  readonly value: Expr | { readonly kind: 'dataset'; readonly node: NodeId } | { readonly kind: 'absent' };
  readonly from: 'default' | 'argument' | 'absent';
}

export type ParamType =
  | { readonly kind: 'value'; readonly type: Type }
  | { readonly kind: 'dataset'; readonly of: Type; readonly tags: readonly TagType[]; readonly optional: boolean };

// ---------------------------------------------------------------- processes

export interface Process {
  /** Unique in the program: `<file>#<name>`. */
  readonly id: string;
  readonly name: string;
  readonly docs?: string;
  readonly span: Span;
  /** Folder of the file that declares it; relative `files` and `script from` paths were resolved against it. */
  readonly folder: string;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  readonly uses: {
    readonly tags: readonly string[];
    readonly resources: readonly ('cpus' | 'memory' | 'time' | 'gpus' | 'disk' | 'attempt')[];
    readonly inputTags: readonly { readonly input: string; readonly tag: string }[];
  };
  /** Absolute paths, files or folders. */
  readonly files: readonly { readonly path: string; readonly relative: string; readonly span: Span }[];
  /** Expressions over inputs and `attempt`. */
  readonly resources: {
    readonly cpus?: Expr;
    readonly memory?: Expr;
    readonly time?: Expr;
    readonly gpus?: Expr;
    readonly disk?: Expr;
    readonly queue?: Expr;
    readonly extra?: Expr;
  };
  readonly environment: Environment;
  readonly retry: {
    readonly times: number;
    readonly on: readonly RetryCause[];
    readonly backoff?: Quantity;
  };
  readonly onError?: 'fail' | 'finish' | 'quarantine';
  readonly limit?: number;
  readonly cache: boolean;
  readonly labels: readonly string[];
  readonly command: Command;
  readonly stub?: Command;
}

export type RetryCause =
  | { readonly kind: 'exit'; readonly codes: readonly number[] }
  | { readonly kind: 'timeout' | 'oom' | 'any' };

export interface Input {
  readonly name: string;
  readonly type: Type;
  readonly docs?: string;
  readonly span: Span;
  /** Staged under the file's own name, which is then in the key. */
  readonly named: boolean;
  readonly default?: Expr;
}

export interface Output {
  readonly name: string;
  /** `optional` when it may be missing, `list` for `Image[] = "tiles/*.tif"`; for `many` the type of one item. */
  readonly type: Type;
  readonly docs?: string;
  readonly span: Span;
  readonly many?: { readonly min: number; readonly tags: readonly TagType[] };
  readonly path:
    | { readonly kind: 'stdout' }
    /** One path; an expression over the inputs, `{image.stem}.tif`. */
    | { readonly kind: 'path'; readonly path: Expr }
    /** Lists and `many`. */
    | { readonly kind: 'pattern'; readonly pattern: Pattern };
}

export type Command =
  | {
      readonly kind: 'script';
      /** `bash`, `python`, … or an argument vector that takes the script's path. */
      readonly interpreter:
        | { readonly kind: 'language'; readonly language: Language }
        | { readonly kind: 'argv'; readonly argv: readonly string[] };
      /** Dedented text; for `script from` the file's content. */
      readonly text: string;
      readonly span: Span;
    }
  /** A list of strings, numbers and files, evaluated per task over inputs and outputs. */
  | { readonly kind: 'exec'; readonly argv: Expr; readonly span: Span };

export type Language = 'bash' | 'python' | 'r' | 'julia' | 'node' | 'perl' | 'groovy' | 'imagej';

export interface Environment {
  readonly container?: string;
  /** In the words of `docker run`. */
  readonly container_options?: readonly string[];
  readonly conda?: readonly string[];
  readonly pip?: readonly string[];
  readonly python?: string;
  readonly system?: readonly string[];
  readonly modules?: readonly string[];
  readonly variables: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly string[];
  readonly network: boolean;
}

// ---------------------------------------------------------------- nodes

/**
 * A dataset (or a plain value, which is a dataset of exactly one untagged item): what it is made from, by what rule.
 * `plan` instantiates nodes in order; the guards say when a node exists at all.
 */
export type Node = NodeBase &
  (
    | SourceNode
    | { readonly kind: 'expr'; readonly value: Expr }
    | CallNode
    /** One output of a call; without `output` the record of all of them (or the value of the only one). `many` adds tags. */
    | { readonly kind: 'output'; readonly call: NodeId; readonly output?: string }
    /** Items of `p.failed`: tags of the call, value `{ message, exit, log }`. */
    | { readonly kind: 'failed'; readonly call: NodeId }
    /** `select`, `.x`, `tag`, `untag`: item by item. */
    | {
        readonly kind: 'map';
        readonly from: NodeId;
        /** Over the item; absent keeps the value. */
        readonly value?: Expr;
        readonly set: readonly { readonly name: string; readonly value: Expr }[];
        readonly drop: readonly string[];
      }
    | { readonly kind: 'filter'; readonly from: NodeId; readonly test: Expr }
    | { readonly kind: 'sort'; readonly from: NodeId; readonly by: readonly Sorting[] }
    | {
        readonly kind: 'group';
        readonly from: NodeId;
        readonly by: readonly string[];
        readonly order: readonly Sorting[];
        readonly keep: readonly string[];
        readonly over?: NodeId;
      }
    | {
        readonly kind: 'window';
        readonly from: NodeId;
        readonly size: number;
        readonly by: readonly string[];
        readonly order: readonly Sorting[];
      }
    | {
        readonly kind: 'pivot';
        readonly from: NodeId;
        readonly tag: string;
        readonly fields: readonly { readonly name: string; readonly value: TagValue; readonly optional: boolean }[];
        readonly open: boolean;
      }
    | {
        readonly kind: 'join';
        readonly fields: readonly { readonly name: string; readonly node: NodeId }[];
        readonly on: readonly string[];
        readonly missing: 'error' | 'drop' | 'null';
      }
    /** The value is a record: a side with a name here is that one field of it, a side without is a record whose fields it takes. */
    | {
        readonly kind: 'cross';
        readonly left: NodeId;
        readonly right: NodeId;
        readonly fields?: { readonly left?: string; readonly right?: string };
      }
    | { readonly kind: 'union'; readonly left: NodeId; readonly right: NodeId }
    | {
        readonly kind: 'pick';
        readonly from: NodeId;
        readonly how: 'first' | 'take' | 'single';
        readonly count: number;
        readonly by: readonly string[];
      }
    | { readonly kind: 'count'; readonly from: NodeId }
    | { readonly kind: 'collect'; readonly from: NodeId }
    | {
        readonly kind: 'table';
        readonly from: NodeId;
        /** Columns in order: every tag, then every scalar of the value. */
        readonly columns: readonly { readonly name: string; readonly kind: TagKind | 'other'; readonly value: Expr }[];
      }
    | {
        readonly kind: 'rows';
        readonly from: NodeId;
        readonly columns: readonly {
          readonly name: string;
          readonly from: string;
          readonly type: ColumnType;
          readonly optional: boolean;
        }[];
        readonly by: readonly string[];
      }
    /** `if c then a else b` over datasets or values. */
    | { readonly kind: 'choose'; readonly test: NodeId; readonly then: NodeId; readonly else: NodeId }
  );

interface NodeBase {
  readonly id: NodeId;
  /** The `let` name or call path, unique; for messages, task ids and `bit plan`. */
  readonly name: string;
  readonly span: Span;
  /** Type of one item's value. */
  readonly of: Type;
  readonly tags: readonly TagType[];
  /** A plain value: exactly one item, no tags. */
  readonly plain: boolean;
  /** All must hold for the node to exist: `if` statements and branches it stands in; each node is a plain Bool. */
  readonly guards: readonly { readonly node: NodeId; readonly is: boolean }[];
}

export interface SourceNode {
  readonly kind: 'source';
  /** The param it is the value of, if it is one. */
  readonly param?: string;
  /** What each item's file must be: checked from the header when it is read in. */
  readonly source: SourceSpec;
}

export interface Sorting {
  readonly value: Expr;
  readonly descending: boolean;
}

export interface CallNode {
  readonly kind: 'call';
  readonly process: Process;
  /** `straight`, `night.straight`, `deskew#2`: the first part of its tasks' ids. */
  readonly path: string;
  /** One per input that is given; an input that is not here takes its default. */
  readonly args: readonly CallArg[];
  /** The argument whose tags contain all others' (but for `each`); absent where every argument is untagged. */
  readonly spine?: NodeId;
  /** Order only. */
  readonly after: readonly NodeId[];
}

export interface CallArg {
  readonly input: string;
  readonly node: NodeId;
  /** `one` goes to every task; `match` finds partners by the tags in `on`, which are all its tags; `each` multiplies. */
  readonly how: 'one' | 'match' | 'each';
  readonly on: readonly string[];
  readonly span: Span;
}

// ---------------------------------------------------------------- statements

export interface Publish {
  readonly node: NodeId;
  /** Over the item: tags, `ext`, `index` (from 1, for lists). Tag holes are one path segment each. */
  readonly path: Expr;
  /** Elsewhere than the output directory; then the path starts with the bucket or the server, or is the name of an attachment. */
  readonly place?: PublishPlace;
  /** Name of the result in the run database. */
  readonly name: string;
  readonly span: Span;
  readonly guards: Node['guards'];
}

export type PublishPlace = { readonly kind: 's3' | 'sftp' } | { readonly kind: 'omero'; readonly address: Expr };

/** Must hold for every item of `over` (a plain node has one). The node's value is the Bool. */
export interface Assertion {
  readonly over: NodeId;
  readonly message: string;
  /** As written, for the report. */
  readonly text: string;
  readonly span: Span;
  readonly guards: Node['guards'];
}
