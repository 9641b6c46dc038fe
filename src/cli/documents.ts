import type { PlanReport, RunSummary } from '../engine/index.ts';
import type { TaskFailure } from '../engine/ports/event.ts';
import { formats } from './formats.ts';

/** `bit run --json`, as docs/json.md says. */
export const runDocument = (summary: RunSummary) => ({
  format: formats.run,
  run: summary.run ?? null,
  status: summary.status,
  tasks: summary.counts,
  seconds: summary.seconds,
  resumed: summary.resumed,
  published: summary.published.map(({ path, relative, digest, tags, name, task }) => ({
    path,
    relative,
    digest,
    tags,
    name,
    task: task ?? null,
  })),
  failures: summary.failures.map(failureDocument),
  quarantined: summary.quarantined.map(failureDocument),
  problems: summary.problems,
  assertions: summary.assertions,
  stale: summary.stale,
  pruned: summary.pruned,
  notes: summary.notes,
});

const failureDocument = (failure: TaskFailure) => ({
  task: failure.task,
  outcome: failure.outcome,
  exitCode: failure.exitCode ?? null,
  message: failure.message,
  stderrTail: failure.stderrTail,
  workDir: failure.workDir,
});

/** `bit plan --json`. */
export const planDocument = (report: PlanReport) => ({
  format: formats.plan,
  tasks: report.tasks.map(({ id, process, tags, tasks, action, reason, because, waitsFor }) => ({
    id,
    process,
    tags,
    tasks,
    action,
    reason,
    because: because ?? [],
    waitsFor,
  })),
  counts: planCounts(report),
  sources: report.sources,
  publishes: report.publishes,
  notes: report.notes,
});

export function planCounts(report: PlanReport): {
  total: number;
  reuse: number;
  run: number;
  unknown: number;
  exact: boolean;
} {
  const sum = (action: PlanReport['tasks'][number]['action']): number =>
    report.tasks.filter((row) => row.action === action).reduce((total, row) => total + (row.tasks ?? 0), 0);
  const counts = { reuse: sum('reuse'), run: sum('run'), unknown: sum('unknown') };
  return {
    total: counts.reuse + counts.run + counts.unknown,
    ...counts,
    exact: report.tasks.every((row) => row.tasks !== null),
  };
}
