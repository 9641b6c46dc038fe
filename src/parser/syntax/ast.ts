import type { Span } from '../../diagnostics/span.ts';

/**
 * What was written, with a span on every node; nothing resolved, nothing filled in later.
 * Where the text could not be read, the parser leaves an `error` expression or leaves the entry out and says so in a diagnostic.
 */

export interface Name {
  readonly text: string;
  readonly span: Span;
}

export interface File {
  readonly kind: 'file';
  readonly span: Span;
  /** The first `///` block, when it stands before everything else and does not belong to a declaration. */
  readonly docs?: string;
  readonly edition?: { readonly value: number; readonly span: Span };
  readonly imports: readonly Import[];
  readonly declarations: readonly Declaration[];
}

export type Import =
  /** `import { a, b as c } from "std/x"` */
  | {
      readonly kind: 'import-names';
      readonly names: readonly { readonly name: Name; readonly alias?: Name }[];
      readonly from: PlainString;
      readonly span: Span;
    }
  /** `import * as t from "std/x"` */
  | { readonly kind: 'import-all'; readonly alias: Name; readonly from: PlainString; readonly span: Span }
  /** `import tool "x.xml" as x` */
  | { readonly kind: 'import-tool'; readonly from: PlainString; readonly alias: Name; readonly span: Span };

/** A string without interpolation, where only that is allowed. */
export interface PlainString {
  readonly value: string;
  readonly span: Span;
}

export type Declaration = Params | Process | Workflow | TypeDeclaration | Test;

export interface Params {
  readonly kind: 'params';
  readonly fields: readonly Field[];
  readonly span: Span;
}

/** `name: Type [named] [= default]` in params, inputs and workflow signatures. */
export interface Field {
  readonly name: Name;
  readonly type: TypeNode;
  readonly docs?: string;
  readonly named?: boolean;
  readonly value?: Expr;
  readonly span: Span;
}

export interface TypeDeclaration {
  readonly kind: 'type';
  readonly name: Name;
  readonly docs?: string;
  readonly type: TypeNode;
  readonly span: Span;
}

export interface Test {
  readonly kind: 'test';
  readonly title: PlainString;
  readonly body: readonly Statement[];
  readonly span: Span;
}

// ---------------------------------------------------------------- processes

export interface Process {
  readonly kind: 'process';
  readonly name: Name;
  readonly docs?: string;
  /** In the order written; one that stands twice is a diagnostic of the checker, not of the parser. */
  readonly sections: readonly ProcessSection[];
  readonly span: Span;
}

export type ProcessSection =
  | { readonly kind: 'input'; readonly fields: readonly Field[]; readonly span: Span }
  | { readonly kind: 'output'; readonly fields: readonly OutputField[]; readonly span: Span }
  | { readonly kind: 'uses'; readonly names: readonly Expr[]; readonly span: Span }
  | { readonly kind: 'files'; readonly paths: readonly Expr[]; readonly span: Span }
  | { readonly kind: 'resources'; readonly entries: readonly Entry[]; readonly span: Span }
  | { readonly kind: 'environment'; readonly entries: readonly Entry[]; readonly span: Span }
  | {
      readonly kind: 'retry';
      readonly times: Expr;
      readonly on?: readonly RetryCause[];
      readonly backoff?: Expr;
      readonly span: Span;
    }
  | { readonly kind: 'on_error'; readonly policy: Name; readonly span: Span }
  | { readonly kind: 'limit'; readonly tasks: Expr; readonly span: Span }
  | { readonly kind: 'cache'; readonly on: Name; readonly span: Span }
  | { readonly kind: 'label'; readonly names: readonly Name[]; readonly span: Span }
  | { readonly kind: 'script' | 'stub'; readonly body: ScriptBody; readonly span: Span }
  | { readonly kind: 'exec'; readonly argv: Expr; readonly span: Span };

/** `exit(1, 137)`, `timeout`, `oom`, `any` … as written; the checker knows which exist. */
export interface RetryCause {
  readonly name: Name;
  readonly codes?: readonly Expr[];
  readonly span: Span;
}

export interface Entry {
  readonly name: Name;
  readonly value: Expr;
  readonly docs?: string;
  readonly span: Span;
}

export interface OutputField {
  readonly name: Name;
  readonly docs?: string;
  /** `many Image = "…"`, with `many(min: 0)` as arguments. */
  readonly many?: { readonly args: readonly Arg[]; readonly span: Span };
  readonly type: TypeNode;
  /** The path in the task's directory, or the bare word `stdout`. */
  readonly value: Expr;
  readonly span: Span;
}

export interface ScriptBody {
  /** `script python …` has a language, `script ["Rscript", "--vanilla"] …` an argument vector. */
  readonly interpreter:
    | { readonly kind: 'language'; readonly name: Name }
    | { readonly kind: 'argv'; readonly argv: Expr };
  readonly text:
    | { readonly kind: 'inline' /** Dedented, LF only. */; readonly value: string; readonly span: Span }
    | { readonly kind: 'from'; readonly path: PlainString };
}

// ---------------------------------------------------------------- workflows

export interface Workflow {
  readonly kind: 'workflow';
  /** Absent for the entry. */
  readonly name?: Name;
  readonly docs?: string;
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
  readonly body: readonly Statement[];
  readonly span: Span;
}

export type Statement =
  | { readonly kind: 'let'; readonly name: Name; readonly docs?: string; readonly value: Expr; readonly span: Span }
  | {
      readonly kind: 'publish';
      readonly value: Expr;
      readonly to: Expr;
      readonly as?: Name;
      readonly span: Span;
    }
  | { readonly kind: 'emit'; readonly name: Name; readonly value: Expr; readonly span: Span }
  | { readonly kind: 'assert'; readonly test: Expr; readonly message?: Expr; readonly span: Span }
  | {
      readonly kind: 'if';
      readonly test: Expr;
      readonly then: readonly Statement[];
      readonly else?: readonly Statement[];
      readonly span: Span;
    }
  /** Only in tests. */
  | { readonly kind: 'expect'; readonly test: Expr; readonly snapshot?: readonly Arg[]; readonly span: Span };

// ---------------------------------------------------------------- types

export type TypeNode =
  /** `Image`, `Image(axes: "zyx")`, `Int`, or the name of a declared type. */
  | { readonly kind: 'named'; readonly name: Name; readonly args: readonly Arg[]; readonly span: Span }
  | { readonly kind: 'optional'; readonly of: TypeNode; readonly span: Span }
  | { readonly kind: 'list'; readonly of: TypeNode; readonly args: readonly Arg[]; readonly span: Span }
  /** `"max" | "mean"` */
  | { readonly kind: 'union'; readonly members: readonly Expr[]; readonly span: Span }
  /** `Float in 0.0..1.0`, `Int in 1..` */
  | { readonly kind: 'range'; readonly of: TypeNode; readonly range: RangeExpr; readonly span: Span }
  | { readonly kind: 'record'; readonly fields: readonly SchemaField[]; readonly span: Span }
  /** `Dataset<T>` or `Dataset<T, { cell: Str, time: Int }>` */
  | {
      readonly kind: 'dataset';
      readonly of: TypeNode;
      readonly tags?: readonly SchemaField[];
      readonly span: Span;
    }
  | { readonly kind: 'error'; readonly span: Span };

/** `cell: Str from "Cell line"`, `dose: Float?`, `sequence: Str = "movie"`; in record types, tag types and source schemas. */
export interface SchemaField {
  readonly name: Name;
  readonly type: TypeNode;
  readonly docs?: string;
  readonly from?: PlainString;
  readonly value?: Expr;
  readonly span: Span;
}

// ---------------------------------------------------------------- expressions

/** `f(x)`, `f(a: x)`, `f(a: each [1, 2])` */
export interface Arg {
  readonly name?: Name;
  readonly each?: boolean;
  readonly value: Expr;
  readonly span: Span;
}

export interface RangeExpr {
  readonly kind: 'range';
  readonly from?: Expr;
  readonly to?: Expr;
  readonly span: Span;
}

export type StringPart =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'hole'; readonly value: Expr; readonly format?: string; readonly span: Span };

export type BinaryOperator =
  | 'or'
  | 'and'
  | 'in'
  | '~'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '??'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '**';

export interface SortKey {
  readonly value: Expr;
  readonly direction?: 'asc' | 'desc';
}

export type Expr =
  | { readonly kind: 'bool'; readonly value: boolean; readonly span: Span }
  /** `text` as written, without `_`. */
  | { readonly kind: 'int'; readonly text: string; readonly span: Span }
  | { readonly kind: 'float'; readonly text: string; readonly span: Span }
  | { readonly kind: 'quantity'; readonly text: string; readonly unit: Name; readonly span: Span }
  /**
   * Text in quotes. `raw` is what stands between the quotes, untouched: source patterns and `many` paths are read from it by the checker
   * (`src/parser/names/pattern.ts`), for there `{time:Int}` is a capture. `parts` is the reading as an interpolated string, or
   * absent where the text cannot be read so (the checker reports `partsProblem` if it needs the parts).
   */
  | {
      readonly kind: 'string';
      readonly raw: string;
      readonly isRaw: boolean;
      readonly parts: readonly StringPart[];
      readonly partsProblem?: { readonly message: string; readonly span: Span };
      readonly span: Span;
    }
  | { readonly kind: 'name'; readonly name: string; readonly span: Span }
  | { readonly kind: 'member'; readonly of: Expr; readonly name: Name; readonly span: Span }
  | { readonly kind: 'index'; readonly of: Expr; readonly at: Expr; readonly span: Span }
  | { readonly kind: 'call'; readonly callee: Expr; readonly args: readonly Arg[]; readonly span: Span }
  | { readonly kind: 'unary'; readonly operator: '-' | 'not'; readonly of: Expr; readonly span: Span }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expr;
      readonly right: Expr;
      readonly span: Span;
    }
  | { readonly kind: 'if'; readonly test: Expr; readonly then: Expr; readonly else: Expr; readonly span: Span }
  | { readonly kind: 'list'; readonly items: readonly Expr[]; readonly span: Span }
  | { readonly kind: 'record'; readonly entries: readonly Entry[]; readonly span: Span }
  /**
   * `{ image: Image, cell: Str from "Cell line" }`: braces without a name in the arguments of `sheet catalog results omero url s3 rows`, and
   * the `columns` of `Table(columns: { … })`.
   */
  | { readonly kind: 'schema'; readonly fields: readonly SchemaField[]; readonly span: Span }
  /** `(x)`, `()`, `(a, b)`: grouping, and the name lists of `by`, `on`, `keep`. */
  | { readonly kind: 'paren'; readonly items: readonly Expr[]; readonly span: Span }
  | RangeExpr
  /** `left |> call`: the left side is the call's first argument. */
  | { readonly kind: 'pipe'; readonly left: Expr; readonly call: Expr; readonly span: Span }
  // Clauses over datasets: one level, left to right, with `of` as what stands before.
  | { readonly kind: 'where'; readonly of: Expr; readonly test: Expr; readonly span: Span }
  | {
      readonly kind: 'group';
      readonly of: Expr;
      readonly by: readonly Name[];
      readonly order?: readonly SortKey[];
      readonly keep?: readonly Name[];
      readonly over?: Expr;
      readonly span: Span;
    }
  | { readonly kind: 'order'; readonly of: Expr; readonly by: readonly SortKey[]; readonly span: Span }
  | { readonly kind: 'tag'; readonly of: Expr; readonly entries: readonly Entry[]; readonly span: Span }
  | { readonly kind: 'untag'; readonly of: Expr; readonly names: readonly Name[]; readonly span: Span }
  /** `select expr` or `select { a: …, b: … }` (then `value` is a record). */
  | { readonly kind: 'select'; readonly of: Expr; readonly value: Expr; readonly span: Span }
  | {
      readonly kind: 'pivot';
      readonly of: Expr;
      readonly tag: Name;
      readonly fields: readonly PivotField[];
      /** `…` or `...` at the end: values that no field names are left out. */
      readonly open: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: 'window';
      readonly of: Expr;
      readonly size: Expr;
      readonly by: readonly Name[];
      readonly order?: readonly SortKey[];
      readonly span: Span;
    }
  | { readonly kind: 'matching'; readonly of: Expr; readonly tags: readonly Name[]; readonly span: Span }
  | { readonly kind: 'after'; readonly of: Expr; readonly other: Expr; readonly span: Span }
  | { readonly kind: 'cross'; readonly left: Expr; readonly right: Expr; readonly span: Span }
  | { readonly kind: 'union'; readonly left: Expr; readonly right: Expr; readonly span: Span }
  | { readonly kind: 'error'; readonly span: Span };

/** `dna: "d0"`, `actin?: "d2"` */
export interface PivotField {
  readonly name: Name;
  readonly optional: boolean;
  readonly value: Expr;
  readonly span: Span;
}
