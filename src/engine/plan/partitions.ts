import type { TagValue } from '../ports/value.ts';
import type { Change, Entry } from './entry.ts';
import { itemOrder } from './item-order.ts';
import { openIndex } from './open-index.ts';
import { type TagSlots, tagKey } from './tag-key.ts';

/** The items of a dataset that agree on some tags. */
export interface Partition {
  readonly key: TagValue;
  /** The tags they agree on. */
  readonly slots: TagSlots;
  /** In the order they came; those that are `gone` among them. */
  readonly members: Entry[];
  /** These, and those that others may come from: what the partition waits for. */
  readonly sources: Entry[];
  /** What its rule makes of it. */
  own: Entry | undefined;
}

export interface Partitions {
  /** Takes note of a change of one item; its partition, unless the item's tags are not known so far. */
  changed(entry: Entry, change: Change): Partition | undefined;
  /** The partition of these tags, though it may be empty. */
  ensure(slots: TagSlots): Partition;
  /** Since the last time; each partition is decided once, and settled once. */
  take(): {
    /** Which items belong to it is known. */
    readonly decided: readonly Partition[];
    /** And each of them is made, or never will be. */
    readonly settled: readonly Partition[];
  };
  /** What failed or was set aside of a partition that is settled, and might have. */
  losses(partition: Partition): readonly Entry[];
}

interface Gathering extends Partition {
  waiting: number;
  readonly unsure: Set<Entry>;
  readonly opens: Entry[];
  stage: 'gathering' | 'decided' | 'settled';
}

/** `positions`: where the tags that items must agree on stand among theirs; none puts all items into one partition. */
export function partitions(positions: readonly number[]): Partitions {
  const byKey = new Map<TagValue, Gathering>();
  const opens = openIndex(positions);
  const all = positions.map((_, i) => i);
  let touched = new Set<Gathering>();

  function ensure(slots: TagSlots, key = tagKey(slots, all) ?? ''): Gathering {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const made: Gathering = {
      key,
      slots,
      members: [],
      sources: [],
      own: undefined,
      waiting: 0,
      unsure: new Set(),
      opens: [],
      stage: 'gathering',
    };
    byKey.set(key, made);
    touched.add(made);
    return made;
  }

  return {
    changed(entry, change) {
      const key = tagKey(entry.tags, positions);
      if (key === undefined) {
        if (change === 'added') opens.add(entry);
        else if (change === 'settled') opens.settle(entry);
        return undefined;
      }
      const partition =
        byKey.get(key) ??
        ensure(
          positions.map((position) => entry.tags[position]),
          key,
        );
      if (change === 'added') {
        (entry.isOpen ? partition.opens : partition.members).push(entry);
        partition.sources.push(entry);
        partition.waiting += 1;
        if (entry.isOpen || !entry.isCertain) partition.unsure.add(entry);
      } else if (change === 'settled') {
        partition.waiting -= 1;
        partition.unsure.delete(entry);
      } else if (!entry.isOpen) {
        partition.unsure.delete(entry);
      }
      touched.add(partition);
      return partition;
    },
    ensure: (slots) => ensure(slots),
    take() {
      const looked = touched;
      touched = new Set();
      for (const key of opens.takeFreed()) {
        const partition = byKey.get(key);
        if (partition !== undefined) looked.add(partition);
      }
      const decided: Partition[] = [];
      const settled: Partition[] = [];
      for (const partition of looked) {
        if (partition.stage === 'settled' || partition.unsure.size > 0) continue;
        if (partition.stage === 'gathering') {
          if (opens.blocks(partition.key, partition.slots)) continue;
          partition.stage = 'decided';
          decided.push(partition);
        }
        if (partition.waiting > 0) continue;
        partition.stage = 'settled';
        settled.push(partition);
      }
      return { decided, settled };
    },
    losses(partition) {
      const known = byKey.get(partition.key);
      const lost = [...partition.members, ...(known?.opens ?? [])].filter(
        (entry) => entry.state === 'failed' || entry.state === 'aside',
      );
      return [...lost, ...opens.lossesFor(partition.slots)];
    },
  };
}

/** Those that are there, in the order of the dataset. */
export function presentMembers(partition: Partition): Entry[] {
  return partition.members.filter((entry) => entry.state === 'present').sort(itemOrder);
}

/** When all is made of it, the items themselves need not be kept. */
export function release(partition: Partition): void {
  partition.members.length = 0;
  partition.sources.length = 0;
}
