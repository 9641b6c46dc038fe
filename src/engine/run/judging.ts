import { join } from 'node:path';
import type { TaskKey } from '../../util/brand.ts';
import type { FlowTask } from '../plan/step.ts';
import type { EndedAttempt, TaskFailure, TaskResult } from '../ports/event.ts';
import type { FileValue } from '../ports/value.ts';
import { type Attempt, type Board, finish, succeed, takeWorks } from './board.ts';
import { tail, type Verdict } from './commit.ts';
import { retry } from './retry.ts';
import { completion } from './reuse.ts';
import type { Work } from './work.ts';

type Failure = Omit<TaskFailure, 'task'>;

/** What a verdict means for the run: a result for all tasks of the key, another attempt, or a failure under the process's policy. */
export interface Judging {
  judge(verdicts: readonly Verdict[]): Promise<void>;
  /** A piece of work fails before it could be tried. */
  failWork(key: TaskKey, message: string): void;
  failTask(task: FlowTask, message: string): void;
}

export function createJudging(
  board: Board,
  parts: {
    readonly again: (work: Work, notBefore: number) => void;
    readonly stop: () => void;
    /** Does something beside the loop, which waits for it before it ends. */
    readonly beside: (work: Promise<void>) => void;
  },
): Judging {
  const { ledger, schedule, progress, request } = board;
  const { clock, store, content } = request.ports;

  const failTask = (task: FlowTask, failure: Failure): void => {
    // What we ended ourselves did not fail: it belongs to what the run did not get to. Somebody else may end a task too.
    if (failure.outcome === 'cancelled' && board.stopped !== 'no') return;
    const policy = task.call.process.onError ?? request.options.onError;
    progress.ended(task, 'failed');
    if (policy === 'quarantine') {
      ledger.record({ type: 'tasks-quarantined', tasks: [{ task: task.id, ...failure }] });
      const setAside = async (): Promise<void> => {
        const log = await quarantineLog(failure);
        finish(board, task, { how: 'quarantined', message: failure.message, exit: failure.exitCode ?? null, log });
      };
      parts.beside(setAside());
      return;
    }
    ledger.record({ type: 'tasks-failed', tasks: [{ task: task.id, ...failure }] });
    finish(board, task, { how: 'failed' });
    board.noMoreLaunches = true;
    if (policy === 'fail') parts.stop();
  };

  const failAll = (key: TaskKey, failure: Failure): void => {
    for (const work of takeWorks(board, key)) failTask(work.task, { ...failure, key });
  };

  const quarantineLog = async (failure: Failure): Promise<FileValue> => {
    const text =
      failure.workDir === '' ? failure.message : `${failure.message}\n${await tail(join(failure.workDir, 'stderr'))}\n`;
    const stored = await content.put(Buffer.from(text));
    return {
      kind: 'file',
      digest: stored.digest,
      size: stored.size,
      directory: false,
      name: 'log.txt',
      info: { mediaType: 'text/plain' },
    };
  };

  const before = (message: string): Failure => ({ outcome: 'not-started', message, stderrTail: '', workDir: '' });

  return {
    failWork: (key, message) => failAll(key, before(message)),
    failTask: (task, message) => failTask(task, before(message)),
    async judge(verdicts) {
      const over: EndedAttempt[] = [];
      const succeeded: TaskResult[] = [];
      const reused: { task: string; key: TaskKey }[] = [];
      const free: TaskKey[] = [];
      const after: (() => void)[] = [];
      for (const verdict of verdicts) {
        const { token } = verdict.ended.update;
        const attempt = board.attempts.get(token);
        if (!attempt) continue;
        board.attempts.delete(token);
        const { key } = attempt.work;
        schedule.release(key);
        over.push(endedAttempt(verdict, attempt, clock.now()));
        if (verdict.outcome === 'succeeded') {
          free.push(key);
          const [first, ...others] = takeWorks(board, key);
          if (!first) continue;
          succeeded.push({ task: first.task.id, key, token, outputs: verdict.outputs });
          for (const other of others) reused.push({ task: other.task.id, key });
          after.push(() => {
            for (const work of [first, ...others]) {
              progress.ended(work.task, work === first ? 'ran' : 'reused');
              succeed(board, work, completion(work.task.call.process.outputs, verdict.outputs));
            }
          });
          continue;
        }
        progress.paused(attempt.work.task);
        const decision =
          board.stopped === 'no'
            ? retry(attempt.work.task.call.process, attempt.work.prepared.settings, verdict, attempt.number)
            : { again: false as const };
        if (decision.again) {
          after.push(() => parts.again(attempt.work, clock.milliseconds() + decision.delayMs));
          continue;
        }
        free.push(key);
        // Once we are stopping, whatever a task says on its way out is our doing.
        const outcome = board.stopped === 'no' ? verdict.outcome : 'cancelled';
        const { message, stderrTail, exitCode } = verdict;
        after.push(() =>
          failAll(key, {
            token,
            outcome,
            message,
            stderrTail,
            workDir: attempt.directory,
            ...(exitCode !== undefined && { exitCode }),
          }),
        );
      }
      if (over.length > 0) ledger.record({ type: 'attempts-ended', attempts: over });
      if (succeeded.length > 0) ledger.record({ type: 'tasks-succeeded', tasks: succeeded });
      if (reused.length > 0) ledger.record({ type: 'tasks-reused', tasks: reused });
      await ledger.flush();
      if (free.length > 0) await store.release(free);
      for (const act of after) act();
    },
  };
}

function endedAttempt(verdict: Verdict, attempt: Attempt, now: string): EndedAttempt {
  const { update } = verdict.ended;
  const record = update.kind === 'ended' ? update.record : undefined;
  return {
    token: attempt.token,
    task: attempt.work.task.id,
    outcome: verdict.outcome,
    message: verdict.message,
    endedAt: record?.endedAt ?? now,
    ...(verdict.exitCode !== undefined && { exitCode: verdict.exitCode }),
    ...(verdict.signal !== undefined && { signal: verdict.signal }),
    ...(record && { startedAt: record.startedAt, usage: record.usage, isolation: record.isolation }),
    ...(verdict.stderrTail !== '' && { stderrTail: verdict.stderrTail }),
  };
}
