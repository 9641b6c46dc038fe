import type { Digest } from '../../util/brand.ts';
import type { RemoteOptions } from './remote.ts';
import type { Tags } from './value.ts';

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

/** Puts results into other places, whole or not at all, and never over what no run put there. */
export interface RemotePublisher {
  /** In batches; durable on return as far as the place says so. One that is already there with this content is left alone. */
  publish(files: readonly RemotePublishFile[], options: RemoteOptions): Promise<readonly PublishResult[]>;
}

export interface RemotePublishFile {
  readonly from: string;
  readonly digest: Digest;
  readonly directory: boolean;
  /** `bucket/path`, `user@host:/path`, or the name of an attachment. */
  readonly path: string;
  readonly place: { readonly kind: 's3' | 'sftp' } | { readonly kind: 'omero'; readonly address: string };
  readonly tags: Tags;
}

/** `to` is where it is now: a path, or an address. */
export type PublishResult = { readonly to: string } & (
  | { readonly ok: true; readonly unchanged: boolean }
  | {
      readonly ok: false;
      readonly why: 'foreign' | 'full' | 'denied' | 'failed';
      readonly message: string;
      /** Where there is more to say than what follows from `why`. */
      readonly help?: string;
    }
);

/** Which addresses are ours: each is written down before something is put there. As for files of this machine, in the same table and journal. */
export interface PlacedElsewhere {
  find(uris: readonly string[]): Promise<ReadonlyMap<string, { readonly digest: Digest; readonly version?: string }>>;
  intend(
    files: readonly { readonly uri: string; readonly digest: Digest; readonly directory: boolean }[],
  ): Promise<void>;
  settle(files: readonly { readonly uri: string; readonly version: string }[]): Promise<void>;
  /** All that runs finished publishing at an address. */
  earlier(uri: string): Promise<ReadonlySet<Digest>>;
}
