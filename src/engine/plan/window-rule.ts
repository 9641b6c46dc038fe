import type { Node } from '../../parser/index.ts';
import { type Change, type Entry, type Loss, lossOf } from './entry.ts';
import { evaluator, isLoss, needsOf, plainInputs } from './evaluator.ts';
import { element, sayLosses } from './group-rules.ts';
import { itemOrder, type Rank, rankOrder } from './item-order.ts';
import { lossAmong } from './open-index.ts';
import { release as forget, type Partition, partitions, presentMembers } from './partitions.ts';
import type { Kit, WiredRule } from './surroundings.ts';
import { positionsOf, tagsText } from './tag-key.ts';
import { ordersByValue } from './value-ordered.ts';

type NodeOf<K extends Node['kind']> = Node & { readonly kind: K };

/**
 * `window n`: a list per run of n neighbours, with the tags of the first. Which ones there are is known before the items are made
 * where the order is one of tags; each is ready when its own n items are.
 */
export function windowRule(node: NodeOf<'window'>, { site, around }: Kit): WiredRule {
  const from = around.node(node.from);
  const byPositions = positionsOf(node.by, from.tags);
  const byTags = byPositions.flatMap((position) => from.tags[position] ?? []);
  const parts = partitions(byPositions);
  const needs = needsOf(node.order.map((one) => one.value));
  const plain = plainInputs(needs.nodes, 1);
  const own = evaluator(from.tags, around);
  const isEarly = !needs.item && !ordersByValue(around.program, node.from);
  const descending = node.order.map((one) => one.descending);
  const opened = new Map<Entry, Entry>();
  const windowsOf = new Map<Entry, Entry[]>();
  const said: string[] = [];
  let held: Partition[] = [];

  /** Until its windows are known, each item holds a place open. */
  function hold(entry: Entry): void {
    const tags = entry.isOpen
      ? entry.tags
      : entry.tags.map((value, i) => (node.by.includes(from.tags[i]?.name ?? '') ? value : undefined));
    opened.set(entry, site.open({ tags, isCertain: false, from: entry }));
  }

  function release(entry: Entry, loss?: Loss): void {
    const target = opened.get(entry);
    opened.delete(entry);
    if (target === undefined) return;
    if (loss !== undefined) site.lose(target, loss);
    else site.gone(target);
  }

  function cut(partition: Partition): void {
    // What was lost without a place among the others: its neighbours are not known.
    const losses = parts.losses(partition).filter((entry) => entry.isOpen || !isEarly);
    const loss = lossAmong(losses);
    if (loss?.state === 'failed') {
      for (const entry of partition.members) release(entry, loss);
      return;
    }
    sayLosses(node, around, {
      losses,
      group: tagsText(partition.slots, byTags),
    });
    const members = isEarly ? partition.members.filter((entry) => entry.state !== 'gone') : presentMembers(partition);
    const sorted = order(members);
    if (sorted !== undefined) {
      for (let start = 0; start + node.size <= sorted.length; start += 1) {
        const neighbours = sorted.slice(start, start + node.size);
        const [first] = neighbours;
        if (first === undefined) continue;
        const window = site.add({ tags: first.tags, isCertain: true, rank: first.rank, from: neighbours });
        for (const entry of neighbours) {
          if (entry.state !== 'waiting') continue;
          const windows = windowsOf.get(entry);
          if (windows === undefined) windowsOf.set(entry, [window]);
          else windows.push(window);
        }
        review(window);
      }
      if (sorted.length > 0 && sorted.length < node.size) said.push(sayShort(partition, sorted.length));
    }
    for (const entry of partition.members) release(entry);
    forget(partition);
  }

  function order(entries: Entry[]): Entry[] | undefined {
    const ranked: { readonly entry: Entry; readonly rank: Rank }[] = [];
    for (const entry of entries) {
      const values = own.attempt(entry.tags, () =>
        node.order.map((one) => own.value(one.value, entry.tags, entry.value ?? null)),
      );
      if (isLoss(values)) return undefined;
      ranked.push({ entry, rank: { values, descending, then: undefined } });
    }
    ranked.sort((a, b) => rankOrder(a.rank, b.rank) || itemOrder(a.entry, b.entry));
    return ranked.map((one) => one.entry);
  }

  function sayShort(partition: Partition, count: number): string {
    const where = node.by.length === 0 ? '' : ` of ${tagsText(partition.slots, byTags)}`;
    return `\`${node.name}\`: the ${count === 1 ? 'one item' : `${count} items`}${where} of \`${from.name}\` ${count === 1 ? 'is' : 'are'} too few for a window of ${node.size}`;
  }

  function review(window: Entry): void {
    if (window.state !== 'waiting' || !Array.isArray(window.from)) return;
    const neighbours: readonly Entry[] = window.from;
    if (neighbours.some((entry) => entry.state === 'waiting')) return;
    const loss = lossAmong(neighbours);
    if (loss === undefined) {
      site.present(
        window,
        neighbours.map((entry) => element(entry, { around, types: from.tags })),
      );
    } else {
      if (loss.state === 'aside')
        said.push(`\`${node.name}\` (${tagsText(window.tags, node.tags)}) is set aside with ${loss.because}`);
      site.lose(window, loss);
    }
    window.from = undefined;
  }

  function changed(entry: Entry, change: Change): void {
    parts.changed(entry, change);
    if (change === 'added') hold(entry);
    if (change !== 'settled') return;
    if (entry.isOpen) release(entry, entry.state === 'gone' ? undefined : lossOf(entry));
    const windows = windowsOf.get(entry);
    windowsOf.delete(entry);
    for (const window of windows ?? []) review(window);
  }

  return {
    reads: [node.from, ...plain.nodes],
    start() {},
    changed(slot, entry, change) {
      if (plain.changed(slot, entry)) site.wake();
      else changed(entry, change);
    },
    settle() {
      const { decided, settled } = parts.take();
      held.push(...(isEarly ? decided : settled));
      const state = plain.state();
      if (state !== undefined) {
        const ready = held;
        held = [];
        for (const partition of ready) if (state === 'ready') cut(partition);
      }
      for (const text of said.splice(0)) around.note(text);
      return false;
    },
  };
}
