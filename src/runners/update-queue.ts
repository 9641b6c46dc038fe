import type { RunnerUpdate } from '../engine/ports/runner.ts';

/** Updates in order, handed out in batches to one reader that waits. */
export interface UpdateQueue {
  push(update: RunnerUpdate): void;
  /** Nothing more can be known: whoever takes next has the error. */
  fail(error: unknown): void;
  take(signal: AbortSignal): Promise<readonly RunnerUpdate[]>;
}

export function updateQueue(): UpdateQueue {
  let waiting: RunnerUpdate[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  return {
    push(update) {
      waiting.push(update);
      wake?.();
    },
    fail(error) {
      failure ??= { error };
      wake?.();
    },
    async take(signal) {
      if (waiting.length === 0 && failure === undefined && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            signal.removeEventListener('abort', done);
            wake = undefined;
            resolve();
          };
          wake = done;
          signal.addEventListener('abort', done);
        });
      }
      if (failure !== undefined && waiting.length === 0) throw failure.error;
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}
