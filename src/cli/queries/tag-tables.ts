import { sheetName } from '../../data/annotate/sheet-name.ts';
import type { TagKey } from '../../engine/ports/catalog.ts';
import type { TagValue } from '../../engine/ports/value.ts';
import type { NamedItem } from '../annotation/named-items.ts';
import type { TableCell } from '../text-table.ts';

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly TableCell[])[];
}

/** A row for each item, a column for each tag that a key declares or any item has; in the keys' order. */
export function itemTable(items: readonly NamedItem[], options: { readonly keys: readonly TagKey[] }): Table {
  const isRetracted = items.some(({ item }) => item.retracted !== undefined);
  return {
    header: ['item', ...options.keys.map(columnTitle), ...(isRetracted ? ['retracted'] : [])],
    rows: items.map(({ item, path }) => [
      path,
      ...options.keys.map(({ name }) => own(item.tags, name)),
      ...(isRetracted ? [item.retracted ?? null] : []),
    ]),
  };
}

/** The same as a sheet that `bit annotate --sheet` reads back: whatever the items are called, their rows find them. */
export function itemSheet(items: readonly NamedItem[], options: { readonly keys: readonly TagKey[] }): Table {
  const names = options.keys.map(({ name }) => name);
  return {
    header: [fileHeader(names), ...names],
    rows: items.map(({ item, path }) => [sheetName(path), ...names.map((name) => own(item.tags, name))]),
  };
}

/** The values that each tag has, the most frequent first, and how many items have none. */
export function valueCounts(
  items: readonly NamedItem[],
  options: { readonly keys: readonly TagKey[] },
): readonly {
  readonly key: TagKey;
  readonly values: readonly { readonly value: TagValue; readonly items: number }[];
  readonly without: number;
}[] {
  return options.keys.map((key) => {
    const counts = new Map<TagValue, number>();
    let without = 0;
    for (const { item } of items) {
      const value = own(item.tags, key.name);
      if (value === null) without += 1;
      else counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const values = [...counts].map(([value, of]) => ({ value, items: of }));
    return { key, values: values.sort((a, b) => b.items - a.items || order(a.value, b.value)), without };
  });
}

/** `dose: Float um`. */
export const columnTitle = ({ name, type, unit }: TagKey): string =>
  `${name}: ${type}${unit === undefined ? '' : ` ${unit}`}`;

/** The tags that `keys` do not declare have the type they were given. */
export const isDeclared = (key: TagKey, declared: readonly TagKey[]): boolean =>
  declared.some(({ name }) => name === key.name);

function own(tags: Readonly<Record<string, TagValue>>, name: string): TagValue | null {
  return Object.hasOwn(tags, name) ? (tags[name] ?? null) : null;
}

/** No tag may be called as the column of the files is. */
function fileHeader(names: readonly string[]): string {
  const free = ['file', 'file_name', 'file_path', 'image_file'].find((name) => !names.includes(name));
  return free ?? 'file of the item';
}

const order = (a: TagValue, b: TagValue): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1;
