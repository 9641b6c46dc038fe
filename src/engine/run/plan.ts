import { type Breather, breather } from '../../util/breather.ts';
import { changedParts } from '../key/explain.ts';
import { EvaluationProblem } from '../plan/evaluation-problem.ts';
import type { FlowStep, FlowTask, ReadyTask } from '../plan/step.ts';
import type { PreviousTask, StoredResult } from '../ports/run-store.ts';
import { place } from './call-record.ts';
import { tableFile } from './compute.ts';
import type { PlanReport, PlanRow, RunRequest } from './request.ts';
import { completion, reusable, reuseForbidden } from './reuse.ts';
import { hasErrors, type Start, start } from './start.ts';
import { type Work, work } from './work.ts';

/**
 * The true dry run: the same start, the same keys and the same lookups as `run`, and then only told. Below a task that will run, tasks are
 * `unknown`: whether they run depends on what it makes.
 */
export async function plan(
  request: Pick<RunRequest, 'program' | 'pipeline' | 'outdir' | 'options' | 'ports' | 'onNotice'>,
): Promise<PlanReport> {
  const { ports, program } = request;
  const breath = breather(sliceMs);
  const started = await start(request);
  const { flow } = started;
  const tasks: FlowTask[] = [];
  const rows: PlanRow[] = [];
  const publishes = new Map<string, string>();
  const notes: string[] = [];
  const diagnostics = [...started.diagnostics];
  const ready: ReadyTask[] = [];
  const idOf = (index: number): string => tasks[index]?.id ?? '';

  const absorb = (step: FlowStep): void => {
    for (const task of step.tasks) tasks[task.index] = task;
    for (const one of step.ready) ready.push(one);
    notes.push(...step.notes);
    for (const { path, publish } of step.publishes) publishes.set(path, publish.name);
    for (const { path, publish } of step.expected) publishes.set(path, publish.name);
    for (const computation of step.computations) {
      // A table's content is known without writing it; what is read back from one is not.
      if (computation.kind !== 'table') continue;
      const file = tableFile(computation, ports.tables.write(computation.columns, computation.rows));
      flow.computed(computation.id, { how: 'table', file });
    }
  };

  if (!hasErrors(diagnostics)) {
    for (const step of started.steps) absorb(step);
    for (let more = false; ready.length > 0 || more; ) {
      // In batches, so that what a task's key is made of is held for a few of them at a time.
      const decided = await decide(ready.splice(0, batchSize), { request, started, tasks, breath });
      for (const [index, decision] of decided) {
        const task = tasks[index];
        if (!task) continue;
        rows[index] = planRow(task, decision, idOf);
        if (decision.result) flow.complete(index, completion(task.call.process.outputs, decision.result.outputs));
      }
      const step = flow.advance(() => breath.due());
      absorb(step);
      diagnostics.push(...step.problems.map((problem) => problem.diagnostic));
      more = step.more;
      if (breath.due()) await breath.pause();
    }
  }

  for (const task of tasks) {
    rows[task.index] ??= planRow(task, { action: 'unknown', reason: 'it depends on tasks that will run' }, idOf);
    if (breath.due()) await breath.pause();
  }
  for (const node of program.nodes) {
    if (node.kind !== 'call' || hasErrors(diagnostics)) continue;
    const known = flow.known(node.id);
    if (known.exact) continue;
    rows.push({
      id: node.path,
      process: node.process.name,
      tags: {},
      tasks: null,
      action: 'unknown',
      reason: known.tasks === 0 ? 'its items are not known yet' : 'more items may come',
      waitsFor: [],
    });
  }
  return {
    diagnostics,
    sources: started.sources.frozen.map((source) => ({
      name: source.source,
      items: source.items.length,
      tags: Object.keys(source.items[0]?.tags ?? {}),
    })),
    tasks: rows,
    publishes: [...publishes].map(([path, name]) => ({ path, name })).sort((a, b) => (a.path < b.path ? -1 : 1)),
    notes: [...started.sources.notes, ...notes],
  };
}

const batchSize = 2000;
const sliceMs = 8;

type Decision = Pick<PlanRow, 'action' | 'reason' | 'because'> & { readonly result?: StoredResult };

/** Reuse or run, for tasks whose inputs are known; by the index of the task. */
async function decide(
  ready: readonly ReadyTask[],
  given: {
    readonly request: Parameters<typeof plan>[0];
    readonly started: Start;
    readonly tasks: readonly FlowTask[];
    readonly breath: Breather;
  },
): Promise<ReadonlyMap<number, Decision>> {
  const { ports, options, pipeline } = given.request;
  const { preparation } = given.started;
  const decided = new Map<number, Decision>();
  const keyed: Work[] = [];
  for (const one of ready) {
    if (given.breath.due()) await given.breath.pause();
    const task = given.tasks[one.task];
    if (!task) continue;
    const prepared = preparation.prepared(task.call.process);
    if (!prepared) {
      const what = preparation.unbuilt(task.call.process) ?? 'it';
      decided.set(one.task, { action: 'run', reason: `environment: ${what} is not built yet` });
      continue;
    }
    try {
      keyed.push(work(task, one, prepared));
    } catch (error) {
      if (!(error instanceof EvaluationProblem)) throw error;
      decided.set(one.task, { action: 'run', reason: `it would fail: ${error.message}` });
    }
  }
  const candidates = keyed.filter((one) => reuseForbidden(one.task.call, options) === undefined);
  const results = await reusable(candidates, ports, { verify: options.verify });
  const toRun = keyed.filter((one) => !results.has(one.key) || reuseForbidden(one.task.call, options) !== undefined);
  const previous = await ports.store.previous(
    pipeline,
    toRun.map((one) => one.task.id),
    {},
  );
  for (const one of toRun) {
    const forbidden = reuseForbidden(one.task.call, options);
    decided.set(
      one.task.index,
      forbidden === undefined ? changes(one, previous.get(one.task.id)) : { action: 'run', reason: forbidden },
    );
  }
  for (const one of candidates) {
    const result = results.get(one.key);
    if (result)
      decided.set(one.task.index, { action: 'reuse', reason: `made by ${result.task} in run ${result.run}`, result });
  }
  return decided;
}

/** Why a task has no result: what its key had, the last time this pipeline planned a task of this name, and has no more. */
function changes(one: Work, before: PreviousTask | undefined): Decision {
  if (!before || before.key === one.key) return { action: 'run', reason: 'no result yet' };
  const because = changedParts(before.parts, one.parts).map((part) => ({
    ...part,
    source: sourceOf(part.part, one.task),
  }));
  return { action: 'run', reason: `${because.map((part) => part.part).join(', ')} changed`, because };
}

function planRow(task: FlowTask, { action, reason, because }: Decision, idOf: (index: number) => string): PlanRow {
  return {
    id: task.id,
    process: task.call.process.name,
    tags: task.tags,
    tasks: 1,
    action,
    reason,
    ...(because && { because }),
    waitsFor: task.waitsFor.map(idOf),
  };
}

/** The line of the `.bit` file that a part of a key comes from. */
function sourceOf(part: string, task: FlowTask): string {
  const { process } = task.call;
  const [kind, name] = part.split('.');
  const argument = kind === 'input' ? task.call.args.find((arg) => arg.input === name) : undefined;
  const span = argument?.span ?? (part === 'script' ? process.command.span : process.span);
  const { file, line } = place(span);
  return `${file}:${line}`;
}
