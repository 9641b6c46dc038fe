import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One timed command, as a whole process. */
export interface Timed {
  readonly seconds: number;
  readonly peakMiB: number | undefined;
}

/**
 * Runs a command and times it from outside, start-up and all. Peak memory is that of the command itself as the kernel knows it
 * (`VmHWM`, by a tiny shell that reads its own child), and left out where /proc is not there. A command that fails ends the bench: a time of
 * something that did not work is no figure.
 */
export function timed(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Timed {
  const usage = join(options.cwd, '.bench-usage');
  const script = [
    '"$@" & pid=$!',
    // Beside the wait, so that looking does not lengthen what is timed.
    '{ peak=0; while sleep 0.02; do while read -r name value _; do',
    'if [ "$name" = VmHWM: ] && [ "$value" -gt "$peak" ]; then peak=$value; echo "$peak" > "$BENCH_USAGE"; fi; done < /proc/$pid/status || break; done; } >/dev/null 2>&1 & watch=$!',
    'wait $pid; code=$?; kill $watch 2>/dev/null; exit $code',
  ].join('\n');
  writeFileSync(usage, '0');
  const from = process.hrtime.bigint();
  const result = spawnSync('bash', ['-c', script, 'bench', command, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env, BENCH_USAGE: usage },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  if (result.status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} failed (${result.status ?? result.signal}):\n${result.stdout.slice(-2000)}\n${result.stderr.slice(-4000)}`,
    );
  }
  const kib = Number(readFileSync(usage, 'utf8'));
  return { seconds, peakMiB: kib > 0 ? kib / 1024 : undefined };
}

/**
 * Takes away what the run before made, without deleting it: for minutes after many files were deleted, ext4 looks for inodes that were not among
 * them, and whoever makes files pays for it.
 */
export function putAside(folder: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(folder, name);
    if (existsSync(path)) renameSync(path, `${path}.before-${asides++}`);
  }
}
let asides = 0;

/** The median of several runs; `prepare` is not timed. */
export function median(runs: number, prepare: () => void, run: () => Timed): Timed {
  const all: Timed[] = [];
  for (let at = 0; at < runs; at++) {
    prepare();
    all.push(run());
  }
  all.sort((a, b) => a.seconds - b.seconds);
  const middle = all[Math.floor(all.length / 2)];
  if (!middle) throw new Error('nothing was measured');
  return middle;
}

export const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

export function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
