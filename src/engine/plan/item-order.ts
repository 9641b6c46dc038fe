import { isList, isQuantity, type TagValue, type Value } from '../ports/value.ts';
import { codePointOrder, naturalOrder } from './natural-order.ts';
import type { TagSlots } from './tag-key.ts';

/** Where an `order by` puts an item; what it leaves equal is decided by the order the items had before. */
export interface Rank {
  readonly values: readonly Value[];
  /** Shared by all items of the node: which of the values sort downwards. */
  readonly descending: readonly boolean[];
  readonly then: Rank | undefined;
}

interface Ordered {
  readonly rank: Rank | undefined;
  readonly tags: TagSlots;
}

/** The one order of a dataset's items: as sorted, then tag by tag. Never by arrival. */
export function itemOrder(a: Ordered, b: Ordered): number {
  return rankOrder(a.rank, b.rank) || tagOrder(a.tags, b.tags);
}

export function rankOrder(a: Rank | undefined, b: Rank | undefined): number {
  if (a === undefined || b === undefined || a === b) return 0;
  for (let i = 0; i < a.values.length; i += 1) {
    const order = valueOrder(a.values[i] ?? null, b.values[i] ?? null);
    if (order !== 0) return a.descending[i] === true ? -order : order;
  }
  return rankOrder(a.then, b.then);
}

export function tagOrder(a: TagSlots, b: TagSlots): number {
  for (let i = 0; i < a.length; i += 1) {
    const [x, y] = [a[i], b[i]];
    if (x === y) continue;
    if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
    const order = tagValueOrder(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

function tagValueOrder(a: TagValue, b: TagValue): number {
  if (typeof a === 'string' && typeof b === 'string') return naturalOrder(a, b);
  return Number(a) - Number(b);
}

/** Texts as people sort them; `false` before `true`; what is absent comes last. */
export function valueOrder(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === 'object' || typeof b === 'object') return compound(a, b);
  return tagValueOrder(a, b);
}

function compound(a: Value, b: Value): number {
  if (isQuantity(a) && isQuantity(b)) return a.magnitude.cmp(b.magnitude);
  if (isList(a) && isList(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
      const order = valueOrder(a[i] ?? null, b[i] ?? null);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  return 0;
}

/** The names of several things in a message, in an order that no arrival decides. */
export const textsInOrder = (texts: readonly string[]): readonly string[] => [...texts].sort(codePointOrder);
