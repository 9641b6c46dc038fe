import type { Node } from '../../parser/index.ts';
import { distinctTags } from './distinct-tags.ts';
import { type Entry, lossOf } from './entry.ts';
import { follow } from './item-rules.ts';
import type { Kit, WiredRule } from './surroundings.ts';
import type { TagSlots } from './tag-key.ts';

type NodeOf<K extends Node['kind']> = Node & { readonly kind: K };

/** One output of a call, or all of them: an item per task. A `many` output is open until its task has ended. */
export function outputRule(node: NodeOf<'output'>, kit: Kit): WiredRule {
  const call = kit.around.node(node.call);
  const declared =
    call.kind === 'call' && node.output !== undefined
      ? call.process.outputs.find((one) => one.name === node.output)
      : undefined;
  return declared?.many === undefined
    ? oneRule(node, kit)
    : manyRule(node, { ...kit, name: declared.name, min: declared.many.min });
}

function oneRule(node: NodeOf<'output'>, { site, around }: Kit): WiredRule {
  const call = around.call(node.call);
  const mine: (Entry | undefined)[] = [];
  return {
    reads: [node.call],
    start() {},
    changed(_, entry, change) {
      if (change === 'added') {
        const shown = { tags: entry.tags, isCertain: entry.isCertain, rank: entry.rank, from: entry };
        mine[entry.index] = entry.isOpen ? site.open(shown) : site.add(shown);
        return;
      }
      const target = mine[entry.index];
      if (target === undefined || target.state !== 'waiting') return;
      follow(site, entry, { target, change, present: () => site.present(target, call.output(entry, node.output)) });
    },
    settle: () => false,
  };
}

function manyRule(
  node: NodeOf<'output'>,
  { site, around, name, min }: Kit & { readonly name: string; readonly min: number },
): WiredRule {
  const of = around.node(node.call);
  const call = around.call(node.call);
  const places = node.tags.map((tag) => of.tags.findIndex((one) => one.name === tag.name));
  const distinct = distinctTags(
    node,
    around,
    'Name a part of the output path that tells the files apart, as in `"tiles/{row:Int}_{col:Int}.tif"`.',
  );
  const mine: (Entry | undefined)[] = [];

  function expand(entry: Entry, target: Entry): void {
    for (const item of call.items(entry, name)) {
      const tags: TagSlots = node.tags.map((tag, i) => {
        const place = places[i] ?? -1;
        const value = place >= 0 ? entry.tags[place] : item.tags[tag.name];
        if (value === undefined) throw new Error(`an item of \`${node.name}\` came without its tag \`${tag.name}\``);
        return typeof value === 'number' ? value + 0 : value;
      });
      if (!distinct.isNew(tags)) continue;
      site.present(site.add({ tags, isCertain: true, rank: entry.rank, from: entry }), item.value);
    }
    site.gone(target);
  }

  return {
    reads: [node.call],
    start() {},
    changed(_, entry, change) {
      if (change === 'added') {
        const tags = places.map((place) => (place >= 0 ? entry.tags[place] : undefined));
        mine[entry.index] = site.open({ tags, isCertain: entry.isCertain && min > 0, rank: entry.rank, from: entry });
        return;
      }
      const target = mine[entry.index];
      if (target === undefined || target.state !== 'waiting') return;
      if (change === 'certain' && min === 0) return;
      // An open entry of the call stands for tasks, each of which opens an entry of its own here.
      follow(site, entry, { target, change, present: () => expand(entry, target) });
    },
    settle: () => false,
  };
}

/** `p.failed`: one item per quarantined task. */
export function failedRule(node: NodeOf<'failed'>, { site, around }: Kit): WiredRule {
  const call = around.call(node.call);
  const mine: (Entry | undefined)[] = [];
  return {
    reads: [node.call],
    start() {},
    changed(_, entry, change) {
      if (change === 'added') {
        const shown = { tags: entry.tags, isCertain: false, rank: entry.rank, from: entry };
        mine[entry.index] = entry.isOpen ? site.open(shown) : site.add(shown);
        return;
      }
      const target = mine[entry.index];
      if (target === undefined || target.state !== 'waiting' || change !== 'settled') return;
      const failure = call.failure(entry);
      if (failure !== undefined) site.present(target, failure);
      // A task that was never run has not failed here; what it lacked failed elsewhere, and so whether it would have is unknown.
      else if (entry.state === 'failed') site.lose(target, lossOf(entry));
      else site.gone(target);
    },
    settle: () => false,
  };
}

/** `a ++ b`. Both orders give way to the order of the tags. */
export function unionRule(node: NodeOf<'union'>, { site, around }: Kit): WiredRule {
  const sides = [node.left, node.right].map((id) => {
    const { tags } = around.node(id);
    return {
      places: node.tags.map((tag) => tags.findIndex((one) => one.name === tag.name)),
      mine: [] as (Entry | undefined)[],
    };
  });
  const distinct = distinctTags(
    node,
    around,
    'Give the two sides a tag that tells them apart, as in `a tag { side: "left" } ++ b tag { side: "right" }`.',
  );
  return {
    reads: [node.left, node.right],
    start() {},
    changed(slot, entry, change) {
      const side = sides[slot];
      if (side === undefined) return;
      if (change === 'added') {
        const shown = { tags: side.places.map((place) => entry.tags[place]), isCertain: entry.isCertain, from: entry };
        if (entry.isOpen) side.mine[entry.index] = site.open(shown);
        else if (distinct.isNew(shown.tags)) side.mine[entry.index] = site.add(shown);
        return;
      }
      const target = side.mine[entry.index];
      if (target === undefined || target.state !== 'waiting') return;
      follow(site, entry, { target, change, present: () => site.present(target, entry.value ?? null) });
    },
    settle: () => false,
  };
}

/** `if c then a else b` over datasets: open until `c` is known, then the one that was chosen. */
export function chooseRule(node: NodeOf<'choose'>, { site, around }: Kit): WiredRule {
  const branches = [node.then, node.else].map((id) => {
    const { tags } = around.node(id);
    return { places: node.tags.map((tag) => tags.findIndex((one) => one.name === tag.name)), seen: [] as Entry[] };
  });
  const mine = new Map<Entry, Entry>();
  let chosen: number | undefined;
  let test: Entry | undefined;
  let pending: Entry | undefined;

  function add(branch: (typeof branches)[number], entry: Entry): void {
    const shown = {
      tags: branch.places.map((place) => entry.tags[place]),
      isCertain: entry.isCertain,
      rank: entry.rank,
      from: entry,
    };
    const target = entry.isOpen ? site.open(shown) : site.add(shown);
    mine.set(entry, target);
    if (entry.state !== 'waiting') update(entry, 'settled');
  }

  function update(entry: Entry, change: 'certain' | 'settled'): void {
    const target = mine.get(entry);
    if (target === undefined || target.state !== 'waiting') return;
    follow(site, entry, { target, change, present: () => site.present(target, entry.value ?? null) });
  }

  return {
    reads: [node.test, node.then, node.else],
    start() {
      // A plain value is one item whichever branch it comes from.
      pending = site.open({ tags: node.tags.map(() => undefined), isCertain: node.plain });
      site.wake();
    },
    changed(slot, entry, change) {
      if (slot === 0) {
        if (!entry.isOpen) test = entry;
        else if (test === undefined && entry.state !== 'waiting') test = entry;
        return;
      }
      const branch = branches[slot - 1];
      if (branch === undefined) return;
      if (chosen === undefined) {
        if (change === 'added') branch.seen.push(entry);
      } else if (chosen === slot - 1) {
        if (change === 'added') add(branch, entry);
        else update(entry, change);
      }
    },
    settle() {
      if (chosen !== undefined || pending === undefined || test === undefined || test.state === 'waiting') return false;
      if (test.state !== 'present') {
        chosen = -1;
        site.lose(
          pending,
          test.state === 'gone' ? { state: 'failed', because: 'its condition does not exist' } : lossOf(test),
        );
        return false;
      }
      chosen = test.value === true ? 0 : 1;
      const branch = branches[chosen];
      for (const entry of branch?.seen ?? []) if (branch !== undefined) add(branch, entry);
      for (const one of branches) one.seen = [];
      site.gone(pending);
      return false;
    },
  };
}
