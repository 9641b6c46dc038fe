import type { RemoteProblem } from '../../engine/ports/remote.ts';

/** A failure that may pass: a reset, a timeout, a busy server. Never leaves this folder; what does is the problem in it. */
export class PassingTrouble extends Error {
  readonly problem: RemoteProblem;
  /** What the server asks to be waited for. */
  readonly waitMilliseconds: number;
  constructor(problem: RemoteProblem, waitMilliseconds = 0) {
    super(problem.message);
    this.problem = problem;
    this.waitMilliseconds = waitMilliseconds;
  }
}

export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** Does `work` until it succeeds, fails for good, or was tried seven times within half a minute; the pauses grow. */
export async function tryAgain<T>(
  work: () => Promise<T>,
  { pause, signal }: { pause: Pause; signal: AbortSignal },
): Promise<T> {
  for (const wait of [500, 1000, 2000, 4000, 8000, 15_000]) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PassingTrouble)) throw error;
      await pause(Math.max(wait, error.waitMilliseconds), signal);
    }
  }
  return await work().catch((error: unknown) => {
    signal.throwIfAborted();
    throw error instanceof PassingTrouble ? error.problem : error;
  });
}
