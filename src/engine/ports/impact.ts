import type { Digest, RunId } from '../../util/brand.ts';
import type { Retraction } from './catalog.ts';
import type { Tags } from './value.ts';

/** What depends on data, tools and environments that must not be used any more. Reads only, and never stands in a run's way. */
export interface ImpactReader {
  /** What depends on these, or, where none are named, on everything that is retracted. */
  impact(suspects: readonly Suspect[] | 'retracted'): Promise<Impact>;
  /**
   * Which of these are retracted or were made with anything that is, in their order, each with the nearest of what it depends on. Asks nothing more where nothing
   * is retracted; else it follows all that was made of what is, once.
   */
  affected(of: readonly Made[]): Promise<readonly (Affected | undefined)[]>;
  /** Of these contents, those that are retracted themselves. */
  retractedAmong(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, Retraction>>;
  /** Tools that results of this store were made with, as `NAME==VERSION`, and environments, by name: for suggestions. */
  known(): Promise<{ readonly tools: readonly string[]; readonly environments: readonly string[] }>;
}

/** What is retracted, or what somebody asks about before saying so. */
export type Suspect = Pick<Retraction, 'kind' | 'subject'> & Partial<Pick<Retraction, 'reason' | 'at' | 'user'>>;

/**
 * Some content, or the result of a task. Where the task is known, its own result counts: other work may have made the same bytes, an empty table say, without
 * anything that is retracted.
 */
export type Made =
  | { readonly digest: Digest; readonly run?: RunId | undefined; readonly task?: string | undefined }
  | { readonly run: RunId; readonly task: string };

export interface Affected {
  /** With the place where content lies or lay, as in `Impact`. */
  readonly suspect: Suspect & { readonly name: string };
  /** How many tasks lie between the two; 0 for what is retracted itself. */
  readonly tasks: number;
}

export interface Impact {
  readonly suspects: readonly (Suspect & {
    /** For people: the place where the content lies or lay; else the subject. */
    readonly name: string;
    /** The item that it is or was: `EXPERIMENT/DATASET/NAME`. */
    readonly item?: string;
    /** The parts of keys that tell of a tool or an environment: `environment.pip`. */
    readonly parts: readonly string[];
    /** Results that were made with it directly. */
    readonly results: number;
  })[];
  /** Published files that are current, by path. */
  readonly files: readonly (OnTheWay & {
    readonly path: string;
    readonly digest: Digest;
    /** Of the result. */
    readonly name: string;
    readonly tags: Tags;
    readonly run: RunId;
    readonly task?: string;
    readonly at: string;
    /** Those whose items the run read. */
    readonly experiments: readonly string[];
  })[];
  /** Imported items that are not retracted themselves: results that somebody imported. By name. */
  readonly items: readonly (OnTheWay & {
    readonly experiment: string;
    readonly dataset: string;
    readonly name: string;
    readonly path: string;
    readonly digest: Digest;
  })[];
  readonly datasets: readonly {
    readonly experiment: string;
    readonly dataset: string;
    /** The newest that published into it; absent for a dataset of imported items. */
    readonly run?: RunId;
    readonly affected: number;
    readonly total: number;
  }[];
  /** Newest first. A task counts by its result, computed there or reused. */
  readonly runs: readonly {
    readonly run: RunId;
    readonly pipeline: string;
    readonly name?: string;
    readonly startedAt: string;
    readonly experiments: readonly string[];
    readonly affected: number;
    readonly total: number;
  }[];
}

export interface OnTheWay {
  /** Index in `suspects`: the nearest of those that it depends on. */
  readonly suspect: number;
  /** How many tasks the shortest way has; 0 where the file itself is what is retracted. */
  readonly tasks: number;
  /** These tasks, from what is retracted to the file. Of a long way the ends, `longestWay` tasks in all. */
  readonly way: readonly { readonly task: string; readonly run: RunId }[];
}

export const longestWay = 40;
