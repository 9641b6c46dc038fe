import type { CatalogItem } from '../../engine/ports/catalog.ts';
import type { ExperimentPlace } from '../queries/experiment-place.ts';

export interface NamedItem {
  readonly item: CatalogItem;
  /** As sheets and messages call it: its name in its dataset, behind the dataset's where several are asked about. */
  readonly path: string;
}

/** Items under the names that tell them apart in what was asked about. `bit tags` prints them, `bit annotate` reads them. */
export function namedItems(items: readonly CatalogItem[], place: ExperimentPlace): readonly NamedItem[] {
  const isOne = place.dataset !== undefined || place.datasets.filter(({ kind }) => kind === 'raw').length < 2;
  return items.map((item) => ({ item, path: isOne ? item.name : `${item.dataset}/${item.name}` }));
}
