import type { Span } from '../../diagnostics/span.ts';
import type { Quantity } from '../types/quantity.ts';
import type { TagKind, TagType, Type } from '../types/type.ts';

export type NodeId = number;

// ---------------------------------------------------------------- patterns

/** A source pattern or `many` path, read once. Matching is done segment by segment of the path. */
export interface Pattern {
  readonly text: string;
  readonly parts: readonly PatternPart[];
  readonly captures: readonly TagType[];
}

export type PatternPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'slash' }
  /** `*` and `?`, never across `/`; `**` is a whole segment. */
  | { readonly kind: 'star' | 'question' | 'globstar' }
  /** `[a-c]`, `[!x]` as a regular expression class. */
  | { readonly kind: 'class'; readonly regex: string }
  | { readonly kind: 'alternatives'; readonly options: readonly (readonly PatternPart[])[] }
  | {
      readonly kind: 'capture';
      readonly name: string;
      readonly type: TagKind;
      /** `{name:r"[A-H]\d+"}` */
      readonly regex?: string;
      /** `{name:**}` */
      readonly crosses: boolean;
    }
  /** `{params.dir}`: inserted literally once params are known. */
  | { readonly kind: 'insert'; readonly value: Expr };

// ---------------------------------------------------------------- expressions

/** Checked: every name is one thing. `type` is what it gives. */
export type Expr = { readonly type: Type; readonly span: Span } & (
  | { readonly kind: 'const'; readonly value: null | boolean | number | string | Quantity }
  | { readonly kind: 'param'; readonly name: string }
  /** The value of a plain (or untagged) node. */
  | { readonly kind: 'node'; readonly node: NodeId }
  | { readonly kind: 'tag'; readonly name: string }
  /** `it`: the value of the item. Scalar outputs and record fields are `field`s of it. */
  | { readonly kind: 'item' }
  /** In processes: the value of an input, the path of an output; `attempt`; in publish: `index`. */
  | { readonly kind: 'input' | 'output'; readonly name: string }
  | { readonly kind: 'attempt' | 'index' }
  /** In `exec` and output paths: a resource number that `uses` names, in script units. */
  | { readonly kind: 'resource'; readonly name: 'cpus' | 'memory' | 'time' | 'gpus' | 'disk' }
  /** Of a list of records: the list of the elements' fields. */
  | { readonly kind: 'field'; readonly of: Expr; readonly name: string }
  /** `size name stem ext shape` of a file; of a list of files, the list of them. */
  | { readonly kind: 'property'; readonly of: Expr; readonly name: FileProperty }
  | { readonly kind: 'at'; readonly of: Expr; readonly index: Expr }
  | { readonly kind: 'apply'; readonly function: BuiltIn; readonly args: readonly Expr[] }
  | { readonly kind: 'unary'; readonly operator: '-' | 'not'; readonly of: Expr }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'if'; readonly test: Expr; readonly then: Expr; readonly else: Expr }
  | { readonly kind: 'list'; readonly items: readonly Expr[] }
  | { readonly kind: 'record'; readonly fields: readonly { readonly name: string; readonly value: Expr }[] }
  | {
      readonly kind: 'text';
      readonly parts: readonly (string | { readonly value: Expr; readonly format?: string })[];
    }
);

/** `axes`, `dtype`, `pixel_size`, `time_step` and `channels` come from the image's header. */
export type FileProperty = 'size' | 'name' | 'stem' | 'ext' | 'shape' | 'axes' | 'dtype';

export type Operator =
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

export type BuiltIn =
  | 'len'
  | 'min'
  | 'max'
  | 'sum'
  | 'mean'
  | 'round'
  | 'abs'
  | 'floor'
  | 'ceil'
  | 'int'
  | 'float'
  | 'str'
  | 'upper'
  | 'lower'
  | 'trim'
  | 'replace'
  | 'split'
  | 'basename'
  | 'stem'
  | 'ext'
  | 'parent'
  | 'zip'
  | 'range'
  | 'present';
