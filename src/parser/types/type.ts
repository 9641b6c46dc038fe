import type { Dimension, Quantity } from './quantity.ts';

/** Formats of the language: each is a kind of `File`. `Dir` is a folder. */
export type Format = 'File' | 'Dir' | 'Image' | 'Table' | 'Json' | 'Text' | 'Xml' | 'Pdf' | 'Html' | 'Archive';

export type ColumnType = 'Int' | 'Float' | 'Bool' | 'Str';

/** What an item or a plain value can be; datasets are not values of items. `error` agrees with everything, so one mistake is said once. */
export type Type =
  | { readonly kind: 'error' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'int'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'float'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'str' }
  | { readonly kind: 'quantity'; readonly dimension: Dimension; readonly min?: Quantity; readonly max?: Quantity }
  /** `"max" | "mean"`: all members of one kind. */
  | { readonly kind: 'literals'; readonly of: 'str' | 'int' | 'float'; readonly values: readonly (string | number)[] }
  | { readonly kind: 'file'; readonly format: Format; readonly image?: ImageDemand; readonly table?: TableDemand }
  | { readonly kind: 'optional'; readonly of: Type }
  | { readonly kind: 'list'; readonly of: Type; readonly min?: number; readonly max?: number }
  | { readonly kind: 'record'; readonly fields: readonly RecordField[] };

export interface RecordField {
  readonly name: string;
  readonly type: Type;
}

export interface ImageDemand {
  readonly axes?: string;
  readonly dtype?: string;
}

export interface TableDemand {
  readonly columns: Readonly<Record<string, { readonly type: ColumnType; readonly optional?: boolean }>>;
}

export type TagKind = 'Str' | 'Int' | 'Float' | 'Bool';

/** Tags of a dataset, in the order in which its items are sorted. */
export interface TagType {
  readonly name: string;
  readonly kind: TagKind;
}
