import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type AttemptToken, asAttemptToken, type TaskKey } from '../../util/brand.ts';
import { EvaluationProblem } from '../plan/evaluation-problem.ts';
import type { IntendedAttempt } from '../ports/event.ts';
import type { Adoption, Launch, Resources, RunnerName } from '../ports/runner.ts';
import { type Board, mayReuse, reuse } from './board.ts';
import type { Ended } from './commit.ts';
import { criticalPath } from './critical-path.ts';
import { largestTask } from './lanes.ts';
import { reusable } from './reuse.ts';
import type { Ready } from './schedule.ts';
import { type Demand, demand, launch, stagingClash, type Work } from './work.ts';

/** Attempts that an engine before this one had started, by the key they work on. */
export type Orphans = ReadonlyMap<TaskKey, IntendedAttempt & { readonly external?: string }>;

/** From "no result is known" to "it runs": resources, claims, intentions, launches. */
export interface Launching {
  /** Puts work in the queue. */
  enqueue(work: Work, notBefore?: number): void;
  /** Starts what may start now. Intentions are durable before the runner hears of them. */
  launch(): Promise<void>;
  /** Asks again for keys that other engines hold; true when something moved. */
  retryHeld(): Promise<boolean>;
  /** Orphans that were looked for. */
  readonly adopted: ReadonlySet<AttemptToken>;
}

export function createLaunching(
  board: Board,
  parts: {
    readonly orphans: Orphans;
    /** Looks for them again: another engine may have died since. */
    readonly findOrphans: () => Promise<Orphans>;
    readonly fail: (key: TaskKey, message: string) => void;
    /** An adopted attempt that was over already. */
    readonly ended: (ended: Ended) => void;
  },
): Launching {
  const { request, ledger, schedule, works, held } = board;
  const { ports, options } = request;
  const priority = criticalPath(request.program);
  const adopted = new Set<AttemptToken>();
  const orphans = new Map(parts.orphans);

  const attemptNumber = (key: TaskKey): number => (ledger.state.tried.get(key) ?? 0) + 1;

  const enqueue = (work: Work, notBefore = 0): void => {
    const { runner } = work.prepared.environment;
    const capacity = schedule.capacity(runner);
    const asked = demandOf(work, attemptNumber(work.key));
    const wrong =
      typeof asked === 'string'
        ? asked
        : (stagingClash(work) ?? tooLarge(asked, { largest: largestTask(capacity), runner }));
    if (typeof asked === 'string' || wrong !== undefined) {
      parts.fail(work.key, wrong ?? '');
      return;
    }
    board.demands.set(work.key, asked);
    const { call, index } = work.task;
    schedule.add({
      key: work.key,
      runner,
      process: call.process.id,
      ...(call.process.limit !== undefined && { limit: call.process.limit }),
      priority: priority[call.id] ?? 0,
      order: index,
      // More cores than the machine has are a wish, not a need: the task gets all there are.
      demand: { cpus: Math.min(asked.cpus, capacity.cpus), memoryBytes: asked.memoryBytes, gpus: asked.gpus },
      notBefore,
    });
  };

  /** Those of `taken` that this engine may compute; the others wait for whoever does. */
  const claim = async (taken: readonly Ready[]): Promise<readonly Work[]> => {
    const claims = await ports.store.claim(taken.map((ready) => ready.key));
    const ours: Work[] = [];
    for (const ready of taken) {
      const work = works.get(ready.key)?.[0];
      if (work && claims.get(ready.key) === 'ours') ours.push(work);
      else schedule.release(ready.key);
      if (work && claims.get(ready.key) !== 'ours') held.set(ready.key, work);
    }
    if (held.size > 0) request.onNotice({ kind: 'waiting', keys: held.size });
    return ours;
  };

  /** Attempts that are alive, or over with nobody to see it, are taken over instead of being done twice. */
  const adopt = async (ours: readonly Work[]): Promise<readonly Work[]> => {
    const found = ours.flatMap((work) => {
      const orphan = orphans.get(work.key);
      return orphan && !adopted.has(orphan.token) ? [{ orphan, work }] : [];
    });
    if (found.length === 0) return ours;
    const states = await ports.runners.adopt(found.map(({ orphan }): Adoption => ({ ...orphan })));
    const taken = new Set<TaskKey>();
    for (const state of states) {
      const match = found.find(({ orphan }) => orphan.token === state.token);
      if (!match) continue;
      const { orphan, work } = match;
      adopted.add(orphan.token);
      if (state.state === 'not-started' || state.state === 'lost') {
        ledger.record({
          type: 'attempts-ended',
          attempts: [
            {
              token: orphan.token,
              task: work.task.id,
              outcome: state.state,
              message: 'the engine that started it was interrupted',
              endedAt: ports.clock.now(),
            },
          ],
        });
        continue;
      }
      taken.add(work.key);
      if (!ledger.state.live.has(orphan.token))
        ledger.record({ type: 'attempts-intended', attempts: [{ ...orphan, task: work.task.id }] });
      board.attempts.set(orphan.token, {
        token: orphan.token,
        work,
        number: orphan.attempt,
        directory: orphan.directory,
        adopted: true,
      });
      board.progress.started(work.task);
      if (state.state === 'ended')
        parts.ended({
          work,
          directory: orphan.directory,
          update: { kind: 'ended', token: orphan.token, record: state.record },
          adopted: true,
        });
    }
    return ours.filter((work) => !taken.has(work.key));
  };

  return {
    adopted,
    enqueue,
    async launch() {
      const taken = schedule.take(ports.clock.milliseconds());
      if (taken.length === 0) return;
      const ours = await adopt(await claim(taken));
      // Another engine may have finished between the lookup and the claim.
      const results = await reusable(
        ours.filter((work) => mayReuse(board, work)),
        ports,
        { verify: options.verify },
      );
      const launches: Launch[] = [];
      const intended: IntendedAttempt[] = [];
      for (const work of ours) {
        const result = results.get(work.key);
        if (result) {
          schedule.release(work.key);
          reuse(board, work.key, result);
          continue;
        }
        const token = asAttemptToken(randomBytes(16).toString('hex'));
        const directory = join(request.workFolder, token.slice(0, 2), token);
        const number = attemptNumber(work.key);
        const asked = board.demands.get(work.key) ?? modest;
        const made = launch(work, {
          token,
          directory,
          attempt: number,
          demand: asked,
          locate: (file) => file.path ?? ports.content.path(file.digest, file.directory),
        });
        board.attempts.set(token, { token, work, number, directory, adopted: false });
        launches.push(made);
        intended.push({
          task: work.task.id,
          key: work.key,
          attempt: number,
          token,
          directory,
          runner: made.runner,
          resources: made.resources,
          ...(made.timeoutSeconds !== undefined && { timeoutSeconds: made.timeoutSeconds }),
        });
      }
      if (results.size > 0) await ports.store.release([...results.keys()]);
      if (intended.length === 0) return;
      ledger.record({ type: 'attempts-intended', attempts: intended });
      await ledger.flush();
      await ports.runners.submit(launches);
    },
    async retryHeld() {
      const claims = await ports.store.claim([...held.keys()]);
      const free = [...held.values()].filter((work) => claims.get(work.key) === 'ours');
      if (free.length === 0) return false;
      for (const work of free) held.delete(work.key);
      // The owner finished (then the result is there), failed or died (then it is ours to make).
      const results = await reusable(
        free.filter((work) => mayReuse(board, work)),
        ports,
        { verify: options.verify },
      );
      // What an owner that died had started may still run.
      if (free.some((work) => !results.has(work.key)))
        for (const [key, orphan] of await parts.findOrphans()) orphans.set(key, orphan);
      for (const work of free) {
        const result = results.get(work.key);
        if (result) reuse(board, work.key, result);
        else enqueue(work);
      }
      await ports.store.release([...results.keys()]);
      return true;
    },
  };
}

const modest: Demand = {
  cpus: 1,
  memoryBytes: 0,
  gpus: 0,
  diskBytes: 0,
  seconds: undefined,
  queue: undefined,
  extra: [],
};

/** The demand, or why its expressions have no value. */
function demandOf(work: Work, attempt: number): Demand | string {
  try {
    return demand(work.prepared, work.inputs, attempt);
  } catch (error) {
    if (error instanceof EvaluationProblem) return `${error.message}. ${error.help}`;
    throw error;
  }
}

function tooLarge(
  asked: Demand,
  site: { readonly largest: Resources; readonly runner: RunnerName },
): string | undefined {
  const { largest, runner } = site;
  const [where, remedy] =
    runner === 'slurm'
      ? ['no node has more than', 'ask for less, or for a partition with larger nodes']
      : ['there are', '`--memory` raises it'];
  if (asked.memoryBytes > largest.memoryBytes)
    return `asks for ${gigabytes(asked.memoryBytes)} of memory, and ${where} ${gigabytes(largest.memoryBytes)} here (${remedy})`;
  if (runner === 'slurm' && asked.cpus > largest.cpus)
    return `asks for ${asked.cpus} cores, and ${where} ${largest.cpus} here (${remedy})`;
  if (asked.gpus > largest.gpus)
    return `asks for ${asked.gpus} GPU, and there ${largest.gpus === 1 ? 'is 1' : `are ${largest.gpus}`} here`;
  return undefined;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
