import type { ExitRecord } from '../../engine/ports/runner.ts';
import type { LauncherRecord } from '../wrapper/exit-record.ts';

/** What the daemon says about a container that does not run any more; undefined where it knows none. */
export interface ContainerEnd {
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** ISO 8601, as far as known. */
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
}

export interface EndFacts {
  /** What the launcher wrote. */
  readonly record: LauncherRecord | undefined;
  /** First word of the file `ending`: why we, or the launcher for us, ended it. */
  readonly ending: string | undefined;
  readonly container: ContainerEnd | undefined;
}

export type HowItEnded =
  | { readonly kind: 'ended'; readonly how: ExitRecord['how'] }
  /** Through no fault of the task. */
  | { readonly kind: 'lost'; readonly why: string };

/** The record is the truth; what it cannot know is who told it to end, and that the kernel ended part of it for want of memory. */
export function howItEnded({ record, ending, container }: EndFacts): HowItEnded {
  const outOfMemory = container?.oomKilled === true;
  if (record !== undefined && record.how.kind !== 'terminated') {
    const { how } = record;
    const failed = how.kind === 'signalled' || (how.kind === 'exited' && how.code !== 0);
    return { kind: 'ended', how: failed && outOfMemory ? { kind: 'out-of-memory' } : how };
  }
  if (ending === 'cancelled' || ending === 'timed-out' || ending === 'out-of-memory')
    return { kind: 'ended', how: { kind: ending } };
  if (outOfMemory) return { kind: 'ended', how: { kind: 'out-of-memory' } };
  if (record !== undefined) return { kind: 'lost', why: 'something outside ended its container' };
  if (container === undefined) return { kind: 'lost', why: 'its container is gone, and left no record' };
  if (container.exitCode > 128 || container.exitCode === 0)
    return { kind: 'lost', why: `something outside ended its container (status ${container.exitCode})` };
  return {
    kind: 'ended',
    how: {
      kind: 'not-started',
      why: `the wrapper could not be started in its container (status ${container.exitCode})`,
    },
  };
}

/** Whether a record alone does not say how it ended. */
export function needsContainer(
  record: LauncherRecord | undefined,
  options: { readonly limitedMemory: boolean },
): boolean {
  if (record === undefined || record.how.kind === 'terminated') return true;
  const { how } = record;
  return options.limitedMemory && (how.kind === 'signalled' || (how.kind === 'exited' && how.code !== 0));
}
