import type { SaidField } from '../../data/experiments/changed-experiment.ts';
import { experimentErrors } from '../../data/experiments/experiment-errors.ts';
import { type Refit, refitTags } from '../../data/experiments/refit-tags.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { CatalogItem, CatalogTagKind, Experiment } from '../../engine/ports/catalog.ts';
import type { Store } from '../../store/index.ts';

/** What other keys mean for the items of an experiment, of all its datasets; in words where they do not fit. */
export async function refittedItems(
  store: Store,
  given: {
    readonly before: Experiment;
    readonly after: Experiment;
    readonly numbers: 'convert' | 'keep' | undefined;
    readonly at: (field: SaidField, name: string) => Span;
  },
): Promise<{ readonly refit: Refit; readonly diagnostics: readonly Diagnostic[] }> {
  const { before, after, numbers, at } = given;
  const none: Refit = { items: [], types: {}, misfits: [] };
  if (JSON.stringify(before.keys) === JSON.stringify(after.keys)) return { refit: none, diagnostics: [] };
  const items: CatalogItem[] = [];
  for (const { name, run } of await store.catalog.datasets(before.name)) {
    if (run !== undefined) continue;
    const of = { experiment: before.name, dataset: name, filter: { kind: 'all' }, retracted: 'with' } as const;
    for (const item of await store.catalog.items(of)) items.push(item);
  }
  const types = new Map<string, Set<CatalogTagKind>>();
  for (const { name, type } of await store.catalog.tagNames(before.name))
    types.set(name, (types.get(name) ?? new Set()).add(type));
  const refit = refitTags(
    items.map(({ id, dataset, name, tags }) => ({ id, path: `${dataset}/${name}`, tags })),
    { before: before.keys, after: after.keys, types, numbers },
  );
  const experiment = before.name;
  const values = Map.groupBy(
    refit.misfits.filter((misfit) => misfit.kind === 'value'),
    ({ key }) => key,
  );
  const diagnostics: Diagnostic[] = [...values].map(([key, all]) =>
    experimentErrors.valuesDoNotFit(at('key', key.name), { experiment, key, all }),
  );
  for (const misfit of refit.misfits) {
    if (misfit.kind === 'unit') diagnostics.push(experimentErrors.unitChanges(at('key', misfit.key.name), misfit));
    if (misfit.kind === 'dropped')
      diagnostics.push(experimentErrors.keyInUse(at('drop-key', misfit.name), { experiment, ...misfit }));
  }
  return { refit, diagnostics };
}
