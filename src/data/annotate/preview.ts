import type { CatalogTagKind, TagKey } from '../../engine/ports/catalog.ts';
import type { TagValue } from '../../engine/ports/value.ts';
import type { Annotated, Annotation } from './annotate.ts';

export interface Preview {
  readonly columns: readonly PreviewColumn[];
  /** The first items, in the order they were given. */
  readonly rows: readonly PreviewRow[];
  /** How many items there are in all. */
  readonly items: number;
  /** How many of them get, change or lose a tag. */
  readonly changed: number;
}

export interface PreviewColumn {
  readonly name: string;
  readonly type: CatalogTagKind;
  readonly unit?: string;
  /** Whether the experiment does not have the key yet. */
  readonly isNew: boolean;
  /** The most frequent values, the most frequent first; those that are as frequent in the order of their values. */
  readonly values: readonly { readonly value: TagValue; readonly items: number }[];
  /** How many different ones there are in all. */
  readonly distinct: number;
  /** Items that have no such tag. */
  readonly without: number;
}

export interface PreviewRow {
  readonly path: string;
  /** One for each column; `null` where the item has no such tag. */
  readonly cells: readonly (TagValue | null)[];
  /** The columns whose value is another than before, new and taken away included. */
  readonly changed: readonly string[];
}

export interface PreviewOptions {
  /** As they were given to `annotate`. */
  readonly keys: readonly TagKey[];
  readonly mostRows: number;
  /** Of each tag. */
  readonly mostValues: number;
}

/** What `annotate` would do, as a table: a row for each of the first items, a column for each tag that any item has or loses. */
export function preview(annotated: Annotated, options: PreviewOptions): Preview {
  const columns = columnsOf(annotated, options);
  return {
    columns,
    rows: annotated.items.slice(0, options.mostRows).map(({ item, tags, change }) => ({
      path: item.path,
      cells: columns.map(({ name }) => (Object.hasOwn(tags, name) ? (tags[name] ?? null) : null)),
      changed: columns.flatMap(({ name }) => (Object.hasOwn(change, name) ? [name] : [])),
    })),
    items: annotated.items.length,
    changed: annotated.items.filter(({ change }) => Object.keys(change).length > 0).length,
  };
}

function columnsOf({ items, newKeys }: Annotated, options: PreviewOptions): PreviewColumn[] {
  const counts = new Map<string, Map<TagValue, number>>();
  for (const key of [...options.keys, ...newKeys]) counts.set(key.name, new Map());
  const named = new Set<string>();
  for (const { tags, change } of items) {
    for (const name of Object.keys(tags)) {
      const value = tags[name];
      if (value === undefined) continue;
      const count = counts.get(name) ?? new Map<TagValue, number>();
      counts.set(name, count.set(value, (count.get(value) ?? 0) + 1));
      named.add(name);
    }
    for (const name of Object.keys(change)) named.add(name);
  }
  const keys = new Map([...options.keys, ...newKeys].map((key) => [key.name, key]));
  const fresh = new Set(newKeys.map((key) => key.name));
  for (const name of named) if (!counts.has(name)) counts.set(name, new Map());
  return [...counts]
    .filter(([name]) => named.has(name))
    .map(([name, count]) => {
      const key = keys.get(name);
      const sorted = [...count].sort(([a, many], [b, more]) => more - many || order(a, b));
      return {
        name,
        type: key?.type ?? typeOfValues(items, name),
        ...(key?.unit !== undefined && { unit: key.unit }),
        isNew: fresh.has(name),
        values: sorted.slice(0, options.mostValues).map(([value, of]) => ({ value, items: of })),
        distinct: count.size,
        without: items.length - [...count.values()].reduce((sum, of) => sum + of, 0),
      };
    });
}

const order = (a: TagValue, b: TagValue): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1;

/** Of a tag that no key declares, and that was there before. */
function typeOfValues(items: readonly Annotation[], name: string): CatalogTagKind {
  let type: CatalogTagKind | undefined;
  for (const { tags } of items) {
    const value = Object.hasOwn(tags, name) ? tags[name] : undefined;
    if (value === undefined) continue;
    const own =
      typeof value === 'boolean'
        ? 'Bool'
        : typeof value === 'string'
          ? 'Str'
          : Number.isInteger(value)
            ? 'Int'
            : 'Float';
    if (type === undefined || type === own) type = own;
    else type = type !== 'Str' && type !== 'Bool' && own !== 'Str' && own !== 'Bool' ? 'Float' : 'Str';
  }
  return type ?? 'Str';
}
