import type { ExitRecord } from '../../engine/ports/runner.ts';
import type { Ending } from '../wrapper/call-off.ts';
import type { JobState } from './job-state.ts';

/** What became of a task that left no record of its own, by what Slurm says of its job. */
export type Verdict =
  | { readonly kind: 'ended'; readonly how: ExitRecord['how'] }
  | { readonly kind: 'lost'; readonly why: string };

export interface Circumstances {
  /** `12_3`. */
  readonly job: string;
  /** Undefined where nothing of it is known any more. */
  readonly state: JobState | undefined;
  /** Why we, or the launcher for us, asked for its end. */
  readonly ending: Ending | undefined;
}

/** What Slurm knows nothing of: it forgets what ended some minutes ago. */
export const forgotten: JobState = { word: 'GONE', standing: 'over' };

export function verdict({ job, state, ending }: Circumstances): Verdict {
  if (ending !== undefined) return { kind: 'ended', how: { kind: ending } };
  switch (state?.word) {
    case 'TIMEOUT':
    case 'DEADLINE':
      return { kind: 'ended', how: { kind: 'timed-out' } };
    case 'OUT_OF_MEMORY':
      return { kind: 'ended', how: { kind: 'out-of-memory' } };
    case 'PREEMPTED':
      return { kind: 'ended', how: { kind: 'preempted', why: `job ${job} had to make room for another` } };
    case 'CANCELLED':
      return { kind: 'ended', how: { kind: 'cancelled', why: cancelledBy(job, state) } };
    case 'NODE_FAIL':
    case 'BOOT_FAIL':
    case 'LAUNCH_FAILED':
      return { kind: 'lost', why: `the node of job ${job} failed (${state.word})` };
    case undefined:
    case forgotten.word:
      return { kind: 'lost', why: `Slurm knows nothing of job ${job} any more, and it left no record` };
    default:
      return {
        kind: 'lost',
        why: `job ${job} ended as ${state?.word}${state?.reason === undefined ? '' : ` (${state.reason})`} and left no record`,
      };
  }
}

function cancelledBy(job: string, state: JobState): string {
  if (state.by !== undefined) return `job ${job} was cancelled by uid ${state.by}`;
  return `job ${job} was cancelled outside this run`;
}
