import { readFileSync } from 'node:fs';
import type { ExitRecord } from '../../engine/ports/runner.ts';
import { asAttemptToken } from '../../util/brand.ts';

/**
 * Reads the line that a launcher writes as `exit.json`. Undefined where it is not whole: a launcher that was killed while it wrote has
 * left no record.
 */
export function parseExitRecord(line: string): ExitRecord | undefined {
  let raw: RawRecord;
  try {
    raw = JSON.parse(line) as RawRecord;
  } catch {
    return undefined;
  }
  // A full disk leaves files of no bytes, and a record made from them says nothing.
  if (!endings.has(raw.how?.kind)) return undefined;
  const wallSeconds = Math.max(0, raw.ended - raw.began);
  return {
    token: asAttemptToken(raw.token),
    how: raw.how,
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
}

const endings: ReadonlySet<string | undefined> = new Set<ExitRecord['how']['kind']>([
  'exited',
  'signalled',
  'timed-out',
  'out-of-memory',
  'cancelled',
  'not-started',
]);

function bytesMoved(io: string | undefined): Partial<ExitRecord['usage']> {
  const match = /^rchar: (\d+) wchar: (\d+) +rchar: (\d+) wchar: (\d+)/.exec(io ?? '');
  if (match === null) return {};
  return { readBytes: Number(match[3]) - Number(match[1]), writtenBytes: Number(match[4]) - Number(match[2]) };
}

/** The record in an attempt's directory, if there is a whole one that carries its token. */
export function readExitRecord(directory: string, token: string): ExitRecord | undefined {
  let text: string;
  try {
    text = readFileSync(`${directory}/exit.json`, 'utf8');
  } catch {
    return undefined;
  }
  const record = text.endsWith('}\n') ? parseExitRecord(text) : undefined;
  return record?.token === token ? record : undefined;
}

/** As launcher.bash writes it: seconds since 1970, times as the shell gives them. */
interface RawRecord {
  readonly token: string;
  readonly how: ExitRecord['how'];
  readonly began: number;
  readonly ended: number;
  readonly cpuMilliseconds?: number;
  readonly peakMemoryBytes?: number;
  /** `rchar: 1 wchar: 2 rchar: 3 wchar: 4`: counters before and after; empty where the machine keeps none. */
  readonly io?: string;
  readonly leftBehind: number;
  readonly isolation: ExitRecord['isolation'];
}
