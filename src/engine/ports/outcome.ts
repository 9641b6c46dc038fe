/** How an attempt ended. `succeeded` is the only one that makes results. */
export type Outcome =
  | 'succeeded'
  | 'exit'
  | 'signal'
  | 'oom'
  | 'timeout'
  | 'lost'
  | 'preempted'
  | 'invalid-output'
  | 'input-changed'
  | 'not-started'
  | 'cancelled';

/** What an attempt used; a figure that the machine could not give is absent, never zero. */
export interface Usage {
  readonly wallSeconds: number;
  readonly cpuSeconds?: number;
  readonly peakMemoryBytes?: number;
  readonly readBytes?: number;
  readonly writtenBytes?: number;
}
