import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Asks a program of Slurm and gives its output. */
export async function slurm(program: string, ...words: readonly string[]): Promise<string> {
  return (await run(program, [...words])).stdout;
}

/** What the queue holds of a folder's runs, one line each: `12_3 RUNNING …`. */
export async function queuedOf(folder: string): Promise<readonly string[]> {
  const lines = (await slurm('squeue', '--noheader', '--array', '--format=%i %T %Z')).split('\n');
  return lines.filter((line) => line.includes(` ${folder}/`));
}

/** Resolves when a job is over, or unknown. */
export async function leavesQueue(job: string): Promise<void> {
  for (;;) {
    const state = await slurm('squeue', '--noheader', '--states=all', '--format=%T', `--jobs=${job}`).catch(() => '');
    if (!/PENDING|RUNNING|COMPLETING|CONFIGURING/.test(state)) return;
  }
}

/** The shell that looks after an attempt on this machine. What the task runs carries its token; forks of the shell itself do not show it. */
export async function launcherOf(token: string): Promise<number> {
  for (;;) {
    let found: number | undefined;
    for (let at = withToken(token); at > 1; at = parentOf(at)) if (isLauncher(at)) found = at;
    if (found !== undefined) return found;
    // Between two of its programs.
    await setImmediate();
  }
}

/** Ends what still runs for batches of a store, where no Slurm would. */
export function endLaunchers(workFolder: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!isLauncher(Number(pid)) || !read(`/proc/${pid}/cmdline`).includes(`\0${workFolder}/.slurm/`)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It went with another.
    }
  }
}

function withToken(token: string): number {
  return Number(readdirSync('/proc').find((pid) => read(`/proc/${pid}/environ`).includes(`BIT_TOKEN=${token}\0`)) ?? 0);
}

const isLauncher = (pid: number): boolean =>
  read(`/proc/${pid}/comm`).trim() === 'bash' && read(`/proc/${pid}/cmdline`).includes('/launcher.bash\0');

const parentOf = (pid: number): number => Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
