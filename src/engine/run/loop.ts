import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Process } from '../../parser/index.ts';
import type { AttemptToken, TaskKey } from '../../util/brand.ts';
import type { Computation, Flow, FlowStep, FlowTask, ReadyTask } from '../plan/step.ts';
import type { StoredResult } from '../ports/run-store.ts';
import type { Capacity, RunnerName, RunnerUpdate } from '../ports/runner.ts';
import { createBoard, mayReuse, reuse, taskAt } from './board.ts';
import { commit, type Ended, type Verdict } from './commit.ts';
import { compute } from './compute.ts';
import { createJudging } from './judging.ts';
import { createKeying } from './keying.ts';
import { createLanes } from './lanes.ts';
import { createLaunching, type Orphans } from './launching.ts';
import type { Ledger } from './ledger.ts';
import { createMailbox } from './mailbox.ts';
import type { Preparation } from './preparation.ts';
import { createProgress } from './progress.ts';
import { createPublishing } from './publishing.ts';
import { reachability } from './reachability.ts';
import type { RunRequest } from './request.ts';
import { reusable } from './reuse.ts';
import { createTables } from './tables.ts';
import type { Work } from './work.ts';

/** What comes back from everything that goes on beside the loop. */
type Message =
  | { readonly kind: 'updates'; readonly updates: readonly RunnerUpdate[] }
  | {
      readonly kind: 'looked-up';
      readonly works: readonly Work[];
      readonly results: ReadonlyMap<TaskKey, StoredResult>;
    }
  | { readonly kind: 'committed'; readonly verdicts: readonly Verdict[] }
  | {
      readonly kind: 'computed';
      readonly computation: Computation;
      readonly result: Awaited<ReturnType<typeof compute>>;
    }
  | { readonly kind: 'environment'; readonly process: Process; readonly failure?: string }
  | { readonly kind: 'published' | 'done' }
  | { readonly kind: 'stop'; readonly force: boolean }
  | { readonly kind: 'broken'; readonly error: unknown };

export interface LoopResult {
  readonly stopped: 'no' | 'failed' | 'cancelled';
  readonly unfinished: readonly FlowTask[];
  /** Attempts of earlier engines that were looked for: taken over, or found to be over. */
  readonly adopted: ReadonlySet<AttemptToken>;
}

/**
 * Runs a plan to its end: results that are known are reused, the rest is launched as inputs, resources and limits allow, and what becomes known
 * makes more of the plan known. One loop owns all state; lookups, commits, builds and publishes go on beside it and report to its mailbox.
 * Every intention is durable before the act, every result before it is used.
 */
export async function runLoop(
  request: RunRequest,
  parts: {
    readonly flow: Flow;
    readonly first: readonly FlowStep[];
    readonly ledger: Ledger;
    readonly preparation: Preparation;
    /** Of each runner that the program's processes run on. */
    readonly capacities: ReadonlyMap<RunnerName, Capacity>;
    readonly orphans: Orphans;
    readonly findOrphans: () => Promise<Orphans>;
    readonly onStep: (step: FlowStep) => void;
  },
): Promise<LoopResult> {
  const { flow, ledger, preparation } = parts;
  const { ports, options, signals } = request;
  const { clock, runners } = ports;
  const mailbox = createMailbox<Message>();
  const schedule = createLanes(parts.capacities, options.limits);
  const board = createBoard({
    request,
    flow,
    ledger,
    schedule,
    progress: createProgress(request, flow),
    tables: createTables(request.program, ledger),
  });
  const publishing = createPublishing(request, ledger);
  const toKey: ReadyTask[] = [];
  const toLookUp: Work[] = [];
  const toCommit: Ended[] = [];
  const waitingForEnvironment = new Map<string, ReadyTask[]>();
  let working = 0;
  let committing = false;
  let isPublishing = false;
  let broken: { readonly error: unknown } | undefined;

  /** Starts something beside the loop; its message, or its failure, comes by mail. */
  const beside = (work: Promise<Message>): void => {
    working += 1;
    work.then(
      (message) => {
        working -= 1;
        mailbox.post(message);
      },
      (error: unknown) => {
        working -= 1;
        mailbox.post({ kind: 'broken', error });
      },
    );
  };

  const stop = (why: 'failed' | 'cancelled', how: { readonly force: boolean }): void => {
    if (board.stopped === 'no') board.stopped = why;
    board.noMoreLaunches = true;
    schedule.drain();
    board.held.clear();
    const tokens = [...board.attempts.keys()];
    if (tokens.length === 0) return;
    beside(
      runners.cancel(tokens, { force: how.force, graceSeconds: options.graceSeconds }).then(() => ({ kind: 'done' })),
    );
  };

  const judging = createJudging(board, {
    again: (work, notBefore) => launching.enqueue(work, notBefore),
    stop: () => stop('failed', { force: false }),
    beside: (work) => beside(work.then(() => ({ kind: 'done' }))),
  });
  const launching = createLaunching(board, {
    orphans: parts.orphans,
    findOrphans: parts.findOrphans,
    fail: judging.failWork,
    ended: (ended) => void toCommit.push(ended),
  });
  const keying = createKeying(board, {
    preparation,
    fail: judging.failTask,
    wait(process, ready) {
      const waiting = waitingForEnvironment.get(process.id);
      if (waiting) {
        waiting.push(ready);
        return;
      }
      waitingForEnvironment.set(process.id, [ready]);
      request.onNotice({ kind: 'phase', phase: 'environments' });
      const build = preparation.build(process, (name, line) => request.onNotice({ kind: 'environment', name, line }));
      beside(
        build.then(
          () => ({ kind: 'environment' as const, process }),
          (error: unknown) => ({
            kind: 'environment' as const,
            process,
            failure: error instanceof Error ? error.message : String(error),
          }),
        ),
      );
    },
  });

  const absorb = (step: FlowStep): void => {
    for (const task of step.tasks) board.tasks[task.index] = task;
    toKey.push(...step.ready);
    const skipped = step.skipped.map(({ task, because }) => ({ task: taskAt(board, task), because }));
    if (skipped.length > 0) {
      for (const { task } of skipped) board.finished.add(task.index);
      ledger.record({ type: 'tasks-skipped', tasks: skipped.map(({ task, because }) => ({ task: task.id, because })) });
      board.progress.skipped(skipped.map(({ task }) => task));
    }
    publishing.add(step.publishes, (item) =>
      item.task === undefined ? board.tables.idOf(item.value.digest) : taskAt(board, item.task).id,
    );
    for (const computation of step.computations) {
      beside(compute(computation, ports).then((result) => ({ kind: 'computed', computation, result })));
    }
    parts.onStep(step);
    if (step.problems.some((problem) => problem.diagnostic.severity === 'error')) stop('failed', { force: false });
  };

  const heardOf = reachability((why) => request.onNotice({ kind: 'unreachable', why }));
  const onUpdates = (updates: readonly RunnerUpdate[]): void => {
    const started = [];
    for (const update of updates) {
      const attempt = board.attempts.get(update.token);
      if (!attempt) continue;
      heardOf(attempt.work.prepared.environment.runner, update);
      if (update.kind === 'started') {
        // Only now: many are handed to the runner before their turn.
        board.progress.started(attempt.work.task);
        started.push({ token: update.token, external: update.external, at: update.at });
      } else if (update.kind === 'held') request.onNotice({ kind: 'held', why: update.why });
      else if (update.kind !== 'unreachable')
        toCommit.push({ work: attempt.work, directory: attempt.directory, adopted: attempt.adopted, update });
    }
    if (started.length > 0) ledger.record({ type: 'attempts-started', attempts: started });
  };

  const handle = async (message: Message): Promise<void> => {
    switch (message.kind) {
      case 'updates':
        return onUpdates(message.updates);
      case 'looked-up':
        for (const work of message.works) {
          const result = message.results.get(work.key);
          if (result) reuse(board, work.key, result);
          else launching.enqueue(work);
        }
        return;
      case 'committed':
        committing = false;
        return judging.judge(message.verdicts);
      case 'computed':
        if (message.computation.kind === 'table' && message.result.how === 'table') {
          board.tables.record(message.computation, message.result.file);
        }
        flow.computed(message.computation.id, message.result);
        board.flowHasMore = true;
        return;
      case 'environment': {
        const waiting = waitingForEnvironment.get(message.process.id) ?? [];
        waitingForEnvironment.delete(message.process.id);
        if (message.failure === undefined) toKey.push(...waiting);
        else for (const { task } of waiting) judging.failTask(taskAt(board, task), message.failure);
        return;
      }
      case 'published':
        isPublishing = false;
        if (publishing.failed) stop('failed', { force: false });
        return;
      case 'done':
        return;
      case 'stop':
        return stop('cancelled', message);
      case 'broken':
        // The store or the runner failed under us, or we are wrong.
        broken ??= message;
        return;
    }
  };

  const idle = (): boolean =>
    working === 0 &&
    mailbox.isEmpty &&
    !board.flowHasMore &&
    board.attempts.size === 0 &&
    toCommit.length === 0 &&
    !publishing.waiting &&
    (board.noMoreLaunches ||
      (toKey.length === 0 && toLookUp.length === 0 && schedule.waiting === 0 && board.held.size === 0));

  let nextClaim = 0;
  let claimWait = claimWaitMs.first;
  const turn = async (): Promise<void> => {
    const until = clock.milliseconds() + sliceMs;
    if (board.flowHasMore) {
      const step = flow.advance(() => clock.milliseconds() > until);
      board.flowHasMore = step.more;
      absorb(step);
    }
    if (board.noMoreLaunches) {
      toKey.length = 0;
      toLookUp.length = 0;
    }
    if (toKey.length > 0) toLookUp.push(...keying.key(toKey.splice(0, keysPerTurn)));
    if (toLookUp.length >= lookupBatch || (toLookUp.length > 0 && toKey.length === 0)) {
      const works = toLookUp.splice(0);
      const candidates = works.filter((work) => mayReuse(board, work));
      beside(
        reusable(candidates, ports, { verify: options.verify }).then((results) => ({
          kind: 'looked-up',
          works,
          results,
        })),
      );
    }
    if (toCommit.length > 0 && !committing) {
      committing = true;
      beside(commit(toCommit.splice(0, commitBatch), ports).then((verdicts) => ({ kind: 'committed', verdicts })));
    }
    if (board.held.size > 0 && clock.milliseconds() >= nextClaim) {
      claimWait = (await launching.retryHeld()) ? claimWaitMs.first : Math.min(claimWait * 1.5, claimWaitMs.most);
      nextClaim = clock.milliseconds() + claimWait;
    }
    if (!board.noMoreLaunches && schedule.waiting > 0) await launching.launch();
    if (publishing.waiting && !isPublishing) {
      isPublishing = true;
      beside(publishing.publish().then(() => ({ kind: 'published' })));
    }
    await ledger.flush();
    board.progress.show();
  };
  const waitMs = (): number | undefined => {
    const times = [schedule.nextAt(), board.held.size > 0 ? nextClaim : undefined, board.progress.dueAt].filter(
      (time) => time !== undefined,
    );
    return times.length === 0 ? undefined : Math.max(1, Math.min(...times) - clock.milliseconds());
  };

  const listening = new AbortController();
  const listen = async (): Promise<void> => {
    while (!listening.signal.aborted) {
      const updates = await runners.updates(listening.signal);
      if (updates.length > 0) mailbox.post({ kind: 'updates', updates });
    }
  };
  const onDrain = (): void => mailbox.post({ kind: 'stop', force: false });
  const onKill = (): void => mailbox.post({ kind: 'stop', force: true });
  signals.drain.addEventListener('abort', onDrain);
  signals.kill.addEventListener('abort', onKill);
  if (signals.drain.aborted) onDrain();
  listen().catch((error: unknown) => mailbox.post({ kind: 'broken', error }));
  try {
    for (const step of parts.first) absorb(step);
    for (;;) {
      await turn();
      if (idle() || broken) break;
      const more = board.flowHasMore || toKey.length > 0;
      if (more) await nextTurn();
      for (const message of more ? mailbox.takeNow() : await mailbox.take(waitMs())) await handle(message);
    }
    if (broken) throw broken.error;
  } catch (error) {
    // Whoever typed the command has their prompt back after this: nothing may go on behind it.
    await runners
      .cancel([...board.attempts.keys()], { force: false, graceSeconds: options.graceSeconds })
      .catch(() => undefined);
    throw error;
  } finally {
    listening.abort();
    signals.drain.removeEventListener('abort', onDrain);
    signals.kill.removeEventListener('abort', onKill);
  }
  board.progress.show({ final: true });
  return {
    stopped: board.stopped === 'no' && board.noMoreLaunches ? 'failed' : board.stopped,
    unfinished: board.tasks.filter((task) => !board.finished.has(task.index)),
    adopted: launching.adopted,
  };
}

const commitBatch = 256;
const lookupBatch = 5000;
const keysPerTurn = 500;
const claimWaitMs = { first: 100, most: 1000 };
/** No stretch of work holds the event loop for longer. */
const sliceMs = 8;
