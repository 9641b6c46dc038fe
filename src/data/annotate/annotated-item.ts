import type { CatalogTagKind } from '../../engine/ports/catalog.ts';
import type { Tags, TagValue } from '../../engine/ports/value.ts';

/** An item as the rules see it. */
export interface AnnotatedItem {
  /** Whatever tells the items of one call apart; the rules never look at it. */
  readonly key: string;
  /** Relative to the root of its import, with `/` between segments. */
  readonly path: string;
  /** The last segment of the path, or another name by which it is known. */
  readonly name: string;
  /** What it carries already. */
  readonly tags: Tags;
}

/**
 * A value as a rule found it, before it has a type: a text of a name, a command line or a CSV cell; a number, a truth value or a date of a spreadsheet
 * that says which is which.
 */
export type FoundValue = string | number | boolean | FoundDate;

export interface FoundDate {
  /** `2024-02-29`, or `2024-02-29T14:05:00`. */
  readonly date: string;
}

/** What one rule found for one tag. */
export interface FoundTag {
  readonly name: string;
  /** The type that the rule itself states: `{time:Int}`. Texts of a capture without one are Str, as in the language. */
  readonly type?: CatalogTagKind;
  /** Of numbers without a unit: `Time (min)` above a column. */
  readonly unit?: string;
  /** `0,5` is a half. */
  readonly decimalComma?: boolean;
  /** The column's header, where it came from a sheet. */
  readonly column?: string;
  /** At most one entry for an item. */
  readonly entries: readonly FoundEntry[];
}

export interface FoundEntry {
  /** The item's place in the list. */
  readonly item: number;
  readonly value: FoundValue;
  /** The row that it came from, as a spreadsheet numbers them. */
  readonly row?: number;
}

/** What one item gets: a value for a tag that is new or another than before, `null` for one that is taken away. */
export type TagChange = Readonly<Record<string, TagValue | null>>;

/** The text of a value as a person would write it. */
export function foundText(value: FoundValue): string {
  return typeof value === 'object' ? value.date : String(value);
}
