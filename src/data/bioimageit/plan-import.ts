import { posix } from 'node:path';
import type { Experiment, TagKey } from '../../engine/ports/catalog.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { blake3 } from '../../util/blake3.ts';
import type { Digest } from '../../util/brand.ts';
import { isoDate } from '../annotate/iso-date.ts';
import type {
  BioImageITDataset,
  BioImageITExperiment,
  BioImageITInput,
  BioImageITItem,
} from './bioimageit-experiment.ts';
import type { JsonRecord } from './json-text.ts';
import { type KeyOf, tagKeys, tagsOf } from './tag-keys.ts';

/** What an experiment becomes, before any of its data were read. */
export interface ImportPlan {
  /** Tells this experiment from others of its name. */
  readonly identity: Digest;
  readonly record: Experiment;
  readonly datasets: readonly PlannedDataset[];
  /** By the place of their metadata; those whose data are not there among them. */
  readonly items: ReadonlyMap<string, PlannedItem>;
  readonly misfits: readonly { readonly item: BioImageITItem; readonly key: KeyOf; readonly text: string }[];
}

export interface PlannedDataset {
  readonly name: string;
  readonly kind: 'raw' | 'processed';
  readonly dataset: BioImageITDataset;
  readonly items: readonly PlannedItem[];
}

export interface PlannedItem {
  readonly item: BioImageITItem;
  /** Below the folder of its dataset. */
  readonly name: string;
  readonly tags: Tags;
  /** Kept with the item in the catalog: all that its metadata say, for people first and then as they stand. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** `known` is what the catalog has under this name: what people wrote there since the last import stays. */
export function planImport(
  experiment: BioImageITExperiment,
  { name, known }: { readonly name: string; readonly known: Experiment | undefined },
): ImportPlan {
  const keys = tagKeys(experiment, known?.keys ?? []);
  const pairs = inheritedPairs(experiment);
  const misfits: { item: BioImageITItem; key: KeyOf; text: string }[] = [];
  const datasets = experiment.datasets.map((dataset): PlannedDataset => {
    const names = new Set<string>();
    const items = dataset.items.map((item): PlannedItem => {
      const { tags, misfits: own } = tagsOf(pairs.get(item.place) ?? {}, keys);
      misfits.push(...own.map((misfit) => ({ item, ...misfit })));
      const itemName = nameIn(dataset, { folder: experiment.folder, item, names });
      names.add(itemName);
      return { item, name: itemName, tags, about: aboutItem(item, tags) };
    });
    return { name: dataset.name, kind: dataset.kind, dataset, items };
  });
  const identity = identityOf(experiment);
  return {
    identity,
    record: recordOf(experiment, { name, known, keys: keys.map((key) => key.tag), identity }),
    datasets,
    items: new Map(datasets.flatMap(({ items }) => items.map((planned) => [planned.item.place, planned] as const))),
    misfits,
  };
}

/** With a uuid an experiment is known wherever it is moved; without one, by where it is. */
const identityOf = ({ uuid, folder, name, author = '', date = '' }: BioImageITExperiment): Digest =>
  blake3(
    `bit/bioimageit/experiment/1\0${JSON.stringify(uuid === undefined ? { folder, name, author, date } : { uuid })}`,
  );

function recordOf(
  experiment: BioImageITExperiment,
  of: {
    readonly name: string;
    readonly known: Experiment | undefined;
    readonly keys: readonly TagKey[];
    readonly identity: Digest;
  },
): Experiment {
  const date = isoDate(experiment.date ?? '', { short: 'refused' });
  const { known } = of;
  const oldKeys = known?.keys ?? [];
  const extra = { ...known?.extra, bioimageit: extraOf(experiment, of.identity) };
  if (known !== undefined)
    return { ...known, keys: [...oldKeys, ...of.keys.filter((key) => !oldKeys.includes(key))], extra };
  return {
    name: of.name,
    ...(experiment.name !== of.name && { title: experiment.name }),
    authors: experiment.author === undefined ? [] : [{ name: experiment.author }],
    ...(date !== undefined && { date }),
    funding: [],
    keys: of.keys,
    extra,
  };
}

/** What has no item to be kept with: the files of the experiment and of its datasets, and of results that are not there. */
const extraOf = (experiment: BioImageITExperiment, identity: Digest): Readonly<Record<string, unknown>> => ({
  identity,
  folder: experiment.folder,
  layout: experiment.layout,
  document: experiment.document,
  datasets: experiment.datasets.map((dataset) => ({
    name: dataset.name,
    place: dataset.place,
    document: withoutList(dataset),
    absent: dataset.items
      .filter((item) => !item.isThere)
      .map(({ place, listed, document }) => ({ place, listed, document })),
  })),
});

/** The list of a dataset is as long as the dataset, and each item is kept with its entry; the list is kept as well only where it says more. */
function withoutList({ document, items }: BioImageITDataset): JsonRecord {
  const list = JSON.stringify(items.map((item) => item.listed));
  if (JSON.stringify(document.urls) !== list || items.some((item) => !item.isThere)) return document;
  const { urls: _, ...rest } = document;
  return rest;
}

const aboutItem = (
  { author, date, format, origin, place, listed, document }: BioImageITItem,
  tags: Tags,
): Readonly<Record<string, unknown>> => ({
  ...(author !== undefined && { author }),
  ...(date !== undefined && { date }),
  ...(format !== undefined && { format }),
  ...(origin.type === 'processed' && { output: origin.output }),
  // The tags as they were found: what differs from them later was annotated here, and stays.
  bioimageit: { place, listed, tags, document },
});

function nameIn(
  dataset: BioImageITDataset,
  of: { readonly folder: string; readonly item: BioImageITItem; readonly names: ReadonlySet<string> },
): string {
  const below = posix.relative(posix.join(of.folder, posix.dirname(dataset.place)), of.item.file);
  const name = below === '' || below.startsWith('..') ? posix.basename(of.item.file) : below;
  // Two metadata files may describe one file; the second is named by its metadata.
  return of.names.has(name) ? posix.basename(of.item.place) : name;
}

/**
 * Key-value pairs of every item. BioImageIT writes none for a result: when it searches among results it takes those of the raw data that the first input leads
 * back to. A result that has a pair of its own keeps that.
 */
function inheritedPairs(experiment: BioImageITExperiment): ReadonlyMap<string, JsonRecord> {
  const items = new Map(experiment.datasets.flatMap(({ items }) => items.map((item) => [item.place, item] as const)));
  const out = new Map<string, JsonRecord>();
  for (const start of items.values()) {
    const way: BioImageITItem[] = [];
    const seen = new Set<string>();
    let at: BioImageITItem | undefined = start;
    while (at !== undefined && !out.has(at.place) && !seen.has(at.place)) {
      way.push(at);
      seen.add(at.place);
      const parent: BioImageITInput | undefined = at.origin.type === 'processed' ? at.origin.inputs[0] : undefined;
      at = parent?.of === 'item' ? items.get(parent.place) : undefined;
    }
    let pairs: JsonRecord = at === undefined || seen.has(at.place) ? {} : (out.get(at.place) ?? {});
    for (const item of way.reverse()) {
      const own = Object.entries(item.pairs).filter(([, value]) => value !== '' && value !== null);
      pairs = Object.fromEntries([...Object.entries(pairs), ...own]);
      out.set(item.place, pairs);
    }
  }
  return out;
}
