import { preview } from '../../data/annotate/preview.ts';
import { diagnosticsJson } from '../../diagnostics/json.ts';
import type { TagValue } from '../../engine/ports/value.ts';
import { formats } from '../formats.ts';
import type { ExperimentPlace } from '../queries/experiment-place.ts';
import { beginningOf, tagsInWords } from '../queries/wording.ts';
import type { Colors } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import type { PlannedAnnotation } from './planned-annotation.ts';

/** What one command did, or would have done. */
export interface DoneAnnotation {
  readonly place: ExperimentPlace;
  readonly plan: PlannedAnnotation;
  readonly change: number | undefined;
  readonly isDry: boolean;
}

/** As docs/json.md says. */
export function annotateDocument(done: DoneAnnotation) {
  const { place, plan, change, isDry } = done;
  const shown = preview(plan.annotated, { keys: plan.keys, mostRows: 0, mostValues: 20 });
  const steps = transitions(plan);
  return {
    format: formats.annotate,
    experiment: place.experiment.name,
    dataset: place.dataset?.name ?? null,
    change: change ?? null,
    dryRun: isDry,
    items: shown.items,
    changed: shown.changed,
    newKeys: plan.annotated.newKeys,
    tags: shown.columns.map(({ name, type, unit, isNew, values, distinct, without }) => ({
      name,
      type,
      unit: unit ?? null,
      isNew,
      values,
      distinct,
      without,
      changes: (steps.get(name) ?? []).slice(0, 20),
    })),
    rows: changedRows(plan, 20).map(({ item, path, change: set }) => ({
      dataset: item.dataset,
      name: item.name,
      path,
      was: Object.fromEntries(Object.keys(set).map((name) => [name, item.tags[name] ?? null])),
      becomes: set,
    })),
    warnings: diagnosticsJson(plan.diagnostics).diagnostics,
  };
}

export function annotateLines(done: DoneAnnotation, { colors }: { readonly colors: Colors }): readonly string[] {
  const { place, plan, change, isDry } = done;
  const { bold, dim } = colors;
  const of = `${place.experiment.name}${place.dataset === undefined ? '' : `/${place.dataset.name}`}`;
  const changed = plan.annotated.items.filter((one) => Object.keys(one.change).length > 0).length;
  const all = plan.items.length;
  if (changed === 0)
    return [
      all === 0
        ? `No item of ${of} meets the condition: nothing was changed.`
        : `${all === 1 ? 'The item has' : `All ${all} items have`} these tags already: nothing was changed.`,
    ];
  const keys = new Map([...plan.keys, ...plan.annotated.newKeys].map((key) => [key.name, key]));
  const fresh = new Set(plan.annotated.newKeys.map(({ name }) => name));
  const rows = changedRows(plan, MOST_ROWS);
  return [
    `${isDry ? 'Would change' : 'Changed'} ${changed} of ${all} ${all === 1 ? 'item' : 'items'} of ${of}`,
    ...[...transitions(plan)].flatMap(([name, steps]) => {
      const key = keys.get(name);
      const unit = key?.unit === undefined ? '' : ` in ${key.unit}`;
      return [
        '',
        `${bold(name)}${key === undefined ? '' : `: ${key.type}${unit}`}${fresh.has(name) ? '  (a new key)' : ''}`,
        ...textTable(
          ['was', '', 'becomes', 'items'],
          steps.slice(0, MOST_STEPS).map(({ was, becomes, items }) => [shown(was), '→', shown(becomes), items]),
          { paint: dim },
        ).map((line) => `  ${line}`),
        ...(steps.length > MOST_STEPS ? [dim(`  and ${steps.length - MOST_STEPS} more values`)] : []),
      ];
    }),
    '',
    ...textTable(
      ['item', 'was', 'becomes'],
      rows.map(({ item, path, change: set }) => {
        const names = Object.keys(set);
        return [
          path,
          names.map((name) => one(name, item.tags[name])).join(' '),
          names.map((name) => one(name, set[name])).join(' '),
        ];
      }),
      { paint: dim },
    ),
    ...(changed > rows.length ? [dim(`and ${changed - rows.length} more (\`bit tags ${of}\` has all)`)] : []),
    ...(change === undefined ? [] : ['', `Change ${change}; \`bit undo ${change}\` takes it back.`]),
  ];
}

const MOST_ROWS = 5;
const MOST_STEPS = 10;

interface Transition {
  readonly was: TagValue | null;
  readonly becomes: TagValue | null;
  readonly items: number;
}

/** What becomes what, the most frequent first, for each tag that changes. */
function transitions({ items, annotated }: PlannedAnnotation): ReadonlyMap<string, readonly Transition[]> {
  const byTag = new Map<string, Map<string, { was: TagValue | null; becomes: TagValue | null; items: number }>>();
  for (const [at, { item }] of items.entries()) {
    const change = annotated.items[at]?.change ?? {};
    for (const name of Object.keys(change)) {
      const [was, becomes] = [item.tags[name] ?? null, change[name] ?? null];
      const steps = byTag.get(name) ?? new Map();
      byTag.set(name, steps);
      const key = JSON.stringify([was, becomes]);
      const step = steps.get(key);
      if (step === undefined) steps.set(key, { was, becomes, items: 1 });
      else step.items += 1;
    }
  }
  return new Map([...byTag].map(([name, steps]) => [name, [...steps.values()].sort((a, b) => b.items - a.items)]));
}

function changedRows({ items, annotated }: PlannedAnnotation, most: number) {
  const rows = [];
  for (const [at, named] of items.entries()) {
    const change = annotated.items[at]?.change ?? {};
    if (Object.keys(change).length > 0) rows.push({ ...named, change });
    if (rows.length === most) break;
  }
  return rows;
}

const shown = (value: TagValue | null): string => (value === null ? '(none)' : beginningOf(String(value)));

const one = (name: string, value: TagValue | null | undefined): string =>
  value === null || value === undefined ? `${name} (none)` : beginningOf(tagsInWords({ [name]: value }));
