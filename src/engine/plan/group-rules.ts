import type { Node } from '../../parser/index.ts';
import { unreachable } from '../../util/unreachable.ts';
import { type FileValue, isFile, isRecord, type Tags, type Value } from '../ports/value.ts';
import type { Entry } from './entry.ts';
import { evaluator, isLoss, needsOf, plainInputs } from './evaluator.ts';
import { itemOrder, type Rank, rankOrder, tagOrder } from './item-order.ts';
import { lossAmong } from './open-index.ts';
import { type Partition, partitions, presentMembers, release } from './partitions.ts';
import { planErrors, someItems } from './plan-errors.ts';
import type { Kit, Surroundings, WiredRule } from './surroundings.ts';
import { positionsOf, type TagSlots, tagsRecord, tagsText } from './tag-key.ts';

type NodeOf<K extends Node['kind']> = Node & { readonly kind: K };

/**
 * `group by`: a list per distinct tags, ready when nothing that could join it is outstanding. With `over`, the groups are those
 * of the other dataset, empty ones included.
 */
export function groupRule(node: NodeOf<'group'>, { site, around }: Kit): WiredRule {
  const from = around.node(node.from);
  const base = node.over === undefined ? undefined : around.node(node.over);
  const members = partitions(positionsOf(node.by, from.tags));
  const bases = base && partitions(positionsOf(node.by, base.tags));
  const needs = needsOf(node.order.map((one) => one.value));
  const plain = plainInputs(needs.nodes, base === undefined ? 1 : 2);
  const own = evaluator(from.tags, around);
  const descending = node.order.map((one) => one.descending);
  // What a group's own tags are taken from: a member, or with `over` the item it stands for.
  const model = base ?? from;
  const places = node.tags.map((tag) => model.tags.findIndex((one) => one.name === tag.name));
  const keptPlaces = positionsOf(node.keep, from.tags);
  // The groups stand for the items of another dataset, which does not have the tags to keep: only members can tell them.
  const isKeptLater = base !== undefined && places.includes(-1);
  const opened = new Map<Entry, Entry>();
  const basesSettled = new Set<Partition>();
  const membersSettled = new Map<Partition['key'], Partition>();
  let held: Partition[] = [];

  /** News of an item that makes its group exist. */
  function follow(entry: Entry, change: 'added' | 'certain' | 'settled', side: typeof members): void {
    const partition = side.changed(entry, change);
    if (change === 'added') {
      const tags: TagSlots = places.map((place) => entry.tags[place]);
      if (isKeptLater && partition !== undefined) {
        partition.own ??= site.open({ tags, isCertain: entry.isCertain, from: partition.sources });
        if (entry.isCertain) site.makeCertain(partition.own);
        return;
      }
      if (partition === undefined || (partition.own === undefined && tags.includes(undefined))) {
        opened.set(entry, site.open({ tags, isCertain: false, from: entry }));
        return;
      }
      partition.own ??= site.add({ tags, isCertain: entry.isCertain, from: partition.sources });
      if (entry.isCertain) site.makeCertain(partition.own);
      return;
    }
    const target = opened.get(entry);
    if (target !== undefined && change === 'settled') {
      opened.delete(entry);
      if (entry.state === 'failed' || entry.state === 'aside')
        site.lose(target, { state: entry.state, because: entry.because ?? '' });
      else site.gone(target);
    }
    const isThere = change === 'certain' || entry.state === 'present';
    if (partition?.own !== undefined && isThere && (change === 'settled' || entry.isCertain))
      site.makeCertain(partition.own);
  }

  function finish(partition: Partition): void {
    const target = partition.own;
    if (target === undefined || target.state !== 'waiting') return;
    const alive = presentMembers(partition);
    const losses = members.losses(partition);
    const loss = lossAmong(losses);
    if (loss !== undefined && (loss.state === 'failed' || (alive.length === 0 && base === undefined))) {
      site.lose(target, loss);
      return;
    }
    if (alive.length === 0 && base === undefined) {
      site.gone(target);
      return;
    }
    const sorted = order(alive);
    const differs = sorted === undefined ? undefined : unequalKept(sorted);
    if (sorted === undefined || differs !== undefined) {
      site.lose(target, { state: 'failed', because: differs ?? 'its order could not be computed' });
      return;
    }
    sayLosses(node, around, { losses, group: tagsText(target.tags, node.tags) });
    const value = sorted.map((entry) => element(entry, { around, types: from.tags }));
    if (target.isOpen) keepLater(target, { value, first: sorted[0] });
    else site.present(target, value);
    release(partition);
  }

  function keepLater(target: Entry, group: { readonly value: Value; readonly first: Entry | undefined }): void {
    const { first, value } = group;
    if (first === undefined) {
      const empty = { dataset: node.name, group: tagsText(target.tags, node.tags), tags: node.keep };
      around.problem(planErrors.keepOfNothing(node.span, empty));
      site.lose(target, { state: 'failed', because: 'it is empty, so there is nothing to keep' });
      return;
    }
    const tags = node.tags.map(
      (tag, i) => target.tags[i] ?? first.tags[from.tags.findIndex((one) => one.name === tag.name)],
    );
    site.present(site.add({ tags, isCertain: true }), value);
    site.gone(target);
  }

  function order(entries: Entry[]): Entry[] | undefined {
    if (node.order.length === 0) return entries;
    const ranked: { readonly entry: Entry; readonly rank: Rank }[] = [];
    for (const entry of entries) {
      const rank = own.attempt(
        entry.tags,
        (): Rank => ({
          values: node.order.map((one) => own.value(one.value, entry.tags, entry.value ?? null)),
          descending,
          then: undefined,
        }),
      );
      if (isLoss(rank)) return undefined;
      ranked.push({ entry, rank });
    }
    ranked.sort((a, b) => rankOrder(a.rank, b.rank) || itemOrder(a.entry, b.entry));
    return ranked.map((one) => one.entry);
  }

  function unequalKept(entries: readonly Entry[]): string | undefined {
    const [first] = entries;
    for (const [i, place] of keptPlaces.entries()) {
      const other = entries.find((entry) => entry.tags[place] !== first?.tags[place]);
      if (other === undefined || first === undefined) continue;
      const tag = node.keep[i] ?? '';
      const values = [first, other].map((entry) => `${tag}=${entry.tags[place]}`);
      const group = node.by
        .map((name) => `${name}=${first.tags[from.tags.findIndex((one) => one.name === name)]}`)
        .join(', ');
      around.problem(
        planErrors.keepDiffers(node.span, {
          dataset: from.name,
          group,
          tag,
          first: values[0] ?? '',
          second: values[1] ?? '',
        }),
      );
      return `\`${tag}\` differs within it`;
    }
    return undefined;
  }

  /** With `over`: a group is finished when both its base and its members are settled. */
  function settleOver(over: NonNullable<typeof bases>): readonly Partition[] {
    const outside: Entry[] = [];
    const ready: Partition[] = [];
    for (;;) {
      const memberNews = members.take().settled;
      const baseNews = over.take().settled;
      if (memberNews.length === 0 && baseNews.length === 0) break;
      for (const partition of memberNews) over.ensure(partition.slots);
      for (const partition of baseNews) {
        basesSettled.add(partition);
        members.ensure(partition.slots);
      }
      for (const partition of memberNews) membersSettled.set(partition.key, partition);
      for (const partition of [...memberNews.map((one) => over.ensure(one.slots)), ...baseNews]) {
        const itsMembers = membersSettled.get(partition.key);
        if (itsMembers === undefined || !basesSettled.has(partition)) continue;
        membersSettled.delete(partition.key);
        const loss = lossAmong(over.losses(partition));
        if (partition.members.some((entry) => entry.state === 'present')) {
          itsMembers.own = partition.own;
          ready.push(itsMembers);
        } else if (partition.own !== undefined && partition.own.state === 'waiting') {
          if (loss === undefined) site.gone(partition.own);
          else site.lose(partition.own, loss);
        }
        if (loss === undefined && !partition.members.some((entry) => entry.state === 'present')) {
          outside.push(...itsMembers.members.filter((entry) => entry.state !== 'gone'));
        }
      }
    }
    if (outside.length > 0 && base !== undefined) {
      const texts = outside.sort((a, b) => tagOrder(a.tags, b.tags)).map((entry) => tagsText(entry.tags, from.tags));
      around.problem(
        planErrors.outsideBase(node.span, { dataset: from.name, base: base.name, items: someItems(texts) }),
      );
    }
    return ready;
  }
  return {
    reads: [node.from, ...(node.over === undefined ? [] : [node.over]), ...plain.nodes],
    start() {},
    changed(slot, entry, change) {
      if (plain.changed(slot, entry)) {
        site.wake();
        return;
      }
      if (bases === undefined) {
        follow(entry, change, members);
      } else if (slot === 1) {
        follow(entry, change, bases);
      } else {
        members.changed(entry, change);
      }
    },
    settle() {
      held.push(...(bases === undefined ? members.take().settled : settleOver(bases)));
      const state = plain.state();
      if (state === undefined) return false;
      const ready = held;
      held = [];
      for (const partition of ready) {
        if (!isLoss(state)) finish(partition);
        else if (partition.own?.state === 'waiting') site.lose(partition.own, state);
      }
      return false;
    },
  };
}

/** `collect` and `count`: one item, when all items are there. */
export function wholeRule(node: NodeOf<'collect'> | NodeOf<'count'>, { site, around }: Kit): WiredRule {
  const from = around.node(node.from);
  const whole = partitions([]);
  return {
    reads: [node.from],
    start() {
      const partition = whole.ensure([]);
      partition.own = site.add({ tags: [], isCertain: true, from: partition.sources });
      site.wake();
    },
    changed(_, entry, change) {
      whole.changed(entry, change);
    },
    settle() {
      for (const partition of whole.take().settled) {
        const { own } = partition;
        if (own === undefined) continue;
        const losses = whole.losses(partition);
        const loss = lossAmong(losses);
        if (loss?.state === 'failed') {
          site.lose(own, loss);
          continue;
        }
        sayLosses(node, around, { losses, group: undefined });
        site.present(own, wholeOf(presentMembers(partition)));
        release(partition);
      }
      return false;
    },
  };

  function wholeOf(entries: readonly Entry[]): Value {
    switch (node.kind) {
      case 'count':
        return entries.length;
      case 'collect':
        return entries.map((entry) => element(entry, { around, types: from.tags }));
      default:
        return unreachable(node);
    }
  }
}

/** A group that goes on without a member says so. */
export function sayLosses(
  node: Node,
  around: Surroundings,
  of: { readonly losses: readonly Entry[]; readonly group: string | undefined },
): void {
  if (of.losses.length === 0) return;
  const reasons = [...new Set(of.losses.map((entry) => entry.because ?? ''))].sort();
  const listed = `${reasons.slice(0, 5).join(' · ')}${reasons.length > 5 ? ` · and ${reasons.length - 5} more` : ''}`;
  const group = of.group === undefined ? '' : ` (${of.group})`;
  const items = of.losses.length === 1 ? 'one item' : `${of.losses.length} items`;
  around.note(
    `\`${node.name}\`${group} goes on without ${items} that ${of.losses.length === 1 ? 'was' : 'were'} set aside: ${listed}`,
  );
}

/** A member's value as an element of a list; where some script may ask, its files know the tags they came in with. */
export function element(
  entry: Entry,
  { around, types }: { readonly around: Surroundings; readonly types: readonly { readonly name: string }[] },
): Value {
  const value = entry.value ?? null;
  if (!around.elementsCarryTags || value === null) return value;
  const tagged = (file: FileValue, tags: Tags): FileValue => {
    const copy = { ...file, tags };
    const task = around.madeBy.get(file);
    if (task !== undefined) around.madeBy.set(copy, task);
    return copy;
  };
  if (isFile(value)) return tagged(value, tagsRecord(entry.tags, types));
  if (!isRecord(value)) return value;
  const tags = tagsRecord(entry.tags, types);
  const fields = Object.entries(value.fields).map(([name, field]) => [
    name,
    field !== null && isFile(field) ? tagged(field, tags) : field,
  ]);
  return { kind: 'record', fields: Object.fromEntries(fields) };
}
