import type { Digest, RunId } from '../../util/brand.ts';
import type { FileInfo } from './formats.ts';
import type { Filter } from './run-reader.ts';
import type { Tags, TagValue } from './value.ts';

/** What a tag of an item may be. A date is a text: `2026-11-24`, or `2026-11-24T08:30:00Z`. */
export const tagKinds = ['Str', 'Int', 'Float', 'Bool', 'Date'] as const;
export type CatalogTagKind = (typeof tagKinds)[number];

/** A tag as an experiment declares it. Values are in `unit`. */
export interface TagKey {
  readonly name: string;
  readonly type: CatalogTagKind;
  /** As it is written: `s`, `um`, `mg/l`. */
  readonly unit?: string;
  /** An ontology term, as a CURIE or an IRI: `NCIT:C25207`. */
  readonly term?: string;
  readonly description?: string;
  /** The only values that it may have. */
  readonly values?: readonly TagValue[];
}

export interface Author {
  readonly name: string;
  /** Sixteen digits in groups of four; the last may be X. */
  readonly orcid?: string;
  readonly email?: string;
  readonly affiliation?: string;
}

export interface Experiment {
  readonly name: string;
  readonly title?: string;
  readonly authors: readonly Author[];
  /** ISO 8601, a day or a moment. */
  readonly date?: string;
  readonly description?: string;
  /** An SPDX identifier or an address: `CC-BY-4.0`. */
  readonly licence?: string;
  readonly funding: readonly string[];
  readonly keys: readonly TagKey[];
  /** Whatever else another system knew of it, kept as it was. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface Dataset {
  readonly experiment: string;
  readonly name: string;
  /** `raw` was imported; `processed` was published by a run, or came with its history from another system. */
  readonly kind: 'raw' | 'processed';
  readonly description?: string;
  readonly items: number;
  readonly bytes: number;
  readonly retracted: number;
  /** Of the newest import or run. */
  readonly at?: string;
  /** Of a processed one that a run here published: the result's name is the dataset's. */
  readonly run?: RunId;
}

/** `reference`: it stays where it is · `copy`: its bytes are in the store too · `link`: the store shares them, by reflink or hard link. */
export type ImportMode = 'reference' | 'copy' | 'link';

/** A further file of an item: the metadata beside a TIFF, the other files of a set. */
export interface Companion {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

/** An item as it is written. Its id is given by the store. */
export interface NewItem {
  /** Its path below the import's source, with `/`. */
  readonly name: string;
  /** Absolute, or a URI. */
  readonly path: string;
  readonly digest: Digest;
  readonly directory: boolean;
  readonly size: number;
  readonly info: FileInfo;
  readonly mode: ImportMode;
  readonly mtimeMs?: number;
  /** Of a remote file. */
  readonly version?: string;
  readonly tags: Tags;
  readonly companions: readonly Companion[];
  /** What another system knew of this item, kept as it was: author, date, format. */
  readonly about?: Readonly<Record<string, unknown>>;
}

export interface CatalogItem extends NewItem {
  readonly id: number;
  readonly experiment: string;
  readonly dataset: string;
  readonly change: number;
  readonly importedAt: string;
  readonly importedBy: string;
  /** Why it must not be used any more. */
  readonly retracted?: string;
}

/** One act of somebody, undone as a whole. */
export interface Change {
  readonly id: number;
  readonly at: string;
  readonly user: string;
  readonly host: string;
  readonly kind: 'import' | 'annotation' | 'retraction' | 'experiment' | 'undo';
  readonly experiment: string;
  readonly dataset?: string;
  /** For people and programs: the source of an import, the rule of an annotation, how many items. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly state: 'open' | 'done' | 'abandoned' | 'undone';
  readonly undoneBy?: number;
}

/** What must not be used any more, and everything that was made with it: an item's content, a version of a tool, an environment. */
export interface Retraction {
  readonly kind: 'content' | 'environment' | 'tool';
  /** A digest, the name of an environment, `cellpose==4.0.1` as environments list it. */
  readonly subject: string;
  readonly reason: string;
  readonly at: string;
  readonly user: string;
}

/** What a change does, in the order it is written. Every value is whole: the journal needs nothing else to make the tables again. */
export type CatalogEvent =
  | { readonly type: 'experiment-set'; readonly experiment: Experiment }
  | {
      readonly type: 'dataset-added';
      readonly dataset: string;
      readonly kind: 'raw' | 'processed';
      readonly description?: string;
    }
  | {
      readonly type: 'items-added';
      readonly dataset: string;
      readonly items: readonly NewItem[];
      readonly types: TagTypes;
    }
  /** Items that are elsewhere now, or whose content is newer: their rows are seen no more. */
  | { readonly type: 'items-superseded'; readonly items: readonly number[] }
  /** `null` takes a tag away. */
  | {
      readonly type: 'tags-set';
      readonly items: readonly { readonly item: number; readonly tags: Readonly<Record<string, TagValue | null>> }[];
      readonly types: TagTypes;
    }
  | {
      readonly type: 'retracted';
      readonly kind: Retraction['kind'];
      readonly subjects: readonly string[];
      readonly reason: string;
    }
  | { readonly type: 'restored'; readonly kind: Retraction['kind']; readonly subjects: readonly string[] }
  | { readonly type: 'undone'; readonly change: number };

/** Of tags whose type their value does not tell: `Date`, and `Float` where it is whole. */
export type TagTypes = Readonly<Record<string, CatalogTagKind>>;

/** Reads only. Items of imports that did not end, of undone ones and superseded ones are not there. */
export interface CatalogReader {
  experiments(): Promise<readonly Experiment[]>;
  experiment(name: string): Promise<Experiment | undefined>;
  /** Raw and processed, in the order they came. */
  datasets(experiment?: string): Promise<readonly Dataset[]>;
  /** In the order of datasets and names. */
  items(options: {
    readonly experiment: string;
    readonly dataset?: string;
    readonly filter: Filter;
    readonly retracted: 'without' | 'with' | 'only';
  }): Promise<readonly CatalogItem[]>;
  /** All of one dataset, retracted ones among them, by name; in portions, so that a large one holds nobody up. */
  datasetItems(of: { readonly experiment: string; readonly dataset: string }): AsyncIterable<readonly CatalogItem[]>;
  /** Names and types of tags that items carry, of one experiment or of all, and in how many items. */
  tagNames(
    experiment?: string,
  ): Promise<readonly { readonly name: string; readonly type: CatalogTagKind; readonly items: number }[]>;
  /** What is known at these places, whatever experiment it belongs to. */
  itemsAt(paths: readonly string[]): Promise<readonly CatalogItem[]>;
  /** Items with this content. */
  itemsOf(digests: readonly Digest[]): Promise<readonly CatalogItem[]>;
  /** Newest first. */
  changes(options: { readonly experiment?: string; readonly limit: number }): Promise<readonly Change[]>;
  change(id: number): Promise<Change | undefined>;
  retractions(): Promise<readonly Retraction[]>;
}

export interface ChangeHeader {
  readonly kind: Change['kind'];
  readonly experiment: string;
  readonly dataset?: string;
  readonly about: Readonly<Record<string, unknown>>;
  /** The newest change when what this one builds on was read. Where the experiment was changed since, or somebody is about to, nothing is written and `StoreProblem` says who. */
  readonly seen?: number;
}

/** A change too large for one transaction. Its items are seen by nobody before it has ended; one whose engine died is abandoned by whoever comes next. */
export interface OpenChange {
  readonly id: number;
  write(events: readonly CatalogEvent[]): Promise<void>;
  /** With its last events, and what is known about it now. Durable, and everything is visible from here on. */
  end(last: {
    readonly events: readonly CatalogEvent[];
    readonly about: Readonly<Record<string, unknown>>;
  }): Promise<void>;
  /** Nothing of it stays but a row that says so. */
  abandon(): Promise<void>;
}

export interface Catalog extends CatalogReader {
  /** A whole change at once: all of it, or nothing. Returns its number. */
  record(header: ChangeHeader, events: readonly CatalogEvent[]): Promise<number>;
  begin(header: ChangeHeader): Promise<OpenChange>;
  /**
   * Takes back what a change did. Rejects with `UndoProblem` where a later change built on it.
   */
  undo(change: number): Promise<number>;
}

/** Why a change cannot be undone, in words for people. */
export class UndoProblem extends Error {
  readonly help: string;
  constructor(message: string, help: string) {
    super(message);
    this.name = 'UndoProblem';
    this.help = help;
  }
}
