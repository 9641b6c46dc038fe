import { readFileSync } from 'node:fs';

export interface MemoryReading {
  /** What the processes hold now: their own pages, and those they share counted once. */
  readonly bytes: number;
  /** The largest that any one of them has ever held. */
  readonly largestPeak: number;
}

/** Reads the memory of some processes from /proc; undefined where none could be read any more. */
export function readMemory(pids: readonly number[]): MemoryReading | undefined {
  let own = 0;
  let shared = 0;
  let largestPeak = 0;
  let seen = false;
  for (const pid of pids) {
    let status: string;
    try {
      status = readFileSync(`/proc/${pid}/status`, 'latin1');
    } catch {
      continue;
    }
    const anonymous = kilobytes(status, 'RssAnon');
    if (anonymous === undefined) continue;
    seen = true;
    own += anonymous;
    shared = Math.max(shared, (kilobytes(status, 'RssFile') ?? 0) + (kilobytes(status, 'RssShmem') ?? 0));
    largestPeak = Math.max(largestPeak, kilobytes(status, 'VmHWM') ?? 0);
  }
  return seen ? { bytes: (own + shared) * 1024, largestPeak: largestPeak * 1024 } : undefined;
}

function kilobytes(status: string, name: string): number | undefined {
  const at = status.indexOf(`\n${name}:`);
  if (at < 0) return undefined;
  return Number.parseInt(status.slice(at + name.length + 2), 10);
}
