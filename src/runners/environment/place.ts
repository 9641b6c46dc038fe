import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ProcessSettings } from '../../engine/ports/process-settings.ts';
import type { RunnerName } from '../../engine/ports/runner.ts';
import type { Process } from './process.ts';

/** What a runner says about its place before anything runs: whether it answers, and whether it could run a process at all. */
export interface Place {
  readonly runner: RunnerName;
  /** Images for `container`; absent where none can be run. */
  readonly images?: ContainerImages;
  /** What stands in the way of these processes here: no daemon, no such partition, more than any node has. Asks, and changes nothing. */
  check(placed: readonly Placed[]): Promise<readonly Diagnostic[]>;
}

/** A process that is to run somewhere, with what the site says about it. */
export interface Placed {
  readonly process: Process;
  readonly settings: ProcessSettings;
}

/** Container images by name. */
export interface ContainerImages {
  /** What a name stands for here and now. Asks, and fetches nothing. */
  find(name: string, at: Process): Promise<ImageFinding>;
  /** Fetches an image, once however many ask at the same moment. Rejects with `EnvironmentFailure`. */
  fetch(name: string, at: Process, progress: (line: string) => void): Promise<void>;
}

export type ImageFinding =
  /** `digest` goes into the key; `image` is what the runner starts. */
  | { readonly state: 'here'; readonly digest: string; readonly image: string }
  /** It has to be fetched first. */
  | { readonly state: 'elsewhere' }
  | { readonly state: 'refused'; readonly diagnostic: Diagnostic };
