export { environmentErrors, environmentExplanations } from './environment-errors.ts';
export { EnvironmentFailure } from './environment-failure.ts';
export { type EnvironmentOptions, openEnvironments } from './environments.ts';
export type { ContainerImages, ImageFinding, Place, Placed } from './place.ts';
export { listEnvironments, pruneEnvironments, type StoredEnvironment } from './stored.ts';
