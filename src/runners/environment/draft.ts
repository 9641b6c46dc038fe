import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ProcessSettings } from '../../engine/ports/process-settings.ts';
import type { Container, RunnerName } from '../../engine/ports/runner.ts';
import type { Probes } from './probes.ts';
import type { Process } from './process.ts';

/** What is collected for one process on the way. */
export interface Draft {
  readonly process: Process;
  readonly settings: ProcessSettings;
  readonly runner: RunnerName;
  readonly diagnostics: Diagnostic[];
  readonly identity: (readonly [part: string, value: string])[];
  readonly path: string[];
  readonly variables: Record<string, string>;
  readonly secrets: string[];
  readonly programs: Record<string, string>;
  container?: Container;
}

/** What every way to get a process its tools works with. */
export interface Resolving {
  /** Environments are kept below it. */
  readonly folder: string;
  readonly offline: boolean;
  readonly probes: Probes;
}

/** Whether a way is there to be used; where it is not, how to make it so. With diagnostics in the draft it does not matter. */
export type Way =
  | { readonly state: 'ready'; readonly name: string }
  | {
      readonly state: 'unbuilt';
      readonly name: string;
      readonly describe: string;
      readonly build: (progress: (line: string) => void) => Promise<void>;
    };
