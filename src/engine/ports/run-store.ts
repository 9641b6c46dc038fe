import type { AttemptToken, Digest, RunId, TaskKey } from '../../util/brand.ts';
import type { Event, IntendedAttempt, KeyPart, OutputRecord, StoredEvent } from './event.ts';

/** Where runs are written. One writer per engine; many engines and readers at once. */
export interface RunStore {
  /** This engine, as other engines see it: alive as long as its operating-system lock is held. */
  readonly engine: { readonly token: string };
  /** A new run; its first event follows by `append`. */
  createRun(): RunId;
  /**
   * All of them or none, durable on return, in order; the tables (tasks, attempts, artifacts, lineage, tags, locations) are projections
   * made in the same transaction. A full disk rejects with `StoreProblem`. Returns them as stored, with number and time. Appends that are
   * asked for while one is on its way are committed together.
   */
  append(run: RunId, events: readonly Event[]): Promise<readonly StoredEvent[]>;
  events(run: RunId): Promise<readonly StoredEvent[]>;
  /** Runs without an end whose engine is gone, newest first. */
  interrupted(): Promise<readonly InterruptedRun[]>;
  /** The latest success of each key. */
  lookup(keys: readonly TaskKey[]): Promise<ReadonlyMap<TaskKey, StoredResult>>;
  /** Attempts that no engine has finished, by key, whoever's run they belong to: for adoption. */
  unfinished(run: RunId): Promise<readonly (IntendedAttempt & { readonly external?: string })[]>;
  /**
   * Takes the right to compute these keys. What another live engine holds comes back as `held`; a dead owner's claim is taken over.
   */
  claim(keys: readonly TaskKey[]): Promise<ReadonlyMap<TaskKey, 'ours' | 'held'>>;
  release(keys: readonly TaskKey[]): Promise<void>;
  /** What the latest run before `run` of this pipeline planned under the same task ids: for `why` and `plan`. */
  previous(
    pipeline: string,
    tasks: readonly string[],
    options: { readonly before?: RunId },
  ): Promise<ReadonlyMap<string, PreviousTask>>;
  /** Interned texts of `texts-recorded`, for showing what changed in a script. */
  texts(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, string>>;
  close(): Promise<void>;
}

export interface PreviousTask {
  readonly run: RunId;
  readonly key: TaskKey;
  readonly parts: readonly KeyPart[];
}

export interface InterruptedRun {
  readonly run: RunId;
  readonly identity: Digest;
  readonly pipeline: string;
  readonly startedAt: string;
}

export interface StoredResult {
  readonly key: TaskKey;
  readonly run: RunId;
  readonly task: string;
  readonly token: AttemptToken;
  readonly outputs: readonly OutputRecord[];
}

/** The world failed under the store: exits 75 (full, busy) or 3 (read-only, newer, network file system). */
export class StoreProblem extends Error {
  readonly why: 'full' | 'busy' | 'read-only' | 'newer' | 'network' | 'damaged' | 'denied';
  readonly help: string;
  constructor(why: StoreProblem['why'], message: string, help: string) {
    super(message);
    this.name = 'StoreProblem';
    this.why = why;
    this.help = help;
  }
}
