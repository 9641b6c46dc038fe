import type { ExitRecord, RunnerUpdate } from '../../engine/ports/runner.ts';
import type { UpdateQueue } from '../update-queue.ts';
import { isTerminated, readLauncherRecord } from '../wrapper/exit-record.ts';
import { forgetSecrets } from '../wrapper/forget-secrets.ts';
import { removeMark } from './batch-folder.ts';
import { awaitLateFiles } from './late-files.ts';
import { writeSynthetic } from './synthetic-record.ts';
import { type Attempt, type Batch, jobOf } from './tracked.ts';

/** What is told of attempts, each end once. */
export interface Telling {
  started(attempt: Attempt, at: string): void;
  ended(attempt: Attempt, record: ExitRecord): void;
  notStarted(attempt: Attempt, why: string): void;
  lost(attempt: Attempt, why: string): void;
  /** Ended, and nothing recorded it: it is recorded here, so that whoever looks later finds the same. */
  concluded(attempt: Attempt, how: ExitRecord['how']): void;
  doubted(attempt: Attempt, why: string): void;
  held(attempt: Attempt, why: string): void;
  /** Slurm does not answer: said of one attempt for all, until it answers again. */
  silent(attempt: Attempt | undefined, words: string): void;
  answered(): void;
}

export function telling(options: {
  readonly updates: UpdateQueue;
  /** For how long the files of a record are waited for; undefined where they are there with it. */
  readonly lateFilesSeconds: number | undefined;
  readonly follow: (work: Promise<void>) => void;
  readonly onSettled: (attempt: Attempt) => void;
  /** An end was told, and this batch may be done. */
  readonly onTold: (batch: Batch) => void;
}): Telling {
  const { updates } = options;
  let isSilent = false;

  type Said<U = RunnerUpdate> = U extends RunnerUpdate ? Omit<U, 'token'> : never;
  const say = (attempt: Attempt, update: Said): void =>
    updates.push({ ...update, token: attempt.token } as RunnerUpdate);

  /** From here on nobody else tells of its end. */
  function settle(attempt: Attempt): void {
    attempt.settled = true;
    options.onSettled(attempt);
    if (attempt.hasSecrets) forgetSecrets(attempt.directory);
    if (attempt.element !== undefined) removeMark(attempt.element.batch, attempt);
  }

  function tellLast(attempt: Attempt, update: Said): void {
    say(attempt, update);
    if (attempt.element !== undefined) options.onTold(attempt.element.batch);
  }

  function tellEnd(attempt: Attempt, record: ExitRecord): void {
    told.started(attempt, record.startedAt);
    tellLast(attempt, { kind: 'ended', record });
  }

  const told: Telling = {
    started(attempt, at) {
      if (attempt.started || attempt.element?.batch.job === undefined) return;
      attempt.started = true;
      say(attempt, { kind: 'started', external: jobOf(attempt.element), at });
    },
    ended(attempt, record) {
      settle(attempt);
      const tell = (): void => tellEnd(attempt, record);
      if (options.lateFilesSeconds === undefined) tell();
      else options.follow(awaitLateFiles(attempt.directory, { seconds: options.lateFilesSeconds }).then(tell));
    },
    notStarted(attempt, why) {
      settle(attempt);
      tellLast(attempt, { kind: 'not-started', why });
    },
    lost(attempt, why) {
      settle(attempt);
      tellLast(attempt, { kind: 'lost', why });
    },
    concluded(attempt, how) {
      const isOurs = writeSynthetic(attempt, how);
      const record = readLauncherRecord(attempt.directory, attempt.token);
      if (record === undefined) told.lost(attempt, 'its record could not be written');
      else if (isOurs && !isTerminated(record)) {
        // No launcher said what files there are: none are waited for.
        settle(attempt);
        tellEnd(attempt, record);
      } else told.ended(attempt, isTerminated(record) ? { ...record, how } : record);
    },
    held: (attempt, why) => say(attempt, { kind: 'held', why }),
    doubted: (attempt, why) => say(attempt, { kind: 'unreachable', why }),
    silent(attempt, words) {
      if (isSilent || attempt === undefined) return;
      isSilent = true;
      say(attempt, { kind: 'unreachable', why: `Slurm does not answer: ${words}` });
    },
    answered() {
      isSilent = false;
    },
  };
  return told;
}
