import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { blake3 } from '../../util/blake3.ts';
import { findProgram } from '../../util/find-program.ts';
import { installedPackages } from './installed-packages.ts';
import { replaceFile, runInstaller } from './installer.ts';
import { whileOwning } from './owned-lock.ts';
import type { Python } from './python.ts';
import { findVersion, satisfies } from './version.ts';

/** What a process asks of pip, and with which Python. */
export interface PipRequest {
  readonly packages: readonly string[];
  readonly python: Python;
  /** What the Python needs to start. */
  readonly surroundings: Readonly<Record<string, string>>;
  /** The lock of the conda environment whose Python it is; its packages count as there already. */
  readonly over?: string;
}

/** A built virtual environment. */
export interface PipEnvironment {
  readonly name: string;
  readonly folder: string;
  readonly python: string;
  /** `name==version` lines, sorted: what was really installed. */
  readonly lock: string;
}

/** What `complete.json` of an environment says; its presence is what makes the folder one. */
export interface PipManifest {
  readonly version: 1;
  readonly packages: readonly string[];
  readonly python: string;
  readonly implementation: string;
  readonly lock: string;
  readonly tool: 'uv' | 'pip';
  readonly builtAt: string;
}

/** pip or uv said no, or Python has no venv. */
export class PipFailure extends Error {
  readonly kind: 'install' | 'venv';
  readonly tool: string;
  readonly lines: readonly string[];
  readonly log: string;
  constructor(fields: {
    readonly kind: 'install' | 'venv';
    readonly tool: string;
    readonly lines: readonly string[];
    readonly log: string;
  }) {
    super(`${fields.tool} failed: ${fields.lines.at(-1) ?? ''}`);
    this.name = 'PipFailure';
    this.kind = fields.kind;
    this.tool = fields.tool;
    this.lines = fields.lines;
    this.log = fields.log;
  }
}

/** Shown to people: `pip 3f2a91 (numpy, scipy)`. */
export const pipName = (request: PipRequest): string =>
  `pip ${requestHash(request).slice(0, 6)} (${request.packages.map((text) => /^[\w.-]+/.exec(text)?.[0] ?? text).join(', ')})`;

/**
 * The name of what is asked for: the list in any order, and the Python. Two requests that end in the same versions have the same lock, and
 * so the same keys; the folders may differ.
 */
function requestHash(request: PipRequest): string {
  const { python } = request;
  return blake3(
    JSON.stringify([
      'pip',
      1,
      python.implementation,
      python.version,
      [...new Set(request.packages.map(tidy))].sort(),
      ...(request.over === undefined ? [] : [request.over]),
    ]),
  ).slice('blake3:'.length);
}

const tidy = (text: string): string => text.trim().replace(/\s+/g, ' ');

const folderOf = (folder: string, request: PipRequest): string =>
  join(folder, `pip-${requestHash(request).slice(0, 16)}`);

/** The environment, if it is there and whole. */
export function findPip(folder: string, request: PipRequest): PipEnvironment | undefined {
  const home = folderOf(folder, request);
  const manifest = readManifest(home);
  if (manifest === undefined) return undefined;
  const python = join(home, 'bin', 'python');
  // A Python that was removed takes its environments with it.
  if (!existsSync(python)) return undefined;
  return { name: pipName(request), folder: home, python, lock: manifest.lock };
}

/**
 * Builds the environment, or waits for whoever is at it, in this process or another. A request that was built before is built from the lock
 * that was recorded then, so that a removed environment comes back with the same versions.
 */
export async function buildPip(
  request: PipRequest,
  options: { readonly folder: string; readonly offline: boolean; readonly progress: (line: string) => void },
): Promise<PipEnvironment> {
  const { folder, progress } = options;
  const home = folderOf(folder, request);
  const name = basename(home);
  return whileOwning(
    join(folder, 'locks', `${name}.lock`),
    { onWait: ({ host }) => progress(`waiting for another run that builds it, on ${host}`) },
    async () => {
      const there = findPip(folder, request);
      if (there !== undefined) return there;
      await install(home, request, options);
      const found = findPip(folder, request);
      if (found === undefined) throw new Error(`the environment in ${home} is not whole right after it was made`);
      return found;
    },
  );
}

async function install(
  home: string,
  request: PipRequest,
  options: { readonly folder: string; readonly offline: boolean; readonly progress: (line: string) => void },
): Promise<void> {
  const { folder, offline, progress } = options;
  const log = join(folder, 'logs', `${basename(home)}.log`);
  mkdirSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(log, '');
  rmSync(home, { recursive: true, force: true });
  // uv does not look at what the Python below has, and would put all of it there a second time.
  const uv = request.over === undefined ? findProgram('uv', process.env.PATH ?? '') : undefined;
  const tool = uv === undefined ? 'pip' : 'uv';
  const python = join(home, 'bin', 'python');
  const locks = join(folder, 'locked');
  const locked = join(locks, `${basename(home)}.txt`);
  const wanted = existsSync(locked)
    ? readFileSync(locked, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : request.packages;

  const run = async (kind: 'install' | 'venv', program: string, words: readonly string[]): Promise<void> => {
    const result = await runInstaller(program, words, {
      log,
      progress,
      tells: /^(Collecting|Downloading|Building|Installing|Resolved|Prepared|Installed|Successfully)/,
      variables: {
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        PIP_NO_INPUT: '1',
        PYTHONDONTWRITEBYTECODE: '',
        NO_COLOR: '1',
        VIRTUAL_ENV: undefined,
        PYTHONPATH: undefined,
        PYTHONHOME: undefined,
        ...request.surroundings,
      },
    });
    if (!result.failed) return;
    rmSync(home, { recursive: true, force: true });
    throw new PipFailure({ kind, tool, lines: result.lines, log });
  };

  progress(`making a Python ${request.python.version} environment with ${tool}`);
  const base = request.python.executable;
  if (uv !== undefined) {
    await run('venv', uv, ['venv', '--quiet', '--python', base, home]);
    await run('install', uv, [
      'pip',
      'install',
      '--compile-bytecode',
      '--python',
      python,
      ...(offline ? ['--offline'] : []),
      '--',
      ...wanted,
    ]);
  } else {
    // A pip that can install elsewhere saves the seconds that putting one into every environment takes.
    const lends = await canInstallElsewhere(base, request.surroundings);
    await run('venv', base, [
      '-m',
      'venv',
      ...(lends ? ['--without-pip'] : []),
      ...(request.over === undefined ? [] : ['--system-site-packages']),
      home,
    ]);
    const pip = lends ? [base, '-m', 'pip', '--python', python] : [python, '-m', 'pip'];
    await run('install', pip[0] ?? base, [
      ...pip.slice(1),
      'install',
      ...(offline ? ['--no-index'] : []),
      '--',
      ...wanted,
    ]);
  }
  const { lock, installable } = await installedPackages(python, {
    of: 'pip',
    asked: request.packages,
    surroundings: request.surroundings,
  });
  if (!existsSync(locked)) replaceFile(locked, installable);
  const manifest: PipManifest = {
    version: 1,
    packages: request.packages,
    python: request.python.version,
    implementation: request.python.implementation,
    lock,
    tool,
    builtAt: new Date().toISOString(),
  };
  replaceFile(join(home, 'complete.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Since 22.3. */
async function canInstallElsewhere(python: string, surroundings: Readonly<Record<string, string>>): Promise<boolean> {
  const answer = await execa(python, ['-I', '-m', 'pip', '--version'], {
    stdin: 'ignore',
    reject: false,
    env: surroundings,
  });
  const version = answer.failed ? undefined : findVersion(answer.stdout);
  return version !== undefined && satisfies(version, '>=22.3');
}

export function readManifest(home: string): PipManifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(home, 'complete.json'), 'utf8')) as PipManifest;
    return manifest.version === 1 ? manifest : undefined;
  } catch {
    return undefined;
  }
}
