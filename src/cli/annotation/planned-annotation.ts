import { type Annotated, annotate, type TagRule } from '../../data/annotate/annotate.ts';
import { annotateDiagnostics, annotateErrors } from '../../data/annotate/annotate-errors.ts';
import { duplicateTags } from '../../data/annotate/duplicate-tags.ts';
import type { TagProblem } from '../../data/annotate/tag-problem.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { CatalogEvent, CatalogItem, TagKey } from '../../engine/ports/catalog.ts';
import { chunks } from '../../util/chunks.ts';
import type { ExperimentPlace } from '../queries/experiment-place.ts';
import { type NamedItem, namedItems } from './named-items.ts';

export interface PlannedAnnotation {
  readonly items: readonly NamedItem[];
  /** One for each of `items`. */
  readonly annotated: Annotated;
  /** Declared, and those that items have without a declaration. */
  readonly keys: readonly TagKey[];
  /** Errors, after which nothing may be written, and warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What rules do to the items that were asked for. `all` are those of the same datasets, by which equal tags are noticed. */
export function plannedAnnotation(given: {
  readonly place: ExperimentPlace;
  readonly items: readonly CatalogItem[];
  readonly all: readonly CatalogItem[];
  readonly rules: readonly TagRule[];
  readonly keys: readonly TagKey[];
  readonly newKeys: 'refuse' | 'infer';
  /** Where what is said of a problem, or of all rules, stands. */
  readonly at: (problem: TagProblem | undefined) => Span;
  readonly duplicates: 'warn' | 'allow';
}): PlannedAnnotation {
  const { place, keys } = given;
  const items = namedItems(given.items, place);
  const annotated = annotate(
    items.map(({ item, path }) => ({
      key: String(item.id),
      path,
      name: item.name.slice(item.name.lastIndexOf('/') + 1),
      tags: item.tags,
    })),
    { rules: given.rules, keys, newKeys: given.newKeys },
  );
  const errors = annotateDiagnostics(annotated.problems, { at: given.at });
  const diagnostics =
    errors.length > 0 || given.duplicates === 'allow' ? errors : equalTags(items, { ...given, annotated });
  return { items, annotated, keys, diagnostics };
}

/** Of the items that can be used and of which at least one changes. */
function equalTags(
  items: readonly NamedItem[],
  given: {
    readonly all: readonly CatalogItem[];
    readonly annotated: Annotated;
    readonly place: ExperimentPlace;
    readonly at: (problem: TagProblem | undefined) => Span;
  },
): readonly Diagnostic[] {
  const after = new Map(items.map(({ item }, at) => [item.id, given.annotated.items[at]]));
  const touched = new Set<string>();
  const datasets = Map.groupBy(
    given.all.filter(({ retracted }) => retracted === undefined),
    ({ dataset }) => dataset,
  );
  return [...datasets].flatMap(([dataset, of]) => {
    const tagged = of.map((item) => {
      const planned = after.get(item.id);
      if (planned !== undefined && Object.keys(planned.change).length > 0) touched.add(`${dataset}/${item.name}`);
      return { path: item.name, tags: planned?.tags ?? item.tags };
    });
    const equal = duplicateTags(tagged).filter(
      (problem): problem is TagProblem & { readonly kind: 'duplicate-tags' } =>
        problem.kind === 'duplicate-tags' && problem.items.some((name) => touched.has(`${dataset}/${name}`)),
    );
    if (equal.length === 0) return [];
    return [
      annotateErrors.equalTags(given.at(undefined), {
        dataset: `${given.place.experiment.name}/${dataset}`,
        all: equal,
      }),
    ];
  });
}

/** What the plan writes: the tags that differ, and the keys that are new. Empty where nothing changes. */
export function annotationEvents(plan: PlannedAnnotation, { experiment }: ExperimentPlace): readonly CatalogEvent[] {
  const { annotated, items } = plan;
  const keys = [...plan.keys, ...annotated.newKeys];
  const types = Object.fromEntries(keys.map(({ name, type }) => [name, type]));
  const changes = items.flatMap(({ item }, at) => {
    const change = annotated.items[at]?.change ?? {};
    return Object.keys(change).length === 0 ? [] : [{ item: item.id, tags: change }];
  });
  return [
    ...(annotated.newKeys.length === 0 || changes.length === 0
      ? []
      : [
          {
            type: 'experiment-set',
            experiment: { ...experiment, keys: [...experiment.keys, ...annotated.newKeys] },
          } as const,
        ]),
    ...chunks(changes, 2000).map((slice): CatalogEvent => ({ type: 'tags-set', items: slice, types })),
  ];
}
