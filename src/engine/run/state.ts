import type { AttemptToken, TaskKey } from '../../util/brand.ts';
import { unreachable } from '../../util/unreachable.ts';
import type { Counts, Event, IntendedAttempt, PublishedFile, RunStatus, TaskFailure } from '../ports/event.ts';

export type TaskStatus = 'planned' | 'running' | 'ran' | 'reused' | 'failed' | 'quarantined' | 'skipped' | 'cancelled';

/** A run as its events tell it. Folding the stored events gives the state the engine had when it wrote the last of them. */
export interface RunState {
  readonly tasks: Map<string, { status: TaskStatus; key?: TaskKey }>;
  /** Intended and not ended: these are looked for when an engine takes the run over. */
  readonly live: Map<AttemptToken, IntendedAttempt & { external?: string }>;
  /** Attempts so far, by key. */
  readonly tried: Map<TaskKey, number>;
  readonly published: Map<string, PublishedFile>;
  readonly failures: TaskFailure[];
  readonly quarantined: TaskFailure[];
  readonly problems: Extract<Event, { type: 'problem' }>[];
  readonly counts: { -readonly [K in keyof Counts]: number };
  ended: RunStatus | undefined;
}

export function emptyState(): RunState {
  return {
    tasks: new Map(),
    live: new Map(),
    tried: new Map(),
    published: new Map(),
    failures: [],
    quarantined: [],
    problems: [],
    counts: { total: 0, ran: 0, reused: 0, failed: 0, quarantined: 0, skipped: 0, cancelled: 0 },
    ended: undefined,
  };
}

/** The only place where a run's state changes. The state is the caller's own and is changed in place: a run has 100 000 tasks. */
export function apply(state: RunState, event: Event): void {
  switch (event.type) {
    case 'run-started':
    case 'sources-frozen':
    case 'calls-recorded':
    case 'texts-recorded':
    case 'assertions-checked':
    case 'pruned':
      return;
    case 'problem':
      state.problems.push(event);
      return;
    case 'run-resumed':
      // What went wrong before is tried again, as it would be in a new run; what succeeded stands.
      for (const [id, task] of state.tasks) {
        if (task.status !== 'ran' && task.status !== 'reused') {
          leave(state, task.status);
          state.tasks.delete(id);
        }
      }
      state.failures.length = 0;
      state.quarantined.length = 0;
      state.problems.length = 0;
      state.tried.clear();
      return;
    case 'tasks-planned':
      for (const task of event.tasks) if (!task.byEngine) enter(state, task.task, 'planned', task.key);
      return;
    case 'tasks-reused':
      for (const task of event.tasks) enter(state, task.task, 'reused', task.key);
      return;
    case 'attempts-intended':
      for (const attempt of event.attempts) {
        state.live.set(attempt.token, attempt);
        state.tried.set(attempt.key, attempt.attempt);
        enter(state, attempt.task, 'running', attempt.key);
      }
      return;
    case 'attempts-started':
      for (const started of event.attempts) {
        const attempt = state.live.get(started.token);
        if (attempt) state.live.set(started.token, { ...attempt, external: started.external });
      }
      return;
    case 'attempts-ended':
      for (const ended of event.attempts) {
        state.live.delete(ended.token);
        if (state.tasks.get(ended.task)?.status === 'running') enter(state, ended.task, 'planned');
      }
      return;
    case 'tasks-succeeded':
      for (const task of event.tasks) if (!task.byEngine) enter(state, task.task, 'ran', task.key);
      return;
    case 'tasks-failed':
      for (const task of event.tasks) enter(state, task.task, 'failed', task.key);
      state.failures.push(...event.tasks);
      return;
    case 'tasks-quarantined':
      for (const task of event.tasks) enter(state, task.task, 'quarantined', task.key);
      state.quarantined.push(...event.tasks);
      return;
    case 'tasks-skipped':
      for (const task of event.tasks) enter(state, task.task, 'skipped');
      return;
    case 'tasks-cancelled':
      for (const task of event.tasks) enter(state, task.task, 'cancelled');
      return;
    case 'published':
      for (const file of event.files) state.published.set(file.path, file);
      return;
    case 'run-ended':
      state.ended = event.status;
      return;
    default:
      unreachable(event);
  }
}

/** Total is the sum of the ends; a task that is still on its way counts in none. */
function enter(state: RunState, id: string, status: TaskStatus, key?: TaskKey): void {
  const task = state.tasks.get(id);
  if (task) {
    leave(state, task.status);
    task.status = status;
    if (key !== undefined) task.key = key;
  } else state.tasks.set(id, key === undefined ? { status } : { status, key });
  if (status !== 'planned' && status !== 'running') {
    state.counts[status] += 1;
    state.counts.total += 1;
  }
}

function leave(state: RunState, status: TaskStatus): void {
  if (status === 'planned' || status === 'running') return;
  state.counts[status] -= 1;
  state.counts.total -= 1;
}
