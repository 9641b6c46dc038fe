import type { Experiment, NewItem, TagTypes } from '../../../src/engine/ports/catalog.ts';
import type { Filter, FoundFile } from '../../../src/engine/ports/run-reader.ts';
import { queryFilter, readQuery } from '../../../src/parser/index.ts';
import type { Store } from '../../../src/store/index.ts';
import { blake3 } from '../../../src/util/blake3.ts';

/** An item of 10 bytes that says nothing of itself but what is given. */
export const newItem = (name: string, given: Partial<NewItem> = {}): NewItem => ({
  name,
  path: `/data/${name}`,
  digest: blake3(name),
  directory: false,
  size: 10,
  info: { mediaType: 'image/tiff' },
  mode: 'reference',
  tags: {},
  companions: [],
  ...given,
});

/** Imports items into an experiment and dataset that are made where they are not there. */
export async function imports(
  store: Store,
  given: {
    readonly experiment: string;
    readonly dataset: string;
    readonly kind?: 'raw' | 'processed';
    readonly keys?: Experiment['keys'];
    readonly types?: TagTypes;
    readonly items: readonly NewItem[];
  },
): Promise<number> {
  const { experiment, dataset } = given;
  return store.catalog.record({ kind: 'import', experiment, dataset, about: {} }, [
    { type: 'experiment-set', experiment: { name: experiment, authors: [], funding: [], keys: given.keys ?? [] } },
    { type: 'dataset-added', dataset, kind: given.kind ?? 'raw' },
    { type: 'items-added', dataset, items: given.items, types: given.types ?? {} },
  ]);
}

/** What a condition means over the tags that a store has. */
export async function filterOf(store: Store, text: string): Promise<Filter> {
  const { query, diagnostics } = readQuery(text, { name: 'query' });
  if (query === undefined) throw new Error(diagnostics[0]?.message);
  const meant = queryFilter(query, { tags: await store.reader.tagNames() });
  if (meant.filter === undefined) throw new Error(`${text}: ${meant.diagnostics[0]?.message}`);
  return meant.filter;
}

export const found = async (store: Store, text: string): Promise<readonly FoundFile[]> =>
  store.reader.find(await filterOf(store, text));
