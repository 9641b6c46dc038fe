import type { Json, JsonRecord } from './json-text.ts';

/**
 * An experiment as BioImageIT left it on disk, whichever version wrote it. Places are paths of metadata files below the experiment's folder, with `/`;
 * `document` is a file as it stands there, with everything that has no field here.
 */
export interface BioImageITExperiment {
  /** Absolute, without links. */
  readonly folder: string;
  /** `tags`: before there were uuids, up to 2021 · `keys`: since. */
  readonly layout: 'tags' | 'keys';
  readonly name: string;
  readonly author?: string;
  readonly date?: string;
  readonly uuid?: string;
  readonly keys: readonly string[];
  readonly document: JsonRecord;
  /** The raw one first. */
  readonly datasets: readonly BioImageITDataset[];
}

export interface BioImageITDataset {
  readonly kind: 'raw' | 'processed';
  readonly name: string;
  readonly place: string;
  readonly uuid?: string;
  readonly document: JsonRecord;
  /** In the order of the dataset's list. */
  readonly items: readonly BioImageITItem[];
  /** By place; none for the raw one. */
  readonly runs: readonly BioImageITRun[];
}

export interface BioImageITItem {
  readonly place: string;
  readonly name: string;
  readonly uuid?: string;
  readonly author?: string;
  readonly date?: string;
  readonly format?: string;
  /** Absolute. Of a result it may be gone, or never have been made: BioImageIT writes the metadata before it starts the tool. */
  readonly file: string;
  readonly isThere: boolean;
  readonly pairs: JsonRecord;
  readonly origin: BioImageITOrigin;
  readonly document: JsonRecord;
  /** What the dataset's list says of it: its `url` alone, or a record. */
  readonly listed: Json;
}

export type BioImageITOrigin =
  | { readonly type: 'raw' }
  | {
      readonly type: 'processed';
      /** Place of the run; absent where nothing is there. */
      readonly run?: string;
      readonly inputs: readonly BioImageITInput[];
      readonly output: { readonly name: string; readonly label?: string };
    };

/** What a result was made from: another item of the experiment, a file without metadata (tools that merge write one), or something that is gone. */
export type BioImageITInput = { readonly name: string } & (
  | { readonly of: 'item'; readonly place: string }
  | { readonly of: 'file'; readonly file: string }
  | { readonly of: 'nothing'; readonly url: string }
);

export interface BioImageITRun {
  readonly place: string;
  readonly uuid?: string;
  readonly process: { readonly name: string; readonly url?: string };
  readonly parameters: readonly { readonly name: string; readonly value: Json }[];
  readonly document: JsonRecord;
}
