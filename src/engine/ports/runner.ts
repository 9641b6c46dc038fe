import type { AttemptToken } from '../../util/brand.ts';
import type { Usage } from './outcome.ts';

export const runnerNames = ['local', 'docker', 'slurm'] as const;
export type RunnerName = (typeof runnerNames)[number];

/**
 * Runs attempts somewhere. A runner knows no plan, key or database and never calls back: it is handed launches, and asked for what happened.
 * Whatever it starts outlives the engine, carries the attempt's token, and ends by writing an exit record in the attempt's directory.
 */
export interface Runner {
  readonly name: RunnerName;
  /** What may run at once here. */
  capacity(): Promise<Capacity>;
  /** Prepares the directory of each launch and starts it. Resolves once all are handed over; what could not be started comes as an update. */
  submit(launches: readonly Launch[]): Promise<void>;
  /** Waits until something happened (or `signal` aborts) and returns all of it, in order; an empty list after abort. */
  updates(signal: AbortSignal): Promise<readonly RunnerUpdate[]>;
  /** After a restart: looks for each attempt by token and directory and takes it over; its further life comes as updates. */
  adopt(attempts: readonly Adoption[]): Promise<readonly AdoptionResult[]>;
  /** Ends attempts and everything they started: `end` asks (TERM, then KILL after the grace), `kill` does not ask. */
  cancel(
    tokens: readonly AttemptToken[],
    how: { readonly force: boolean; readonly graceSeconds: number },
  ): Promise<void>;
  /** Lets go of launchers. Attempts that still run go on. */
  close(): Promise<void>;
}

/** Every runner of a run behind one door: a launch or an adoption goes to the runner that it names, which is opened when it is first needed. */
export interface Runners extends Omit<Runner, 'name' | 'capacity'> {
  capacity(runner: RunnerName): Promise<Capacity>;
}

export interface Resources {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: number;
}

/** What may run at once. */
export interface Capacity extends Resources {
  /** Runners with one pool draw on the same cores and memory: tasks of this machine count together, wherever they run on it. */
  readonly pool: 'machine' | 'cluster';
  /** The most that a single task can be given; where it is absent, all there is. */
  readonly largest?: Resources;
}

/** One attempt, ready to start. Paths are absolute unless said. */
export interface Launch {
  readonly token: AttemptToken;
  /**
   * Of this attempt alone; the runner makes it (0700). Inside: `task/` (the working directory), `tmp/`, `stdout`, `stderr`, `task.json`, `exit.json`.
   */
  readonly directory: string;
  readonly staged: readonly StagedFile[];
  /** Folders to make in `task/`, relative. */
  readonly folders: readonly string[];
  readonly command: LaunchCommand;
  readonly document: TaskDocument;
  readonly activation: Activation;
  readonly runner: RunnerName;
  readonly resources: LaunchResources;
  readonly timeoutSeconds?: number;
}

export interface LaunchResources {
  readonly cpus: number;
  readonly memoryBytes?: number;
  readonly gpus: number;
  readonly diskBytes?: number;
  /** A partition of the cluster. */
  readonly queue?: string;
  /** Words for the scheduler's submit command, as they are. */
  readonly extra?: readonly string[];
}

export interface StagedFile {
  readonly source: string;
  readonly directory: boolean;
  /** Relative to `task/`. */
  readonly target: string;
}

export type LaunchCommand =
  | {
      readonly kind: 'script';
      readonly interpreter:
        | { readonly kind: 'language'; readonly language: string }
        | { readonly kind: 'argv'; readonly argv: readonly string[] };
      readonly text: string;
    }
  | { readonly kind: 'exec'; readonly argv: readonly string[] };

/** What a script sees, as `$BIT_TASK` and as variables of its language. Exactly what the key holds. */
export interface TaskDocument {
  readonly input: Readonly<Record<string, ScriptValue>>;
  /** A relative path; a pattern for lists and `many`; absent for `stdout`. */
  readonly output: Readonly<Record<string, ScriptOutput>>;
  readonly tag: Readonly<Record<string, string | number | boolean>>;
  readonly tagsOf: Readonly<Record<string, readonly Readonly<Record<string, string | number | boolean>>[]>>;
  readonly resource: Readonly<Record<string, number>>;
}

/** Paths are relative to `task/`. */
export type ScriptValue =
  | null
  | boolean
  | number
  | string
  | { readonly path: string }
  | { readonly list: readonly ScriptValue[] }
  | { readonly record: Readonly<Record<string, ScriptValue>> };

export type ScriptOutput =
  | { readonly kind: 'path'; readonly path: string }
  /** `tiles/{col}_{row}.tif` with the captures' names, for languages that fill it in. */
  | { readonly kind: 'pattern'; readonly pattern: string; readonly captures: readonly string[] }
  | { readonly kind: 'stdout' };

/** What makes an environment usable: folders before the system's PATH, and variables. */
export interface Activation {
  readonly path: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Programs found when the environment was resolved: `python` → `/…/bin/python`. */
  readonly programs: Readonly<Record<string, string>>;
  /** Names among `variables` whose values no file may keep longer than the attempt runs. */
  readonly secrets?: readonly string[];
  /** The task runs inside it: programs are looked for there, and `path` is not this machine's. */
  readonly container?: Container;
}

export interface Container {
  /** What the runner starts, pinned: `sha256:…` of an image that is here, `name@sha256:…`, or the path of an image file. */
  readonly image: string;
  /** Without it the task has no network. */
  readonly network: boolean;
  /** Further options in the words of `docker run`, `--shm-size=1g`. */
  readonly options: readonly string[];
}

export type RunnerUpdate =
  /** `external` names it to `adopt`: boot id, pid, start time; a container; a job. */
  | { readonly kind: 'started'; readonly token: AttemptToken; readonly external: string; readonly at: string }
  | { readonly kind: 'ended'; readonly token: AttemptToken; readonly record: ExitRecord }
  /** Asked, and it is gone without a record. */
  | { readonly kind: 'lost'; readonly token: AttemptToken; readonly why: string }
  /** Could not ask; it may be alive. Another update follows. */
  | { readonly kind: 'unreachable'; readonly token: AttemptToken; readonly why: string }
  /** It has not begun, and will not until somebody does something about it. */
  | { readonly kind: 'held'; readonly token: AttemptToken; readonly why: string }
  | { readonly kind: 'not-started'; readonly token: AttemptToken; readonly why: string };

/** Written by the wrapper, by rename, when the tool has ended and what it left behind has been reaped. The truth about an attempt. */
export interface ExitRecord {
  readonly token: AttemptToken;
  readonly how:
    | { readonly kind: 'exited'; readonly code: number }
    | { readonly kind: 'signalled'; readonly signal: string }
    | { readonly kind: 'timed-out' }
    | { readonly kind: 'out-of-memory' }
    /** By us; by somebody else where `why` says so. */
    | { readonly kind: 'cancelled'; readonly why?: string }
    /** The cluster took its resources back. */
    | { readonly kind: 'preempted'; readonly why: string }
    /** The interpreter or program could not be started at all. */
    | { readonly kind: 'not-started'; readonly why: string };
  readonly startedAt: string;
  readonly endedAt: string;
  readonly usage: Usage;
  /** Processes the tool left running, ended by the wrapper. */
  readonly leftBehind: number;
  /** How inputs were kept read-only: for lineage and `doctor`. */
  readonly isolation: 'mount-namespace' | 'reflink' | 'copy';
}

export interface Adoption {
  readonly runner: RunnerName;
  readonly token: AttemptToken;
  readonly directory: string;
  /** Absent where the engine died before it heard of it. */
  readonly external?: string;
  readonly timeoutSeconds?: number;
  readonly resources: LaunchResources;
}

export type AdoptionResult = { readonly token: AttemptToken } & (
  | { readonly state: 'running' }
  | { readonly state: 'ended'; readonly record: ExitRecord }
  /** Never began: nothing of it runs and nothing ran. */
  | { readonly state: 'not-started' }
  | { readonly state: 'lost' }
);
