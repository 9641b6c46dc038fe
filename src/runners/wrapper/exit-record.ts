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
      ...(raw.readBytes === undefined ? {} : { readBytes: raw.readBytes }),
      ...(raw.writtenBytes === undefined ? {} : { writtenBytes: raw.writtenBytes }),
    },
    leftBehind: raw.leftBehind,
    isolation: raw.isolation,
  };
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
  readonly readBytes?: number;
  readonly writtenBytes?: number;
  readonly leftBehind: number;
  readonly isolation: ExitRecord['isolation'];
}
