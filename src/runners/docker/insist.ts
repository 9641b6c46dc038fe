import { setTimeout as delay } from 'node:timers/promises';
import { isAway, statusOf } from './daemon.ts';

/** Thrown where the runner was closed while it waited for the daemon. */
export class Closed extends Error {}

/**
 * Asks the daemon until it answers. While it is away that is as long as it takes; an answer that it failed (500 and up, as it gives while it
 * stops) is believed when it is given four times.
 */
export async function insist<T>(ask: () => Promise<T>, options: { readonly signal: AbortSignal }): Promise<T> {
  const { signal } = options;
  let failures = 0;
  for (let pause = 50; ; pause = Math.min(2000, pause * 2)) {
    if (signal.aborted) throw new Closed();
    try {
      return await ask();
    } catch (error) {
      const failed = (statusOf(error) ?? 0) >= 500;
      if (failed) failures += 1;
      if (!isAway(error) && (!failed || failures >= 4)) throw error;
      await delay(failed ? pause * 4 : pause, undefined, { signal }).catch(() => undefined);
    }
  }
}
