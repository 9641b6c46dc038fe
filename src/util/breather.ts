import { setImmediate } from 'node:timers/promises';

/**
 * For loops of many small synchronous steps: says when they have held the event loop long enough, and lets others in.
 * Synchronous stats and small reads are several times cheaper than asynchronous ones, as long as they are taken in such slices.
 */
export interface Breather {
  due(): boolean;
  pause(): Promise<void>;
}

export function breather(milliseconds: number): Breather {
  let since = performance.now();
  return {
    due: () => performance.now() - since > milliseconds,
    pause: async () => {
      await setImmediate();
      since = performance.now();
    },
  };
}
