import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Process } from '../../parser/index.ts';
import { blake3 } from '../../util/blake3.ts';
import type { Digest } from '../../util/brand.ts';
import { processParts } from '../key/task-key.ts';
import type { BuiltEnvironment, ResolvedEnvironment } from '../ports/environments.ts';
import type { SettingsOf } from '../ports/process-settings.ts';
import type { RunnerName } from '../ports/runner.ts';
import type { EnginePorts } from './request.ts';
import { runErrors } from './run-errors.ts';
import type { PreparedProcess } from './work.ts';

/** Processes on their way to being usable: some are ready, some wait for an environment to be built. */
export interface Preparation {
  readonly diagnostics: readonly Diagnostic[];
  /** Every runner that some process runs on. */
  readonly runners: ReadonlySet<RunnerName>;
  /** Undefined while its environment is not built. */
  prepared(process: Process): PreparedProcess | undefined;
  /** What is not built, for `plan`. */
  unbuilt(process: Process): string | undefined;
  /** Builds the environment of a process; every process with the same one becomes usable. Rejects with the builder's words. */
  build(process: Process, progress: (name: string, line: string) => void): Promise<void>;
}

type File = { readonly path: string; readonly relative: string; readonly directory: boolean; readonly digest: Digest };

/** Resolves environments and reads what processes bring along, before anything runs. Builds nothing. */
export async function prepareProcesses(
  processes: readonly Process[],
  ports: Pick<EnginePorts, 'environments' | 'content'>,
  options: { readonly stub: boolean; readonly settingsOf: SettingsOf },
): Promise<Preparation> {
  const resolved = new Map<string, ResolvedEnvironment>();
  for (const environment of await ports.environments.resolve(processes))
    resolved.set(environment.process.id, environment);
  const diagnostics = [...resolved.values()].flatMap((environment) => environment.diagnostics);

  const files = new Map<string, File[]>();
  for (const process of processes) {
    const digested = await ports.content.digest(
      process.files.map((file) => file.path),
      { fingerprint: 'content', fresh: false },
    );
    const own: File[] = [];
    for (const [at, file] of process.files.entries()) {
      const found = digested[at];
      if (found?.ok)
        own.push({ path: file.path, relative: file.relative, directory: found.directory, digest: found.digest });
      else
        diagnostics.push(
          runErrors.missingFile(file.span, file.relative, found?.ok === false ? found.message : 'it is not there'),
        );
    }
    files.set(process.id, own);
  }

  const ready = new Map<string, PreparedProcess>();
  const use = (process: Process, environment: BuiltEnvironment): void => {
    const own = files.get(process.id) ?? [];
    ready.set(process.id, {
      process,
      environment,
      settings: options.settingsOf(process),
      stub: options.stub,
      files: own,
      shared: processParts(process, { stub: options.stub, environment, files: own }),
    });
  };
  for (const environment of resolved.values()) if (environment.state === 'ready') use(environment.process, environment);

  return {
    diagnostics,
    runners: new Set(
      [...resolved.values()].flatMap((environment) => (environment.state === 'missing' ? [] : [environment.runner])),
    ),
    prepared: (process) => ready.get(process.id),
    unbuilt(process) {
      const environment = resolved.get(process.id);
      return environment?.state === 'unbuilt' ? environment.describe : undefined;
    },
    async build(process, progress) {
      const environment = resolved.get(process.id);
      if (!environment) throw new Error(`process ${process.id} was never resolved`);
      const built = await ports.environments.build(environment, (line) =>
        progress(environment.state === 'unbuilt' ? environment.name : process.name, line),
      );
      use(process, built);
    },
  };
}

/** The digest of everything the program was read from: the same text is the same program, wherever it lies. */
export const programDigest = (sources: readonly { readonly text: string }[]): Digest =>
  blake3(`bit/program/1\0${sources.map((source) => `${Buffer.byteLength(source.text)}:${source.text}`).join('')}`);
