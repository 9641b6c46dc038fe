import type { Query } from '../query/query.ts';
import type * as Ast from '../syntax/ast.ts';
import type { Type } from '../types/type.ts';
import type { Expr, Pattern } from './expr.ts';

/** What a source reads, with everything that is known of it before the data. */
export type SourceSpec =
  | {
      readonly kind: 'files';
      readonly pattern: Pattern;
      /** Folder that a relative path starts from. */
      readonly base: string;
      readonly unordered: boolean;
      readonly fingerprint: Fingerprint;
      readonly count: Count;
      /** Tags with a default that the pattern does not give. */
      readonly fill: Fill;
    }
  | { readonly kind: 'file'; readonly path: Expr; readonly base: string; readonly fingerprint: Fingerprint }
  | {
      readonly kind: 'sheet';
      readonly path: Expr;
      readonly base: string;
      /** `file` columns are the value (a record when several), others tags, or fields where `field` says so. */
      readonly columns: readonly SourceColumn[];
      readonly fingerprint: Fingerprint;
      readonly count: Count;
      readonly fill: Fill;
    }
  /** Items of an experiment. The columns are their tags; the file, where no column names it, is the value. */
  | {
      readonly kind: 'catalog';
      readonly experiment: Expr;
      /** All raw ones unless one is named. */
      readonly dataset?: Expr;
      readonly columns: readonly SourceColumn[];
      readonly query?: SourceQuery;
      readonly count: Count;
      readonly fill: Fill;
    }
  /** What a run published under a name. */
  | {
      readonly kind: 'results';
      readonly pipeline: Expr;
      readonly base: string;
      readonly result: Expr;
      /** An id, the beginning of one, or a name; the latest that succeeded unless said. */
      readonly run?: Expr;
      readonly columns: readonly SourceColumn[];
      readonly query?: SourceQuery;
      readonly count: Count;
      readonly fill: Fill;
    }
  /** One file of the web. */
  | { readonly kind: 'url'; readonly address: Expr; readonly sha256?: string }
  /** Files of another place by a pattern: `bucket/prefix/{cell}.tif`, `user@host:/data/{cell}.tif`. */
  | {
      readonly kind: 'remote';
      readonly scheme: 's3' | 'sftp';
      readonly pattern: Pattern;
      readonly count: Count;
      readonly fill: Fill;
    }
  /** Images of an image server; the columns are what it knows of them. */
  | {
      readonly kind: 'omero';
      readonly address: Expr;
      readonly columns: readonly SourceColumn[];
      readonly count: Count;
      readonly fill: Fill;
    }
  /** One item per element of a list expression, tagged `value` (or `tag`, for `each`). */
  | {
      readonly kind: 'values';
      readonly list: Expr;
      readonly tag: string;
      readonly count: Count;
      /** Amounts with a unit are tagged with the text they were written as; absent for other elements. */
      readonly labels?: readonly string[];
    };

/** Tags that the declaration of a param fills in where its source does not give them. */
export type Fill = readonly { readonly name: string; readonly value: TagValue }[];

export interface SourceColumn {
  readonly name: string;
  readonly from: string;
  readonly type: Type;
  readonly role: 'file' | 'tag' | 'field';
  readonly optional: boolean;
}

/** A condition over what is stored; its names are looked up when the store is, before the first task. */
export interface SourceQuery {
  readonly query: Query;
  /** Params that it names, as values. */
  readonly plain: readonly { readonly at: Ast.Expr; readonly value: Expr }[];
}

export interface Count {
  readonly min: number;
  readonly max?: number;
}

export type Fingerprint = 'content' | 'sampled' | 'stat';

export type TagValue = string | number | boolean;
