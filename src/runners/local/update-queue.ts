import type { RunnerUpdate } from '../../engine/ports/runner.ts';

/** Updates in order, handed out in batches to one reader that waits. */
export interface UpdateQueue {
  push(update: RunnerUpdate): void;
  take(signal: AbortSignal): Promise<readonly RunnerUpdate[]>;
}

export function updateQueue(): UpdateQueue {
  let waiting: RunnerUpdate[] = [];
  let wake: (() => void) | undefined;
  return {
    push(update) {
      waiting.push(update);
      wake?.();
    },
    async take(signal) {
      if (waiting.length === 0 && !signal.aborted) {
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
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}
