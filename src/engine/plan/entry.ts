import type { Value } from '../ports/value.ts';
import type { Rank } from './item-order.ts';
import type { TaskIndex } from './step.ts';
import type { TagSlots } from './tag-key.ts';

/**
 * What a node has: an item, or a place that items may yet come to. All that can still happen to a node stands in it as
 * a waiting entry, so "nothing can join any more" is always a question about entries that are there.
 *
 *     waiting, tags known, certain      the item exists, its value is being made
 *     waiting, tags known, uncertain    it may turn out not to exist (a `where` on a result)
 *     waiting, some tags unknown        open: any number of entries that agree with the known tags may still come,
 *                                       each as an entry of its own, before this one is `gone`
 *
 * Every other state is final.
 */
export class Entry {
  readonly index: number;
  readonly tags: TagSlots;
  readonly isOpen: boolean;
  /** Exists (for an open entry: at least one comes), unless a task fails. */
  isCertain: boolean;
  state: EntryState = 'waiting';
  value: Value | undefined;
  /** Of a failed or set-aside entry: the id of the task, or the reason in words. */
  because: string | undefined;
  rank: Rank | undefined;
  /** What it is made from, for `waitsFor`. */
  from: Entry | readonly (Entry | undefined)[] | undefined;
  /** A call's entry: its task. */
  task: TaskIndex | undefined;

  constructor(index: number, given: NewEntry & { readonly isOpen: boolean }) {
    this.index = index;
    this.tags = given.tags;
    this.isOpen = given.isOpen;
    this.isCertain = given.isCertain;
    this.value = undefined;
    this.because = undefined;
    this.rank = given.rank;
    this.from = given.from;
    this.task = undefined;
  }
}

export interface NewEntry {
  readonly tags: TagSlots;
  readonly isCertain: boolean;
  readonly rank?: Rank | undefined;
  readonly from?: Entry | readonly (Entry | undefined)[] | undefined;
}

export type EntryState =
  | 'waiting'
  | 'present'
  /** It was filtered away, or an open entry has brought all it had. */
  | 'gone'
  /** A task failed: whatever needs it is skipped. */
  | 'failed'
  /** A task was quarantined: the item has left the flow. */
  | 'aside';

/** What a node tells the nodes that read it. Each is told in the order it happened. */
export type Change = 'added' | 'certain' | 'settled';

/** Why an entry can have no value. */
export interface Loss {
  readonly state: 'failed' | 'aside';
  readonly because: string;
}

/** The rule of one node: how its entries follow from those of the nodes it reads. */
export interface Rule {
  /** Once, when the node is known to exist. */
  start(): void;
  /** `slot` is the position in the list of nodes that the rule reads. */
  changed(slot: number, entry: Entry, change: Change): void;
  /**
   * Called when all changes so far are told to this node and to every node before it: what depends on nothing else
   * coming may be decided here. `true` asks to be called again before the nodes after it.
   */
  settle(): boolean;
}

/** What a rule may do with its node; the flow gives one to each. */
export interface Site {
  add(entry: NewEntry): Entry;
  /** An entry that stands for others to come. */
  open(entry: NewEntry): Entry;
  makeCertain(entry: Entry): void;
  present(entry: Entry, value: Value): void;
  gone(entry: Entry): void;
  lose(entry: Entry, loss: Loss): void;
  /** Asks for `settle` though nothing was told. */
  wake(): void;
}

/** For an entry that is `failed` or `aside`. */
export function lossOf(entry: Entry): Loss {
  return { state: entry.state === 'failed' ? 'failed' : 'aside', because: entry.because ?? 'an earlier problem' };
}

/** Stands where there is no entry and never will be. */
export function lostEntry(loss: Loss): Entry {
  const entry = new Entry(-1, { tags: [], isCertain: false, isOpen: false });
  entry.state = loss.state;
  entry.because = loss.because;
  return entry;
}
