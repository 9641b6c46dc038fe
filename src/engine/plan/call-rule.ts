import type { CallNode, Node } from '../../parser/index.ts';
import { isFile, isList, isRecord, type RecordValue, type Value } from '../ports/value.ts';
import { type Entry, type Loss, lostEntry } from './entry.ts';
import { evaluate } from './evaluate.ts';
import { evaluator, isLoss } from './evaluator.ts';
import { tagOrder } from './item-order.ts';
import { misfit } from './misfit.ts';
import { lossAmong } from './open-index.ts';
import { partnerIndex } from './partner-index.ts';
import { planErrors, someItems } from './plan-errors.ts';
import { product } from './product.ts';
import { type Completion, type LoadedItem, waitsForLimit } from './step.ts';
import type { CallRule, Kit } from './surroundings.ts';
import { positionsOf, tagsRecord, tagsText, taskId } from './tag-key.ts';

/**
 * A process, mapped. The tasks are the product of the spine (the argument with all the tags) and of every `each`; each finds one
 * partner per other argument. A task is known as soon as the items of that product are certain, and ready when all its parts are there.
 */
export function callRule(node: Node & CallNode, { site, around }: Kit): CallRule {
  const { process, args } = node;
  const own = evaluator([], around);
  const types = args.map((arg) => around.node(arg.node).tags);
  const spineSlot = args.findIndex((arg) => arg.how === 'match' && arg.node === node.spine);
  const factors = args.flatMap((arg, slot) => (slot === spineSlot || arg.how === 'each' ? [slot] : []));
  const matched = args.flatMap((_, slot) => (factors.includes(slot) ? [] : [slot]));
  const combinations = product({
    slots: factors,
    tags: node.tags,
    types: factors.map((slot) => types[slot] ?? []),
    site,
    add: (parts) => combine(parts),
  });
  const partners = matched.map((slot) => {
    const arg = args[slot];
    const on = arg?.how === 'match' ? arg.on : [];
    return {
      slot,
      on,
      // With equal tags both sides must be complete; with fewer, an item may serve many or none.
      isComplete: spineSlot >= 0 && on.length > 0 && on.length === types[spineSlot]?.length,
      ofCall: positionsOf(on, node.tags),
      index: partnerIndex(positionsOf(on, types[slot] ?? [])),
    };
  });
  const byPartner = new Map<Entry, Entry[]>();
  // One that is here twice is looked at twice, which costs less than knowing it.
  let touched: Entry[] = [];
  let reviewed = 0;
  const failures = new Map<Entry, Value>();
  const many = new Map<Entry, Readonly<Record<string, readonly LoadedItem[]>>>();
  // What stands after `after`: nothing is released before all of it is done, which is only known in `settle`.
  const order = {
    isOpen: node.after.length === 0,
    waiting: 0,
    held: new Set<Entry>(),
    lost: [] as Entry[],
    entries: [] as Entry[],
  };
  let isServiceSaid = false;

  /** A new combination of spine and `each`: one task, once it is certain. */
  function combine(parts: readonly Entry[]): Entry {
    const entry = site.add({
      tags: combinations.tagsOf(parts),
      isCertain: parts.every((part) => part.isCertain),
      rank: spineSlot < 0 ? undefined : parts[0]?.rank,
      from: args.map((_, slot) => parts[factors.indexOf(slot)]),
    });
    for (const partner of partners) {
      const found = partner.index.find(entry, entry.tags, partner.ofCall);
      if (found !== undefined) attach(entry, partner.slot, found);
    }
    touched.push(entry);
    return entry;
  }

  function attach(entry: Entry, slot: number, part: Entry): void {
    partsOf(entry)[slot] = part;
    if (part.state === 'present') return;
    const waiting = byPartner.get(part);
    if (waiting === undefined) byPartner.set(part, [entry]);
    else waiting.push(entry);
  }

  /** Looks at what a task is made from, when all news of it is told. */
  function review(entry: Entry): void {
    // Released: what it is made from is no longer kept.
    if (entry.state !== 'waiting' || entry.from === undefined) return;
    const parts = partsOf(entry);
    if (!entry.isCertain) {
      if (factors.some((slot) => parts[slot]?.state === 'gone')) {
        vanish(entry);
        return;
      }
      if (factors.every((slot) => parts[slot]?.isCertain === true)) site.makeCertain(entry);
    }
    if (entry.isCertain && entry.task === undefined) know(entry);
    let isPresent = true;
    for (const part of parts) {
      // A partner that is not found yet, a part that is being made, or one that is gone, of which news will come.
      if (part === undefined || part.state === 'waiting' || part.state === 'gone') return;
      if (part.state !== 'present') isPresent = false;
    }
    if (isPresent) release(entry);
    else lose(entry, lossAmong(parts.filter((part) => part !== undefined)) ?? noPartner);
  }

  function vanish(entry: Entry): void {
    const parts = partsOf(entry);
    for (const partner of partners) {
      const part = parts[partner.slot];
      if (part !== undefined) partner.index.release(part);
    }
    site.gone(entry);
  }

  function know(entry: Entry): void {
    const id = taskId(node.path, entry.tags, node.tags);
    entry.task = around.newTask(rule, entry, {
      id,
      call: node,
      tags: tagsRecord(entry.tags, node.tags),
      waitsFor: waitsFor(partsOf(entry), order.entries),
    });
  }

  function lose(entry: Entry, loss: Loss): void {
    site.lose(entry, loss);
    if (entry.task !== undefined) around.out.skipped.push({ task: entry.task, because: loss.because, how: loss.state });
  }

  /** All parts are there. */
  function release(entry: Entry): void {
    if (!order.isOpen) {
      order.held.add(entry);
      return;
    }
    const before = lossAmong(order.lost);
    const inputs = before ?? own.attempt(entry.tags, () => inputsOf(partsOf(entry)));
    if (isLoss(inputs)) {
      lose(entry, inputs);
      return;
    }
    for (const input of process.inputs) {
      const problem = misfit(inputs[input.name] ?? null, input.type);
      if (problem === undefined) continue;
      const arg = args.find((one) => one.input === input.name);
      const item = entry.tags.length === 0 ? undefined : tagsText(entry.tags, node.tags);
      around.problem(
        planErrors.unfitInput(arg?.span ?? node.span, { input: input.name, call: node.path, item, problem }),
      );
      lose(entry, { state: 'failed', because: `its input \`${input.name}\` ${problem}` });
      return;
    }
    // What it is made from is done and need not be kept.
    entry.from = undefined;
    if (entry.task !== undefined) around.out.ready.push({ task: entry.task, inputs });
  }

  function inputsOf(parts: readonly (Entry | undefined)[]): Record<string, Value> {
    const inputs: Record<string, Value> = {};
    for (const input of process.inputs) {
      const slot = args.findIndex((arg) => arg.input === input.name);
      if (slot >= 0) inputs[input.name] = parts[slot]?.value ?? null;
    }
    for (const input of process.inputs) {
      if (input.name in inputs) continue;
      const scope = { param: around.param, node: around.plainValue, input: (name: string) => inputs[name] ?? null };
      inputs[input.name] = input.default === undefined ? null : evaluate(input.default, scope);
    }
    return Object.fromEntries(process.inputs.map((input) => [input.name, inputs[input.name] ?? null]));
  }

  /** Items that no partner can come for any more. */
  function refuseUnmatched(): void {
    for (const partner of partners) {
      const arg = args[partner.slot];
      if (arg === undefined) continue;
      const refused = new Set<Entry>();
      const name = around.node(arg.node).name;
      for (const { waiting, losses } of partner.index.takeUnmatched()) {
        const loss = lossAmong(losses);
        for (const entry of waiting) {
          if (entry.state !== 'waiting') continue;
          const parts = partsOf(entry);
          parts[partner.slot] = lostEntry(loss ?? { state: 'failed', because: `it has no partner in \`${name}\`` });
          if (loss === undefined && entry.isCertain) refused.add(parts[spineSlot] ?? entry);
          touched.push(entry);
        }
      }
      if (refused.size === 0) continue;
      const spine = spineSlot < 0 ? node : around.node(args[spineSlot]?.node ?? arg.node);
      const texts = [...refused]
        .sort((a, b) => tagOrder(a.tags, b.tags))
        .map((entry) => tagsText(entry.tags, spine.tags));
      const missing = someItems(texts);
      around.problem(
        planErrors.noPartner(arg.span, { call: node.path, argument: name, on: partner.on, spine: spine.name, missing }),
      );
    }
  }

  /** Once nothing more can come on either side: items that no task was made for. */
  function sayUnserved(): void {
    if (isServiceSaid || !combinations.isComplete || partners.some((partner) => !partner.index.isComplete)) return;
    isServiceSaid = true;
    for (const partner of partners) {
      const unserved = partner.index.unserved().sort((a, b) => tagOrder(a.tags, b.tags));
      const arg = args[partner.slot];
      if (unserved.length === 0 || arg === undefined || partner.on.length === 0) continue;
      const argument = around.node(arg.node);
      const texts = unserved.map((entry) => tagsText(entry.tags, argument.tags));
      if (partner.isComplete) {
        const spine = around.node(node.spine ?? arg.node).name;
        around.problem(
          planErrors.unserved(arg.span, { call: node.path, argument: argument.name, spine, items: someItems(texts) }),
        );
      } else {
        const more = texts.length > 5 ? ` · and ${texts.length - 5} more` : '';
        const serve = texts.length === 1 ? '1 item of' : `${texts.length} items of`;
        around.note(
          `${serve} \`${argument.name}\` ${texts.length === 1 ? 'serves' : 'serve'} no task of \`${node.path}\`: ${texts.slice(0, 5).join(' · ')}${more}`,
        );
      }
    }
  }

  const rule: CallRule = {
    reads: [...args.map((arg) => arg.node), ...node.after],
    start() {
      combinations.start();
      site.wake();
    },
    changed(slot, entry, change) {
      if (slot >= args.length) {
        if (change === 'added') {
          order.waiting += 1;
          order.entries.push(entry);
        }
        if (change !== 'settled') return;
        order.waiting -= 1;
        if (entry.state === 'failed') order.lost.push(entry);
        site.wake();
        return;
      }
      const partner = partners.find((one) => one.slot === slot);
      if (partner === undefined) {
        for (const affected of combinations.changed(factors.indexOf(slot), entry, change)) touched.push(affected);
        return;
      }
      if (change === 'added') {
        for (const waiting of partner.index.add(entry)) {
          attach(waiting, slot, entry);
          touched.push(waiting);
        }
        return;
      }
      partner.index.changed(entry, change);
      if (change === 'settled') {
        const waiting = byPartner.get(entry) ?? [];
        byPartner.delete(entry);
        for (const affected of waiting) {
          // It was filtered away: the task is without a partner again.
          if (entry.state === 'gone') {
            partsOf(affected)[slot] = undefined;
            partner.index.find(affected, affected.tags, partner.ofCall);
          }
          touched.push(affected);
        }
      }
    },
    settle() {
      refuseUnmatched();
      const end = Math.min(touched.length, reviewed + reviewsAtOnce);
      for (; reviewed < end; reviewed += 1) {
        const entry = touched[reviewed];
        if (entry !== undefined) review(entry);
      }
      if (reviewed < touched.length) return true;
      touched = [];
      reviewed = 0;
      sayUnserved();
      if (order.isOpen || order.waiting > 0) return false;
      order.isOpen = true;
      order.entries.length = 0;
      for (const entry of order.held) release(entry);
      order.held.clear();
      return false;
    },
    complete(entry, completion) {
      finish(entry, completion);
    },
    output(entry, name) {
      const value = entry.value ?? null;
      if (name === undefined || process.outputs.length === 1) return value;
      return isRecord(value) ? (value.fields[name] ?? null) : null;
    },
    items: (entry, name) => many.get(entry)?.[name] ?? [],
    failure: (entry) => failures.get(entry),
  };

  function finish(entry: Entry, completion: Completion): void {
    const id = taskId(node.path, entry.tags, node.tags);
    switch (completion.how) {
      case 'failed':
        site.lose(entry, { state: 'failed', because: id });
        break;
      case 'quarantined': {
        const { message, exit, log } = completion;
        failures.set(entry, { kind: 'record', fields: { message, exit, log } });
        remember(log, entry);
        site.lose(entry, { state: 'aside', because: id });
        break;
      }
      case 'succeeded': {
        const fields: Record<string, Value> = {};
        const items: Record<string, readonly LoadedItem[]> = {};
        for (const output of process.outputs) {
          const made = completion.outputs[output.name];
          if (output.many !== undefined) {
            items[output.name] = made?.kind === 'many' ? made.items : [];
            for (const item of items[output.name] ?? []) remember(item.value, entry);
          } else {
            fields[output.name] = made?.kind === 'one' ? made.value : null;
            remember(fields[output.name] ?? null, entry);
          }
        }
        if (Object.keys(items).length > 0) many.set(entry, items);
        site.present(entry, recordOrOnly(fields));
      }
    }
  }

  function recordOrOnly(fields: Record<string, Value>): Value {
    const [only] = process.outputs;
    if (process.outputs.length === 1 && only !== undefined) return fields[only.name] ?? null;
    return { kind: 'record', fields } satisfies RecordValue;
  }

  function remember(value: Value, entry: Entry): void {
    if (value === null || typeof value !== 'object' || entry.task === undefined) return;
    if (isFile(value)) around.madeBy.set(value, earlier(around.madeBy.get(value), entry.task));
    else if (isList(value)) for (const element of value) remember(element, entry);
    else if (isRecord(value)) for (const field of Object.values(value.fields)) remember(field, entry);
  }

  return rule;
}

/** So that a hundred thousand tasks do not hold the event loop. */
const reviewsAtOnce = 256;

const noPartner: Loss = { state: 'failed', because: 'it has no partner in one of its arguments' };
const nobody: readonly number[] = [];

/** Two tasks of one key may share a file: the first is the one that is named. */
const earlier = (known: number | undefined, task: number): number =>
  known === undefined ? task : Math.min(known, task);

/** The undone tasks nearest above, through whatever lies between. */
function waitsFor(...entries: readonly (readonly (Entry | undefined)[])[]): readonly number[] {
  const found = new Set<number>();
  const seen = new Set<Entry>();
  // Of a hundred thousand items that a hundred thousand tasks wait for, not each task looks at each item.
  let left = 20 * waitsForLimit;
  const walk = (of: Entry): void => {
    left -= 1;
    if (of.state !== 'waiting' || seen.has(of)) return;
    seen.add(of);
    if (of.task !== undefined) found.add(of.task);
    else if (of.from !== undefined) all('index' in of.from ? [of.from] : of.from);
  };
  const all = (some: readonly (Entry | undefined)[]): void => {
    for (const one of some) {
      if (left <= 0 || found.size >= waitsForLimit) return;
      if (one !== undefined) walk(one);
    }
  };
  for (const some of entries) all(some);
  return found.size === 0 ? nobody : [...found].sort((a, b) => a - b);
}

/** A call's `from` is its parts, by argument; those that are not found yet are `undefined`. */
function partsOf(entry: Entry): (Entry | undefined)[] {
  return Array.isArray(entry.from) ? entry.from : [];
}
