import type { AttemptToken, Digest, RunId, TaskKey } from '../../util/brand.ts';
import type { CallRecord, Counts, KeyPart, OutputRecord, PublishedFile, RunStatus } from './event.ts';
import type { FileInfo } from './formats.ts';
import type { Outcome, Usage } from './outcome.ts';
import type { Tags } from './value.ts';

/** What is asked of past and present runs. Reads only, and never stands in a run's way. */
export interface RunReader {
  /** Newest first; `done: 'here'` leaves out those whose history was imported. */
  runs(options: {
    readonly limit?: number;
    readonly pipeline?: string;
    readonly done?: 'here';
  }): Promise<readonly RunRecord[]>;
  /** Runs whose id begins so, newest first: one that is typed whole, or as far as it takes. */
  runsNamed(text: string): Promise<readonly RunRecord[]>;
  /** In the order they were planned. */
  tasks(run: RunId): Promise<readonly TaskRecord[]>;
  /** This task in the latest run that has it, or in the given run. */
  task(task: string, options: { readonly run?: RunId }): Promise<TaskRecord | undefined>;
  /** Tasks of this call or process, in the order they were planned: of the given run, or of the latest that has any. */
  tasksOf(name: string, options: { readonly run?: RunId }): Promise<readonly TaskRecord[]>;
  /** Ids of tasks that look like this one, in the latest runs: for suggestions. */
  tasksLike(text: string, options: { readonly limit: number }): Promise<readonly string[]>;
  attempts(run: RunId, task: string): Promise<readonly AttemptRecord[]>;
  /** What the task consisted of. */
  parts(key: TaskKey): Promise<readonly KeyPart[] | undefined>;
  /** The same task in the latest run before this one, of the same pipeline. */
  previous(task: TaskRecord): Promise<TaskRecord | undefined>;
  texts(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, string>>;
  /** The success that a task ended with: its own, or the one it reused. */
  result(task: TaskRecord): Promise<ResultRecord | undefined>;
  /** Tasks that made this content, the one that published `path` first. */
  makers(
    digest: Digest,
    options: { readonly path?: string },
  ): Promise<readonly { readonly run: RunId; readonly task: string }[]>;
  artifacts(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, ArtifactRecord>>;
  /** What is or was at this path, newest first. */
  locationsAt(path: string): Promise<readonly LocationRecord[]>;
  lineage(root: Digest, options: LineageOptions): Promise<Lineage>;
  /** Names and types of the tags that published files carry. */
  tagNames(): Promise<readonly { readonly name: string; readonly type: 'str' | 'int' | 'float' | 'bool' }[]>;
  /** Published files that the filter keeps, by path. */
  find(filter: Filter): Promise<readonly FoundFile[]>;
  /** What a run put in place, in order. */
  published(run: RunId): Promise<readonly PublishedFile[]>;
}

export interface RunRecord {
  readonly run: RunId;
  readonly pipeline: string;
  readonly name?: string;
  /** `running` while its engine lives, `interrupted` when it ended without a word. */
  readonly status: RunStatus | 'running';
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly seconds?: number;
  readonly tasks: Counts;
  readonly outdir: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly host: string;
  readonly user: string;
  readonly version: string;
  /** The system that did it, where it was not this one: `bioimageit`. */
  readonly origin?: string;
}

export interface TaskRecord {
  readonly run: RunId;
  readonly task: string;
  readonly tags: Tags;
  readonly key?: TaskKey;
  readonly state: 'planned' | 'reused' | 'succeeded' | 'failed' | 'quarantined' | 'skipped' | 'cancelled';
  /** Why it failed or was skipped. */
  readonly note?: string;
  /** Absent for a task that was skipped before its call was recorded. */
  readonly call?: CallRecord;
}

export interface AttemptRecord {
  readonly token: AttemptToken;
  readonly attempt: number;
  readonly directory: string;
  readonly resources: { readonly cpus: number; readonly memoryBytes?: number; readonly gpus: number };
  readonly intendedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly outcome?: Outcome;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly message?: string;
  readonly usage?: Usage;
  readonly isolation?: string;
  readonly stderrTail?: string;
}

export interface ResultRecord {
  readonly key: TaskKey;
  /** Who computed it. */
  readonly run: RunId;
  readonly task: string;
  readonly token: AttemptToken;
  readonly at: string;
  readonly outputs: readonly OutputRecord[];
}

export interface ArtifactRecord {
  readonly digest: Digest;
  readonly directory?: boolean;
  readonly size?: number;
  readonly info?: FileInfo;
  readonly tags: Tags;
  readonly locations: readonly LocationRecord[];
}

export interface LocationRecord {
  readonly path: string;
  readonly digest: Digest;
  /** `seen`: read as an input. */
  readonly kind: 'seen' | 'published';
  readonly run: RunId;
  readonly at: string;
  /** Of a seen file, when it was read. */
  readonly modifiedAt?: string;
  readonly name: string;
  readonly task?: string;
  readonly tags: Tags;
  /** As far as runs know: nothing else was seen or published there since. */
  readonly current: boolean;
}

export interface LineageOptions {
  readonly direction: 'up' | 'down' | 'both';
  /** Tasks between the root and the furthest artifact; unlimited where absent. */
  readonly depth?: number;
  /** The root as published here: who made that comes first. */
  readonly path?: string;
}

export interface Lineage {
  readonly root: Digest;
  readonly artifacts: ReadonlyMap<Digest, ArtifactRecord & { readonly producedBy: readonly string[] }>;
  /** By id; a task that stands for different work in different runs is `ID@RUN` from its second on. */
  readonly tasks: ReadonlyMap<string, LineageTask>;
}

export interface LineageTask {
  readonly task: string;
  readonly run: RunId;
  readonly key: TaskKey;
  readonly tags: Tags;
  readonly call?: CallRecord;
  readonly startedAt?: string;
  readonly seconds?: number;
  readonly isolation?: string;
  readonly inputs: readonly { readonly name: string; readonly digest: Digest }[];
  readonly outputs: readonly { readonly name: string; readonly digest: Digest }[];
}

/** A condition over a published file, in the words of the language. */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly of: Filter }
  | {
      readonly kind: 'compare';
      readonly field: FilterField;
      readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=';
      readonly value: string | number | boolean | null;
    }
  | { readonly kind: 'in'; readonly field: FilterField; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: 'between'; readonly field: FilterField; readonly from?: number; readonly to?: number }
  | { readonly kind: 'matches'; readonly field: FilterField; readonly regex: string }
  /** A Bool tag by itself. */
  | { readonly kind: 'holds'; readonly field: FilterField };

export type FilterField =
  | { readonly kind: 'tag'; readonly name: string }
  | {
      readonly kind: 'property';
      readonly name:
        | 'kind'
        | 'path'
        | 'name'
        | 'size'
        | 'type'
        | 'run'
        | 'process'
        | 'task'
        | 'pipeline'
        | 'digest'
        | 'at'
        | 'axes'
        | 'dtype';
    };

export interface FoundFile {
  readonly path: string;
  readonly digest: Digest;
  /** Of the result. */
  readonly kind: string;
  readonly size: number;
  readonly type?: string;
  readonly tags: Tags;
  readonly run: RunId;
  readonly task?: string;
  readonly at: string;
  readonly info?: FileInfo;
}
