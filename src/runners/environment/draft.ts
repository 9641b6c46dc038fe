import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ProcessSettings } from '../../engine/ports/process-settings.ts';
import type { Container, RunnerName } from '../../engine/ports/runner.ts';
import type { CondaEnvironment } from './conda.ts';
import type { Loaded } from './modules.ts';
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
  /** Shown to people, together. */
  readonly names: string[];
  /** Folders whose content the identity holds as a whole: a program there needs no word of its own. */
  readonly covered: string[];
  /** What programs of modules and of conda need to start at all. */
  readonly surroundings: Record<string, string>;
  conda?: CondaEnvironment;
  container?: Container;
}

/** What every way to get a process its tools works with. */
export interface Resolving {
  /** Environments are kept below it. */
  readonly folder: string;
  readonly offline: boolean;
  readonly probes: Probes;
  /** Loads environment modules, once however many processes ask for the same. */
  loadModules(names: readonly string[]): Promise<Loaded>;
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
