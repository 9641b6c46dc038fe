import { existsSync } from 'node:fs';
import type { Launch } from '../../engine/ports/runner.ts';
import type { AttemptToken } from '../../util/brand.ts';
import type { TerminatedRecord } from '../wrapper/exit-record.ts';
import type { Waiting } from './batches.ts';
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
  /** We asked for its end; by when the launcher must have seen to it (milliseconds since 1970). */
  cancelledBy?: number;
  /** Left by a launcher that was told to end: the job's state says why. */
  terminated?: TerminatedRecord;
  element?: Element;
}

export function newAttempt(
  of: Pick<Launch, 'token' | 'directory' | 'resources' | 'timeoutSeconds'>,
  more: { readonly hasSecrets: boolean; readonly guards: readonly string[] },
): Attempt {
  const { token, directory, resources, timeoutSeconds } = of;
  const time = timeoutSeconds === undefined ? {} : { timeoutSeconds };
  return { token, directory, resources, ...time, ...more, tries: 0, started: false, settled: false };
}

/** One element of an array: a job of its own to Slurm. */
export interface Element {
  readonly batch: Batch;
  readonly index: number;
  /** In the order in which they run. Of a batch of an earlier engine, those alone that were taken over. */
  readonly attempts: Attempt[];
  state?: JobState;
  /** It was seen on a node. */
  wasRunning: boolean;
  /** When it was first seen to be over, or back in the queue, or nowhere; milliseconds since 1970. */
  doneSince?: number;
  /** It was said that its state means nothing here. */
  isDoubted?: boolean;
}

export interface Batch {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly elements: Element[];
  /** The array's number; unknown until Slurm has said it. */
  job?: string;
  /** Why it was last said to be held. */
  heldFor?: string;
}

export const jobOf = (element: Element | undefined): string =>
  element === undefined ? '?' : `${element.batch.job ?? '?'}_${element.index}`;

export const unsettled = (batch: Batch): readonly Attempt[] =>
  batch.elements.flatMap((element) => element.attempts.filter((attempt) => !attempt.settled));

export const hasBegun = (attempt: Pick<Attempt, 'directory'>): boolean => existsSync(`${attempt.directory}/stdout`);
