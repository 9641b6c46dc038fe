/**
 * Whether what a program of Slurm says is about the way to the controller, or a state that passes, and not about what was asked of it.
 */
export function isPassing(words: string): boolean {
  return passing.some((pattern) => pattern.test(words));
}

/** The request was never sent: no answer to it can be lost. */
export const neverSent = (words: string): boolean => /connect failure|connection refused|no `sbatch`/i.test(words);

const passing: readonly RegExp[] = [
  /unable to contact slurm controller/i,
  /unable to connect/i,
  /timed out|timeout/i,
  /temporarily unable/i,
  /try again|again later|temporarily unavailable/i,
  /connection (refused|reset|closed)|communications? (connection|shutdown) failure|connect failure/i,
  /(message|header) (send|receive|lengths?) (failure|error)|error in receive|zero bytes were transmitted/i,
  /transport endpoint|broken pipe|network is unreachable|no route to host|name or service not known/i,
  /standby mode|slurmctld.*(starting|shutting)|invalid protocol/i,
  /munge|protocol authentication error|authentication plugin/i,
  /slurmdbd|database connection/i,
  /insufficient system resources|too many open files|cannot allocate memory/i,
  /rate limit|server busy/i,
];
