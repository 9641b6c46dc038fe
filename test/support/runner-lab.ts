import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  Activation,
  ExitRecord,
  Launch,
  Runner,
  RunnerName,
  RunnerUpdate,
  TaskDocument,
} from '../../src/engine/ports/runner.ts';
import { type AttemptToken, asAttemptToken } from '../../src/util/brand.ts';
import { findProgram } from '../../src/util/find-program.ts';

/** A folder, a runner on it, and what its updates said: for tests that run real tasks. */
export interface Lab {
  readonly folder: string;
  readonly workFolder: string;
  readonly runner: Runner;
  /** A launch of a bash script, but for what `parts` says. */
  launch(parts: LaunchParts): Launch;
  /** Submits one launch and waits for its record. */
  run(parts: LaunchParts): Promise<Ended>;
  submit(launches: readonly Launch[]): Promise<void>;
  /** Waits for an update about a token. */
  update<K extends RunnerUpdate['kind']>(token: AttemptToken, kind: K): Promise<Extract<RunnerUpdate, { kind: K }>>;
  /** The same, whatever else is said about it before: for places that may be away for a while. */
  last<K extends RunnerUpdate['kind']>(token: AttemptToken, kind: K): Promise<Extract<RunnerUpdate, { kind: K }>>;
  close(): Promise<void>;
}

export interface Ended {
  readonly record: ExitRecord;
  readonly directory: string;
  readonly stdout: string;
  readonly stderr: string;
  file(path: string): string;
}

export type LaunchParts = Partial<Omit<Launch, 'document' | 'command'>> & {
  readonly bash?: string;
  readonly python?: string;
  readonly script?: readonly [language: string, text: string];
  readonly exec?: readonly string[];
  readonly document?: Partial<TaskDocument>;
};

let names = 0;

/** What launches of a lab have in common, unless they say otherwise: of a container, programs are not this machine's. */
export interface LabPlace {
  readonly runner: RunnerName;
  readonly activation: Activation;
}

export async function openLab(
  open: (workFolder: string) => Promise<Runner>,
  options: { readonly existing?: string; readonly place?: LabPlace } = {},
): Promise<Lab> {
  const place = options.place ?? { runner: 'local', activation: { path: [], variables: {}, programs } };
  const folder = options.existing ?? realpathSync(mkdtempSync(join(tmpdir(), 'bit lab ')));
  const workFolder = join(folder, 'store', 'work');
  const runner = await open(workFolder);
  const seen: RunnerUpdate[] = [];
  const waiting = new Set<() => void>();
  const ending = new AbortController();
  const pump = (async () => {
    while (!ending.signal.aborted) {
      seen.push(...(await runner.updates(ending.signal)));
      for (const wake of waiting) wake();
    }
  })();

  const waitFor = async <K extends RunnerUpdate['kind']>(
    token: AttemptToken,
    kind: K,
    options: { readonly passing: readonly RunnerUpdate['kind'][] },
  ): Promise<Extract<RunnerUpdate, { kind: K }>> => {
    for (;;) {
      const found = seen.find((candidate) => candidate.token === token && candidate.kind === kind);
      if (found !== undefined) return found as Extract<RunnerUpdate, { kind: K }>;
      const other = seen.find((candidate) => candidate.token === token && !options.passing.includes(candidate.kind));
      if (other !== undefined && kind !== 'started')
        throw new Error(`waited for ${kind}, got ${JSON.stringify(other)}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    }
  };

  const launch: Lab['launch'] = (parts) => {
    const token = parts.token ?? asAttemptToken(`token-${process.pid}-${names++}`);
    const { bash, python, script, exec, document, ...rest } = parts;
    const language = script?.[0] ?? (python === undefined ? 'bash' : 'python');
    return {
      token,
      directory: join(workFolder, 'a', token),
      staged: [],
      folders: [],
      command:
        exec === undefined
          ? { kind: 'script', interpreter: { kind: 'language', language }, text: script?.[1] ?? python ?? bash ?? '' }
          : { kind: 'exec', argv: exec },
      runner: place.runner,
      resources: { cpus: 1, gpus: 0 },
      ...rest,
      activation: { ...place.activation, ...rest.activation },
      document: { input: {}, output: {}, tag: {}, tagsOf: {}, resource: {}, ...document },
    };
  };

  return {
    folder,
    workFolder,
    runner,
    launch,
    update: (token, kind) => waitFor(token, kind, { passing: ['started', 'held'] }),
    last: (token, kind) => waitFor(token, kind, { passing: ['started', 'unreachable', 'held'] }),
    submit: (launches) => runner.submit(launches),
    async run(parts) {
      const one = launch(parts);
      await runner.submit([one]);
      const { record } = await waitFor(one.token, 'ended', { passing: ['started', 'held'] });
      return endedIn(one.directory, record);
    },
    async close() {
      ending.abort();
      await pump;
      await runner.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function endedIn(directory: string, record: ExitRecord): Ended {
  const read = (path: string): string => readFileSync(path, 'utf8');
  return {
    record,
    directory,
    stdout: read(`${directory}/stdout`),
    stderr: read(`${directory}/stderr`),
    file: (path) => read(`${directory}/task/${path}`),
  };
}

/** The binaries themselves, as environments find them. */
export const programs: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      ['bash', 'bash'],
      ['perl', 'perl'],
      ['node', 'node'],
      ['r', 'Rscript'],
      ['groovy', 'groovy'],
      ['imagej', 'imagej'],
      ['julia', 'julia'],
    ] as const
  ).flatMap(([language, program]) => {
    const found = language === 'node' ? process.execPath : findProgram(program, process.env.PATH ?? '');
    return found === undefined ? [] : [[language, found] as const];
  }),
);

/** The Python that `python3` stands for, asked once: a shim must not be started by every test. */
export function realPython(): string {
  python ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  return python;
}
let python: string | undefined;

/** Resolves when the path exists; tasks tell by it how far they are. */
export async function appears(path: string): Promise<void> {
  const folder = dirname(path);
  if (!existsSync(folder)) await appears(folder);
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(folder, () => look());
    const look = (): void => {
      // Something is in it, too, where it is a record: making a file and writing it are two moments.
      if (!existsSync(path) || (path.endsWith('.json') && readFileSync(path).length === 0)) return;
      watcher.close();
      resolve();
    };
    watcher.on('error', reject);
    look();
  });
}

/** Whether a process is there and not a zombie. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
