import type { Digest } from '../../util/brand.ts';

/** Puts results where people look for them: reflinks or copies, by rename, never over a file that no run published. */
export interface Publisher {
  /** Looks before the run (and before each publish): which of these are taken by files that no run published. */
  foreign(paths: readonly string[]): Promise<readonly string[]>;
  /** In batches, durable on return. One that is already there with this content is left alone. */
  publish(files: readonly PublishFile[]): Promise<readonly PublishResult[]>;
  /** Files that earlier runs published under this folder from this pipeline, and that are not in `keep`. */
  stale(folder: string, pipeline: string, keep: ReadonlySet<string>): Promise<readonly string[]>;
  /** Removes files that a run published and nobody changed since; returns those removed. */
  prune(paths: readonly string[]): Promise<readonly string[]>;
}

export interface PublishFile {
  /** The artifact's bytes: an object in the store, or a source file. */
  readonly from: string;
  readonly digest: Digest;
  readonly directory: boolean;
  /** Absolute. */
  readonly to: string;
}

export type PublishResult = { readonly to: string } & (
  | { readonly ok: true; readonly unchanged: boolean }
  | { readonly ok: false; readonly why: 'foreign' | 'full' | 'denied' | 'failed'; readonly message: string }
);
