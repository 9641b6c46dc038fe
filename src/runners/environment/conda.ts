import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bashQuote } from '../wrapper/bash-quote.ts';
import { systemPath } from '../wrapper/launch-file.ts';
import { type CondaRecord, condaIdentity, explicitList, readCondaRecords, readExplicitList } from './conda-records.ts';
import { type CondaRequest, condaHash, condaName } from './conda-request.ts';
import { type CondaTool, condaArguments, condaVariables } from './conda-tool.ts';
import { installedPackages } from './installed-packages.ts';
import { replaceFile, runInstaller } from './installer.ts';
import { whileOwning } from './owned-lock.ts';
import { changeBy, type EnvironmentChange } from './variables.ts';

/** A built conda environment. */
export interface CondaEnvironment {
  readonly name: string;
  readonly folder: string;
  /** Package files with their digests, sorted: what was really installed. */
  readonly lock: string;
  /** What activating it does, without conda. */
  readonly activation: EnvironmentChange;
}

/** What `complete.json` of an environment says; its presence is what makes the folder one. */
export interface CondaManifest {
  readonly version: 1;
  readonly kind: 'conda';
  readonly packages: readonly string[];
  /** `3.11.9`, where it has one. */
  readonly python?: string;
  readonly lock: string;
  readonly activation: EnvironmentChange;
  readonly tool: string;
  readonly builtAt: string;
}

/** The tool said no. */
export class CondaFailure extends Error {
  readonly lines: readonly string[];
  readonly log: string;
  constructor(fields: { readonly lines: readonly string[]; readonly log: string }) {
    super(`conda failed: ${fields.lines.at(-1) ?? ''}`);
    this.name = 'CondaFailure';
    this.lines = fields.lines;
    this.log = fields.log;
  }
}

const nameOf = (request: CondaRequest): string => `conda-${condaHash(request).slice(0, 16)}`;

/** The environment, if it is there and whole. */
export function findConda(folder: string, request: CondaRequest): CondaEnvironment | undefined {
  const home = join(folder, nameOf(request));
  const manifest = readCondaManifest(home);
  if (manifest === undefined) return undefined;
  return { name: condaName(request), folder: home, lock: manifest.lock, activation: manifest.activation };
}

export function readCondaManifest(home: string): CondaManifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(home, 'complete.json'), 'utf8')) as CondaManifest;
    return manifest.version === 1 && manifest.kind === 'conda' ? manifest : undefined;
  } catch {
    return undefined;
  }
}

interface Building {
  readonly folder: string;
  readonly offline: boolean;
  readonly tool: CondaTool;
  readonly progress: (line: string) => void;
}

/**
 * Builds the environment, or waits for whoever is at it, in this process or another. A request that was built before is built from the list
 * of package files that was recorded then. It is built where it stays: packages are told their place when they are installed.
 */
export async function buildConda(request: CondaRequest, options: Building): Promise<void> {
  const { folder, progress } = options;
  await whileOwning(
    join(folder, 'locks', `${nameOf(request)}.lock`),
    { onWait: ({ host }) => progress(`waiting for another run that builds it, on ${host}`) },
    async () => {
      if (findConda(folder, request) === undefined) await install(request, options);
    },
  );
}

async function install(request: CondaRequest, options: Building): Promise<void> {
  const { folder, offline, tool, progress } = options;
  const home = join(folder, nameOf(request));
  const log = join(folder, 'logs', `${nameOf(request)}.log`);
  const locked = join(folder, 'locked', `${nameOf(request)}.txt`);
  const again = existsSync(locked);
  rmSync(home, { recursive: true, force: true });
  await mkdir(join(folder, 'logs'), { recursive: true });
  writeFileSync(log, '');

  const run = async (program: string, words: readonly string[]): Promise<void> => {
    const result = await runInstaller(program, words, { log, progress, tells, variables: condaVariables, folder });
    if (!result.failed) return;
    rmSync(home, { recursive: true, force: true });
    throw new CondaFailure({ lines: result.lines, log });
  };

  progress(`making an environment with ${tool.kind}${again ? ', from the packages that were recorded' : ''}`);
  const wanted = again ? ({ kind: 'explicit', path: locked } as const) : request;
  await run(tool.program, condaArguments(tool.kind, wanted, { prefix: home, offline }));
  const python = join(home, 'bin', 'python');
  const pinned = again ? pipLines(readFileSync(locked, 'utf8')) : [];
  if (pinned.length > 0)
    await run(python, ['-m', 'pip', 'install', '--no-deps', ...(offline ? ['--no-index'] : []), '--', ...pinned]);

  const records = readCondaRecords(home);
  if (records.length === 0 && request.kind === 'specs')
    throw new CondaFailure({ lines: [`${tool.program} ended well, and ${home} holds no package`], log });
  // What was recorded is what the environment is, whatever a tool notes of packages that it was handed by address.
  const recorded = again ? readExplicitList(readFileSync(locked, 'utf8')) : records;
  const other = differing(records, recorded);
  if (other.length > 0) {
    rmSync(home, { recursive: true, force: true });
    throw new CondaFailure({ lines: [`${tool.program} ended well, and ${other.join(', ')} is not as recorded`], log });
  }
  const pip = existsSync(python)
    ? await installedPackages(python, { of: 'conda', asked: [], surroundings: {} })
    : noPackages;
  if (!again) replaceFile(locked, `${explicitList(records)}${pip.installable.replaceAll(/^(?=.)/gm, pipMark)}`);
  const manifest: CondaManifest = {
    version: 1,
    kind: 'conda',
    packages: request.kind === 'specs' ? request.specs : [request.path],
    ...pythonOf(records),
    lock: `${condaIdentity(recorded)}${pip.lock}`,
    activation: await activationOf(home),
    tool: tool.kind,
    builtAt: new Date().toISOString(),
  };
  replaceFile(join(home, 'complete.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Package files that only one of two has. */
function differing(
  one: readonly Pick<CondaRecord, 'file'>[],
  two: readonly Pick<CondaRecord, 'file'>[],
): readonly string[] {
  const files = [new Set(one.map(({ file }) => file)), new Set(two.map(({ file }) => file))] as const;
  return [...files[0].symmetricDifference(files[1])].sort();
}

/** What conda, mamba and micromamba say when a step begins. */
const tells =
  /^\s*(Collecting|Solving|Downloading|Preparing|Executing|Verifying|Extracting|Linking|Installing|Transaction|Fetching|Looking for|Successfully)/;

/** Packages that the `pip:` part of an environment file brought stand in the recorded list as remarks, which conda skips. */
const pipMark = '# pip ';

const pipLines = (locked: string): readonly string[] =>
  locked.split('\n').flatMap((line) => (line.startsWith(pipMark) ? [line.slice(pipMark.length)] : []));

const pythonOf = (records: ReturnType<typeof readCondaRecords>): { readonly python?: string } => {
  const python = records.find(({ name }) => name === 'python');
  return python === undefined ? {} : { python: python.version };
};

const noPackages = { lock: '', installable: '' };

/** Conda's own activation, done once: the variables that are set for it, then the scripts that its packages brought. */
async function activationOf(home: string): Promise<EnvironmentChange> {
  const bin = join(home, 'bin');
  const own = { CONDA_PREFIX: home, CONDA_DEFAULT_ENV: home, ...stateVariables(home) };
  const folder = join(home, 'etc', 'conda', 'activate.d');
  const scripts = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.sh'))
        .sort()
    : [];
  const plain = { path: [bin], variables: own };
  if (scripts.length === 0) return plain;
  const { change } = await changeBy(scripts.map((name) => `. ${bashQuote(join(folder, name))} >/dev/null`).join('\n'), {
    variables: { HOME: home, ...own, PATH: `${bin}:${systemPath}` },
    milliseconds: 60_000,
  });
  // A script that ends its shell says nothing: the environment is what its packages are.
  if (change === undefined) return plain;
  return { path: [...change.path, bin], variables: { ...own, ...change.variables } };
}

function stateVariables(home: string): Record<string, string> {
  try {
    const state = JSON.parse(readFileSync(join(home, 'conda-meta', 'state'), 'utf8')) as {
      readonly env_vars?: Readonly<Record<string, unknown>>;
    };
    // What `conda env config vars unset` took away is kept with a word of its own.
    const set = Object.entries(state.env_vars ?? {}).filter(([, value]) => value !== '***unset***');
    return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
  } catch {
    return {};
  }
}
