import type { ExitRecord } from '../../engine/ports/runner.ts';
import { asAttemptToken } from '../../util/brand.ts';
import type { LauncherRecord } from '../wrapper/exit-record.ts';
import type { ContainerEnd } from './how-it-ended.ts';

/** The record of an attempt whose end is known: the launcher's with the right reason, or one in its place. */
export function completed(
  how: ExitRecord['how'],
  facts: {
    readonly token: string;
    readonly record: LauncherRecord | undefined;
    readonly container: ContainerEnd | undefined;
    /** Milliseconds since 1970. */
    readonly since: number;
    readonly memoryBytes?: number;
  },
): ExitRecord {
  const { record, container, since, memoryBytes } = facts;
  const base: Omit<ExitRecord, 'how'> = record ?? withoutLauncher(asAttemptToken(facts.token), container, since);
  if (how.kind !== 'out-of-memory' || memoryBytes === undefined) return { ...base, how };
  // The kernel ended it because it held all that it was given.
  const peakMemoryBytes = Math.max(memoryBytes, base.usage.peakMemoryBytes ?? 0);
  return { ...base, how, usage: { ...base.usage, peakMemoryBytes } };
}

function withoutLauncher(
  token: ExitRecord['token'],
  container: ContainerEnd | undefined,
  since: number,
): Omit<ExitRecord, 'how'> {
  const startedAt = new Date(since).toISOString();
  const endedAt = new Date(Math.max(since, Date.parse(container?.endedAt ?? '') || Date.now())).toISOString();
  return {
    token,
    startedAt,
    endedAt,
    usage: { wallSeconds: (Date.parse(endedAt) - since) / 1000 },
    leftBehind: 0,
    isolation: 'mount-namespace',
  };
}
