/**
 * What a state of Slurm says about a job: `waiting` in the queue, `running` on a node, `over`. `unknown` is a word that none of Slurm's documents
 * lists: the job may be anything, and nothing is concluded from it.
 */
export interface JobState {
  readonly word: string;
  readonly standing: 'waiting' | 'running' | 'over' | 'unknown';
  /** Why it waits or why it ended, in Slurm's word: `Resources`, `JobHeldUser`. */
  readonly reason?: string;
  /** The user's number who cancelled it, where accounting tells. */
  readonly by?: string;
}

/** Reads `RUNNING`, `CANCELLED by 0`, and `OUT_OF_MEMORY+`, as sacct cuts a long one. */
export function jobState(text: string, reason?: string): JobState {
  const [, word = text, by] = /^([A-Z_]+)\+?(?: by (\d+))?$/.exec(text.trim()) ?? [];
  const standing = standings[word] ?? 'unknown';
  const hasReason = reason !== undefined && reason !== '' && reason !== 'None' && reason !== '(null)';
  return { word, standing, ...(hasReason ? { reason } : {}), ...(by === undefined ? {} : { by }) };
}

/** As in `squeue(1)`, `sacct(1)` of Slurm 20.11 to 25.05. */
const standings: Readonly<Record<string, JobState['standing']>> = {
  PENDING: 'waiting',
  CONFIGURING: 'waiting',
  REQUEUED: 'waiting',
  REQUEUE_FED: 'waiting',
  REQUEUE_HOLD: 'waiting',
  SPECIAL_EXIT: 'waiting',
  RESV_DEL_HOLD: 'waiting',
  POWER_UP_NODE: 'waiting',
  RUNNING: 'running',
  COMPLETING: 'running',
  EXPEDITING: 'running',
  RESIZING: 'running',
  SIGNALING: 'running',
  STAGE_OUT: 'running',
  STOPPED: 'running',
  SUSPENDED: 'running',
  UPDATE_DB: 'running',
  BOOT_FAIL: 'over',
  CANCELLED: 'over',
  COMPLETED: 'over',
  DEADLINE: 'over',
  FAILED: 'over',
  LAUNCH_FAILED: 'over',
  NODE_FAIL: 'over',
  OUT_OF_MEMORY: 'over',
  PREEMPTED: 'over',
  RECONFIG_FAIL: 'over',
  TIMEOUT: 'over',
};
