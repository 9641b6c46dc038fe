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
  /**
   * Takes files of others in and leaves them where they are: as a copy (a reflink where the disk has them), or shared with the store (a reflink, else a hard link). What is there
   * already is not copied again. Answers which could not be taken, by path; all others are durable when it resolves.
   */
  keep(files: readonly KeptFile[], mode: 'copy' | 'link'): Promise<ReadonlyMap<string, WhyNotKept>>;
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

/** A file, or a folder, as it was when it was digested. */
export interface KeptFile {
  readonly path: string;
  readonly digest: Digest;
  readonly directory: boolean;
  readonly size: number;
  readonly mtimeMs?: number;
}

/** `other-disk`: files cannot be shared from where it is. `changed`: it is not what was digested any more. */
export type WhyNotKept = 'changed' | 'gone' | 'other-disk';

export interface StoredObject {
  readonly digest: Digest;
  readonly directory: boolean;
  readonly size: number;
}
