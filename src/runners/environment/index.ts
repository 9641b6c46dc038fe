export { environmentErrors, environmentExplanations } from './environment-errors.ts';
export { EnvironmentFailure, type EnvironmentOptions, openEnvironments } from './environments.ts';
export { listEnvironments, pruneEnvironments, type StoredEnvironment } from './stored.ts';
