import { setTimeout as pause } from 'node:timers/promises';
import { MayPass } from './problem.ts';

/** How long is waited for a place that does not answer. */
export interface Patience {
  /** Milliseconds before the second try, the third, …; when they are used up, the problem is told. */
  readonly pausesMs: readonly number[];
  /** The longest pause that a server may ask for. */
  readonly longestMs: number;
  /** Nothing heard for so long: the connection counts as broken. */
  readonly idleMs: number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Half a minute in all, and a minute of silence. */
export const patient: Patience = {
  pausesMs: [500, 1000, 2000, 4000, 8000, 15_000],
  longestMs: 120_000,
  idleMs: 60_000,
  wait: async (ms, signal) => pause(ms, undefined, { signal }),
};

export interface AgainOptions {
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** Bytes that have come over so far: while there are more each time, it goes on, however often it breaks. */
  readonly moved?: () => number;
}

/** Does `work` until it does not end in what may pass, with growing pauses, a limited number of times. The signal ends it at once. */
export async function again<T>(work: () => Promise<T>, options: AgainOptions): Promise<T> {
  const { patience, signal, moved = () => 0 } = options;
  let tries = 0;
  let before = moved();
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MayPass)) throw error;
      const now = moved();
      if (now > before) tries = 0;
      before = now;
      const ms = patience.pausesMs[tries];
      if (ms === undefined || (error.afterMs ?? 0) > patience.longestMs) throw error.problem;
      tries += 1;
      await patience.wait(Math.max(ms, error.afterMs ?? 0), signal);
    }
  }
}

/** The promise, unless it takes longer than `ms` or the signal comes first. What comes of it afterwards is nobody's concern. */
export async function within<T>(
  promise: Promise<T>,
  options: { readonly ms: number; readonly signal: AbortSignal; readonly late: () => Error },
): Promise<T> {
  const { ms, signal, late } = options;
  promise.catch(() => {});
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => end(() => reject(late())), ms);
    const stop = (): void => end(() => reject(signal.reason));
    const end = (then: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      then();
    };
    signal.addEventListener('abort', stop, { once: true });
    promise.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
  });
}

/** The chunks as they come, with a limit on the time between two. The source is closed, and not waited for. */
export async function* unlessIdle(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly ms: number; readonly signal: AbortSignal; readonly late: () => Error },
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await within(iterator.next(), options);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    iterator.return?.().catch(() => {});
  }
}
