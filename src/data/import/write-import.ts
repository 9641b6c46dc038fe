import type {
  Catalog,
  CatalogEvent,
  Experiment,
  ImportMode,
  NewItem,
  TagKey,
  TagTypes,
} from '../../engine/ports/catalog.ts';
import { chunks } from '../../util/chunks.ts';
import { tagTypes } from '../experiments/tag-types.ts';
import type { Comparison, Retagging } from './compare-items.ts';

export interface ImportToWrite {
  readonly catalog: Catalog;
  readonly experiment: string;
  readonly dataset: string;
  readonly mode: ImportMode;
  readonly newKeys: readonly TagKey[];
  readonly added: readonly NewItem[];
  readonly replaced: Comparison['changed'];
  /** To be given to items that stay. */
  readonly retagged: readonly Retagging[];
  /** Of the change: its source, the rules as they were typed. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly counts: Readonly<Record<string, number>>;
  /** The newest change when the dataset was read. */
  readonly seen: number;
  readonly signal: AbortSignal;
  readonly progress: (done: { readonly items: number; readonly of: number }) => void;
}

export type Written =
  | { readonly ok: true; readonly change: number }
  /** Somebody else changed the dataset since it was read, or is about to. */
  | { readonly ok: false; readonly other: { readonly user: string; readonly host: string } };

/** Writes an import so that all of it is seen at once, or nothing. Rejects as the catalog does, and with the signal's reason; then nothing of it stays. */
export async function writeImport(write: ImportToWrite): Promise<Written> {
  const { catalog, experiment: name, dataset } = write;
  const known = await catalog.experiment(name);
  const change = await catalog.begin({ kind: 'import', experiment: name, dataset, about: write.about });
  try {
    const other = (await catalog.changes({ experiment: name, limit: 100 })).find(
      ({ id, state, kind, dataset: of }) =>
        id < change.id &&
        kind !== 'experiment' &&
        (of === undefined || of === dataset) &&
        (state === 'open' || (id > write.seen && state !== 'abandoned')),
    );
    if (other !== undefined) {
      await change.abandon();
      return { ok: false, other };
    }
    // An experiment that is there already keeps its record until the last step, which is all or nothing.
    const first = recordOf(name, { known, newKeys: write.newKeys });
    await change.write([
      ...(known === undefined ? [{ type: 'experiment-set', experiment: first } as const] : []),
      { type: 'dataset-added', dataset, kind: 'raw' },
    ]);
    const items = [...write.added, ...write.replaced.map(({ item }) => item)];
    let done = 0;
    for (const slice of chunks(items, batchSize)) {
      write.signal.throwIfAborted();
      await change.write([{ type: 'items-added', dataset, items: slice, types: tagTypes(first.keys) }]);
      done += slice.length;
      write.progress({ items: done, of: items.length });
    }
    write.signal.throwIfAborted();
    const last = recordOf(name, { known: await catalog.experiment(name), newKeys: write.newKeys });
    await change.end({
      events: [
        ...(known !== undefined && write.newKeys.length > 0
          ? [{ type: 'experiment-set', experiment: last } as const]
          : []),
        ...lastEvents(write, tagTypes(first.keys)),
      ],
      about: write.counts,
    });
    return { ok: true, change: change.id };
  } catch (error) {
    // Where even this fails (a full disk), whoever imports next clears it away.
    await change.abandon().catch(() => {});
    throw error;
  }
}

/** One transaction, one line of the journal. */
const batchSize = 1000;

function recordOf(
  name: string,
  of: { readonly known: Experiment | undefined; readonly newKeys: readonly TagKey[] },
): Experiment {
  const { known, newKeys } = of;
  if (known === undefined) return { name, authors: [], funding: [], keys: newKeys };
  const has = new Set(known.keys.map((key) => key.name));
  return { ...known, keys: [...known.keys, ...newKeys.filter((key) => !has.has(key.name))] };
}

/** What others would see at once: it goes with the end. */
function lastEvents(write: ImportToWrite, types: TagTypes): readonly CatalogEvent[] {
  const replaced = write.replaced.map(({ before }) => before.id);
  return [
    ...chunks(replaced, batchSize).map((items): CatalogEvent => ({ type: 'items-superseded', items })),
    ...chunks(write.retagged, batchSize).map(
      (slice): CatalogEvent => ({
        type: 'tags-set',
        items: slice.map(({ item, tags }) => ({ item: item.id, tags })),
        types,
      }),
    ),
  ];
}
