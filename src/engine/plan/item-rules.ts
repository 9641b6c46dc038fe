import type { Expr, Node, TagType } from '../../parser/index.ts';
import type { Value } from '../ports/value.ts';
import { distinctTags } from './distinct-tags.ts';
import { type Change, type Entry, type Loss, lossOf } from './entry.ts';
import { evaluator, isLoss, knowsTags, needsOf, plainInputs } from './evaluator.ts';
import type { Rank } from './item-order.ts';
import type { Kit, WiredRule } from './surroundings.ts';
import type { TagSlots } from './tag-key.ts';

type NodeOf<K extends Node['kind']> = Node & { readonly kind: K };

/** A plain value, computed once from other plain values. */
export function exprRule(node: NodeOf<'expr'>, { site, around }: Kit): WiredRule {
  const plain = plainInputs(needsOf([node.value]).nodes, 0);
  const own = evaluator([], around);
  let entry: Entry | undefined;
  return {
    reads: plain.nodes,
    start() {
      entry = site.add({ tags: [], isCertain: true, from: plain.entries });
      site.wake();
    },
    changed(slot, changed) {
      plain.changed(slot, changed);
    },
    settle() {
      const state = plain.state();
      if (entry === undefined || entry.state !== 'waiting' || state === undefined) return false;
      const value = state === 'ready' ? own.attempt([], () => own.value(node.value, [], null)) : state;
      if (isLoss(value)) site.lose(entry, value);
      else site.present(entry, value);
      return false;
    },
  };
}

/** `select`, `.x`, `tag`, `untag`: item by item. New tags that need no value are known as early as the item is. */
export function mapRule(node: NodeOf<'map'>, { site, around }: Kit): WiredRule {
  const from = around.node(node.from);
  const slots = node.tags.map((tag) => slotPlan(tag, node, from));
  const needs = needsOf([node.value, ...node.set.map((one) => one.value)]);
  const plain = plainInputs(needs.nodes, 1);
  const own = evaluator(from.tags, around);
  const sameTags =
    slots.length === from.tags.length && slots.every((slot, i) => slot.kind === 'copy' && slot.position === i);
  const distinct = sameTags
    ? undefined
    : distinctTags(node, around, node.drop.length > 0 ? untagHelp(node.drop) : tagHelp);
  const mine: (Entry | undefined)[] = [];
  let held: Entry[] = [];

  /** `undefined` in a slot whose value is not known yet. */
  function tagsOf(tags: TagSlots, item: Value | undefined): TagSlots {
    if (sameTags) return tags;
    return slots.map((slot) => {
      if (slot.kind === 'copy') return tags[slot.position];
      const isKnown =
        item !== undefined || (!slot.needs.item && (slot.needs.nodes.length === 0 || plain.state() === 'ready'));
      if (!isKnown || !knowsTags(slot.needs, tags, from.tags)) return undefined;
      const value = own.value(slot.value, tags, item ?? null);
      return typeof value === 'number' ? value + 0 : typeof value === 'object' ? undefined : value;
    });
  }

  function add(entry: Entry): void {
    const tags = own.attempt(entry.tags, () => tagsOf(entry.tags, undefined));
    if (isLoss(tags)) {
      mine[entry.index] = site.open({ tags: node.tags.map(() => undefined), isCertain: false, from: entry });
      site.lose(mine[entry.index] ?? entry, tags);
      return;
    }
    const isOpen = entry.isOpen || tags.includes(undefined);
    if (!isOpen && distinct !== undefined && !distinct.isNew(tags)) return;
    const added = { tags, isCertain: entry.isCertain, rank: entry.rank, from: entry };
    mine[entry.index] = isOpen ? site.open(added) : site.add(added);
  }

  function finish(entry: Entry, target: Entry): void {
    const state = plain.state();
    if (state === undefined) {
      held.push(entry);
      return;
    }
    if (isLoss(state)) {
      site.lose(target, state);
      return;
    }
    const item = entry.value ?? null;
    const made = own.attempt(entry.tags, () => ({
      tags: target.isOpen ? tagsOf(entry.tags, item) : target.tags,
      value: node.value === undefined ? item : own.value(node.value, entry.tags, item),
    }));
    if (isLoss(made)) {
      site.lose(target, made);
      return;
    }
    target.rank = entry.rank;
    if (!target.isOpen) {
      site.present(target, made.value);
      return;
    }
    if (distinct === undefined || distinct.isNew(made.tags)) {
      site.present(site.add({ tags: made.tags, isCertain: true, rank: entry.rank, from: entry }), made.value);
    }
    site.gone(target);
  }

  return {
    reads: [node.from, ...plain.nodes],
    start() {},
    changed(slot, entry, change) {
      if (plain.changed(slot, entry)) {
        site.wake();
        return;
      }
      if (change === 'added') {
        add(entry);
        return;
      }
      const target = mine[entry.index];
      if (target === undefined || target.state !== 'waiting') return;
      follow(site, entry, { target, change, present: () => finish(entry, target) });
    },
    settle() {
      if (held.length === 0 || plain.state() === undefined) return false;
      const entries = held;
      held = [];
      for (const entry of entries) {
        const target = mine[entry.index];
        if (target !== undefined) finish(entry, target);
      }
      return false;
    },
  };
}

/** What a change of the one item above means for the item below. */
export function follow(
  site: Kit['site'],
  entry: Entry,
  step: { readonly target: Entry; readonly change: Change; readonly present: () => void },
): void {
  if (step.change === 'certain') site.makeCertain(step.target);
  else if (entry.state === 'present') step.present();
  else if (entry.state === 'gone') site.gone(step.target);
  else if (entry.state !== 'waiting') site.lose(step.target, lossOf(entry));
}

type SlotPlan =
  | { readonly kind: 'copy'; readonly position: number }
  | { readonly kind: 'set'; readonly value: Expr; readonly needs: ReturnType<typeof needsOf> };

function slotPlan(tag: TagType, node: NodeOf<'map'>, from: Node): SlotPlan {
  const set = node.set.find((one) => one.name === tag.name);
  if (set !== undefined) return { kind: 'set', value: set.value, needs: needsOf([set.value]) };
  return { kind: 'copy', position: from.tags.findIndex((one) => one.name === tag.name) };
}

const tagHelp = 'A replaced tag must still tell the items apart. Keep the old one beside it, under another name.';
const untagHelp = (drop: readonly string[]): string =>
  `Without ${drop.map((name) => `\`${name}\``).join(', ')} these items are the same. Take one of each with \`first(…, by: (…))\`, or group them.`;

/** Keeps the items for which the test holds. What tags alone decide is decided before the items are made. */
export function filterRule(node: NodeOf<'filter'>, { site, around }: Kit): WiredRule {
  const from = around.node(node.from);
  const needs = needsOf([node.test]);
  const plain = plainInputs(needs.nodes, 1);
  const own = evaluator(from.tags, around);
  const mine: (Entry | undefined)[] = [];
  let held: Entry[] = [];
  const counts = { seen: 0, waiting: 0, kept: 0, lost: 0 };
  let isSaid = false;

  const test = (entry: Entry) =>
    own.attempt(entry.tags, () => own.value(node.test, entry.tags, entry.value ?? null) === true);

  function add(entry: Entry): void {
    const shown = { tags: entry.tags, rank: entry.rank, from: entry };
    if (entry.isOpen) {
      counts.waiting += 1;
      mine[entry.index] = site.open({ ...shown, isCertain: false });
      return;
    }
    counts.seen += 1;
    if (needs.item || plain.state() !== 'ready') {
      counts.waiting += 1;
      mine[entry.index] = site.add({ ...shown, isCertain: false });
      if (!needs.item) held.push(entry);
      return;
    }
    const holds = test(entry);
    if (holds === false) return;
    counts.waiting += 1;
    const target = site.add({ ...shown, isCertain: entry.isCertain });
    mine[entry.index] = target;
    if (isLoss(holds)) end(target, 'lost', () => site.lose(target, holds));
  }

  function end(target: Entry, how: 'kept' | 'lost' | 'gone', act: () => void): void {
    if (target.state !== 'waiting') return;
    counts.waiting -= 1;
    if (how !== 'gone') counts[how] += 1;
    act();
  }

  /** With all that the test needs; for tests on tags this may be before the item is there. */
  function decide(entry: Entry, target: Entry): void {
    const state = plain.state();
    if (state === undefined) {
      held.push(entry);
      return;
    }
    const holds = isLoss(state) ? state : test(entry);
    target.rank = entry.rank;
    if (isLoss(holds)) end(target, 'lost', () => site.lose(target, holds));
    else if (!holds) end(target, 'gone', () => site.gone(target));
    else if (entry.state === 'present') end(target, 'kept', () => site.present(target, entry.value ?? null));
    else if (entry.isCertain) site.makeCertain(target);
  }

  return {
    reads: [node.from, ...plain.nodes],
    start() {},
    changed(slot, entry, change) {
      if (plain.changed(slot, entry)) {
        site.wake();
        return;
      }
      if (change === 'added') {
        add(entry);
        return;
      }
      const target = mine[entry.index];
      if (target === undefined || target.state !== 'waiting') return;
      if (change === 'certain') {
        if (!needs.item && plain.state() === 'ready') site.makeCertain(target);
      } else if (entry.state === 'present') {
        decide(entry, target);
      } else if (entry.state === 'gone') {
        end(target, 'gone', () => site.gone(target));
      } else if (entry.state !== 'waiting') {
        end(target, 'lost', () => site.lose(target, lossOf(entry)));
      }
    },
    settle() {
      if (held.length > 0 && plain.state() !== undefined) {
        const entries = held;
        held = [];
        for (const entry of entries) {
          const target = mine[entry.index];
          if (target !== undefined && target.state === 'waiting') decide(entry, target);
        }
      }
      if (!isSaid && counts.waiting === 0 && counts.kept === 0 && counts.lost === 0 && counts.seen > 0) {
        isSaid = true;
        around.note(`\`${oneLine(node)}\` left nothing of ${counts.seen === 1 ? 'one item' : `${counts.seen} items`}`);
      }
      return false;
    },
  };
}

function oneLine(node: Node): string {
  const text = node.span.source.text.slice(node.span.start, node.span.end).replace(/\s+/g, ' ').trim();
  return text.length > 80 ? `${text.slice(0, 79)}…` : text || node.name;
}

/** `order by`: the items stay as they are and take a place. */
export function sortRule(node: NodeOf<'sort'>, { site, around }: Kit): WiredRule {
  const from = around.node(node.from);
  const needs = needsOf(node.by.map((one) => one.value));
  const plain = plainInputs(needs.nodes, 1);
  const own = evaluator(from.tags, around);
  const descending = node.by.map((one) => one.descending);
  const mine: (Entry | undefined)[] = [];
  let held: Entry[] = [];

  const rankOf = (entry: Entry): Rank | Loss =>
    own.attempt(entry.tags, () => ({
      values: node.by.map((one) => own.value(one.value, entry.tags, entry.value ?? null)),
      descending,
      then: entry.rank,
    }));

  function add(entry: Entry): Entry {
    const shown = { tags: entry.tags, isCertain: entry.isCertain, from: entry };
    if (entry.isOpen) return site.open(shown);
    const target = site.add(shown);
    // An order by tags is known as early as the items are, and so is what `first` and `window` make of it.
    if (!needs.item && plain.state() === 'ready') {
      const rank = rankOf(entry);
      if (isLoss(rank)) site.lose(target, rank);
      else target.rank = rank;
    }
    return target;
  }

  function finish(entry: Entry, target: Entry): void {
    const state = plain.state();
    if (state === undefined) {
      held.push(entry);
      return;
    }
    const rank = isLoss(state) ? state : rankOf(entry);
    if (isLoss(rank)) {
      site.lose(target, rank);
      return;
    }
    target.rank = rank;
    site.present(target, entry.value ?? null);
  }

  return {
    reads: [node.from, ...plain.nodes],
    start() {},
    changed(slot, entry, change) {
      if (plain.changed(slot, entry)) {
        site.wake();
        return;
      }
      if (change === 'added') {
        mine[entry.index] = add(entry);
        return;
      }
      const target = mine[entry.index];
      if (target === undefined || target.state !== 'waiting') return;
      follow(site, entry, { target, change, present: () => finish(entry, target) });
    },
    settle() {
      if (held.length === 0 || plain.state() === undefined) return false;
      const entries = held;
      held = [];
      for (const entry of entries) {
        const target = mine[entry.index];
        if (target !== undefined) finish(entry, target);
      }
      return false;
    },
  };
}
