import type { Runner } from '../../engine/ports/runner.ts';
import type { Place } from '../environment/place.ts';
import type { SlurmSettings } from './slurm-settings.ts';

export type { SlurmSettings } from './slurm-settings.ts';

export async function openSlurmRunner(_options: {
  readonly workFolder: string;
  readonly slots: number;
  readonly settings: SlurmSettings;
}): Promise<Runner> {
  throw new Error('being built');
}

export async function openSlurmPlace(_options: {
  readonly environments: string;
  readonly offline: boolean;
  readonly settings: SlurmSettings;
}): Promise<Place> {
  throw new Error('being built');
}
