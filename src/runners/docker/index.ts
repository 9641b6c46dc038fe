export { type DockerPlaceOptions, openDockerPlace } from './docker-place.ts';
export { type DockerRunnerOptions, openDockerRunner } from './docker-runner.ts';
export type { DockerSettings } from './docker-settings.ts';
