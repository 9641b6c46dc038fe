import type { Filter, FilterField } from '../../engine/ports/run-reader.ts';
import type { Fragment } from '../database/fragment.ts';
import type { Literal } from './find-patterns.ts';

/** A filter in which nothing is left that SQLite cannot do by itself. */
export type PlainFilter =
  | Exclude<Filter, { kind: 'and' | 'or' | 'not' | 'matches' | 'derived' }>
  | { readonly kind: 'and' | 'or'; readonly left: PlainFilter; readonly right: PlainFilter }
  | { readonly kind: 'not'; readonly of: PlainFilter }
  | { readonly kind: 'like'; readonly field: FilterField; readonly literal: Literal }
  /** Content among these: ids of artifacts. */
  | { readonly kind: 'artifacts'; readonly among: Fragment };

/** A filter that asks one thing of one field. */
export type Asked = Exclude<PlainFilter, { kind: 'all' | 'and' | 'or' | 'not' | 'made-by' | 'artifacts' }>;
