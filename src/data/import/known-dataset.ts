import type { CatalogItem, CatalogReader, Experiment } from '../../engine/ports/catalog.ts';

/** A dataset as the catalog has it when an import begins. */
export interface KnownDataset {
  /** Absent where there is none by this name yet. */
  readonly experiment: Experiment | undefined;
  readonly items: readonly CatalogItem[];
  readonly byPath: ReadonlyMap<string, CatalogItem>;
  /** Whether runs, or another system, made what is in it. */
  readonly isProcessed: boolean;
  /** The newest change of the experiment, 0 where there is none. */
  readonly seen: number;
}

export async function knownDataset(
  catalog: CatalogReader,
  of: { readonly experiment: string; readonly dataset: string },
): Promise<KnownDataset> {
  const [newest] = await catalog.changes({ experiment: of.experiment, limit: 1 });
  const experiment = await catalog.experiment(of.experiment);
  const datasets = experiment === undefined ? [] : await catalog.datasets(of.experiment);
  const dataset = datasets.find(({ name }) => name === of.dataset);
  const items: CatalogItem[] = [];
  const byPath = new Map<string, CatalogItem>();
  if (dataset !== undefined)
    for await (const page of catalog.datasetItems(of))
      for (const item of page) {
        items.push(item);
        byPath.set(item.path, item);
      }
  return {
    experiment,
    items,
    byPath,
    isProcessed: datasets.some(({ name, kind }) => name === of.dataset && kind === 'processed'),
    seen: newest?.id ?? 0,
  };
}
