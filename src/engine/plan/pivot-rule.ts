import type { Node, TagValue } from '../../parser/index.ts';
import type { Value } from '../ports/value.ts';
import type { Entry } from './entry.ts';
import { element } from './group-rules.ts';
import { tagOrder } from './item-order.ts';
import { lossAmong } from './open-index.ts';
import { type Partition, partitions, release } from './partitions.ts';
import { planErrors } from './plan-errors.ts';
import type { Kit, WiredRule } from './surroundings.ts';
import { positionsOf, tagsText } from './tag-key.ts';

type NodeOf<K extends Node['kind']> = Node & { readonly kind: K };

/** `pivot`: one record per remaining tags, a field per named value of the tag that goes. */
export function pivotRule(node: NodeOf<'pivot'>, { site, around }: Kit): WiredRule {
  const from = around.node(node.from);
  const position = from.tags.findIndex((tag) => tag.name === node.tag);
  const places = positionsOf(
    node.tags.map((tag) => tag.name),
    from.tags,
  );
  const parts = partitions(places);
  const named = new Map<TagValue, string>(node.fields.map((field) => [field.value, field.name]));
  const opened = new Map<Entry, Entry>();
  const refused = new Set<Partition>();

  /** As soon as it is known which items there are, before any of them is made. */
  function check(partition: Partition): void {
    const members = partition.members.filter((entry) => entry.state !== 'gone');
    if (members.length === 0) return;
    const item = tagsText(partition.slots, node.tags);
    const values = new Set(members.map((entry) => entry.tags[position]));
    const isLost = lossAmong(parts.losses(partition)) !== undefined;
    for (const field of node.fields) {
      if (field.optional || values.has(field.value) || isLost) continue;
      const { name } = field;
      around.problem(
        planErrors.pivotMissing(node.span, {
          dataset: from.name,
          item,
          tag: node.tag,
          value: String(field.value),
          field: name,
        }),
      );
      refused.add(partition);
    }
    if (node.open) return;
    for (const entry of members.sort((a, b) => tagOrder(a.tags, b.tags))) {
      const value = entry.tags[position];
      if (value === undefined || named.has(value)) continue;
      around.problem(
        planErrors.pivotUnnamed(node.span, { dataset: from.name, item, tag: node.tag, value: String(value) }),
      );
      refused.add(partition);
    }
  }

  function finish(partition: Partition): void {
    const target = partition.own;
    if (target === undefined || target.state !== 'waiting') return;
    const members = partition.members.filter((entry) => entry.state !== 'gone');
    const losses = parts.losses(partition).filter((entry) => entry.isOpen || named.has(entry.tags[position] ?? ''));
    const loss = lossAmong(losses);
    const fields: Record<string, Value> = {};
    let isWhole = true;
    for (const field of node.fields) {
      const entry = members.find((one) => one.state === 'present' && one.tags[position] === field.value);
      if (entry === undefined && !field.optional) isWhole = false;
      fields[field.name] = entry === undefined ? null : element(entry, { around, types: from.tags });
    }
    if (members.length === 0 && loss === undefined) site.gone(target);
    else if (refused.has(partition))
      site.lose(target, { state: 'failed', because: 'a value that `pivot` names is missing, or is not named' });
    else if (loss !== undefined && (loss.state === 'failed' || !isWhole)) {
      if (loss.state === 'aside')
        around.note(`\`${node.name}\` (${tagsText(target.tags, node.tags)}) is set aside with ${loss.because}`);
      site.lose(target, loss);
    } else site.present(target, { kind: 'record', fields });
    release(partition);
  }

  return {
    reads: [node.from],
    start() {},
    changed(_, entry, change) {
      const partition = parts.changed(entry, change);
      const isNamed = entry.isOpen || named.has(entry.tags[position] ?? '');
      if (change === 'added') {
        const tags = places.map((place) => entry.tags[place]);
        if (partition === undefined) {
          opened.set(entry, site.open({ tags, isCertain: false, from: entry }));
          return;
        }
        // A value that no field names makes no record by itself.
        partition.own ??= site.add({
          tags,
          isCertain: entry.isCertain && isNamed && !entry.isOpen,
          from: partition.sources,
        });
      }
      if (partition?.own !== undefined && entry.isCertain && isNamed && !entry.isOpen) site.makeCertain(partition.own);
      const target = opened.get(entry);
      if (target === undefined || change !== 'settled') return;
      opened.delete(entry);
      if (entry.state === 'failed' || entry.state === 'aside')
        site.lose(target, { state: entry.state, because: entry.because ?? '' });
      else site.gone(target);
    },
    settle() {
      const { decided, settled } = parts.take();
      for (const partition of decided) check(partition);
      for (const partition of settled) finish(partition);
      return false;
    },
  };
}
