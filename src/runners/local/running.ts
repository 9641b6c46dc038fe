import type { ExitRecord } from '../../engine/ports/runner.ts';
import { descendants, isAlive, marked, type ProcessIdentity } from '../../util/process-table.ts';
import { type Ending, noteEnding } from '../wrapper/call-off.ts';
import { readMemory } from './memory.ts';

/** An attempt that some launcher has in hand. */
export interface Running {
  readonly token: string;
  readonly directory: string;
  /** The launchers that may run it: exactly one, but where an engine died before it wrote down which. */
  readonly launchers: readonly ProcessIdentity[];
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly timeoutSeconds?: number;
  readonly memoryBytes?: number;
}

/**
 * Looks after attempts while they run: measures memory, ends what runs too long or grows too large, ends what is cancelled. One timer for
 * all, and none while nothing runs; short tasks are never looked at.
 */
export interface Watch {
  add(running: Running): void;
  get(token: string): Running | undefined;
  /** Forgets the attempt and completes its record by what was measured. */
  finish(record: ExitRecord): ExitRecord;
  forget(token: string): void;
  end(token: string, how: { readonly ending: Ending; readonly force: boolean; readonly graceSeconds: number }): void;
  close(): void;
}

interface Entry {
  readonly running: Running;
  due: number;
  peak: number;
  ending?: { readonly killAt: number; asked: boolean };
}

const firstLook = 40;
const timeoutGraceSeconds = 5;

export function watchRunning(): Watch {
  const entries = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;
  let timerAt = 0;

  function plan(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const entry of entries.values()) next = Math.min(next, entry.due);
    if (timer !== undefined && timerAt <= next) return;
    clearTimeout(timer);
    timer = undefined;
    if (next === Number.POSITIVE_INFINITY) return;
    timerAt = next;
    timer = setTimeout(
      () => {
        timer = undefined;
        tick();
        plan();
      },
      Math.max(1, next - Date.now()),
    );
  }

  function tick(): void {
    const now = Date.now();
    for (const entry of entries.values()) {
      if (entry.due > now) continue;
      const { running } = entry;
      if (entry.ending !== undefined) pursue(entry, now);
      else if (running.timeoutSeconds !== undefined && now >= running.since + running.timeoutSeconds * 1000) {
        begin(entry, { ending: 'timed-out', force: false, graceSeconds: timeoutGraceSeconds });
      } else {
        measure(entry);
        if (running.memoryBytes !== undefined && entry.peak > running.memoryBytes) {
          begin(entry, { ending: 'out-of-memory', force: true, graceSeconds: 0 });
        }
      }
      entry.due = nextLook(entry, now);
    }
  }

  return {
    add(running) {
      const entry: Entry = { running, due: 0, peak: 0 };
      entry.due = Math.min(Date.now() + firstLook, timeoutAt(running));
      entries.set(running.token, entry);
      if (timer === undefined) plan();
    },
    get: (token) => entries.get(token)?.running,
    finish(record) {
      const entry = entries.get(record.token);
      entries.delete(record.token);
      const peak = Math.max(entry?.peak ?? 0, record.usage.peakMemoryBytes ?? 0);
      return peak === 0 ? record : { ...record, usage: { ...record.usage, peakMemoryBytes: peak } };
    },
    forget: (token) => void entries.delete(token),
    end(token, how) {
      const entry = entries.get(token);
      if (entry === undefined) return;
      if (entry.ending !== undefined && !how.force) return;
      begin(entry, how);
      entry.due = nextLook(entry, Date.now());
      plan();
    },
    close() {
      clearTimeout(timer);
      timer = undefined;
      entries.clear();
    },
  };
}

const timeoutAt = (running: Running): number =>
  running.timeoutSeconds === undefined ? Number.POSITIVE_INFINITY : running.since + running.timeoutSeconds * 1000;

/** Often while it is young, once a second later, or four times where it may grow too large; never past the moment its time is up. */
function nextLook(entry: Entry, now: number): number {
  if (entry.ending !== undefined) return now + 50;
  const age = now - entry.running.since;
  return Math.min(
    now + Math.min(entry.running.memoryBytes === undefined ? 1000 : 250, Math.max(firstLook, age / 4)),
    Math.max(now + 1, timeoutAt(entry.running)),
  );
}

/** Sampling sees what stands at that moment; the kernel's own high-water mark of each process fills in between. */
function measure(entry: Entry): void {
  const reading = readMemory(processesOf(entry.running));
  if (reading !== undefined) entry.peak = Math.max(entry.peak, reading.bytes, reading.largestPeak);
}

function begin(
  entry: Entry,
  how: { readonly ending: Ending; readonly force: boolean; readonly graceSeconds: number },
): void {
  noteEnding(entry.running.directory, how.ending);
  signalAll(entry.running, how.force ? 'SIGKILL' : 'SIGTERM');
  entry.ending = { killAt: Date.now() + how.graceSeconds * 1000, asked: true };
}

function pursue(entry: Entry, now: number): void {
  if (entry.ending !== undefined && now >= entry.ending.killAt) signalAll(entry.running, 'SIGKILL');
}

function signalAll(running: Running, signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const pid of processesOf(running, { thorough: true })) {
    try {
      process.kill(pid, signal);
      // A stopped process would hear of it only when it goes on.
      if (signal === 'SIGTERM') process.kill(pid, 'SIGCONT');
    } catch {
      // It ended meanwhile.
    }
  }
}

/**
 * The processes of an attempt: all below its launcher, which has no other task, while that launcher is still the process it was.
 * `thorough` looks for the token too: without a process-id namespace a daemon is nobody's descendant.
 */
export function processesOf(running: Running, options: { readonly thorough: boolean } = { thorough: false }): number[] {
  const found = new Set<number>();
  for (const launcher of running.launchers)
    if (isAlive(launcher)) for (const pid of descendants(launcher.pid)) found.add(pid);
  if (options.thorough) for (const pid of marked({ token: running.token })) found.add(pid);
  return [...found];
}
