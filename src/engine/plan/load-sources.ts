import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expr, Node, NodeId, Program, Type } from '../../parser/index.ts';
import { typeText } from '../../parser/index.ts';
import { breather } from '../../util/breather.ts';
import { sortGently } from '../../util/sort-gently.ts';
import type { FrozenItem } from '../ports/event.ts';
import type { SourceItem, SourceRequest } from '../ports/source-provider.ts';
import type { FileValue, TagValue, Value } from '../ports/value.ts';
import { EvaluationProblem } from './evaluation-problem.ts';
import { tagOrder } from './item-order.ts';
import { type Loading, type LoadOptions, type SourcePorts, shownProblems } from './loading.ts';
import { misfit } from './misfit.ts';
import { codePointOrder } from './natural-order.ts';
import { neededNodes } from './needed-nodes.ts';
import { planErrors } from './plan-errors.ts';
import { cellAsValue } from './sheet-cell.ts';
import { sourceExprs } from './source-exprs.ts';
import { readSourceFiles, type SourceContent } from './source-files.ts';
import { staticValues } from './static-values.ts';
import type { LoadedItem } from './step.ts';
import { tagKey, tagsText } from './tag-key.ts';

export interface LoadedSources {
  readonly diagnostics: readonly Diagnostic[];
  /** For `Flow.supply`. Sources of `values` are not among them: the flow makes their items. */
  readonly items: ReadonlyMap<NodeId, readonly LoadedItem[]>;
  /** For the run's first events: what each source held, in the order of its items. */
  readonly frozen: readonly { readonly source: string; readonly items: readonly FrozenItem[] }[];
  /** For the summary: what is allowed, and still worth knowing. */
  readonly notes: readonly string[];
}

/**
 * Lists every source, digests its files and reads their headers. All that is wrong with all of them is said at once; where
 * anything is, the items are of no use. A source inside a branch that is known not to be taken is not looked at.
 */
export async function loadSources(program: Program, ports: SourcePorts, options: LoadOptions): Promise<LoadedSources> {
  const diagnostics: Diagnostic[] = [];
  const items = new Map<NodeId, readonly LoadedItem[]>();
  const frozen: { source: string; items: readonly FrozenItem[] }[] = [];
  const notes: string[] = [];
  const known = staticValues(program);
  const needed =
    options.only === undefined || options.only.length === 0 ? undefined : neededNodes(program, options.only);
  const loads = program.nodes.map(async (node) => {
    if (node.kind !== 'source' || node.source.kind === 'values' || needed?.nodes.has(node.id) === false)
      return undefined;
    const isTaken = node.guards.every((guard) => known.node(guard.node)?.value !== !guard.is);
    return isTaken
      ? { node, loaded: await loadSource({ node, spec: node.source, ports, known, options }) }
      : { node, loaded: undefined };
  });
  for (const load of await Promise.all(loads)) {
    if (load === undefined) continue;
    const { node, loaded } = load;
    diagnostics.push(...(loaded?.diagnostics ?? []));
    items.set(node.id, loaded?.items ?? []);
    if (loaded === undefined) continue;
    frozen.push({ source: node.name, items: loaded.frozen });
    notes.push(...loaded.notes);
    if (loaded.items.length === 0 && loaded.diagnostics.length === 0) notes.push(`\`${node.name}\` holds nothing`);
  }
  return { diagnostics, items, frozen, notes };
}

interface Loaded {
  readonly diagnostics: readonly Diagnostic[];
  readonly items: readonly LoadedItem[];
  readonly frozen: readonly FrozenItem[];
  readonly notes: readonly string[];
}

async function loadSource(loading: Loading): Promise<Loaded> {
  const { node, spec, ports } = loading;
  const nothing = (diagnostics: readonly Diagnostic[]): Loaded => ({
    diagnostics,
    items: [],
    frozen: [],
    notes: [],
  });
  const values = valuesOf(loading);
  if (values instanceof EvaluationProblem) {
    return nothing([
      planErrors.evaluation(values.span, { message: values.message, help: values.help, item: undefined }),
    ]);
  }
  const { signal } = loading.options;
  const listed = await ports.sources.list({ spec, ...values, name: node.name, span: node.span, signal });
  if (listed.diagnostics.some((one) => one.severity === 'error')) return nothing(listed.diagnostics);
  const counted = countProblem(loading, { count: listed.items.length, notes: listed.notes ?? [] });
  if (counted !== undefined) return nothing([...listed.diagnostics, counted]);
  const files = await readSourceFiles(loading, listed.items);
  const made = await makeItems(loading, { listed: listed.items, files: files.byPlace });
  return {
    ...made,
    notes: listed.notes ?? [],
    diagnostics: [...listed.diagnostics, ...files.diagnostics, ...made.diagnostics],
  };
}

/** Paths and conditions are made of params and constants, so they are known before anything runs. */
function valuesOf({ spec, known }: Loading): Pick<SourceRequest, 'text' | 'value'> | EvaluationProblem {
  const value = (expr: Expr): Value => known.value(expr) ?? null;
  const text = (expr: Expr): string => String(value(expr) ?? '');
  try {
    sourceExprs(spec).map(value);
    return { text, value };
  } catch (problem) {
    if (problem instanceof EvaluationProblem) return problem;
    throw problem;
  }
}

function countProblem(
  { node, spec }: Loading,
  { count, notes }: { readonly count: number; readonly notes: readonly string[] },
): Diagnostic | undefined {
  if (!('count' in spec)) return undefined;
  const { min, max } = spec.count;
  if (count === 0 && min > 0)
    return planErrors.emptySource(node.span, { source: node.name, what: [whyEmpty(spec), ...notes].join('; ') });
  if (count >= min && count <= (max ?? Number.POSITIVE_INFINITY)) return undefined;
  return planErrors.itemCount(node.span, { source: node.name, count, min, max });
}

function whyEmpty(spec: Extract<Loading['spec'], { readonly count: unknown }>): string {
  switch (spec.kind) {
    case 'files':
    case 'remote':
      return `no file matches \`${spec.pattern.text}\``;
    case 'sheet':
      return 'its sheet has no row';
    case 'catalog':
      return spec.query === undefined
        ? 'the experiment has no such items'
        : 'no item of the experiment meets the condition';
    case 'results':
      return spec.query === undefined
        ? 'the run published nothing under this name'
        : 'nothing that was published meets the condition';
    case 'omero':
      return 'there are no images';
  }
}

interface Draft {
  readonly item: LoadedItem;
  readonly slots: readonly TagValue[];
  readonly frozen: FrozenItem;
}

async function makeItems(
  loading: Loading,
  { listed, files }: { readonly listed: readonly SourceItem[]; readonly files: ReadonlyMap<string, SourceContent> },
): Promise<Omit<Loaded, 'notes'>> {
  const { node, spec } = loading;
  const diagnostics: Diagnostic[] = [];
  const drafts: Draft[] = [];
  const breath = breather(8);
  for (const item of listed) {
    if (breath.due()) await breath.pause();
    const read = Object.values(item.files).flatMap((file) => (file === null ? [] : [files.get(file.place)]));
    const there = read.filter((one) => one !== undefined);
    // What could not be read was reported.
    if (there.length < read.length) continue;
    const value = valueOfItem(loading, { item, files, problem: (diagnostic) => diagnostics.push(diagnostic) });
    const digest = there[0]?.frozen.digest.replace(/^[a-z0-9]+:/, '').slice(0, 16) ?? '';
    const given: Record<string, TagValue> =
      spec.kind === 'files' && spec.unordered ? { ...item.tags, digest } : item.tags;
    const tags = Object.fromEntries(node.tags.map((tag) => [tag.name, normal(given[tag.name] ?? '')]));
    drafts.push({
      item: { tags, value },
      slots: Object.values(tags),
      frozen: { tags, files: there.map((one) => one.frozen) },
    });
  }
  const order = (a: Draft, b: Draft): number =>
    tagOrder(a.slots, b.slots) || codePointOrder(a.frozen.files[0]?.path ?? '', b.frozen.files[0]?.path ?? '');
  const sorted = await sortGently(drafts, order, breath);
  const distinct = spec.kind === 'files' && spec.unordered ? numbered(sorted, node) : sorted;
  diagnostics.push(...equalTags(distinct, node));
  return {
    diagnostics: diagnostics.slice(0, shownProblems),
    items: distinct.map((draft) => draft.item),
    frozen: distinct.map((draft) => draft.frozen),
  };
}

/** -0 and 0 are one tag. */
const normal = (value: TagValue): TagValue => (typeof value === 'number' ? value + 0 : value);

interface Making {
  readonly item: SourceItem;
  readonly files: ReadonlyMap<string, SourceContent>;
  readonly problem: (diagnostic: Diagnostic) => void;
}

/** The one file, or a record of the columns that are no tags. */
function valueOfItem({ node, spec }: Loading, { item, files, problem }: Making): Value {
  const fileAt = (column: string): FileValue | null => {
    const file = item.files[column] ?? item.files[''] ?? null;
    return file === null ? null : (files.get(file.place)?.value ?? null);
  };
  if (!('columns' in spec)) return fileAt('');
  const where = (column: string): string =>
    `\`${node.name}\` (${tagsText(
      node.tags.map((tag) => item.tags[tag.name]),
      node.tags,
    )}), column \`${column}\``;
  const fields: Record<string, Value> = {};
  for (const column of spec.columns) {
    const type: Type = column.optional ? { kind: 'optional', of: column.type } : column.type;
    const cell = column.role === 'tag' ? (item.tags[column.name] ?? null) : (item.fields[column.name] ?? null);
    const value = column.role === 'file' ? fileAt(column.name) : cellAsValue(cell, column.type);
    const wrong =
      value === undefined ? `is ${JSON.stringify(cell)}, which is not ${typeText(column.type)}` : misfit(value, type);
    // Files were held against their type when they were read.
    if (wrong !== undefined && column.role !== 'file')
      problem(planErrors.wrongValue(node.span, { where: where(column.name), problem: `it ${wrong}` }));
    if (column.role !== 'tag') fields[column.name] = value ?? null;
  }
  const isOneFile = spec.columns.filter((column) => column.role !== 'tag').length === 1 && node.of.kind !== 'record';
  return isOneFile ? (Object.values(fields)[0] ?? null) : { kind: 'record', fields };
}

/** Files with equal tags and equal bytes are still two: the second in the order of paths is `…#2`. */
function numbered(drafts: readonly Draft[], node: Node): readonly Draft[] {
  const all = node.tags.map((_, i) => i);
  const seen = new Map<TagValue, number>();
  return drafts.map((draft) => {
    const key = tagKey(draft.slots, all) ?? '';
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    if (count === 1) return draft;
    const tags = { ...draft.item.tags, digest: `${draft.item.tags.digest}#${count}` };
    return { item: { ...draft.item, tags }, slots: Object.values(tags), frozen: { ...draft.frozen, tags } };
  });
}

/** Sorted, so equal tags stand side by side. */
function equalTags(drafts: readonly Draft[], node: Node): readonly Diagnostic[] {
  const all = node.tags.map((_, i) => i);
  const found: Diagnostic[] = [];
  for (const [i, draft] of drafts.entries()) {
    const before = drafts[i - 1];
    if (before === undefined || tagKey(before.slots, all) !== tagKey(draft.slots, all)) continue;
    const [first, second] = [before, draft].map((one) => one.frozen.files[0]?.path);
    found.push(
      planErrors.equalTags(node.span, {
        dataset: node.name,
        tags: node.tags.length === 0 ? 'it has no tags' : tagsText(draft.slots, node.tags),
        ...(first === undefined || second === undefined ? {} : { first, second }),
        help:
          node.tags.length === 0
            ? 'Name the part of the path that tells the files apart: `{name}` in place of `*`.'
            : 'Name another part of the path as a tag. Where equal tags are meant, write `files("…", unordered: true)`.',
      }),
    );
    if (found.length === 5) break;
  }
  return found;
}
