import { join } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { AttemptToken, RunId, TaskKey } from '../../util/brand.ts';
import type { FlowStep } from '../plan/step.ts';
import type { IntendedAttempt, RunStatus, StoredEvent } from '../ports/event.ts';
import type { Capacity, RunnerName } from '../ports/runner.ts';
import { place } from './call-record.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { runLoop } from './loop.ts';
import type { AssertionResult, RunProblem, RunRequest, RunSummary } from './request.ts';
import { hasErrors, type Start, start } from './start.ts';
import { emptyState } from './state.ts';

/**
 * Runs a program: plans it, goes on where an interrupted run of the same command stopped, reuses what is known, runs the rest, publishes.
 * With errors before the first task nothing is written. Rejects only where the store itself fails or we are wrong.
 */
export async function run(given: RunRequest): Promise<RunSummary> {
  const { ports, options } = given;
  // What stubs make must never stand where results are looked for.
  const request = options.stub ? { ...given, outdir: join(given.outdir, 'stub') } : given;
  const { clock, store, runners } = ports;
  const from = clock.milliseconds();
  const before = (status: 'not-started' | 'cancelled', diagnostics: readonly Diagnostic[]): RunSummary => ({
    ...nothing,
    status,
    counts: emptyState().counts,
    seconds: seconds(clock.milliseconds() - from),
    diagnostics,
  });
  const { drain } = request.signals;
  // Data of other places can take hours to come: what stops them stops the run, before there is one.
  const started = await start(request).catch((error: unknown) => {
    if (drain.aborted && isAbort(error, drain)) return undefined;
    throw error;
  });
  if (started === undefined) return before('cancelled', []);
  if (hasErrors(started.diagnostics))
    return drain.aborted ? before('cancelled', []) : before('not-started', started.diagnostics);

  const interrupted = await takeOver(request, started);
  const ledger = createLedger({
    run: interrupted.resume?.run ?? store.createRun(),
    store,
    clock,
    earlier: interrupted.resume?.events ?? [],
    onEvent: request.onEvent,
  });
  record(ledger, request, started, interrupted.resume !== undefined);
  await ledger.flush();

  const assertions: AssertionResult[] = [];
  const notes: string[] = [];
  const onStep = (step: FlowStep): void => {
    notes.push(...step.notes);
    for (const { diagnostic } of step.problems) {
      const { code, message, help } = diagnostic;
      ledger.record({ type: 'problem', code, message, help, ...place(diagnostic.at) });
    }
    const checked = step.assertions.map(
      ({ assertion, holds, tags }): AssertionResult => ({
        text: assertion.text,
        message: assertion.message,
        holds,
        tags,
        ...place(assertion.span),
      }),
    );
    assertions.push(...checked);
    if (checked.length > 0) ledger.record({ type: 'assertions-checked', assertions: checked });
  };

  request.onNotice({ kind: 'phase', phase: 'running' });
  const capacities = new Map<RunnerName, Capacity>();
  for (const name of started.preparation.runners) capacities.set(name, await runners.capacity(name));
  const loop = await runLoop(request, {
    flow: started.flow,
    first: started.steps,
    ledger,
    preparation: started.preparation,
    capacities,
    orphans: interrupted.orphans,
    findOrphans: () => findOrphans(request),
    onStep,
  });

  const left = loop.unfinished.filter((task) => {
    const status = ledger.state.tasks.get(task.id)?.status;
    return status === undefined || status === 'planned' || status === 'running';
  });
  if (left.length > 0) ledger.record({ type: 'tasks-cancelled', tasks: left.map((task) => ({ task: task.id })) });
  await endOrphans(request, interrupted.orphans, loop.adopted, ledger);

  const broken =
    assertions.some((assertion) => !assertion.holds) ||
    ledger.state.failures.length > 0 ||
    ledger.state.problems.length > 0;
  const status: Exclude<RunStatus, 'interrupted'> =
    loop.stopped === 'cancelled' ? 'cancelled' : loop.stopped === 'failed' || broken ? 'failed' : 'succeeded';
  if (left.length > 0 && status === 'succeeded')
    throw new Error(
      `the run ended with tasks that were never decided: ${left
        .slice(0, 3)
        .map((task) => task.id)
        .join(', ')}`,
    );
  const tidied = status === 'succeeded' ? await tidy(request, ledger) : { stale: [], pruned: [] };
  const elapsed = seconds(clock.milliseconds() - from);
  ledger.record({ type: 'run-ended', status, seconds: elapsed, counts: { ...ledger.state.counts } });
  await ledger.flush();
  return {
    run: ledger.run,
    status,
    counts: { ...ledger.state.counts },
    seconds: elapsed,
    published: [...ledger.state.published.values()].sort((a, b) => (a.relative < b.relative ? -1 : 1)),
    failures: ledger.state.failures,
    quarantined: ledger.state.quarantined,
    diagnostics: started.diagnostics,
    problems: ledger.state.problems.map(({ type: _, ...problem }): RunProblem => problem),
    assertions,
    ...tidied,
    notes: [...started.sources.notes, ...notes],
    resumed: interrupted.resume !== undefined,
  };
}

const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  error === signal.reason || (error instanceof Error && error.name === 'AbortError');

const nothing = {
  published: [],
  failures: [],
  quarantined: [],
  problems: [],
  assertions: [],
  stale: [],
  pruned: [],
  notes: [],
  resumed: false,
} as const;

const seconds = (milliseconds: number): number => Math.round(milliseconds) / 1000;

interface Interrupted {
  /** The same command, interrupted: this run goes on where it stopped. */
  readonly resume?: { readonly run: RunId; readonly events: readonly StoredEvent[] };
  /** Attempts of engines that are gone, by key: they may be running, or over with nobody to see it. */
  readonly orphans: ReadonlyMap<TaskKey, IntendedAttempt & { readonly external?: string }>;
}

async function takeOver(request: RunRequest, started: Start): Promise<Interrupted> {
  const { store } = request.ports;
  const orphans = await findOrphans(request);
  let resume: Interrupted['resume'];
  for (const run of await store.interrupted()) {
    if (run.pipeline !== request.pipeline) continue;
    const same = run.identity === started.identity && resume === undefined;
    if (same) resume = { run: run.run, events: await store.events(run.run) };
    else
      await store.append(run.run, [
        { type: 'run-ended', status: 'interrupted', seconds: 0, counts: emptyState().counts },
      ]);
  }
  return resume ? { resume, orphans } : { orphans };
}

/** What engines that are gone have left of this pipeline. */
async function findOrphans({ ports: { store }, pipeline }: RunRequest): Promise<Interrupted['orphans']> {
  const orphans = new Map<TaskKey, IntendedAttempt & { readonly external?: string }>();
  for (const run of await store.interrupted())
    if (run.pipeline === pipeline)
      for (const attempt of await store.unfinished(run.run)) orphans.set(attempt.key, attempt);
  return orphans;
}

/** What an earlier engine had started and this run does not need: ended, so that nothing stays behind. */
async function endOrphans(
  request: RunRequest,
  orphans: Interrupted['orphans'],
  adopted: ReadonlySet<AttemptToken>,
  ledger: Ledger,
): Promise<void> {
  const { runners, clock } = request.ports;
  const left = [...orphans.values()].filter((orphan) => !adopted.has(orphan.token));
  if (left.length === 0) return;
  const states = await runners.adopt(left.map((orphan) => ({ ...orphan })));
  const alive = states.filter((state) => state.state === 'running').map((state) => state.token);
  if (alive.length > 0) await runners.cancel(alive, { force: true, graceSeconds: 0 });
  ledger.record({
    type: 'attempts-ended',
    attempts: left.map((orphan) => ({
      token: orphan.token,
      task: orphan.task,
      outcome: 'cancelled' as const,
      message: 'started by an engine that is gone, and not needed any more',
      endedAt: clock.now(),
    })),
  });
}

function record(ledger: Ledger, request: RunRequest, started: Start, resumed: boolean): void {
  const { identity } = request.options;
  const engine = { token: request.ports.store.engine.token, host: identity.host, pid: identity.pid };
  if (resumed) {
    ledger.record({ type: 'run-resumed', engine });
    return;
  }
  ledger.record({
    type: 'run-started',
    pipeline: request.pipeline,
    program: started.program,
    params: started.params,
    outdir: request.outdir,
    tags: request.options.tags,
    engine: { ...engine, version: identity.version, user: identity.user },
    argv: request.options.argv,
    identity: started.identity,
    ...(request.options.name !== undefined && { name: request.options.name }),
  });
  for (const source of started.sources.frozen) {
    for (let at = 0; at < source.items.length || at === 0; at += frozenBatch) {
      ledger.record({ type: 'sources-frozen', source: source.source, items: source.items.slice(at, at + frozenBatch) });
    }
  }
}

const frozenBatch = 5000;

/** Files that earlier runs of this pipeline published here and that this one does not: told, and removed where asked. */
async function tidy(
  request: RunRequest,
  ledger: Ledger,
): Promise<{ readonly stale: readonly string[]; readonly pruned: readonly string[] }> {
  const { publisher } = request.ports;
  // A part of a pipeline says nothing about the rest of what it published.
  if (request.options.only.length > 0) return { stale: [], pruned: [] };
  const stale = await publisher.stale(request.outdir, request.pipeline, new Set(ledger.state.published.keys()));
  if (!request.options.prune || stale.length === 0) return { stale, pruned: [] };
  const pruned = await publisher.prune(stale);
  if (pruned.length > 0) ledger.record({ type: 'pruned', paths: pruned });
  const gone = new Set(pruned);
  return { stale: stale.filter((path) => !gone.has(path)), pruned };
}
