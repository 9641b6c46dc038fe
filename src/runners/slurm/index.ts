export { openSlurmPlace } from './slurm-place.ts';
export { openSlurmRunner } from './slurm-runner.ts';
export type { SlurmSettings } from './slurm-settings.ts';
