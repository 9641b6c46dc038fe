import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Process } from '../../parser/index.ts';
import type { Activation, RunnerName } from './runner.ts';

/** Turns what a process asks for into something that can be keyed and used, where the process is to run. */
export interface Environments {
  /**
   * Finds interpreters, programs and environments for each process. Never builds and never changes anything but remembered probes.
   * What is missing is a diagnostic (5xxx) at the process, with the command that installs it.
   */
  resolve(processes: readonly Process[]): Promise<readonly ResolvedEnvironment[]>;
  /** Builds what was not there, once however many ask at the same moment, also across engines; then resolves. */
  build(environment: ResolvedEnvironment, progress: (line: string) => void): Promise<BuiltEnvironment>;
}

export type ResolvedEnvironment = {
  readonly process: Process;
  readonly diagnostics: readonly Diagnostic[];
} & (
  | ({ readonly state: 'ready' } & BuiltEnvironment)
  /** Not built yet: keys are unknown, so `plan` says `run`, because `environment`. */
  | { readonly state: 'unbuilt'; readonly name: string; readonly describe: string; readonly runner: RunnerName }
  | { readonly state: 'missing' }
);

export interface BuiltEnvironment {
  /** Shown to people, `pip 3f2a… (numpy, scipy)`. */
  readonly name: string;
  /** Where tasks of the process run. Not in the key. */
  readonly runner: RunnerName;
  /** Goes into the key: interpreter versions, lock, probed versions, variables. In order. */
  readonly identity: readonly (readonly [part: string, value: string])[];
  readonly activation: Activation;
}
