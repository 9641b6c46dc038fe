export { type LocalRunnerOptions, openLocalRunner } from './local-runner.ts';
