import type { Digest } from '../../util/brand.ts';
import type { Tags } from './value.ts';

export const remoteSchemes = ['https', 's3', 'sftp', 'omero'] as const;
/** `http:` addresses belong to `https` too. */
export type RemoteScheme = (typeof remoteSchemes)[number];

/** A file, or a folder of files, in another place. Its content is unknown until it is fetched. */
export interface RemoteFile {
  /** Without user info but the user of `sftp`, and never with a credential in it. */
  readonly uri: string;
  /** Its own name: the last segment of its path, the name of an image. */
  readonly name: string;
  readonly directory: boolean;
  readonly size?: number;
  /** Another one whenever the bytes may be others: an ETag, a version id, size and time. Absent where the server tells nothing of the kind. */
  readonly version?: string;
  readonly modifiedAt?: string;
  /** What the place itself knows of it: key-value pairs of an image server. */
  readonly tags?: Tags;
}

export interface Progress {
  readonly uri: string;
  /** Bytes that are here or there so far. */
  readonly bytes: number;
  readonly size?: number;
}

export interface RemoteOptions {
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/**
 * One kind of place where data lie. Every method rejects with `RemoteProblem` for what the world does, tries again by itself what may pass (5xx, 429, resets, timeouts; a growing pause,
 * a limited number of times), and stops at the signal. Any number of calls at once.
 */
export interface RemoteProvider {
  readonly scheme: RemoteScheme;
  /** Files below a URI that ends in `/` (or the images of `omero://host/Dataset:51`), in code point order of their URIs. Rejects with `unsupported` where the place cannot be listed. */
  list(uri: string, options: RemoteOptions): AsyncIterable<RemoteFile>;
  /** `undefined`: asked, and not there. */
  look(uri: string, options: RemoteOptions): Promise<RemoteFile | undefined>;
  /**
   * Brings the bytes to the local path `to`, which is whole and synced or not there at all. Bytes of an unfinished fetch lie beside it as `.bit-part-…`: the next one to the same path goes on with them
   * where the place allows it and the version is the same, and else removes them. One fetch to a path at a time. Rejects with `changed` when the file became another one since it was looked at, or meanwhile.
   * A folder is made at `to`, which must not exist, with all that is below it.
   */
  fetch(file: RemoteFile, to: string, options: RemoteOptions): Promise<RemoteFile>;
  /**
   * Puts a local file or folder there, whole or not at all: nobody ever sees half a file under its name. `over` is the version that may be replaced, or `nothing`: what is there instead is kept, and it rejects
   * with `exists`. An object store has no folders: there the files of one appear one by one, and go away again when it cannot be put whole.
   */
  put(from: string, uri: string, options: RemoteOptions & { readonly over: string | 'nothing' }): Promise<RemoteFile>;
  /** Removes a file that has this version still; one that is gone already is fine. */
  remove(uri: string, options: RemoteOptions & { readonly version: string }): Promise<void>;
  close(): Promise<void>;
}

export type RemoteWhy =
  | 'missing'
  | 'denied'
  /** No credential was found, or the one that was is refused. */
  | 'credentials'
  | 'unreachable'
  | 'changed'
  | 'exists'
  | 'unsupported'
  | 'full'
  /** The address is no address of this kind. */
  | 'address'
  | 'failed';

/** What another place did, in words for people, without a credential in them. */
export class RemoteProblem extends Error {
  readonly why: RemoteWhy;
  readonly uri: string;
  readonly help: string;
  constructor(why: RemoteWhy, uri: string, message: string, help: string) {
    super(message);
    this.name = 'RemoteProblem';
    this.why = why;
    this.uri = uri;
    this.help = help;
  }
}

/** Providers by scheme, opened when they are first needed. */
export interface Remotes {
  provider(scheme: RemoteScheme): Promise<RemoteProvider>;
  close(): Promise<void>;
}

/** Files of other places as content of the store: each version of each is fetched once, by whichever run needs it first. */
export interface RemoteContent {
  /** Those that are here: the same version was fetched before, and its content is still there. By URI. */
  here(files: readonly RemoteFile[]): Promise<ReadonlyMap<string, FetchedContent>>;
  /** Brings them here, a few at a time. What went wrong with one is its answer. Order as asked. */
  fetch(
    wanted: readonly { readonly file: RemoteFile; readonly sha256?: string }[],
    options: RemoteOptions,
  ): Promise<readonly FetchAnswer[]>;
}

export interface FetchedContent {
  readonly digest: Digest;
  readonly directory: boolean;
  readonly size: number;
}

export type FetchAnswer =
  | ({ readonly ok: true } & FetchedContent)
  | { readonly ok: false; readonly problem: RemoteProblem }
  /** The bytes are not the ones that were asked for. */
  | { readonly ok: false; readonly sha256: string };

/** What was fetched before, by address and version. */
export interface FetchedMemo {
  find(
    files: readonly { readonly uri: string; readonly version: string }[],
  ): Promise<ReadonlyMap<string, FetchedContent>>;
  record(fetched: readonly ({ readonly uri: string; readonly version: string } & FetchedContent)[]): Promise<void>;
}

/** Places on the store's file system for what is on its way into it: one engine has one at a time, and the next one finds what it left. */
export interface Drafts {
  /** A folder of this engine for something of this name, with what a dead engine had in it. */
  take(name: string): Promise<string>;
  remove(name: string): Promise<void>;
}
