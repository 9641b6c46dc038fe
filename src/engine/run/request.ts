import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Program } from '../../parser/index.ts';
import type { RunId } from '../../util/brand.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { Environments } from '../ports/environments.ts';
import type { Counts, PublishedFile, StoredEvent, TaskFailure } from '../ports/event.ts';
import type { Formats } from '../ports/formats.ts';
import type { ImpactReader } from '../ports/impact.ts';
import type { SettingsOf } from '../ports/process-settings.ts';
import type { Publisher, RemotePublisher } from '../ports/publisher.ts';
import type { Progress, RemoteContent } from '../ports/remote.ts';
import type { RunStore } from '../ports/run-store.ts';
import type { Runners } from '../ports/runner.ts';
import type { SourceProvider } from '../ports/source-provider.ts';
import type { Tables } from '../ports/tables.ts';
import type { Tags } from '../ports/value.ts';

/** Everything the engine touches the world with. */
export interface EnginePorts {
  readonly store: RunStore;
  readonly content: ContentStore;
  readonly runners: Runners;
  readonly environments: Environments;
  readonly publisher: Publisher;
  readonly remotePublisher: RemotePublisher;
  readonly sources: SourceProvider;
  readonly remote: RemoteContent;
  readonly formats: Formats;
  readonly tables: Tables;
  readonly clock: Clock;
  /** Tells of retracted inputs; without it nobody is warned. */
  readonly impact?: Pick<ImpactReader, 'retractedAmong'>;
}

export type OnError = 'fail' | 'finish' | 'quarantine';

export interface RunRequest {
  readonly program: Program;
  /** Absolute path of the `.bit` file: runs of one pipeline are known by it. */
  readonly pipeline: string;
  /** Absolute. */
  readonly outdir: string;
  /** Absolute; each attempt gets a directory below it. */
  readonly workFolder: string;
  readonly options: RunOptions;
  readonly ports: EnginePorts;
  /** Each event after it is durable. */
  onEvent(event: StoredEvent): void;
  onNotice(notice: Notice): void;
  /** `drain` (first Ctrl-C) starts nothing more and ends what runs within the grace; `kill` (second) does not wait. */
  readonly signals: { readonly drain: AbortSignal; readonly kill: AbortSignal };
}

export interface RunOptions {
  /** Where a process does not say. */
  readonly onError: OnError;
  /** False runs everything again, and stores it. */
  readonly cache: boolean;
  /** Processes or calls whose tasks run again. */
  readonly fresh: readonly string[];
  /** Processes or calls to run, with what they need upstream; empty for all. */
  readonly only: readonly string[];
  readonly stub: boolean;
  /** `none`: what lies elsewhere and was never fetched is an error that says how much it is. */
  readonly fetch: 'all' | 'none';
  readonly prune: boolean;
  /** Digest every reused object instead of trusting its stat. */
  readonly verify: boolean;
  readonly name?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Of this machine; a cluster has its own. */
  readonly limits: { readonly cpus?: number; readonly memoryBytes?: number };
  readonly settingsOf: SettingsOf;
  readonly argv: readonly string[];
  readonly graceSeconds: number;
  /** Whose run it is, for the database; the engine itself does not ask the machine. */
  readonly identity: { readonly version: string; readonly host: string; readonly user: string; readonly pid: number };
}

/** What is worth showing and not worth keeping. */
export type Notice =
  | { readonly kind: 'phase'; readonly phase: 'sources' | 'planning' | 'environments' | 'running' | 'publishing' }
  | { readonly kind: 'environment'; readonly name: string; readonly line: string }
  /** A file comes from another place, or goes to one. */
  | ({ readonly kind: 'fetching' | 'sending' } & Progress)
  /** A runner cannot ask about what runs, and keeps trying; without a reason it can again. */
  | { readonly kind: 'unreachable'; readonly why: string | undefined }
  /** A task waits for something that does not come by itself. */
  | { readonly kind: 'held'; readonly why: string }
  /** Other engines compute these many keys that this run needs. */
  | { readonly kind: 'waiting'; readonly keys: number }
  | { readonly kind: 'progress'; readonly calls: readonly CallProgress[] };

export interface CallProgress {
  readonly call: string;
  readonly process: string;
  readonly total: number;
  /** False while more items may come. */
  readonly exact: boolean;
  /** Everything that is over: ran, reused, failed, set aside, skipped, cancelled. */
  readonly done: number;
  readonly reused: number;
  readonly running: number;
  readonly failed: number;
}

export interface RunProblem {
  readonly code: string;
  readonly message: string;
  readonly help: string;
  readonly file?: string;
  readonly line?: number;
}

export interface AssertionResult {
  readonly text: string;
  readonly message: string;
  readonly holds: boolean;
  readonly tags: Tags;
  readonly file: string;
  readonly line: number;
}

/** How a run ended. With errors among `diagnostics` nothing was started and there is no run; nor is there where it was stopped before. */
export interface RunSummary {
  readonly run?: RunId;
  readonly status: 'succeeded' | 'failed' | 'cancelled' | 'not-started';
  readonly counts: Counts;
  readonly seconds: number;
  readonly published: readonly PublishedFile[];
  readonly failures: readonly TaskFailure[];
  readonly quarantined: readonly TaskFailure[];
  readonly diagnostics: readonly Diagnostic[];
  readonly problems: readonly RunProblem[];
  readonly assertions: readonly AssertionResult[];
  /** Published earlier from this pipeline to this folder, and not made any more. */
  readonly stale: readonly string[];
  readonly pruned: readonly string[];
  readonly notes: readonly string[];
  /** This run went on where an interrupted one stopped. */
  readonly resumed: boolean;
}

export interface PlanReport {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly { readonly name: string; readonly items: number; readonly tags: readonly string[] }[];
  readonly tasks: readonly PlanRow[];
  readonly publishes: readonly { readonly path: string; readonly name: string }[];
  readonly notes: readonly string[];
}

/** One task, or one process whose items are not known yet (`tasks` is null). */
export interface PlanRow {
  readonly id: string;
  readonly process: string;
  readonly tags: Tags;
  readonly tasks: number | null;
  readonly action: 'reuse' | 'run' | 'unknown';
  readonly reason: string;
  readonly because?: readonly {
    readonly part: string;
    readonly was: string;
    readonly is: string;
    readonly source: string;
  }[];
  readonly waitsFor: readonly string[];
}
