import type { Filter, KnownTag } from '../../parser/index.ts';
import type { AttemptToken, Digest, RunId, TaskKey } from '../../util/brand.ts';
import type { CallRecord, Counts, KeyPart, OutputRecord, PublishedFile, RunStatus } from './event.ts';
import type { FileInfo } from './formats.ts';
import type { Outcome, Usage } from './outcome.ts';
import type { RunnerName } from './runner.ts';
import type { Tags, TagValue } from './value.ts';

export type {
  Filter,
  FilterField,
  FilterOrigin,
  FilterProperty,
  FilterValue,
  KnownTag,
  QueryValue,
} from '../../parser/index.ts';
export { queryFilter } from '../../parser/index.ts';

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
  /** Whether anything was read, published or imported at this place or below it. */
  isPlace(path: string): Promise<boolean>;
  /** What was imported from this place or URI, the newest first. */
  importedAt(path: string): Promise<readonly ImportedAs[]>;
  /** Items of this name, the newest first. */
  importedNamed(name: {
    readonly experiment: string;
    readonly dataset: string;
    readonly name: string;
  }): Promise<readonly ImportedAs[]>;
  /** Acts that touched this item, oldest first: its import, annotations, retractions of its content. */
  historyOf(item: number): Promise<readonly ItemChange[]>;
  /** Experiments whose items this run read. */
  experimentsOf(run: RunId): Promise<readonly string[]>;
  /** Runs that read items of this experiment, newest first. */
  runsOf(experiment: string): Promise<readonly RunRecord[]>;
  /** What runs that read items of this experiment published under this name, by path. */
  publishedIn(dataset: { readonly experiment: string; readonly name: string }): Promise<readonly LocationRecord[]>;
  /** The content that was fetched from this URI. */
  fetchedFrom(uri: string): Promise<Digest | undefined>;
  lineage(root: Digest, options: LineageOptions): Promise<Lineage>;
  /**
   * Tags that published files and items carry or experiments declare, by name; a name that is used in several ways is there several times. With an experiment, only
   * what belongs to it counts: its declarations and units, and the tags of its items and results.
   */
  tagNames(options?: { readonly experiment?: string }): Promise<readonly KnownTag[]>;
  /** Published files and imported items that the filter keeps, by path: raw and processed alike, retracted ones too. */
  find(filter: Filter, options?: { readonly limit?: number }): Promise<readonly FoundFile[]>;
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
  readonly runner: RunnerName;
  /** What the runner calls it: the id of a job or a container, the identity of a process. */
  readonly external?: string;
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

/** Content as somebody imported it. */
export interface ImportedAs {
  readonly id: number;
  readonly digest: Digest;
  readonly experiment: string;
  readonly dataset: string;
  /** Its path below the import's source. */
  readonly name: string;
  readonly path: string;
  /** An `ImportMode`. */
  readonly mode: 'reference' | 'copy' | 'link';
  readonly tags: Tags;
  /** The import. */
  readonly change: number;
  readonly importedAt: string;
  readonly importedBy: string;
  readonly host: string;
  /** What was imported, as the import has it: a folder, a URI. */
  readonly source?: string;
  /** A newer import has other content in its place where this is false. */
  readonly current: boolean;
  /** Why it must not be used any more. */
  readonly retracted?: string;
}

/** What a change did to one item. */
export interface ItemChange {
  readonly change: number;
  readonly at: string;
  readonly user: string;
  readonly kind: 'import' | 'annotation' | 'retraction' | 'experiment' | 'undo';
  readonly state: 'open' | 'done' | 'abandoned' | 'undone';
  /** Tags that it set or took away, with what they were before; `null` where there was none. */
  readonly before: Readonly<Record<string, TagValue | null>>;
  /** Of a retraction. */
  readonly reason?: string;
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
  readonly artifacts: ReadonlyMap<Digest, LineageArtifact>;
  /** By id; a task that stands for different work in different runs is `ID@RUN` from its second on. */
  readonly tasks: ReadonlyMap<string, LineageTask>;
}

export interface LineageArtifact extends ArtifactRecord {
  readonly producedBy: readonly string[];
  /** As people imported it, the newest import first. */
  readonly items: readonly ImportedAs[];
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

/** A published file, or an imported item. */
export interface FoundFile {
  readonly path: string;
  readonly digest: Digest;
  /** `raw` was imported, `processed` was made. */
  readonly origin: 'raw' | 'processed';
  /** Of the result; of an item, its dataset. */
  readonly kind: string;
  /** What it was imported into, or a run's results were recorded in. */
  readonly experiment?: string;
  readonly dataset?: string;
  readonly size: number;
  readonly type?: string;
  readonly tags: Tags;
  /** Who published it; absent for an item. */
  readonly run?: RunId;
  readonly task?: string;
  /** When it was published or imported, and by whom. */
  readonly at: string;
  readonly user?: string;
  /** Why it must not be used any more. */
  readonly retracted?: string;
  readonly info?: FileInfo;
}
