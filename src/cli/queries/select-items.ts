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
  const tags = (await store.catalog.tagNames(asked.experiment)).map(({ name, type }) => ({
    name,
    type: type === 'Int' ? 'int' : type === 'Float' ? 'float' : type === 'Bool' ? 'bool' : 'str',
  })) satisfies Parameters<typeof findFilter>[1];
  return store.catalog.items({
    experiment: asked.experiment,
    ...(asked.dataset !== undefined && { dataset: asked.dataset }),
    filter: findFilter(asked.condition, tags),
    retracted: asked.retracted,
  });
}
