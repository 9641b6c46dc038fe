import type { Node, Publish } from '../../parser/index.ts';
import { type FileValue, isFile, isList, type Tags, type Value } from '../ports/value.ts';
import type { Entry } from './entry.ts';
import { evaluator, isLoss, knowsTags, needsOf, plainInputs } from './evaluator.ts';
import { planErrors } from './plan-errors.ts';
import { publishPath } from './publish-path.ts';
import type { PublishedPaths } from './published-paths.ts';
import type { Surroundings, WiredRule } from './surroundings.ts';
import { tagsRecord, tagsText } from './tag-key.ts';

/**
 * Gives each item its path. Where the path needs no more than tags, it is known, and held against all others, before the
 * file is made.
 */
export function publishRule(
  publish: Publish,
  { around, paths }: { readonly around: Surroundings; readonly paths: PublishedPaths },
): WiredRule {
  const from = around.node(publish.node);
  const needs = needsOf([publish.path]);
  const plain = plainInputs(needs.nodes, 1);
  const own = evaluator(from.tags, around);
  const isEarly = !needs.item && needs.nodes.length === 0 && !readsIndex(publish);
  const planned: (string | undefined)[] = [];
  let held: Entry[] = [];

  /** The path, which is then taken; `undefined` after a report. */
  function take(entry: Entry, element: { readonly value: Value; readonly index: number }): string | undefined {
    const path = own.attempt(entry.tags, () =>
      publishPath(publish.path, { ...own.scope(entry.tags, element.value), index: element.index }),
    );
    if (isLoss(path)) return undefined;
    const item = itemText(entry, from);
    if ('why' in path) {
      around.problem(planErrors.publishPath(publish.path.span, { path: path.shown, item, why: path.why }));
      return undefined;
    }
    const isList = element.index > 1 || isListType(from);
    const taken = paths.take(`${placeOf(publish)}${path.path}`, {
      publish,
      item: isList ? `${item}, element ${element.index}` : item,
    });
    return taken ? path.path : undefined;
  }

  function expect(entry: Entry): void {
    if (!isEarly || entry.isOpen || !entry.isCertain || isListType(from) || planned[entry.index] !== undefined) return;
    if (!knowsTags(needs, entry.tags, from.tags)) return;
    const path = take(entry, { value: null, index: 1 });
    planned[entry.index] = path ?? '';
    if (path !== undefined && entry.state === 'waiting') {
      around.out.expected.push({ publish, path, tags: tagsRecord(entry.tags, from.tags) });
    }
  }

  function send(entry: Entry): void {
    const value = entry.value ?? null;
    if (value === null) return;
    if (isFile(value)) {
      emit(value, planned[entry.index] ?? take(entry, { value, index: 1 }), tagsRecord(entry.tags, from.tags));
    } else if (isList(value)) {
      for (const [i, element] of value.entries()) {
        if (element === null || !isFile(element)) continue;
        const path = take(entry, { value: element, index: i + 1 });
        emit(element, path, element.tags ?? tagsRecord(entry.tags, from.tags));
      }
    }
  }

  function emit(value: FileValue, path: string | undefined, tags: Tags): void {
    if (path === undefined || path === '') return;
    const task = around.madeBy.get(value);
    around.out.publishes.push({ publish, path, value, tags, ...(task === undefined ? {} : { task }) });
  }

  return {
    reads: [publish.node, ...plain.nodes],
    start() {},
    changed(slot, entry, change) {
      if (plain.changed(slot, entry)) return;
      expect(entry);
      if (change === 'settled' && entry.state === 'present') held.push(entry);
    },
    settle() {
      if (held.length === 0 || plain.state() === undefined) return false;
      const entries = held;
      held = [];
      if (plain.state() === 'ready') for (const entry of entries) send(entry);
      return false;
    },
  };
}

function itemText(entry: Entry, from: Node): string {
  return from.tags.length === 0 ? `\`${from.name}\`` : `\`${from.name}\` (${tagsText(entry.tags, from.tags)})`;
}

const isListType = (from: Node): boolean =>
  from.of.kind === 'list' || (from.of.kind === 'optional' && from.of.of.kind === 'list');

const readsIndex = (publish: Publish): boolean => JSON.stringify(publish.path, withoutSpans).includes('"kind":"index"');
const withoutSpans = (key: string, value: unknown): unknown => (key === 'span' ? undefined : value);

/** Paths in several places are never one file. */
function placeOf(publish: Publish): string {
  const { place } = publish;
  if (place === undefined) return '';
  return place.kind === 'omero' ? `omero:${JSON.stringify(place.address, withoutSpans)}/` : `${place.kind}://`;
}
