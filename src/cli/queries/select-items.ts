import type { CatalogItem } from '../../engine/ports/catalog.ts';
import type { Store } from '../../store/index.ts';
import { findFilter } from './find-filter.ts';

/** Items of an experiment, or of one of its datasets, that meet a condition as `bit find` takes it. */
export async function selectItems(
  store: Store,
  asked: {
    readonly experiment: string;
    readonly dataset?: string;
    readonly condition: string;
    readonly retracted: 'without' | 'with' | 'only';
  },
): Promise<readonly CatalogItem[]> {
  return store.catalog.items({
    experiment: asked.experiment,
    ...(asked.dataset !== undefined && { dataset: asked.dataset }),
    filter: findFilter(asked.condition, {
      name: 'condition',
      tags: await store.reader.tagNames({ experiment: asked.experiment }),
    }),
    retracted: asked.retracted,
  });
}
