import { readFileSync, writeFileSync } from 'node:fs';
import type { ExitRecord } from '../../engine/ports/runner.ts';
import { asAttemptToken } from '../../util/brand.ts';

/**
 * Reads the line that a launcher writes as `exit.json`. Undefined where it is not whole: a launcher that was killed while it wrote has
 * left no record.
 */
export function parseExitRecord(line: string): ExitRecord | undefined {
  const record = parseLauncherRecord(line);
  return record === undefined || isTerminated(record) ? undefined : record;
}

/** A record that only says that somebody ended the task, and not why: whoever placed it there has to be asked. */
export type TerminatedRecord = Omit<ExitRecord, 'how'> & { readonly how: { readonly kind: 'terminated' } };

export const isTerminated = (record: ExitRecord | TerminatedRecord): record is TerminatedRecord =>
  record.how.kind === 'terminated';

/** What a launcher that looks after its task alone may write. */
export type LauncherRecord = ExitRecord | TerminatedRecord;

function parseLauncherRecord(line: string): LauncherRecord | undefined {
  let raw: RawRecord;
  try {
    raw = JSON.parse(line) as RawRecord;
  } catch {
    return undefined;
  }
  // A full disk leaves files of no bytes, and a record made from them says nothing.
  if (!endings.has(raw.how?.kind)) return undefined;
  const { how } = raw;
  const wallSeconds = Math.max(0, raw.ended - raw.began);
  const rest = {
    token: asAttemptToken(raw.token),
    startedAt: new Date(raw.began * 1000).toISOString(),
    endedAt: new Date(raw.ended * 1000).toISOString(),
    usage: {
      wallSeconds: Math.round(wallSeconds * 1e6) / 1e6,
      ...(raw.cpuMilliseconds === undefined ? {} : { cpuSeconds: raw.cpuMilliseconds / 1000 }),
      ...(raw.peakMemoryBytes === undefined ? {} : { peakMemoryBytes: raw.peakMemoryBytes }),
      ...bytesMoved(raw.io),
    },
    leftBehind: raw.leftBehind,
    isolation: raw.isolation,
  };
  return how.kind === 'terminated' ? { ...rest, how } : { ...rest, how };
}

const endings: ReadonlySet<string | undefined> = new Set<RawRecord['how']['kind']>([
  'exited',
  'signalled',
  'timed-out',
  'out-of-memory',
  'cancelled',
  'preempted',
  'terminated',
  'not-started',
]);

function bytesMoved(io: string | undefined): Partial<ExitRecord['usage']> {
  const match = /^rchar: (\d+) wchar: (\d+) +rchar: (\d+) wchar: (\d+)/.exec(io ?? '');
  if (match === null) return {};
  return { readBytes: Number(match[3]) - Number(match[1]), writtenBytes: Number(match[4]) - Number(match[2]) };
}

/** The record in an attempt's directory, if there is a whole one that carries its token and says how it ended. */
export function readExitRecord(directory: string, token: string): ExitRecord | undefined {
  const record = readLauncherRecord(directory, token);
  return record === undefined || isTerminated(record) ? undefined : record;
}

/** The same, where `terminated` is an answer too. */
export function readLauncherRecord(directory: string, token: string): LauncherRecord | undefined {
  let text: string;
  try {
    text = readFileSync(`${directory}/exit.json`, 'utf8');
  } catch {
    return undefined;
  }
  const record = text.endsWith('}\n') ? parseLauncherRecord(text) : undefined;
  return record?.token === token ? record : undefined;
}

/** Writes a record for a launcher that could not, or in place of one that did not know why it had to end: the next engine reads the same. */
export function writeExitRecord(directory: string, record: ExitRecord): void {
  const { usage } = record;
  const raw: RawRecord = {
    token: record.token,
    how: record.how,
    began: Date.parse(record.startedAt) / 1000,
    ended: Date.parse(record.endedAt) / 1000,
    ...(usage.cpuSeconds === undefined ? {} : { cpuMilliseconds: Math.round(usage.cpuSeconds * 1000) }),
    ...(usage.peakMemoryBytes === undefined ? {} : { peakMemoryBytes: usage.peakMemoryBytes }),
    leftBehind: record.leftBehind,
    isolation: record.isolation,
  };
  writeFileSync(`${directory}/exit.json`, `${JSON.stringify(raw)}\n`);
}

/** As launcher.bash writes it: seconds since 1970, times as the shell gives them. */
interface RawRecord {
  readonly token: string;
  readonly how: LauncherRecord['how'];
  readonly began: number;
  readonly ended: number;
  readonly cpuMilliseconds?: number;
  readonly peakMemoryBytes?: number;
  /** `rchar: 1 wchar: 2 rchar: 3 wchar: 4`: counters before and after; empty where the machine keeps none. */
  readonly io?: string;
  readonly leftBehind: number;
  readonly isolation: ExitRecord['isolation'];
}
