import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Asks a program of Slurm and gives its output. */
export async function slurm(program: string, ...words: readonly string[]): Promise<string> {
  return (await run(program, [...words])).stdout;
}

/** What the queue holds of ours, one line each. */
export async function queued(): Promise<readonly string[]> {
  const lines = (await slurm('squeue', '--noheader', '--array', '--format=%i %T %j')).split('\n');
  return lines.filter((line) => line.includes(' bit-'));
}

/** Resolves when a job is over, or unknown. */
export async function leavesQueue(job: string): Promise<void> {
  for (;;) {
    const state = await slurm('squeue', '--noheader', '--states=all', '--format=%T', `--jobs=${job}`).catch(() => '');
    if (!/PENDING|RUNNING|COMPLETING|CONFIGURING/.test(state)) return;
  }
}
