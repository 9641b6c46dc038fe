import type { Node } from '../../parser/index.ts';
import type { Entry } from './entry.ts';
import { sayLosses } from './group-rules.ts';
import { itemOrder } from './item-order.ts';
import { lossAmong } from './open-index.ts';
import { type Partition, partitions, presentMembers } from './partitions.ts';
import { planErrors } from './plan-errors.ts';
import type { Kit, WiredRule } from './surroundings.ts';
import { positionsOf, tagsText } from './tag-key.ts';
import { ordersByValue } from './value-ordered.ts';

type NodeOf<K extends Node['kind']> = Node & { readonly kind: K };

/**
 * `first`, `take` and `single`. Where the order needs no values, an item is taken as soon as no earlier one can come, though later
 * ones are still being made.
 */
export function pickRule(node: NodeOf<'pick'>, { site, around }: Kit): WiredRule {
  const from = around.node(node.from);
  const byPositions = positionsOf(node.by, from.tags);
  const byTags = byPositions.flatMap((position) => from.tags[position] ?? []);
  const parts = partitions(byPositions);
  const places = node.tags.map((tag) => from.tags.findIndex((one) => one.name === tag.name));
  // `first(ds)` as a plain value, or by all the tags it keeps: one item, whichever it is.
  const isOnePer = node.how !== 'take' && node.tags.every((tag) => node.by.includes(tag.name));
  const isEarly = node.how !== 'single' && !ordersByValue(around.program, node.from);
  const limit = node.how === 'take' ? node.count : 1;
  const opened = new Map<Entry, Entry>();
  const walks = new Map<Partition, { sorted: readonly Entry[]; at: number; taken: number }>();
  const watched = new Map<Entry, Partition>();
  let moved = new Set<Partition>();

  /** Something stands for what the partition will give, until it is known. */
  function stand(partition: Partition, entry: Entry): void {
    const tags = places.map((place, i) =>
      isOnePer || node.by.includes(node.tags[i]?.name ?? '') ? entry.tags[place] : undefined,
    );
    const shown = { tags, isCertain: entry.isCertain, from: partition.sources };
    if (partition.own === undefined) partition.own = isOnePer ? site.add(shown) : site.open(shown);
    else if (entry.isCertain) site.makeCertain(partition.own);
  }

  function begin(partition: Partition): void {
    const { own } = partition;
    const loss = lossAmong(parts.losses(partition));
    // What failed has no value to be ordered by: no one can say that it would not have come first.
    if (!isEarly && node.how !== 'single' && loss?.state === 'failed' && own?.state === 'waiting') {
      site.lose(own, loss);
      return;
    }
    const sorted = isEarly
      ? partition.members.filter((entry) => entry.state !== 'gone').sort(itemOrder)
      : presentMembers(partition);
    walks.set(partition, { sorted, at: 0, taken: 0 });
    moved.add(partition);
  }

  /** Takes what can be taken; waits at the first item that is not made yet. */
  function walk(partition: Partition): void {
    const state = walks.get(partition);
    const { own } = partition;
    if (state === undefined || own === undefined || own.state !== 'waiting') return;
    if (node.how === 'single') {
      finishSingle(partition, state.sorted);
      return;
    }
    const unknown = lossAmong(parts.losses(partition).filter((entry) => entry.isOpen));
    if (unknown?.state === 'failed') {
      site.lose(own, unknown);
      return;
    }
    while (state.at < state.sorted.length && state.taken < limit) {
      const entry = state.sorted[state.at];
      if (entry === undefined) break;
      if (entry.state === 'waiting') {
        watched.set(entry, partition);
        return;
      }
      state.at += 1;
      if (entry.state === 'failed') {
        site.lose(own, { state: 'failed', because: entry.because ?? '' });
        return;
      }
      if (entry.state !== 'present') continue;
      state.taken += 1;
      take(own, entry);
    }
    walks.delete(partition);
    if (own.state !== 'waiting') return;
    const losses = parts.losses(partition).filter((entry) => entry.state === 'aside');
    const loss = lossAmong(losses);
    if (state.taken === 0 && loss !== undefined) site.lose(own, loss);
    else if (own.isOpen || state.taken === 0) site.gone(own);
  }

  function take(own: Entry, entry: Entry): void {
    if (own.isOpen) {
      const shown = { tags: places.map((place) => entry.tags[place]), isCertain: true, rank: entry.rank, from: entry };
      site.present(site.add(shown), entry.value ?? null);
    } else {
      own.rank = entry.rank;
      site.present(own, entry.value ?? null);
    }
  }

  function finishSingle(partition: Partition, sorted: readonly Entry[]): void {
    const { own } = partition;
    if (own === undefined) return;
    const alive = sorted.filter((entry) => entry.state === 'present');
    const losses = parts.losses(partition);
    const loss = lossAmong(losses);
    const [only, second] = alive;
    if (loss?.state === 'failed' || (only === undefined && loss !== undefined)) {
      site.lose(own, loss);
      return;
    }
    if (only === undefined || second !== undefined) {
      const of = node.by.length === 0 ? '' : ` for ${tagsText(partition.slots, byTags)}`;
      around.problem(planErrors.notSingle(node.span, { dataset: from.name, count: alive.length, of }));
      site.lose(own, { state: 'failed', because: `\`single\` found ${alive.length} items` });
      return;
    }
    sayLosses(node, around, { losses, group: undefined });
    take(own, only);
    if (own.isOpen) site.gone(own);
  }

  return {
    reads: [node.from],
    start() {
      if (node.by.length > 0) return;
      const partition = parts.ensure([]);
      const shown = { tags: node.tags.map(() => undefined), isCertain: node.how === 'single', from: partition.sources };
      partition.own = node.tags.length === 0 ? site.add(shown) : site.open(shown);
      site.wake();
    },
    changed(_, entry, change) {
      const partition = parts.changed(entry, change);
      if (partition === undefined) {
        if (change === 'added') {
          const tags = places.map((place, i) =>
            node.by.includes(node.tags[i]?.name ?? '') ? entry.tags[place] : undefined,
          );
          opened.set(entry, site.open({ tags, isCertain: false, from: entry }));
        } else if (change === 'settled') {
          const target = opened.get(entry);
          opened.delete(entry);
          if (target === undefined) return;
          if (entry.state === 'failed' || entry.state === 'aside')
            site.lose(target, { state: entry.state, because: entry.because ?? '' });
          else site.gone(target);
        }
        return;
      }
      if (change === 'added' || change === 'certain' || entry.state === 'present') stand(partition, entry);
      const waiting = watched.get(entry);
      if (change === 'settled' && waiting !== undefined) {
        watched.delete(entry);
        moved.add(waiting);
      }
    },
    settle() {
      const { decided, settled } = parts.take();
      for (const partition of isEarly ? decided : settled) begin(partition);
      const looked = moved;
      moved = new Set();
      for (const partition of looked) walk(partition);
      return false;
    },
  };
}
