import type { SlurmSettings } from '../../src/runners/slurm/index.ts';

/** What the tests of the Slurm runner have in common, unless they say otherwise. */
export const slurmSettings: SlurmSettings = {
  extra: [],
  packSeconds: 0,
  maxTasks: 10_000,
  lateFilesSeconds: 10,
  shared: false,
};
