import type { RunnerName } from './runner.ts';

/**
 * What the site says about a process, by its name or its labels: stronger than what the process says about itself, for the one who runs a
 * pipeline knows the machines. What is absent is left as the process has it.
 */
export interface ProcessSettings {
  readonly runner?: RunnerName;
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly gpus?: number;
  readonly diskBytes?: number;
  readonly seconds?: number;
  /** Further attempts, whatever the cause. */
  readonly retry?: number;
  /** A partition of the cluster. */
  readonly queue?: string;
  /** Words for the scheduler's submit command: `--account=lab`. */
  readonly extra?: readonly string[];
  readonly container?: string;
  /** An image for where the process names none and none is set for it: weaker than both. */
  readonly defaultContainer?: string;
  readonly containerOptions?: readonly string[];
  readonly modules?: readonly string[];
}

/** Of one process, everything that was said put together. */
export type SettingsOf = (process: { readonly name: string; readonly labels: readonly string[] }) => ProcessSettings;

export const noSettings: SettingsOf = () => ({});
