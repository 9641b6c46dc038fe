import type { Runner } from '../../engine/ports/runner.ts';
import type { Place } from '../environment/place.ts';
import type { DockerSettings } from './docker-settings.ts';

export type { DockerSettings } from './docker-settings.ts';

export async function openDockerRunner(_options: {
  readonly workFolder: string;
  readonly slots: number;
  readonly settings: DockerSettings;
}): Promise<Runner> {
  throw new Error('being built');
}

export async function openDockerPlace(_options: {
  readonly environments: string;
  readonly offline: boolean;
  readonly settings: DockerSettings;
}): Promise<Place> {
  throw new Error('being built');
}
