import { amountInUnit } from '../../engine/ports/amount-in-unit.ts';
import type { CatalogTagKind, TagKey, TagTypes } from '../../engine/ports/catalog.ts';
import type { Tags, TagValue } from '../../engine/ports/value.ts';
import { type ReadValue, readValue } from '../annotate/read-value.ts';

export interface TaggedItem {
  readonly id: number;
  /** For messages. */
  readonly path: string;
  readonly tags: Tags;
}

export interface RefitOptions {
  readonly before: readonly TagKey[];
  readonly after: readonly TagKey[];
  /** The types under which the items have their tags now, by name. */
  readonly types: ReadonlyMap<string, ReadonlySet<CatalogTagKind>>;
  /** What a new unit means for the numbers that there are. */
  readonly numbers: 'convert' | 'keep' | undefined;
}

/** A key that the items there are do not fit. */
export type KeyMisfit =
  | { readonly kind: 'value'; readonly key: TagKey; readonly path: string; readonly value: TagValue }
  | {
      readonly kind: 'unit';
      readonly key: TagKey;
      readonly from: string;
      readonly items: number;
      readonly isKnown: boolean;
    }
  | { readonly kind: 'dropped'; readonly name: string; readonly items: number };

export interface Refit {
  /** Tags that have to be written again, as the keys will have them. */
  readonly items: readonly { readonly item: number; readonly tags: Readonly<Record<string, TagValue>> }[];
  readonly types: TagTypes;
  readonly misfits: readonly KeyMisfit[];
}

/**
 * What a change of keys means for the tags that items have: a value that a key cannot have any more, a key that is dropped while items have it, and a unit that
 * changes without a word about the numbers are misfits. Everything else is read as the key will have it. Linear in items and changed keys.
 */
export function refitTags(items: readonly TaggedItem[], options: RefitOptions): Refit {
  const misfits: KeyMisfit[] = [];
  const types: Record<string, CatalogTagKind> = {};
  const tags = new Map<number, Record<string, TagValue>>();
  for (const key of options.after) {
    const old = options.before.find(({ name }) => name === key.name);
    const isOtherType = [...(options.types.get(key.name) ?? [])].some((type) => type !== key.type);
    if (old !== undefined && sameDemands(old, key) && !isOtherType) continue;
    const carriers = items.filter((item) => Object.hasOwn(item.tags, key.name));
    const from = old?.unit !== undefined && key.unit !== undefined && old.unit !== key.unit ? old.unit : undefined;
    const misfit = unitMisfit(carriers, { key, from, numbers: options.numbers });
    if (misfit !== undefined) {
      misfits.push(misfit);
      continue;
    }
    const reread = fitting(key, options.numbers === 'convert' ? from : undefined);
    for (const { id, path, tags: own } of carriers) {
      const value = own[key.name];
      if (value === undefined) continue;
      const read = reread(value);
      if (read.how === 'refused') misfits.push({ kind: 'value', key, path, value });
      else if (read.value !== value || isOtherType) {
        const set = tags.get(id) ?? {};
        set[key.name] = read.value;
        tags.set(id, set);
        types[key.name] = key.type;
      }
    }
  }
  for (const { name } of options.before) {
    if (options.after.some((key) => key.name === name)) continue;
    const carriers = items.filter((item) => Object.hasOwn(item.tags, name)).length;
    if (carriers > 0) misfits.push({ kind: 'dropped', name, items: carriers });
  }
  return { items: [...tags].map(([item, set]) => ({ item, tags: set })), types, misfits };
}

const sameDemands = (a: TagKey, b: TagKey): boolean =>
  a.type === b.type && a.unit === b.unit && JSON.stringify(a.values ?? []) === JSON.stringify(b.values ?? []);

function unitMisfit(
  carriers: readonly TaggedItem[],
  of: { readonly key: TagKey; readonly from: string | undefined; readonly numbers: RefitOptions['numbers'] },
): KeyMisfit | undefined {
  const { key, from, numbers } = of;
  if (carriers.length === 0 || from === undefined || key.unit === undefined || numbers === 'keep') return undefined;
  const isKnown = amountInUnit('1', { from, to: key.unit }).how === 'converted';
  if (numbers === 'convert' && isKnown) return undefined;
  return { kind: 'unit', key, from, items: carriers.length, isKnown };
}

/** Values repeat; each is read once. */
function fitting(key: TagKey, from: string | undefined): (value: TagValue) => ReadValue {
  const known = new Map<TagValue, ReadValue>();
  return (value) => {
    const read = known.get(value) ?? readValue(value, key, { unit: from, decimalComma: false });
    known.set(value, read);
    return read;
  };
}
