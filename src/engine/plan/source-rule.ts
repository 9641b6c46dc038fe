import type { Node, SourceNode, TagType, Type } from '../../parser/index.ts';
import { isFile, isList, type TagValue, type Value } from '../ports/value.ts';
import type { Entry } from './entry.ts';
import { evaluator, isLoss, needsOf, plainInputs } from './evaluator.ts';
import { tagOrder } from './item-order.ts';
import { planErrors } from './plan-errors.ts';
import type { LoadedItem } from './step.ts';
import type { Kit, SourceRule, WiredRule } from './surroundings.ts';
import { type TagSlots, tagKey, tagsText } from './tag-key.ts';
import { valueText } from './value-text.ts';

/** Items that the engine loaded. */
export function sourceRule(node: Node & SourceNode, { site, around }: Kit): SourceRule {
  const all = node.tags.map((_, i) => i);
  let supplied: readonly LoadedItem[] | undefined;
  let sorted: readonly { readonly tags: TagSlots; readonly value: Value }[] | undefined;
  let shown = 0;
  return {
    reads: [],
    supply(items) {
      supplied = items;
    },
    start() {
      if (supplied === undefined) throw new Error(`the source \`${node.name}\` was not loaded`);
      site.wake();
    },
    changed() {},
    settle() {
      if (sorted === undefined) {
        const items = (supplied ?? []).map((item) => ({ tags: slotsOf(item.tags, node.tags), value: item.value }));
        sorted = items.sort((a, b) => tagOrder(a.tags, b.tags));
        supplied = undefined;
        return true;
      }
      const end = Math.min(sorted.length, shown + shownAtOnce);
      for (; shown < end; shown += 1) {
        const [before, item] = [sorted[shown - 1], sorted[shown]];
        if (item === undefined) continue;
        // Sorted, so equal tags stand side by side.
        const isTwin = before !== undefined && tagKey(before.tags, all) === tagKey(item.tags, all);
        if (isTwin) around.problem(equalItems(node, item.tags));
        else site.present(site.add({ tags: item.tags, isCertain: true }), item.value);
      }
      if (shown < sorted.length) return true;
      sorted = [];
      shown = 0;
      return false;
    },
  };
}

/** So that a hundred thousand items do not hold the event loop. */
const shownAtOnce = 512;

/** `values([…])` and `each […]`: the flow makes the items itself, for the list may be computed. */
export function valuesRule(node: Node & SourceNode, { site, around }: Kit): WiredRule {
  const { source } = node;
  if (source.kind !== 'values') throw new Error('not a source of values');
  const needs = needsOf([source.list]);
  const plain = plainInputs(needs.nodes, 0);
  const own = evaluator([], around);
  const { count, labels } = source;
  let isDone = false;
  let pending: Entry | undefined;

  function expand(list: Value, type: Type): void {
    const elements = isList(list) ? list : [];
    const seen = new Set<Value>();
    if (elements.length < count.min || (count.max !== undefined && elements.length > count.max)) {
      const { min, max } = count;
      around.problem(planErrors.itemCount(node.span, { source: node.name, count: elements.length, min, max }));
    }
    for (const [i, value] of elements.entries()) {
      const tag = labels?.[i] ?? tagOf(value, type);
      if (seen.has(tag)) {
        around.problem(equalItems(node, [tag]));
        continue;
      }
      seen.add(tag);
      site.present(site.add({ tags: node.tags.length === 0 ? [] : [tag], isCertain: true }), value);
    }
  }
  return {
    reads: plain.nodes,
    start() {
      if (needs.nodes.length > 0) pending = site.open({ tags: node.tags.map(() => undefined), isCertain: false });
      site.wake();
    },
    changed(slot, entry) {
      plain.changed(slot, entry);
    },
    settle() {
      const state = plain.state();
      if (isDone || state === undefined) return false;
      isDone = true;
      const list = state === 'ready' ? own.attempt([], () => own.value(source.list, [], null)) : state;
      if (!isLoss(list)) expand(list, source.list.type);
      if (pending === undefined) return false;
      if (isLoss(list)) site.lose(pending, list);
      else site.gone(pending);
      return false;
    },
  };
}

/** The tag of an element: itself where it can be a tag, its text otherwise (`30 min`). */
function tagOf(value: Value, listType: Type): TagValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value + 0;
  if (value !== null && isFile(value)) return value.name;
  return valueText(value, listType.kind === 'list' ? listType.of : listType);
}

export function slotsOf(tags: Readonly<Record<string, TagValue>>, types: readonly TagType[]): TagSlots {
  return types.map((type) => {
    const value = tags[type.name];
    if (value === undefined) throw new Error(`an item came without its tag \`${type.name}\``);
    // -0 and 0 are one tag.
    return typeof value === 'number' ? value + 0 : value;
  });
}

const equalItems = (node: Node, tags: TagSlots) =>
  planErrors.equalTags(node.span, {
    dataset: node.name,
    tags: tagsText(tags, node.tags),
    help: 'Name another part of the path as a tag, so that the items can be told apart.',
  });
