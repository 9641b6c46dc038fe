import type { RunnerName, RunnerUpdate } from '../ports/runner.ts';

/**
 * Whether every runner can be asked about what it runs. Said once for all that runs there, not for each of a thousand tasks; what another runner
 * says is no answer of one that is silent.
 */
export function reachability(
  tell: (why: string | undefined) => void,
): (runner: RunnerName, update: RunnerUpdate) => void {
  const silent = new Set<RunnerName>();
  return (runner, update) => {
    if (update.kind === 'unreachable') {
      if (!silent.has(runner)) tell(update.why);
      silent.add(runner);
    } else if (silent.delete(runner) && silent.size === 0) tell(undefined);
  };
}
