export type { IsolationMode } from './isolation.ts';
export { type LocalRunnerOptions, openLocalRunner } from './local-runner.ts';
export { type MachineProgram, type MachineReport, probeMachine } from './probe-machine.ts';
