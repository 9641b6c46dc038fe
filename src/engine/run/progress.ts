import type { Flow, FlowTask } from '../plan/step.ts';
import type { RunRequest } from './request.ts';

type Mutable = { reused: number; running: number; failed: number; done: number };

/** Counts per call for whoever watches; told at most ten times a second. */
export interface Progress {
  started(task: FlowTask): void;
  /** An attempt ended and the task has not: it is tried again. */
  paused(task: FlowTask): void;
  ended(task: FlowTask, how: 'ran' | 'reused' | 'failed'): void;
  skipped(tasks: readonly FlowTask[]): void;
  show(options?: { readonly final: boolean }): void;
  /** When something is to be told that was held back; undefined where all is told. */
  readonly dueAt: number | undefined;
}

const toldEveryMs = 100;

export function createProgress(request: Pick<RunRequest, 'onNotice' | 'program' | 'ports'>, flow: Flow): Progress {
  const counts = new Map<number, Mutable>();
  const running = new Set<number>();
  const calls = request.program.nodes.filter((node) => node.kind === 'call');
  let shownAt = Number.NEGATIVE_INFINITY;
  let dirty = true;
  const of = (task: FlowTask): Mutable => {
    dirty = true;
    const known = counts.get(task.call.id);
    if (known) return known;
    const fresh = { reused: 0, running: 0, failed: 0, done: 0 };
    counts.set(task.call.id, fresh);
    return fresh;
  };
  const leave = (task: FlowTask): void => {
    if (running.delete(task.index)) of(task).running -= 1;
  };
  return {
    get dueAt() {
      return dirty ? shownAt + toldEveryMs : undefined;
    },
    started(task) {
      running.add(task.index);
      of(task).running += 1;
    },
    paused: leave,
    ended(task, how) {
      leave(task);
      const count = of(task);
      count.done += 1;
      if (how === 'reused') count.reused += 1;
      if (how === 'failed') count.failed += 1;
    },
    skipped(tasks) {
      for (const task of tasks) of(task).done += 1;
    },
    show(options) {
      const now = request.ports.clock.milliseconds();
      if (!options?.final && (!dirty || now - shownAt < toldEveryMs)) return;
      shownAt = now;
      dirty = false;
      request.onNotice({
        kind: 'progress',
        calls: calls.map((call) => {
          const known = flow.known(call.id);
          const count = counts.get(call.id) ?? { reused: 0, running: 0, failed: 0, done: 0 };
          return { call: call.path, process: call.process.name, total: known.tasks, exact: known.exact, ...count };
        }),
      });
    },
  };
}
