import type { RunId } from '../../util/brand.ts';
import type { Clock } from '../ports/clock.ts';
import type { Event, StoredEvent } from '../ports/event.ts';
import type { RunStore } from '../ports/run-store.ts';
import { apply, emptyState, type RunState } from './state.ts';

/** The run's events on their way to the store. What is recorded takes effect in the state at once and is durable after `flush`. */
export interface Ledger {
  readonly run: RunId;
  readonly state: RunState;
  record(...events: readonly Event[]): void;
  /** Must be awaited before acting on an intention, and before telling anybody of a result. */
  flush(): Promise<void>;
}

export function createLedger(options: {
  readonly run: RunId;
  readonly store: RunStore;
  readonly clock: Clock;
  /** Of a run that is taken over. */
  readonly earlier: readonly StoredEvent[];
  readonly onEvent: (event: StoredEvent) => void;
}): Ledger {
  const state = emptyState();
  for (const event of options.earlier) apply(state, event);
  let seq = options.earlier.at(-1)?.seq ?? 0;
  let outbox: Event[] = [];
  let writing: Promise<void> = Promise.resolve();
  return {
    run: options.run,
    state,
    record(...events) {
      for (const event of events) {
        apply(state, event);
        const joined = joinedWith(outbox.at(-1), event);
        if (joined) outbox[outbox.length - 1] = joined;
        else outbox.push(event);
      }
    },
    flush() {
      writing = writing.then(async () => {
        if (outbox.length === 0) return;
        const batch = outbox;
        outbox = [];
        await options.store.append(options.run, batch);
        const at = options.clock.now();
        for (const event of batch) {
          seq += 1;
          options.onEvent({ ...event, seq, at, run: options.run });
        }
      });
      return writing;
    },
  };
}

const longestEvent = 2000;

/** Neighbours of one kind become one event: what a thousand tasks did at once is one thing to write, and one to show. */
function joinedWith(before: Event | undefined, event: Event): Event | undefined {
  if (before?.type === 'tasks-reused' && event.type === 'tasks-reused' && before.tasks.length < longestEvent)
    return { type: 'tasks-reused', tasks: [...before.tasks, ...event.tasks] };
  if (before?.type === 'attempts-started' && event.type === 'attempts-started' && before.attempts.length < longestEvent)
    return { type: 'attempts-started', attempts: [...before.attempts, ...event.attempts] };
  if (before?.type === 'attempts-ended' && event.type === 'attempts-ended' && before.attempts.length < longestEvent)
    return { type: 'attempts-ended', attempts: [...before.attempts, ...event.attempts] };
  return undefined;
}
