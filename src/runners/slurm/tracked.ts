import type { AttemptToken } from '../../util/brand.ts';
import type { TerminatedRecord } from '../wrapper/exit-record.ts';
import type { Plan, Waiting } from './batches.ts';
import type { JobState } from './job-state.ts';

/** An attempt that this engine answers for, from being handed over until its end is told. */
export interface Attempt extends Waiting {
  readonly token: AttemptToken;
  /** Its launch file goes when it ends. */
  readonly hasSecrets: boolean;
  /** How often it was put into a job. */
  tries: number;
  /** `started` was said. */
  started: boolean;
  /** Its end was told, or is about to be. */
  settled: boolean;
  /** Whoever waits was told that nobody can be asked. */
  doubted: boolean;
  /** We asked for its end; by when the launcher must have seen to it (milliseconds since 1970). */
  cancelledBy?: number;
  /** Left by a launcher that was told to end: the job's state says why. */
  terminated?: TerminatedRecord;
  element?: Element;
}

/** One element of an array: a job of its own to Slurm. */
export interface Element {
  readonly batch: Batch;
  readonly index: number;
  /** In the order in which they run. Of a batch of an earlier engine, those alone that were taken over. */
  readonly attempts: readonly Attempt[];
  state?: JobState;
  /** It was seen on a node. */
  wasRunning: boolean;
  /** When it was first seen to be over, or back in the queue, or nowhere; milliseconds since 1970. */
  doneSince?: number;
}

export interface Batch {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly plan?: Plan<Attempt>;
  readonly elements: readonly Element[];
  /** The array's number; unknown until Slurm has said it. */
  job?: string;
}

export const jobOf = (element: Element): string => `${element.batch.job ?? '?'}_${element.index}`;

export const unsettled = (batch: Batch): readonly Attempt[] =>
  batch.elements.flatMap((element) => element.attempts.filter((attempt) => !attempt.settled));

/** Nothing of it is in Slurm's hands. */
export const isOver = (element: Element): boolean => element.state?.standing === 'over';
