import type { TagValue } from '../ports/value.ts';
import type { Entry } from './entry.ts';
import { openIndex } from './open-index.ts';
import { type TagSlots, tagKey } from './tag-key.ts';

/** One argument of a call, found by its tags: the partner of each task, and the tasks that still wait for one. */
export interface PartnerIndex {
  /** The partner, or none yet: then the seeker is remembered. */
  find(seeker: Entry, tags: TagSlots, positions: readonly number[]): Entry | undefined;
  /** The seekers that have waited for this item. */
  add(entry: Entry): readonly Entry[];
  changed(entry: Entry, change: 'certain' | 'settled'): void;
  /** A seeker turned out not to exist: it was not served. */
  release(partner: Entry): void;
  /** Seekers whose partner can come no more, and what was lost that may have brought it. Each once. */
  takeUnmatched(): readonly { readonly waiting: readonly Entry[]; readonly losses: readonly Entry[] }[];
  /** Nothing more can come, and nothing can turn out not to exist. */
  readonly isComplete: boolean;
  unserved(): Entry[];
}

/** `positions`: where the tags that are matched on stand in the argument's tags. */
export function partnerIndex(positions: readonly number[]): PartnerIndex {
  const byKey = new Map<TagValue, Entry>();
  const seekers = new Map<TagValue, { readonly slots: TagSlots; readonly waiting: Entry[] }>();
  const opens = openIndex(positions);
  const served: number[] = [];
  const all: Entry[] = [];
  let touched: TagValue[] = [];
  const unsure = new Set<Entry>();

  return {
    find(seeker, tags, at) {
      const key = tagKey(tags, at) ?? '';
      const partner = byKey.get(key);
      if (partner !== undefined) {
        served[partner.index] = (served[partner.index] ?? 0) + 1;
        return partner;
      }
      const known = seekers.get(key);
      if (known !== undefined) known.waiting.push(seeker);
      else seekers.set(key, { slots: at.map((position) => tags[position]), waiting: [seeker] });
      touched.push(key);
      return undefined;
    },
    add(entry) {
      if (entry.isOpen || !entry.isCertain) unsure.add(entry);
      if (entry.isOpen) {
        opens.add(entry);
        return [];
      }
      const key = tagKey(entry.tags, positions) ?? '';
      if (byKey.has(key)) return [];
      byKey.set(key, entry);
      all.push(entry);
      const waiting = seekers.get(key)?.waiting ?? [];
      seekers.delete(key);
      served[entry.index] = (served[entry.index] ?? 0) + waiting.length;
      return waiting;
    },
    changed(entry, change) {
      if (change === 'settled' || !entry.isOpen) unsure.delete(entry);
      if (change === 'certain') return;
      if (entry.isOpen) {
        opens.settle(entry);
      } else if (entry.state === 'gone') {
        const key = tagKey(entry.tags, positions) ?? '';
        if (byKey.get(key) === entry) byKey.delete(key);
      }
    },
    release(partner) {
      served[partner.index] = (served[partner.index] ?? 1) - 1;
    },
    takeUnmatched() {
      const keys = [...touched, ...opens.takeFreed()];
      touched = [];
      return keys.flatMap((key) => {
        const group = seekers.get(key);
        if (group === undefined || opens.blocks(key, group.slots)) return [];
        seekers.delete(key);
        return [{ waiting: group.waiting, losses: opens.lossesFor(group.slots) }];
      });
    },
    get isComplete() {
      return unsure.size === 0;
    },
    unserved: () => all.filter((entry) => entry.state !== 'gone' && (served[entry.index] ?? 0) === 0),
  };
}
