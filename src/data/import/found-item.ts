import type { RemoteFile } from '../../engine/ports/remote.ts';
import type { Tags } from '../../engine/ports/value.ts';
import type { LeftFile, UnreadableFile } from './find-files.ts';

/** One item as it was found, before anything of it was read. */
export interface FoundItem {
  /** Below the source, with `/`. */
  readonly name: string;
  /** Absolute, or a URI. */
  readonly path: string;
  readonly directory: boolean;
  /** Of an image the header is read; anything else was named by somebody and is a file. */
  readonly kind: 'image' | 'other';
  readonly size: number;
  readonly mtimeMs?: number;
  readonly companions: readonly FoundCompanion[];
  /** Tags that its place knows of it. */
  readonly tags: Tags;
  readonly remote?: RemoteFile;
}

export interface FoundCompanion {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs?: number;
  readonly remote?: RemoteFile;
}

/** Files that are no images and belong to none, by extension, most first. */
export type LeftOut = readonly { readonly extension: string; readonly count: number }[];

/** All that a source holds, grouped into items. */
export interface FoundItems {
  /** What names of items are relative to: an absolute path, or a URI. */
  readonly root: string;
  readonly items: readonly FoundItem[];
  readonly leftOut: LeftOut;
  readonly left: readonly LeftFile[];
  readonly unreadable: readonly UnreadableFile[];
  /** Folders that were not looked into, because that was not asked for. */
  readonly closedFolders: number;
  /** Whether a place that the catalog knows is empty now; where that cannot be told it is not. */
  readonly isGone: (item: { readonly path: string }) => boolean;
  /** Throws `SourceLost` where so many files are lost because all of the source is. */
  readonly refuseLost: (lost: { readonly failed: number; readonly of: number }) => void;
}
