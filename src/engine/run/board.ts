import type { AttemptToken, TaskKey } from '../../util/brand.ts';
import type { Completion, Flow, FlowTask, TaskIndex } from '../plan/step.ts';
import type { StoredResult } from '../ports/run-store.ts';
import type { Lanes } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import type { Progress } from './progress.ts';
import type { RunRequest } from './request.ts';
import { completion, reuseForbidden } from './reuse.ts';
import type { Tables } from './tables.ts';
import type { Demand, Work } from './work.ts';

/** An attempt between its launch and its verdict. */
export interface Attempt {
  readonly token: AttemptToken;
  readonly work: Work;
  readonly number: number;
  readonly directory: string;
  /** An engine before this one started it. */
  readonly adopted: boolean;
}

/**
 * What a run knows at this moment, shared by the parts of its loop. Events are the truth (`ledger.state`); this is what is not worth keeping:
 * inputs of tasks on their way, the queue, live attempts.
 */
export interface Board {
  readonly request: RunRequest;
  readonly flow: Flow;
  readonly ledger: Ledger;
  readonly schedule: Lanes;
  readonly progress: Progress;
  readonly tables: Tables;
  readonly tasks: FlowTask[];
  readonly finished: Set<TaskIndex>;
  /** Tasks by key: equal keys are one piece of work. */
  readonly works: Map<TaskKey, Work[]>;
  readonly demands: Map<TaskKey, Demand>;
  readonly attempts: Map<AttemptToken, Attempt>;
  /** Keys that another engine computes. */
  readonly held: Map<TaskKey, Work>;
  /** Something became known that the flow has not worked out yet. */
  flowHasMore: boolean;
  /** `failed`: a task, a publish or the world; `cancelled`: somebody asked. */
  stopped: 'no' | 'failed' | 'cancelled';
  /** What runs may end, and nothing more starts. */
  noMoreLaunches: boolean;
}

export function createBoard(
  parts: Pick<Board, 'request' | 'flow' | 'ledger' | 'schedule' | 'progress' | 'tables'>,
): Board {
  return {
    ...parts,
    tasks: [],
    finished: new Set(),
    works: new Map(),
    demands: new Map(),
    attempts: new Map(),
    held: new Map(),
    flowHasMore: false,
    stopped: 'no',
    noMoreLaunches: false,
  };
}

export function taskAt(board: Board, index: TaskIndex): FlowTask {
  const task = board.tasks[index];
  if (!task) throw new Error(`task ${index} is unknown`);
  return task;
}

/** All tasks of a key, which is over: nobody else will take them. */
export function takeWorks(board: Board, key: TaskKey): readonly Work[] {
  const all = board.works.get(key) ?? [];
  board.works.delete(key);
  board.demands.delete(key);
  return all;
}

/** As `finish`, and what the task made is kept for the history of tables. */
export function succeed(board: Board, work: Work, how: Completion): void {
  board.tables.made(work, how);
  finish(board, work.task, how);
}

/** Tells the flow how a task ended, once. */
export function finish(board: Board, task: FlowTask, how: Completion): void {
  if (board.finished.has(task.index)) return;
  board.finished.add(task.index);
  board.flow.complete(task.index, how);
  board.flowHasMore = true;
}

/** Whether a result that is already known may answer this work. */
export function mayReuse(board: Board, work: Work): boolean {
  // What this very run made before it was interrupted is never made again, whatever the flags say.
  return isDone(board, work.task) || reuseForbidden(work.task.call, board.request.options) === undefined;
}

/** Every task of the key takes the result. Those that the run's events do not know as done yet are recorded as reused. */
export function reuse(board: Board, key: TaskKey, result: StoredResult): void {
  const fresh = [];
  for (const work of takeWorks(board, key)) {
    const ran = board.ledger.state.tasks.get(work.task.id)?.status === 'ran';
    if (!isDone(board, work.task)) fresh.push({ task: work.task.id, key });
    board.progress.ended(work.task, ran ? 'ran' : 'reused');
    succeed(board, work, completion(work.task.call.process.outputs, result.outputs));
  }
  if (fresh.length > 0) board.ledger.record({ type: 'tasks-reused', tasks: fresh });
}

function isDone(board: Board, task: FlowTask): boolean {
  const status = board.ledger.state.tasks.get(task.id)?.status;
  return status === 'ran' || status === 'reused';
}
