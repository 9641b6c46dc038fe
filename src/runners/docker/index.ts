import type { Place } from '../environment/place.ts';
import type { DockerSettings } from './docker-settings.ts';

export { type DockerRunnerOptions, openDockerRunner } from './docker-runner.ts';
export type { DockerSettings } from './docker-settings.ts';

export async function openDockerPlace(_options: {
  readonly environments: string;
  readonly offline: boolean;
  readonly settings: DockerSettings;
}): Promise<Place> {
  throw new Error('being built');
}
