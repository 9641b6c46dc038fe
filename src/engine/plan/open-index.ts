import type { TagValue } from '../ports/value.ts';
import type { Entry, Loss } from './entry.ts';
import { lossOf } from './entry.ts';
import { type TagSlots, tagKey } from './tag-key.ts';

/**
 * Entries that more items may come from, found by what is known of the tags that matter. Answers "may anything still come for
 * this key?" in one look-up per kind of partial knowledge (there are one or two in a node), and tells who had to wait when the answer changes.
 */
export interface OpenIndex {
  add(entry: Entry): void;
  /** The entry is settled: what it had has come, or never will. */
  settle(entry: Entry): void;
  /** Whether an item with these key tags may still come; if so, `key` is given by `takeFreed` once that one entry is settled. */
  blocks(key: TagValue, slots: TagSlots): boolean;
  takeFreed(): readonly TagValue[];
  /** What failed or was set aside and might have brought an item with these key tags. */
  lossesFor(slots: TagSlots): readonly Entry[];
  readonly isEmpty: boolean;
}

interface Kind {
  /** Among the key tags, those that are known. */
  readonly known: readonly number[];
  readonly waiting: Map<TagValue, { count: number; blocked: TagValue[] }>;
  readonly lost: Map<TagValue, Entry[]>;
}

/** `positions`: where the key tags stand in an entry's tags. */
export function openIndex(positions: readonly number[]): OpenIndex {
  const kinds = new Map<string, Kind>();
  let freed: TagValue[] = [];
  let size = 0;

  function kindOf(entry: Entry): Kind {
    const known = positions.flatMap((position, i) => (entry.tags[position] === undefined ? [] : [i]));
    const name = known.join();
    let kind = kinds.get(name);
    if (kind === undefined) {
      kind = { known, waiting: new Map(), lost: new Map() };
      kinds.set(name, kind);
    }
    return kind;
  }
  const keyIn = (kind: Kind, entry: Entry): TagValue =>
    tagKey(
      positions.map((position) => entry.tags[position]),
      kind.known,
    ) ?? '';

  return {
    add(entry) {
      size += 1;
      const kind = kindOf(entry);
      const key = keyIn(kind, entry);
      const place = kind.waiting.get(key);
      if (place === undefined) kind.waiting.set(key, { count: 1, blocked: [] });
      else place.count += 1;
    },
    settle(entry) {
      size -= 1;
      const kind = kindOf(entry);
      const key = keyIn(kind, entry);
      if (entry.state !== 'gone') {
        const lost = kind.lost.get(key);
        if (lost === undefined) kind.lost.set(key, [entry]);
        else lost.push(entry);
      }
      const place = kind.waiting.get(key);
      if (place === undefined) return;
      place.count -= 1;
      if (place.count > 0) return;
      kind.waiting.delete(key);
      freed = freed.length === 0 ? place.blocked : freed.concat(place.blocked);
    },
    blocks(key, slots) {
      if (size === 0) return false;
      for (const kind of kinds.values()) {
        const place = kind.waiting.get(tagKey(slots, kind.known) ?? '');
        if (place === undefined) continue;
        place.blocked.push(key);
        return true;
      }
      return false;
    },
    takeFreed() {
      const taken = freed;
      freed = [];
      return taken;
    },
    lossesFor(slots) {
      const losses: Entry[] = [];
      for (const kind of kinds.values()) {
        if (kind.lost.size > 0) losses.push(...(kind.lost.get(tagKey(slots, kind.known) ?? '') ?? []));
      }
      return losses;
    },
    get isEmpty() {
      return size === 0;
    },
  };
}

/** A failure before a quarantine; among equals the first by name, so that the same one is named in every run. */
export function lossAmong(entries: readonly Entry[]): Loss | undefined {
  let worst: Loss | undefined;
  for (const entry of entries) {
    if (entry.state !== 'failed' && entry.state !== 'aside') continue;
    const loss = lossOf(entry);
    const isWorse =
      worst === undefined ||
      (loss.state === worst.state ? loss.because < worst.because : loss.state === 'failed' && worst.state === 'aside');
    if (isWorse) worst = loss;
  }
  return worst;
}
