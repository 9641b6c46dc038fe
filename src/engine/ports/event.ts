import type { AttemptToken, Digest, RunId, TaskKey } from '../../util/brand.ts';
import type { FileInfo } from './formats.ts';
import type { Outcome, Usage } from './outcome.ts';
import type { LaunchResources, RunnerName } from './runner.ts';
import type { Tags } from './value.ts';

/**
 * A run is its list of events: one closed union, documented in docs/json.md. Batches with interned parts, so that a wholly
 * reused run costs a few events however many tasks it has. `task` is the task's id (`straight[cell=A,time=3]`), unique in its run.
 */
export type Event =
  | {
      readonly type: 'run-started';
      readonly pipeline: string;
      readonly program: Digest;
      readonly params: Readonly<Record<string, unknown>>;
      readonly outdir: string;
      readonly name?: string;
      readonly tags: Readonly<Record<string, string>>;
      readonly engine: {
        readonly token: string;
        readonly version: string;
        readonly host: string;
        readonly user: string;
        readonly pid: number;
      };
      readonly argv: readonly string[];
      /** Digest of the program, params and source items together: the same again continues an interrupted run. */
      readonly identity: Digest;
      /** Of a run that another system did, and whose history was imported. Nothing here goes on with it, repeats it or answers from it. */
      readonly origin?: RunOrigin;
    }
  /** An engine took over a run that was interrupted. */
  | {
      readonly type: 'run-resumed';
      readonly engine: { readonly token: string; readonly host: string; readonly pid: number };
    }
  /** What a source held when the run began. In batches. */
  | { readonly type: 'sources-frozen'; readonly source: string; readonly items: readonly FrozenItem[] }
  /** Interned: calls, processes and long texts that task parts name. */
  | { readonly type: 'calls-recorded'; readonly calls: readonly CallRecord[] }
  | { readonly type: 'texts-recorded'; readonly texts: readonly { readonly digest: Digest; readonly text: string }[] }
  | { readonly type: 'tasks-planned'; readonly tasks: readonly PlannedTask[] }
  | { readonly type: 'tasks-reused'; readonly tasks: readonly { readonly task: string; readonly key: TaskKey }[] }
  | { readonly type: 'attempts-intended'; readonly attempts: readonly IntendedAttempt[] }
  | {
      readonly type: 'attempts-started';
      readonly attempts: readonly { readonly token: AttemptToken; readonly external: string; readonly at: string }[];
    }
  | { readonly type: 'attempts-ended'; readonly attempts: readonly EndedAttempt[] }
  | { readonly type: 'tasks-succeeded'; readonly tasks: readonly TaskResult[] }
  | { readonly type: 'tasks-failed'; readonly tasks: readonly TaskFailure[] }
  | { readonly type: 'tasks-quarantined'; readonly tasks: readonly TaskFailure[] }
  /** Downstream of a failure, or set aside with a partner. */
  | { readonly type: 'tasks-skipped'; readonly tasks: readonly { readonly task: string; readonly because: string }[] }
  | { readonly type: 'tasks-cancelled'; readonly tasks: readonly { readonly task: string }[] }
  | {
      readonly type: 'assertions-checked';
      readonly assertions: readonly {
        readonly text: string;
        readonly message: string;
        readonly holds: boolean;
        readonly tags: Tags;
        readonly file: string;
        readonly line: number;
      }[];
    }
  | { readonly type: 'published'; readonly files: readonly PublishedFile[] }
  | { readonly type: 'pruned'; readonly paths: readonly string[] }
  /** A problem that is nobody's task: a join without a partner, a publish that collides, a full disk. */
  | {
      readonly type: 'problem';
      readonly code: string;
      readonly message: string;
      readonly file?: string;
      readonly line?: number;
      readonly help: string;
    }
  | {
      readonly type: 'run-ended';
      readonly status: RunStatus;
      readonly seconds: number;
      readonly counts: Counts;
    };

export interface RunOrigin {
  /** `bioimageit`. */
  readonly system: string;
  /** The experiment that it belongs to in the catalog. */
  readonly experiment: string;
  /** ISO 8601, a day or a moment, where it is known. */
  readonly startedAt?: string;
  /** What the other system knew of it, kept as it was. */
  readonly record: Readonly<Record<string, unknown>>;
}

export type StoredEvent = Event & { readonly seq: number; readonly at: string; readonly run: RunId };

export type RunStatus = 'succeeded' | 'failed' | 'cancelled' | 'interrupted';

export interface Counts {
  readonly total: number;
  readonly ran: number;
  readonly reused: number;
  readonly failed: number;
  readonly quarantined: number;
  readonly skipped: number;
  readonly cancelled: number;
}

export interface FrozenItem {
  readonly tags: Tags;
  readonly files: readonly FrozenFile[];
}

export interface FrozenFile {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
  readonly directory: boolean;
  readonly mtimeMs: number;
  readonly fingerprint: 'content' | 'sampled' | 'stat';
  readonly info: FileInfo;
}

export interface CallRecord {
  /** `straight`, `night.straight`, `deskew#2`. */
  readonly call: string;
  readonly process: string;
  readonly file: string;
  readonly line: number;
  readonly script: { readonly file: string; readonly line: number };
  readonly args: Readonly<Record<string, { readonly file: string; readonly line: number }>>;
  /** For people: `python (inline)`, `exec: prog --flag`. */
  readonly command: string;
  readonly runner: string;
  readonly environment: string;
}

export interface PlannedTask {
  readonly task: string;
  readonly call: string;
  readonly tags: Tags;
  readonly key: TaskKey;
  /** What the key is made of, whole. Long texts stand as digests of `texts-recorded`. */
  readonly parts: readonly KeyPart[];
  /** Made by the engine itself, `table(ds)`: in the lineage as every task is, and counted as none. */
  readonly byEngine?: true;
  /** Input artifacts, for lineage. */
  readonly inputs: readonly { readonly name: string; readonly digest: Digest }[];
}

/** `['input.image', 'file', 'blake3:…']`: name, kind of value, and its canonical text. */
export type KeyPart = readonly [name: string, kind: string, value: string];

export interface IntendedAttempt {
  readonly task: string;
  readonly key: TaskKey;
  readonly attempt: number;
  readonly token: AttemptToken;
  readonly directory: string;
  readonly runner: RunnerName;
  readonly resources: LaunchResources;
  readonly timeoutSeconds?: number;
}

export interface EndedAttempt {
  readonly token: AttemptToken;
  readonly task: string;
  readonly outcome: Outcome;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly message: string;
  readonly startedAt?: string;
  readonly endedAt: string;
  readonly usage?: Usage;
  readonly isolation?: string;
  readonly stderrTail?: string;
}

/** Durable before anything downstream is. `outputs` is what a later run reuses. */
export interface TaskResult {
  readonly task: string;
  readonly byEngine?: true;
  readonly key: TaskKey;
  readonly token: AttemptToken;
  readonly outputs: readonly OutputRecord[];
}

/** One output artifact or scalar. `many` outputs have one record per item, with its tags; lists one per element, with `index`. */
export interface OutputRecord {
  readonly name: string;
  readonly tags?: Tags;
  readonly index?: number;
  readonly value:
    | {
        readonly kind: 'file';
        readonly digest: Digest;
        readonly size: number;
        readonly directory: boolean;
        readonly path: string;
        readonly info: FileInfo;
      }
    | { readonly kind: 'scalar'; readonly json: unknown }
    | { readonly kind: 'absent' };
}

export interface TaskFailure {
  readonly task: string;
  readonly key?: TaskKey;
  readonly token?: AttemptToken;
  readonly outcome: Outcome;
  readonly exitCode?: number;
  readonly message: string;
  readonly stderrTail: string;
  readonly workDir: string;
}

export interface PublishedFile {
  readonly path: string;
  readonly relative: string;
  readonly digest: Digest;
  readonly directory: boolean;
  readonly size: number;
  readonly tags: Tags;
  /** Of the result. */
  readonly name: string;
  /** The task that made it; absent for a published source file. */
  readonly task?: string;
}
