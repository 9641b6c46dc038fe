import type { Value } from '../ports/value.ts';
import { type Change, Entry, type Loss, lossOf, type NewEntry, type Site } from './entry.ts';
import type { WiredRule } from './surroundings.ts';

interface Installation {
  readonly guards: readonly { readonly is: boolean }[];
  /** How many tags the node has. */
  readonly tags: number;
  readonly reads: readonly Station[];
  readonly guardedBy: readonly Station[];
}

/**
 * A node at work: its entries, the news that it has not looked at yet, and who is told of its own. A node whose guards are
 * not decided shows one open entry; once they hold it starts, and catches up on what happened above.
 */
export class Station {
  readonly id: number;
  readonly entries: Entry[] = [];
  isAwake = false;
  /** Waiting entries that may turn out not to exist, or to be many. */
  unsure = 0;
  readonly #agenda: { first: number };
  readonly #listeners: { readonly station: Station; readonly slot: number }[] = [];
  #slots: number[] = [];
  #news: Entry[] = [];
  #changes: Change[] = [];
  #read = 0;
  #rule: WiredRule | undefined;
  #installation: Installation | undefined;
  #stage: 'guarded' | 'catching-up' | 'started' | 'absent' = 'guarded';
  #guards: (Entry | undefined)[] = [];
  #pending: Entry | undefined;

  constructor(id: number, agenda: { first: number }) {
    this.id = id;
    this.#agenda = agenda;
  }

  install(rule: WiredRule, installation: Installation): void {
    this.#rule = rule;
    this.#installation = installation;
  }

  /** Before the first step; in the order of the nodes. */
  begin(): void {
    const installation = this.#installation;
    if (installation === undefined) {
      this.#stage = 'absent';
      return;
    }
    if (installation.guards.length === 0) {
      this.#start(installation);
      return;
    }
    this.#pending = this.add({ tags: new Array(installation.tags).fill(undefined), isCertain: false }, true);
    for (const [i, station] of installation.guardedBy.entries()) station.#tell(this, installation.reads.length + i);
    this.wake();
  }

  #start(installation: Installation): void {
    this.#stage = this.#pending === undefined ? 'started' : 'catching-up';
    for (const [slot, station] of installation.reads.entries()) station.#tell(this, slot);
    this.#rule?.start();
    this.wake();
  }

  /** From now on; what happened before is told at once. */
  #tell(station: Station, slot: number): void {
    this.#listeners.push({ station, slot });
    for (const entry of this.entries) {
      station.#hear(slot, entry, 'added');
      if (entry.state !== 'waiting') station.#hear(slot, entry, 'settled');
    }
  }

  #hear(slot: number, entry: Entry, change: Change): void {
    this.#slots.push(slot);
    this.#news.push(entry);
    this.#changes.push(change);
    this.wake();
  }

  wake(): void {
    this.isAwake = true;
    if (this.id < this.#agenda.first) this.#agenda.first = this.id;
  }

  /** Looks at no more than so many news; how much was done. */
  work(limit: number): number {
    const rule = this.#rule;
    let done = 1;
    while (this.#read < this.#news.length) {
      if (done >= limit) return done;
      const at = this.#read;
      const [slot, entry, change] = [this.#slots[at], this.#news[at], this.#changes[at]];
      this.#read += 1;
      done += 1;
      if (rule === undefined || slot === undefined || entry === undefined || change === undefined) continue;
      if (slot >= rule.reads.length)
        this.#guards[slot - rule.reads.length] = guardEntry(this.#guards[slot - rule.reads.length], entry);
      else rule.changed(slot, entry, change);
    }
    this.#slots = [];
    this.#news = [];
    this.#changes = [];
    this.#read = 0;
    this.isAwake = false;
    if (this.#stage === 'absent') return done;
    if (this.#stage === 'guarded') this.#decide();
    else if (rule?.settle() === true) this.isAwake = true;
    else this.#catchUp();
    return done + (this.isAwake ? settleCost : 0);
  }

  #decide(): void {
    const installation = this.#installation;
    const pending = this.#pending;
    if (installation === undefined || pending === undefined) return;
    const entries = installation.guards.map((_, i) => this.#guards[i]);
    const isFalse = installation.guards.some((guard, i) => {
      const entry = entries[i];
      return entry?.state === 'gone' || (entry?.state === 'present' && (entry.value === true) !== guard.is);
    });
    if (isFalse) {
      this.#stage = 'absent';
      this.settle(pending, 'gone');
      return;
    }
    if (entries.some((entry) => entry === undefined || entry.state === 'waiting')) return;
    const lost =
      entries.find((entry) => entry?.state === 'failed') ?? entries.find((entry) => entry?.state === 'aside');
    if (lost !== undefined) {
      this.#stage = 'absent';
      this.lose(pending, lossOf(lost));
    } else {
      this.#start(installation);
    }
  }

  /** All that happened above is told: what is open here is now shown entry by entry. */
  #catchUp(): void {
    if (this.#stage !== 'catching-up' || this.#news.length > 0 || this.#pending === undefined) return;
    this.#stage = 'started';
    this.settle(this.#pending, 'gone');
  }

  add(entry: NewEntry, isOpen: boolean): Entry {
    const added = new Entry(this.entries.length, { ...entry, isOpen });
    this.entries.push(added);
    if (isOpen || !added.isCertain) this.unsure += 1;
    this.#announce(added, 'added');
    return added;
  }

  makeCertain(entry: Entry): void {
    if (entry.isCertain || entry.state !== 'waiting') return;
    entry.isCertain = true;
    if (!entry.isOpen) this.unsure -= 1;
    this.#announce(entry, 'certain');
  }

  present(entry: Entry, value: Value): void {
    if (entry.state !== 'waiting' || entry.isOpen) throw new Error('an entry is settled twice');
    entry.value = value;
    this.settle(entry, 'present');
  }

  lose(entry: Entry, loss: Loss): void {
    entry.because = loss.because;
    this.settle(entry, loss.state);
  }

  settle(entry: Entry, state: 'present' | 'gone' | 'failed' | 'aside'): void {
    if (entry.state !== 'waiting') throw new Error('an entry is settled twice');
    if (entry.isOpen || !entry.isCertain) this.unsure -= 1;
    entry.state = state;
    if (state === 'present') entry.isCertain = true;
    this.#announce(entry, 'settled');
  }

  #announce(entry: Entry, change: Change): void {
    for (const { station, slot } of this.#listeners) station.#hear(slot, entry, change);
  }
}

/** A rule that asks to be called again has done about as much as so many news. */
const settleCost = 128;

export const siteOf = (station: Station): Site => ({
  add: (entry) => station.add(entry, false),
  open: (entry) => station.add(entry, true),
  makeCertain: (entry) => station.makeCertain(entry),
  present: (entry, value) => station.present(entry, value),
  gone: (entry) => station.settle(entry, 'gone'),
  lose: (entry, loss) => station.lose(entry, loss),
  wake: () => station.wake(),
});

/** A guard's value comes before the open entry that stood for it is closed. */
const guardEntry = (known: Entry | undefined, entry: Entry): Entry =>
  known === undefined || known.isOpen || !entry.isOpen
    ? entry.isOpen && known?.isOpen === false
      ? known
      : entry
    : known;
