import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Process } from '../../parser/index.ts';
import { asAttemptToken, type AttemptToken, type TaskKey } from '../../util/brand.ts';
import { EvaluationProblem } from '../plan/evaluation-problem.ts';
import type { Completion, Flow, FlowStep, FlowTask, ReadyTask, TaskIndex } from '../plan/step.ts';
import type { EndedAttempt, Event, IntendedAttempt, TaskFailure } from '../ports/event.ts';
import type { Adoption, Capacity, Launch, RunnerUpdate } from '../ports/runner.ts';
import type { StoredResult } from '../ports/run-store.ts';
import type { FileValue } from '../ports/value.ts';
import { callRecord } from './call-record.ts';
import { commit, type Ended, tail, type Verdict } from './commit.ts';
import { compute } from './compute.ts';
import { createMailbox } from './mailbox.ts';
import type { Ledger } from './ledger.ts';
import type { Preparation } from './preparation.ts';
import { createProgress } from './progress.ts';
import { createPublishing } from './publishing.ts';
import type { RunRequest } from './request.ts';
import { retry } from './retry.ts';
import { completion, reusable } from './reuse.ts';
import { createSchedule, type Ready } from './schedule.ts';
import { criticalPath } from './critical-path.ts';
import { type Demand, demand, inputFiles, launch, stagingClash, type Work, work } from './work.ts';

/** What comes back from everything that goes on beside the loop. */
type Message =
  | { readonly kind: 'updates'; readonly updates: readonly RunnerUpdate[] }
  | { readonly kind: 'looked-up'; readonly works: readonly Work[]; readonly results: ReadonlyMap<TaskKey, StoredResult> }
  | { readonly kind: 'committed'; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'computed'; readonly id: number; readonly result: Awaited<ReturnType<typeof compute>> }
  | { readonly kind: 'environment'; readonly process: Process; readonly failure?: string }
  | { readonly kind: 'quarantined'; readonly task: FlowTask; readonly message: string; readonly exit: number | null; readonly log: FileValue }
  | { readonly kind: 'published' }
  | { readonly kind: 'told' }
  | { readonly kind: 'stop'; readonly force: boolean }
  | { readonly kind: 'broken'; readonly error: unknown };

/** An attempt between its launch and its verdict. */
interface Attempt {
  readonly token: AttemptToken;
  readonly work: Work;
  readonly number: number;
  readonly directory: string;
  readonly demand: Demand;
}

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
    readonly capacity: Capacity;
    /** Attempts of interrupted runs that may be alive, by key. */
    readonly orphans: ReadonlyMap<TaskKey, IntendedAttempt & { readonly external?: string }>;
    readonly onProblem: (step: FlowStep) => void;
  },
): Promise<LoopResult> {
  const { flow, ledger, preparation, capacity } = parts;
  const { ports, options } = request;
  const { clock, runner, store } = ports;
  const mailbox = createMailbox<Message>();
  const schedule = createSchedule(capacity, { ahead: capacity.cpus * aheadPerSlot, patience: capacity.cpus * 8 });
  const priority = criticalPath(request.program);
  const publishing = createPublishing(request, ledger);
  const progress = createProgress(request, flow);

  const tasks: FlowTask[] = [];
  /** Tasks by key: equal keys are one piece of work. */
  const works = new Map<TaskKey, Work[]>();
  const finished = new Set<TaskIndex>();
  const recordedCalls = new Set<string>();
  const recordedTexts = new Set<string>();
  const steps: FlowStep[] = [...parts.first];
  const waitingForEnvironment = new Map<string, ReadyTask[]>();
  const attempts = new Map<AttemptToken, Attempt>();
  const demands = new Map<TaskKey, Demand>();
  const ended: Ended[] = [];
  let toKey: ReadyTask[] = [];
  let toLookUp: Work[] = [];
  let held = new Map<TaskKey, Work>();
  let flowHasMore = false;
  let busy = { lookups: 0, commits: 0, computations: 0, environments: 0, publishes: 0 };
  let stopped: 'no' | 'failed' | 'cancelled' = 'no';
  let killed = false;
  let broken: { readonly error: unknown } | undefined;
  const beside = <T extends Message>(what: keyof typeof busy, promise: Promise<T>): void => {
    busy = { ...busy, [what]: busy[what] + 1 };
    promise
      .then(
        (message) => mailbox.post(message),
        (error: unknown) => mailbox.post({ kind: 'broken', error }),
      )
      .finally(() => {
        busy = { ...busy, [what]: busy[what] - 1 };
      });
  };

  // ---- the plan grows -------------------------------------------------------------------------------------------

  const absorb = (step: FlowStep): void => {
    for (const task of step.tasks) tasks[task.index] = task;
    toKey.push(...step.ready);
    if (step.skipped.length > 0) {
      for (const { task } of step.skipped) finished.add(task);
      ledger.record({ type: 'tasks-skipped', tasks: step.skipped.map(({ task, because }) => ({ task: idOf(task), because })) });
      progress.skipped(step.skipped.map(({ task }) => taskAt(task)));
    }
    publishing.add(step.publishes, idOf);
    for (const computation of step.computations) {
      beside('computations', compute(computation, ports).then((result) => ({ kind: 'computed', id: computation.id, result })));
    }
    if (step.problems.some((problem) => problem.diagnostic.severity === 'error')) stop('failed');
    parts.onProblem(step);
  };
  const taskAt = (index: TaskIndex): FlowTask => {
    const task = tasks[index];
    if (!task) throw new Error(`task ${index} is unknown`);
    return task;
  };
  const idOf = (index: TaskIndex): string => taskAt(index).id;
  const complete = (of: Work, how: Completion): void => {
    if (finished.has(of.task.index)) return;
    finished.add(of.task.index);
    flow.complete(of.task.index, how);
    flowHasMore = true;
  };

  // ---- from ready to keyed --------------------------------------------------------------------------------------

  const key = (ready: readonly ReadyTask[]): void => {
    const planned: Work[] = [];
    const events: Event[] = [];
    const calls = [];
    const texts = [];
    for (const one of ready) {
      const task = taskAt(one.task);
      const { process } = task.call;
      const prepared = preparation.prepared(process);
      if (!prepared) {
        waitForEnvironment(process, one);
        continue;
      }
      if (!recordedCalls.has(task.call.path)) {
        recordedCalls.add(task.call.path);
        calls.push(callRecord(task.call, { runner: runner.name, environment: prepared.environment.name }));
        for (const text of prepared.shared.texts) {
          if (recordedTexts.has(text.digest)) continue;
          recordedTexts.add(text.digest);
          texts.push(text);
        }
      }
      try {
        planned.push(work(task, one, prepared));
      } catch (error) {
        if (!(error instanceof EvaluationProblem)) throw error;
        failTask(task, { outcome: 'not-started', message: `${error.message} (${error.help})`, stderrTail: '', workDir: '' });
      }
    }
    if (calls.length > 0) events.push({ type: 'calls-recorded', calls });
    if (texts.length > 0) events.push({ type: 'texts-recorded', texts });
    const isNew = planned.filter((one) => ledger.state.tasks.get(one.task.id)?.key !== one.key);
    if (isNew.length > 0) {
      events.push({
        type: 'tasks-planned',
        tasks: isNew.map((one) => ({
          task: one.task.id,
          call: one.task.call.path,
          tags: one.task.tags,
          key: one.key,
          parts: one.parts,
          inputs: inputFiles(one.inputs).map(({ name, file }) => ({ name, digest: file.digest })),
        })),
      });
    }
    if (events.length > 0) ledger.record(...events);
    for (const one of planned) {
      const same = works.get(one.key);
      if (same) same.push(one);
      else {
        works.set(one.key, [one]);
        toLookUp.push(one);
      }
    }
  };

  const waitForEnvironment = (process: Process, ready: ReadyTask): void => {
    const waiting = waitingForEnvironment.get(process.id);
    if (waiting) {
      waiting.push(ready);
      return;
    }
    waitingForEnvironment.set(process.id, [ready]);
    request.onNotice({ kind: 'phase', phase: 'environments' });
    const build = preparation.build(process, (name, line) => request.onNotice({ kind: 'environment', name, line }));
    beside(
      'environments',
      build.then(
        () => ({ kind: 'environment' as const, process }),
        (error: unknown) => ({ kind: 'environment' as const, process, failure: error instanceof Error ? error.message : String(error) }),
      ),
    );
  };

  // ---- reuse ----------------------------------------------------------------------------------------------------

  const mayReuse = (of: Work): boolean => {
    const { process, path } = of.task.call;
    const done = ledger.state.tasks.get(of.task.id)?.status;
    // What this very run made before it was interrupted is never made again, whatever the flags say.
    if (done === 'ran' || done === 'reused') return true;
    return options.cache && process.cache && !options.fresh.includes(process.name) && !options.fresh.includes(path);
  };
  const startLookups = (): void => {
    const batch = toLookUp;
    toLookUp = [];
    const candidates = batch.filter(mayReuse);
    beside(
      'lookups',
      reusable(candidates, ports, { verify: options.verify }).then((results) => ({ kind: 'looked-up', works: batch, results })),
    );
  };
  const onLookedUp = (looked: readonly Work[], results: ReadonlyMap<TaskKey, StoredResult>): void => {
    const reused: { task: string; key: TaskKey }[] = [];
    for (const one of looked) {
      const result = results.get(one.key);
      if (result) reused.push(...reuse(one.key, result));
      else enqueue(one);
    }
    if (reused.length > 0) ledger.record({ type: 'tasks-reused', tasks: reused });
  };
  /** Every task of the key takes the result; those that this run knows as done already are not counted twice. */
  const reuse = (of: TaskKey, result: StoredResult): { task: string; key: TaskKey }[] => {
    const fresh = [];
    for (const one of take(of)) {
      const status = ledger.state.tasks.get(one.task.id)?.status;
      if (status !== 'ran' && status !== 'reused') fresh.push({ task: one.task.id, key: of });
      progress.ended(one.task, status === 'ran' ? 'ran' : 'reused');
      complete(one, completion(one.task.call.process.outputs, result.outputs));
    }
    return fresh;
  };
  const take = (of: TaskKey): readonly Work[] => {
    const all = works.get(of) ?? [];
    works.delete(of);
    demands.delete(of);
    return all;
  };

  // ---- launching ------------------------------------------------------------------------------------------------

  const enqueue = (one: Work, notBefore = 0): void => {
    const { process } = one.task.call;
    const number = (ledger.state.tried.get(one.key) ?? 0) + 1;
    let asked: Demand;
    try {
      asked = demand(process, one.inputs, number);
    } catch (error) {
      if (!(error instanceof EvaluationProblem)) throw error;
      failWork(one.key, { outcome: 'not-started', message: `${error.message} (${error.help})`, stderrTail: '', workDir: '' });
      return;
    }
    const clash = stagingClash(one) ?? tooLarge(asked, capacity);
    if (clash !== undefined) {
      failWork(one.key, { outcome: 'not-started', message: clash, stderrTail: '', workDir: '' });
      return;
    }
    demands.set(one.key, asked);
    schedule.add(readyOf(one, asked, notBefore));
  };
  const readyOf = (one: Work, asked: Demand, notBefore: number): Ready => ({
    key: one.key,
    process: one.task.call.process.id,
    ...(one.task.call.process.limit !== undefined && { limit: one.task.call.process.limit }),
    priority: priority[one.task.call.id] ?? 0,
    order: one.task.index,
    // More cores than the machine has are a wish, not a need: the task gets all there are.
    demand: { cpus: Math.min(asked.cpus, capacity.cpus), memoryBytes: asked.memoryBytes, gpus: asked.gpus },
    notBefore,
  });

  const launchReady = async (): Promise<void> => {
    const taken = schedule.take(clock.milliseconds());
    if (taken.length === 0) return;
    const adopted = await adoptOrphans(taken);
    const wanted = taken.filter((ready) => !adopted.has(ready.key));
    const claims = await store.claim(wanted.map((ready) => ready.key));
    const ours: Work[] = [];
    for (const ready of wanted) {
      const one = works.get(ready.key)?.[0];
      if (!one) schedule.release(ready.key);
      else if (claims.get(ready.key) === 'ours') ours.push(one);
      else {
        schedule.release(ready.key);
        held.set(ready.key, one);
      }
    }
    if (held.size > 0) request.onNotice({ kind: 'waiting', keys: held.size });
    // Another engine may have finished between the lookup and the claim.
    const results = await reusable(ours.filter(mayReuse), ports, { verify: options.verify });
    const launches: Launch[] = [];
    const intended: IntendedAttempt[] = [];
    const reused: { task: string; key: TaskKey }[] = [];
    const free: TaskKey[] = [];
    for (const one of ours) {
      const result = results.get(one.key);
      if (result) {
        schedule.release(one.key);
        free.push(one.key);
        reused.push(...reuse(one.key, result));
        continue;
      }
      const asked = demands.get(one.key) ?? { cpus: 1, memoryBytes: 0, gpus: 0, seconds: undefined };
      const token = asAttemptToken(randomBytes(16).toString('hex'));
      const directory = join(request.workFolder, token.slice(0, 2), token);
      const number = (ledger.state.tried.get(one.key) ?? 0) + 1;
      const made = launch(one, { token, directory, attempt: number, demand: asked, locate: (file) => file.path ?? ports.content.path(file.digest, file.directory) });
      attempts.set(token, { token, work: one, number, directory, demand: asked });
      launches.push(made);
      intended.push({
        task: one.task.id,
        key: one.key,
        attempt: number,
        token,
        directory,
        resources: made.resources,
        ...(made.timeoutSeconds !== undefined && { timeoutSeconds: made.timeoutSeconds }),
      });
      progress.started(one.task);
    }
    if (reused.length > 0) ledger.record({ type: 'tasks-reused', tasks: reused });
    if (free.length > 0) await store.release(free);
    if (intended.length === 0) return;
    ledger.record({ type: 'attempts-intended', attempts: intended });
    await ledger.flush();
    await runner.submit(launches);
  };

  /** Work that an engine before us had started is taken over instead of being done twice. */
  const adoptOrphans = async (taken: readonly Ready[]): Promise<ReadonlySet<TaskKey>> => {
    const found = taken.flatMap((ready) => {
      const orphan = parts.orphans.get(ready.key);
      const one = works.get(ready.key)?.[0];
      return orphan && one && !adoptionsTried.has(orphan.token) ? [{ orphan, one }] : [];
    });
    if (found.length === 0) return new Set();
    const claims = await store.claim(found.map(({ one }) => one.key));
    const mine = found.filter(({ one }) => claims.get(one.key) === 'ours');
    for (const { orphan } of mine) adoptionsTried.add(orphan.token);
    const states = await runner.adopt(mine.map(({ orphan }): Adoption => ({ ...orphan })));
    const adopted = new Set<TaskKey>();
    for (const state of states) {
      const match = mine.find(({ orphan }) => orphan.token === state.token);
      if (!match) continue;
      const { orphan, one } = match;
      const attempt: Attempt = { token: orphan.token, work: one, number: orphan.attempt, directory: orphan.directory, demand: { ...orphan.resources, memoryBytes: orphan.resources.memoryBytes ?? 0, seconds: orphan.timeoutSeconds } };
      if (state.state === 'not-started' || state.state === 'lost') {
        ledger.record({
          type: 'attempts-ended',
          attempts: [{ token: orphan.token, task: one.task.id, outcome: state.state, message: 'the engine that started it was interrupted', endedAt: clock.now() }],
        });
        continue;
      }
      if (!ledger.state.live.has(orphan.token)) ledger.record({ type: 'attempts-intended', attempts: [{ ...orphan, task: one.task.id }] });
      attempts.set(orphan.token, attempt);
      adopted.add(one.key);
      progress.started(one.task);
      if (state.state === 'ended') ended.push({ work: one, directory: orphan.directory, update: { kind: 'ended', token: orphan.token, record: state.record } });
    }
    return adopted;
  };
  const adoptionsTried = new Set<AttemptToken>();

  // ---- what became of it ----------------------------------------------------------------------------------------

  const onUpdates = (updates: readonly RunnerUpdate[]): void => {
    const started = [];
    for (const update of updates) {
      const attempt = attempts.get(update.token);
      if (!attempt) continue;
      if (update.kind === 'started') started.push({ token: update.token, external: update.external, at: update.at });
      else if (update.kind !== 'unreachable') ended.push({ work: attempt.work, directory: attempt.directory, update });
    }
    if (started.length > 0) ledger.record({ type: 'attempts-started', attempts: started });
  };

  const onVerdicts = async (verdicts: readonly Verdict[]): Promise<void> => {
    const over: EndedAttempt[] = [];
    const free: TaskKey[] = [];
    const succeeded: Extract<Event, { type: 'tasks-succeeded' }>['tasks'][number][] = [];
    const reused: { task: string; key: TaskKey }[] = [];
    const after: (() => void)[] = [];
    for (const verdict of verdicts) {
      const { token } = verdict.ended.update;
      const attempt = attempts.get(token);
      if (!attempt) continue;
      attempts.delete(token);
      const { key: workKey } = attempt.work;
      schedule.release(workKey);
      over.push(endedAttempt(verdict, attempt, clock.now()));
      if (verdict.outcome === 'succeeded') {
        free.push(workKey);
        const [first, ...others] = take(workKey);
        if (!first) continue;
        succeeded.push({ task: first.task.id, key: workKey, token, outputs: verdict.outputs });
        for (const other of others) reused.push({ task: other.task.id, key: workKey });
        after.push(() => {
          progress.ended(first.task, 'ran');
          for (const other of others) progress.ended(other.task, 'reused');
          for (const one of [first, ...others]) complete(one, completion(one.task.call.process.outputs, verdict.outputs));
        });
        continue;
      }
      const { process } = attempt.work.task.call;
      const decision = stopped === 'no' ? retry(process, verdict, attempt.number) : { again: false as const };
      progress.paused(attempt.work.task);
      if (decision.again) {
        after.push(() => enqueue(attempt.work, clock.milliseconds() + decision.delayMs));
        continue;
      }
      free.push(workKey);
      const failure = {
        token,
        outcome: verdict.outcome,
        message: verdict.message,
        stderrTail: verdict.stderrTail,
        workDir: attempt.directory,
        ...(verdict.exitCode !== undefined && { exitCode: verdict.exitCode }),
      };
      after.push(() => failWork(workKey, failure));
    }
    if (over.length > 0) ledger.record({ type: 'attempts-ended', attempts: over });
    if (succeeded.length > 0) ledger.record({ type: 'tasks-succeeded', tasks: succeeded });
    if (reused.length > 0) ledger.record({ type: 'tasks-reused', tasks: reused });
    await ledger.flush();
    if (free.length > 0) await store.release(free);
    for (const act of after) act();
  };

  const failWork = (of: TaskKey, failure: Omit<TaskFailure, 'task' | 'key'>): void => {
    for (const one of take(of)) failTask(one.task, { ...failure, key: of });
  };
  const failTask = (task: FlowTask, failure: Omit<TaskFailure, 'task'>): void => {
    if (failure.outcome === 'cancelled' || (stopped !== 'no' && failure.outcome === 'signal')) {
      // Ended by us; it belongs to what the run did not get to.
      return;
    }
    const policy = task.call.process.onError ?? options.onError;
    if (policy === 'quarantine') {
      ledger.record({ type: 'tasks-quarantined', tasks: [{ task: task.id, ...failure }] });
      progress.ended(task, 'failed');
      const { message, exitCode } = failure;
      beside('computations', quarantineLog(failure).then((log) => ({ kind: 'quarantined', task, message, exit: exitCode ?? null, log })));
      return;
    }
    ledger.record({ type: 'tasks-failed', tasks: [{ task: task.id, ...failure }] });
    progress.ended(task, 'failed');
    finished.add(task.index);
    flow.complete(task.index, { how: 'failed' });
    flowHasMore = true;
    if (policy === 'fail') stop('failed');
    else noMoreLaunches = true;
  };
  const quarantineLog = async (failure: Omit<TaskFailure, 'task'>): Promise<FileValue> => {
    const text = failure.workDir === '' ? failure.message : `${failure.message}\n${await tail(join(failure.workDir, 'stderr'))}\n`;
    const stored = await ports.content.put(Buffer.from(text));
    return { kind: 'file', digest: stored.digest, size: stored.size, directory: false, name: 'log.txt', info: { mediaType: 'text/plain' } };
  };
  let noMoreLaunches = false;

  // ---- stopping -------------------------------------------------------------------------------------------------

  const stop = (why: 'failed' | 'cancelled', force = false): void => {
    if (stopped === 'no') stopped = why;
    noMoreLaunches = true;
    schedule.drain();
    held = new Map();
    const tokens = [...attempts.keys()];
    if (tokens.length === 0) return;
    beside(
      'environments',
      runner.cancel(tokens, { force, graceSeconds: options.graceSeconds }).then(() => ({ kind: 'told' })),
    );
  };
  const onDrain = (): void => mailbox.post({ kind: 'stop', force: false });
  const onKill = (): void => mailbox.post({ kind: 'stop', force: true });
  request.signals.drain.addEventListener('abort', onDrain);
  request.signals.kill.addEventListener('abort', onKill);
  if (request.signals.drain.aborted) onDrain();

  const listening = new AbortController();
  const listen = async (): Promise<void> => {
    while (!listening.signal.aborted) {
      const updates = await runner.updates(listening.signal);
      if (updates.length > 0) mailbox.post({ kind: 'updates', updates });
    }
  };
  listen().catch((error: unknown) => mailbox.post({ kind: 'broken', error }));

  // ---- the loop -------------------------------------------------------------------------------------------------

  const handle = async (message: Message): Promise<void> => {
    switch (message.kind) {
      case 'updates':
        return onUpdates(message.updates);
      case 'looked-up':
        return onLookedUp(message.works, message.results);
      case 'committed':
        return onVerdicts(message.verdicts);
      case 'computed':
        flow.computed(message.id, message.result);
        flowHasMore = true;
        return;
      case 'environment': {
        const waiting = waitingForEnvironment.get(message.process.id) ?? [];
        waitingForEnvironment.delete(message.process.id);
        if (message.failure === undefined) toKey.push(...waiting);
        else for (const one of waiting) failTask(taskAt(one.task), { outcome: 'not-started', message: message.failure, stderrTail: '', workDir: '' });
        return;
      }
      case 'quarantined':
        finished.add(message.task.index);
        flow.complete(message.task.index, { how: 'quarantined', message: message.message, exit: message.exit, log: message.log });
        flowHasMore = true;
        return;
      case 'told':
        return;
      case 'published':
        if (publishing.failed) stop('failed');
        return;
      case 'stop':
        if (message.force && killed) return;
        killed ||= message.force;
        return stop('cancelled', message.force);
      case 'broken':
        broken ??= message;
        return stop('failed', true);
    }
  };
  const idle = (): boolean =>
    steps.length === 0 &&
    !flowHasMore &&
    (toKey.length === 0 || noMoreLaunches) &&
    toLookUp.length === 0 &&
    attempts.size === 0 &&
    ended.length === 0 &&
    (noMoreLaunches || (schedule.waiting === 0 && held.size === 0)) &&
    !publishing.waiting &&
    Object.values(busy).every((count) => count === 0);

  /** Asks again for keys that other engines hold; true when something moved. */
  const tryHeld = async (): Promise<boolean> => {
    const claims = await store.claim([...held.keys()]);
    const free = [...held.values()].filter((one) => claims.get(one.key) === 'ours');
    if (free.length === 0) return false;
    for (const one of free) held.delete(one.key);
    // The owner finished (then the result is there), failed or died (then it is ours to make).
    const results = await reusable(free.filter(mayReuse), ports, { verify: options.verify });
    await store.release(free.filter((one) => results.has(one.key)).map((one) => one.key));
    onLookedUp(free, results);
    return true;
  };
  const waitMs = (): number | undefined => {
    const times = [schedule.nextAt(), held.size > 0 ? nextClaim : undefined].filter((time) => time !== undefined);
    if (times.length === 0) return undefined;
    return Math.max(1, Math.min(...times) - clock.milliseconds());
  };
  let nextClaim = 0;
  let claimWait = 100;
  try {
    for (;;) {
      const until = clock.milliseconds() + sliceMs;
      for (let step = steps.shift(); step; step = steps.shift()) absorb(step);
      if (flowHasMore) {
        const step = flow.advance(() => clock.milliseconds() > until);
        flowHasMore = step.more;
        absorb(step);
      }
      if (toKey.length > 0 && stopped === 'no') key(toKey.splice(0, keysPerTurn));
      if (toLookUp.length > 0 && (toKey.length === 0 || toLookUp.length >= lookupBatch)) startLookups();
      if (ended.length > 0 && busy.commits === 0) {
        const batch = ended.splice(0, commitBatch);
        beside('commits', commit(batch, ports).then((verdicts) => ({ kind: 'committed', verdicts })));
      }
      if (held.size > 0 && clock.milliseconds() >= nextClaim) {
        claimWait = (await tryHeld()) ? 100 : Math.min(claimWait * 1.5, 1000);
        nextClaim = clock.milliseconds() + claimWait;
      }
      if (!noMoreLaunches && schedule.waiting > 0) await launchReady();
      if (publishing.waiting && busy.publishes === 0) beside('publishes', publishing.publish().then(() => ({ kind: 'published' })));
      await ledger.flush();
      progress.show();
      if (broken && attempts.size === 0) break;
      if (idle()) break;
      if (flowHasMore || steps.length > 0 || (toKey.length > 0 && stopped === 'no')) {
        await nextTurn();
        for (const message of mailbox.takeNow()) await handle(message);
        continue;
      }
      for (const message of await mailbox.take(waitMs())) await handle(message);
    }
  } finally {
    listening.abort();
    request.signals.drain.removeEventListener('abort', onDrain);
    request.signals.kill.removeEventListener('abort', onKill);
  }
  if (broken) throw broken.error;
  progress.show({ final: true });
  return { stopped: stopped === 'no' && noMoreLaunches ? 'failed' : stopped, unfinished: tasks.filter((task) => !finished.has(task.index)), adopted: adoptionsTried };
}

/** Small tasks handed to the runner ahead of a free slot, per core: a window large enough that one transaction covers many. */
const aheadPerSlot = 64;
const commitBatch = 256;
const lookupBatch = 5000;
const keysPerTurn = 500;
/** No stretch of work holds the event loop for longer. */
const sliceMs = 8;

function tooLarge(asked: Demand, capacity: Capacity): string | undefined {
  if (asked.memoryBytes > capacity.memoryBytes) return `asks for ${gigabytes(asked.memoryBytes)} of memory, and there are ${gigabytes(capacity.memoryBytes)} here (\`--memory\` raises it)`;
  if (asked.gpus > capacity.gpus) return `asks for ${asked.gpus} ${asked.gpus === 1 ? 'GPU' : 'GPUs'}, and there ${capacity.gpus === 1 ? 'is one' : `are ${capacity.gpus}`} here`;
  return undefined;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

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
