import type { Node, TagType } from '../../parser/index.ts';
import { isRecord, type TagValue, type Value } from '../ports/value.ts';
import { type Change, type Entry, lossOf } from './entry.ts';
import { tagOrder } from './item-order.ts';
import { lossAmong } from './open-index.ts';
import { type Partition, partitions } from './partitions.ts';
import { planErrors, someItems } from './plan-errors.ts';
import type { Kit, WiredRule } from './surroundings.ts';
import { positionsOf, type TagSlots, tagsText } from './tag-key.ts';

type NodeOf<K extends Node['kind']> = Node & { readonly kind: K };

/** `join`: a record per items that agree on the tags in `on`. */
export function joinRule(node: NodeOf<'join'>, kit: Kit): WiredRule {
  return combineRule(node, {
    ...kit,
    parts: node.fields.map((field) => field.node),
    on: node.on,
    missing: node.missing,
    value: (values) => ({
      kind: 'record',
      fields: Object.fromEntries(node.fields.map((field, i) => [field.name, values[i] ?? null])),
    }),
    fieldName: (i) => node.fields[i]?.name ?? '',
  });
}

/** `cross`: every pair, as one record of both. */
export function crossRule(node: NodeOf<'cross'>, kit: Kit): WiredRule {
  const names = [node.fields?.left, node.fields?.right];
  return combineRule(node, {
    ...kit,
    parts: [node.left, node.right],
    on: [],
    // An empty side leaves no pair, and nothing is missing.
    missing: 'drop',
    value: (values) => {
      const fields: Record<string, Value> = {};
      for (const [i, value] of values.entries()) {
        const name = names[i];
        if (name !== undefined) fields[name] = value;
        else if (value !== null && isRecord(value)) Object.assign(fields, value.fields);
      }
      return { kind: 'record', fields };
    },
    fieldName: (i) => names[i] ?? '',
  });
}

interface Combining extends Kit {
  readonly parts: readonly number[];
  readonly on: readonly string[];
  readonly missing: 'error' | 'drop' | 'null';
  readonly value: (values: readonly Value[]) => Value;
  readonly fieldName: (part: number) => string;
}

interface Side {
  readonly tags: readonly TagType[];
  readonly name: string;
  readonly members: ReturnType<typeof partitions>;
  /** Own entries that an item of this side is part of. */
  readonly own: (Entry[] | undefined)[];
  readonly opened: Map<Entry, Entry>;
  readonly settledKeys: Map<TagValue, Partition>;
}

function combineRule(node: Node, { site, around, parts, on, missing, value, fieldName }: Combining): WiredRule {
  const sides = parts.map((id): Side => {
    const of = around.node(id);
    const members = partitions(positionsOf(on, of.tags));
    return { tags: of.tags, name: of.name, members, own: [], opened: new Map(), settledKeys: new Map() };
  });
  const places = node.tags.map((tag) => ({
    side: sides.findIndex((side) => side.tags.some((one) => one.name === tag.name)),
    ofSide: sides.map((side) => side.tags.findIndex((one) => one.name === tag.name)),
  }));
  const partsOf = new Map<Entry, readonly (Entry | undefined)[]>();

  /** From the first part that is there and has the tag. */
  const tagsOf = (entries: readonly (Entry | undefined)[]): TagSlots =>
    places.map(({ ofSide }) => {
      for (const [i, entry] of entries.entries()) {
        const known = entry?.tags[ofSide[i] ?? -1];
        if (known !== undefined) return known;
      }
      return undefined;
    });

  function combine(entries: readonly (Entry | undefined)[]): void {
    const there = entries.filter((entry) => entry !== undefined);
    const own = site.add({ tags: tagsOf(entries), isCertain: there.every((entry) => entry.isCertain), from: there });
    partsOf.set(own, entries);
    for (const [i, entry] of entries.entries()) {
      const side = sides[i];
      if (entry === undefined || side === undefined) continue;
      const known = side.own[entry.index];
      if (known === undefined) side.own[entry.index] = [own];
      else known.push(own);
    }
    review(own);
  }

  function review(own: Entry): void {
    const entries = partsOf.get(own);
    if (own.state !== 'waiting' || entries === undefined) return;
    if (entries.some((entry) => entry?.state === 'gone')) {
      partsOf.delete(own);
      site.gone(own);
      return;
    }
    const there = entries.filter((entry) => entry !== undefined);
    if (there.every((entry) => entry.isCertain)) site.makeCertain(own);
    if (there.some((entry) => entry.state === 'waiting')) return;
    partsOf.delete(own);
    const loss = lossAmong(there);
    if (loss === undefined) {
      site.present(own, value(entries.map((entry) => entry?.value ?? null)));
    } else {
      if (loss.state === 'aside') sayAside(own, loss.because);
      site.lose(own, loss);
    }
    own.from = undefined;
  }

  function sayAside(own: Entry, because: string): void {
    around.note(`\`${node.name}\` (${tagsText(own.tags, node.tags)}) is set aside with ${because}`);
  }

  function added(at: number, entry: Entry): void {
    const side = sides[at];
    const partition = side?.members.changed(entry, 'added');
    if (side === undefined) return;
    if (entry.isOpen || partition === undefined) {
      const tags = tagsOf(sides.map((_, i) => (i === at ? entry : undefined)));
      side.opened.set(entry, site.open({ tags, isCertain: false, from: entry }));
      return;
    }
    const others = sides.map((other, i) => (i === at ? [entry] : other.members.ensure(partition.slots).members));
    product(others, (entries) => combine(entries));
  }

  function settled(at: number, entry: Entry): void {
    const side = sides[at];
    if (side === undefined) return;
    const target = side.opened.get(entry);
    side.opened.delete(entry);
    if (target !== undefined) {
      if (entry.state === 'gone') site.gone(target);
      else site.lose(target, lossOf(entry));
    }
    reviewAll(side, entry);
  }

  function reviewAll(side: Side, entry: Entry): void {
    for (const own of side.own[entry.index] ?? []) review(own);
    if (entry.state !== 'waiting') side.own[entry.index] = undefined;
  }

  /** Keys for which all sides are decided: who has no partner there. */
  function match(key: TagValue, missingFrom: Map<number, Lonely[]>): void {
    const here = sides.map((side) => side.settledKeys.get(key));
    const groups = here.map((partition) => (partition?.members ?? []).filter((entry) => entry.state !== 'gone'));
    for (const side of sides) side.settledKeys.delete(key);
    const empty = groups.flatMap((group, i) => (group.length === 0 ? [i] : []));
    if (empty.length === 0 || empty.length === groups.length || missing === 'drop') return;
    // Partners that were lost before it was known which they are: what they would have served goes with them.
    const losses = empty.flatMap((i) => {
      const partition = here[i];
      return partition === undefined ? [] : (sides[i]?.members.losses(partition) ?? []);
    });
    const loss = lossAmong(losses);
    const note = (entries: readonly (Entry | undefined)[]): void => {
      const lonely = entries.flatMap((entry, side) => (entry === undefined ? [] : [{ entry, side }]));
      for (const i of empty) {
        const known = missingFrom.get(i);
        if (known === undefined) missingFrom.set(i, lonely);
        else known.push(...lonely);
      }
    };
    const choices = groups.map((group) => (group.length === 0 ? [undefined] : group));
    if (loss === undefined && missing === 'null') {
      let left = 0;
      product(choices, (entries) => {
        // Without its item, a side gives no tags of its own, and a tag is never absent.
        if (tagsOf(entries).includes(undefined)) left += 1;
        else combine(entries);
      });
      if (left > 0) sayLeft(groups, empty, left);
      return;
    }
    const reason = loss ?? {
      state: 'failed' as const,
      because: `it has no partner in \`${fieldName(empty[0] ?? 0)}\``,
    };
    product(choices, (entries) => {
      const tags = tagsOf(entries);
      const isCertain = entries.every((entry) => entry === undefined || entry.isCertain);
      const target = tags.includes(undefined) ? site.open({ tags, isCertain }) : site.add({ tags, isCertain });
      if (loss === undefined) note(entries);
      if (reason.state === 'aside') sayAside(target, reason.because);
      site.lose(target, reason);
    });
  }

  function sayLeft(groups: readonly (readonly Entry[])[], empty: readonly number[], count: number): void {
    const whose = sides.findIndex((_, i) => (groups[i]?.length ?? 0) > 0);
    const [entry] = [...(groups[whose] ?? [])].sort((a, b) => tagOrder(a.tags, b.tags));
    const items = count === 1 ? 'one item' : `${count} items`;
    const lacking = empty.map((i) => `\`${fieldName(i)}\``).join(', ');
    const where = entry === undefined ? '' : ` (${tagsText(entry.tags, sides[whose]?.tags ?? [])})`;
    around.note(
      `\`${node.name}\` leaves out ${items} of \`${sides[whose]?.name}\`${where}: there is no ${lacking} to give the other tags`,
    );
  }

  return {
    reads: parts,
    start() {},
    changed(slot, entry, change: Change) {
      if (change === 'added') {
        added(slot, entry);
        return;
      }
      const side = sides[slot];
      side?.members.changed(entry, change);
      if (change === 'settled') settled(slot, entry);
      else if (side !== undefined) reviewAll(side, entry);
    },
    settle() {
      const missingFrom = new Map<number, Lonely[]>();
      for (let more = true; more; ) {
        more = false;
        for (const side of sides) {
          for (const partition of side.members.take().decided) {
            more = true;
            side.settledKeys.set(partition.key, partition);
            for (const other of sides) other.members.ensure(partition.slots);
            if (sides.every((other) => other.settledKeys.has(partition.key))) match(partition.key, missingFrom);
          }
        }
      }
      for (const [i, entries] of missingFrom) report(i, entries);
      return false;
    },
  };

  function report(at: number, lonely: readonly Lonely[]): void {
    const entries = new Map(lonely.map((one) => [one.entry, one.side]));
    const texts = [...entries]
      .sort(([a], [b]) => tagOrder(a.tags, b.tags))
      .map(([entry, side]) => tagsText(entry.tags, sides[side]?.tags ?? []));
    const others = [...new Set(entries.values())].sort().map((side) => sides[side]?.name ?? '');
    around.problem(
      planErrors.joinMissing(node.span, {
        field: fieldName(at),
        others: others.join('` and `'),
        on,
        missing: someItems(texts),
      }),
    );
  }
}

/** An item that lacks its partner. */
interface Lonely {
  readonly entry: Entry;
  readonly side: number;
}

type Choice = Entry | undefined;

function product(choices: readonly (readonly Choice[])[], each: (entries: readonly Choice[]) => void): void {
  const chosen: Choice[] = [];
  const fill = (at: number): void => {
    if (at === choices.length) {
      each([...chosen]);
      return;
    }
    for (const choice of choices[at] ?? []) {
      if (choice?.state === 'gone') continue;
      chosen[at] = choice;
      fill(at + 1);
    }
  };
  fill(0);
}
