import { blake3 } from '../../util/blake3.ts';
import { changedParts } from '../key/explain.ts';
import { EvaluationProblem } from '../plan/evaluation-problem.ts';
import type { FlowStep, FlowTask, ReadyTask } from '../plan/step.ts';
import type { PreviousTask } from '../ports/run-store.ts';
import { place } from './call-record.ts';
import type { PlanReport, PlanRow, RunRequest } from './request.ts';
import { completion, reusable } from './reuse.ts';
import { hasErrors, start } from './start.ts';
import { type Work, work } from './work.ts';

/**
 * The true dry run: the same start, the same keys and the same lookups as `run`, and then only told. Below a task that will run, tasks are
 * `unknown`: whether they run depends on what it makes.
 */
export async function plan(
  request: Pick<RunRequest, 'program' | 'pipeline' | 'outdir' | 'options' | 'ports' | 'onNotice'>,
): Promise<PlanReport> {
  const { ports, options, program } = request;
  const started = await start(request);
  const { flow, preparation } = started;
  const tasks: FlowTask[] = [];
  const decided = new Map<number, Pick<PlanRow, 'action' | 'reason'> & { work?: Work }>();
  const publishes = new Map<string, string>();
  const notes: string[] = [];
  const diagnostics = [...started.diagnostics];
  let ready: ReadyTask[] = [];

  const absorb = (step: FlowStep): void => {
    for (const task of step.tasks) tasks[task.index] = task;
    ready.push(...step.ready);
    notes.push(...step.notes);
    for (const { path, publish } of [...step.publishes, ...step.expected]) publishes.set(path, publish.name);
    for (const computation of step.computations) {
      // A table's content is known without writing it; what is read back from one is not.
      if (computation.kind !== 'table') continue;
      const bytes = ports.tables.write(computation.columns, computation.rows);
      const columns = computation.columns.map(({ name, kind }) => ({
        name,
        type: kind === 'other' ? ('Str' as const) : kind,
      }));
      const info = { mediaType: 'text/csv', table: { columns, rows: computation.rows.length } };
      flow.computed(computation.id, {
        how: 'table',
        file: { kind: 'file', digest: blake3(bytes), directory: false, size: bytes.length, name: 'table.csv', info },
      });
    }
  };

  if (!hasErrors(diagnostics)) {
    for (const step of started.steps) absorb(step);
    while (ready.length > 0) {
      const batch = ready;
      ready = [];
      const keyed: Work[] = [];
      for (const one of batch) {
        const task = tasks[one.task];
        if (!task) continue;
        const { process } = task.call;
        const prepared = preparation.prepared(process);
        if (!prepared) {
          decided.set(one.task, {
            action: 'run',
            reason: `environment: ${preparation.unbuilt(process) ?? 'it'} is not built yet`,
          });
          continue;
        }
        try {
          keyed.push(work(task, one, prepared));
        } catch (error) {
          if (!(error instanceof EvaluationProblem)) throw error;
          decided.set(one.task, { action: 'run', reason: `it would fail: ${error.message}` });
        }
      }
      const forced = (one: Work): string | undefined => {
        const { process, path } = one.task.call;
        if (!options.cache) return '--no-cache';
        if (!process.cache) return 'the process says `cache off`';
        return options.fresh.includes(process.name) || options.fresh.includes(path) ? '--fresh' : undefined;
      };
      const results = await reusable(
        keyed.filter((one) => forced(one) === undefined),
        ports,
        { verify: options.verify },
      );
      for (const one of keyed) {
        const result = forced(one) === undefined ? results.get(one.key) : undefined;
        if (result) {
          decided.set(one.task.index, { action: 'reuse', reason: `made by ${result.task} in run ${result.run}` });
          flow.complete(one.task.index, completion(one.task.call.process.outputs, result.outputs));
        } else decided.set(one.task.index, { action: 'run', reason: forced(one) ?? 'no result yet', work: one });
      }
      for (let more = true; more; ) {
        const step = flow.advance(() => false);
        absorb(step);
        diagnostics.push(...step.problems.map((problem) => problem.diagnostic));
        more = step.more;
      }
    }
  }

  const changed = [...decided.values()].flatMap((row) => (row.work ? [row.work.task.id] : []));
  const previous = await ports.store.previous(request.pipeline, changed, {});
  const rows = tasks.map(
    (task): PlanRow => row(task, decided.get(task.index), previous, (index) => tasks[index]?.id ?? ''),
  );
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

function row(
  task: FlowTask,
  decision: (Pick<PlanRow, 'action' | 'reason'> & { readonly work?: Work }) | undefined,
  previous: ReadonlyMap<string, PreviousTask>,
  idOf: (index: number) => string,
): PlanRow {
  const base = {
    id: task.id,
    process: task.call.process.name,
    tags: task.tags,
    tasks: 1,
    waitsFor: task.waitsFor.map(idOf),
  };
  if (!decision) return { ...base, action: 'unknown', reason: 'it depends on tasks that will run' };
  if (decision.action !== 'run' || !decision.work) return { ...base, ...decision };
  const before = previous.get(task.id);
  if (!before || before.key === decision.work.key) return { ...base, action: 'run', reason: decision.reason };
  const because = changedParts(before.parts, decision.work.parts).map((part) => ({
    ...part,
    source: sourceOf(part.part, task),
  }));
  return { ...base, action: 'run', reason: `${because.map((part) => part.part).join(', ')} changed`, because };
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
