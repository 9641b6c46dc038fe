import type { Span } from '../../diagnostics/span.ts';
import type { Catalog, ImportMode } from '../../engine/ports/catalog.ts';
import type { ContentStore } from '../../engine/ports/content-store.ts';
import type { Drafts, RemoteContent, Remotes } from '../../engine/ports/remote.ts';
import type { TagRule } from '../annotate/annotate.ts';
import type { MetadataReader } from '../readers/metadata-reader.ts';

/** What somebody wants imported, and how. */
export interface ImportRequest {
  readonly source: ImportSource;
  readonly experiment: string;
  readonly dataset: string;
  readonly mode: ImportMode;
  readonly recursive: boolean;
  /** Nothing is written, and no more is read than it takes to say what would be. */
  readonly dryRun: boolean;
  readonly rules: readonly TagRule[];
  /** The rules as they were typed, for the record. */
  readonly typed: readonly string[];
  /** Tags that an experiment with keys does not declare. */
  readonly newKeys: 'refuse' | 'declare';
  /** Items that no tag tells apart. */
  readonly duplicates: 'refuse' | 'allow';
  /** Items whose content is another one now, or is to be kept in another way. */
  readonly changed: 'leave' | 'replace';
  /** Tags of items that are there already, where the rules say something else. */
  readonly tags: 'keep' | 'replace';
  readonly places: ImportPlaces;
}

/** Absolute paths on this machine, or addresses of other places. */
export type ImportSource =
  | { readonly kind: 'local'; readonly paths: readonly string[] }
  | { readonly kind: 'remote'; readonly uris: readonly string[] };

/** Where on the command line things were said. */
export interface ImportPlaces {
  readonly source: Span;
  readonly dataset: Span;
  readonly mode: Span;
  readonly rule: (rule: number | undefined) => Span;
}

export interface ImportPorts {
  readonly catalog: Catalog;
  readonly content: Pick<ContentStore, 'digest' | 'keep' | 'path'>;
  readonly remotes: Remotes;
  readonly remote: RemoteContent;
  readonly drafts: Drafts;
  readonly reader: MetadataReader | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  readonly progress: (progress: ImportProgress) => void;
}

export type ImportProgress =
  | { readonly step: 'headers'; readonly done: number; readonly of: number }
  | { readonly step: 'contents'; readonly done: number; readonly of: number; readonly bytes: number }
  | { readonly step: 'keep'; readonly done: number; readonly of: number }
  | { readonly step: 'write'; readonly done: number; readonly of: number };
