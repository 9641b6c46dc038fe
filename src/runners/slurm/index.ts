import type { Place } from '../environment/place.ts';
import type { SlurmSettings } from './slurm-settings.ts';

export { openSlurmRunner } from './slurm-runner.ts';
export type { SlurmSettings } from './slurm-settings.ts';

export async function openSlurmPlace(_options: {
  readonly environments: string;
  readonly offline: boolean;
  readonly settings: SlurmSettings;
}): Promise<Place> {
  return { runner: 'slurm', check: async () => [] };
}
