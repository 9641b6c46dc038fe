import type { Digest } from '../../util/brand.ts';

export type Fingerprint = 'content' | 'sampled' | 'stat';

/** Content by digest. Objects are complete, read-only and never change; many engines use one store at once. */
export interface ContentStore {
  /** Digests of files and directories (Merkle), remembered by stat under git's racy-clean rule. Order as asked. `fresh` ignores the memory. */
  digest(
    paths: readonly string[],
    options: { readonly fingerprint: Fingerprint; readonly fresh: boolean },
  ): Promise<readonly Digested[]>;
  /**
   * Takes outputs in: rename (reflink or copy across devices), read-only, then one sync of all files and one of their directories.
   * When it resolves, everything is durable. An object that is there already is kept and the new one removed.
   */
  place(files: readonly Placement[]): Promise<void>;
  /** The object's path, whether or not it is there. */
  path(digest: Digest, directory: boolean): string;
  /** Which of these are there and unchanged: by size and stat, by digest where the stat changed or `verify`. */
  present(objects: readonly StoredObject[], options: { readonly verify: boolean }): Promise<ReadonlySet<Digest>>;
  /** Small texts (tables the engine makes) straight into the store. */
  put(bytes: Uint8Array): Promise<{ readonly digest: Digest; readonly size: number }>;
}

export type Digested =
  | {
      readonly ok: true;
      readonly path: string;
      readonly digest: Digest;
      readonly size: number;
      readonly directory: boolean;
      readonly mtimeMs: number;
      readonly fingerprint: Fingerprint;
    }
  | {
      readonly ok: false;
      readonly path: string;
      readonly why: 'missing' | 'denied' | 'not-regular' | 'changed-while-read' | 'failed';
      readonly message: string;
    };

export interface Placement {
  readonly path: string;
  readonly digest: Digest;
  readonly directory: boolean;
}

export interface StoredObject {
  readonly digest: Digest;
  readonly directory: boolean;
  readonly size: number;
}
