/** What settings say about the cluster. */
export interface SlurmSettings {
  /** The partition of tasks that name none. */
  readonly queue?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly constraint?: string;
  readonly reservation?: string;
  /** Words for every `sbatch`, as they are. */
  readonly extra: readonly string[];
  /** Tasks that state their `time` share a job as long as their times add up to no more than this; 0 gives each its own. */
  readonly packSeconds: number;
  /** A folder on the disk of a compute node where tasks work; their outputs are copied back when they end. May name variables of the job: `$TMPDIR`. */
  readonly scratch?: string;
  /** Tasks in the queue or running at once. */
  readonly maxTasks: number;
  /** How long outputs that an exit record names may take to show on this machine. */
  readonly lateFilesSeconds: number;
  /** The store is on a file system that the nodes share, whatever it looks like from here. */
  readonly shared: boolean;
}
