import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findProgram } from '../../util/find-program.ts';
import type { Probes } from './probes.ts';
import { compareVersions, satisfies } from './version.ts';

/** A Python that can be used: the binary itself, never a shim. */
export interface Python {
  readonly executable: string;
  /** `3.11.7` */
  readonly version: string;
  /** `CPython` */
  readonly implementation: string;
}

const question =
  'import platform, sys; print(sys.executable); print(platform.python_version()); print(platform.python_implementation())';

export const oldestPython = '3.8';

/**
 * The Python for a process: the first in PATH where any will do, else the first that fits. Looked for as `python3`, `python`, `python3.X`,
 * among pyenv's versions and those that uv keeps. `others` are the versions met that do not fit.
 */
export async function findPython(
  demand: string | undefined,
  options: {
    readonly searchPath: string;
    readonly probes: Probes;
    readonly surroundings?: Readonly<Record<string, string>>;
    /** Nowhere else than in the search path. */
    readonly onlyThere?: boolean;
  },
): Promise<{ readonly found?: Python; readonly others: readonly string[] }> {
  const others: string[] = [];
  for (const path of candidates(demand, options)) {
    const python = await describePython(path, options.probes, options.surroundings);
    if (python === undefined) continue;
    const fits =
      compareVersions(python.version, oldestPython) >= 0 && (demand === undefined || satisfies(python.version, demand));
    if (fits) return { found: python, others };
    if (!others.includes(python.version)) others.push(python.version);
  }
  return { others };
}

export async function describePython(
  path: string,
  probes: Probes,
  surroundings: Readonly<Record<string, string>> = {},
): Promise<Python | undefined> {
  const probe = await probes.ask(path, [['-I', '-c', question]], surroundings);
  const [executable, version, implementation] = probe?.text.split('\n') ?? [];
  if (executable === undefined || version === undefined || implementation === undefined || !existsSync(executable))
    return undefined;
  return { executable, version: version.replace(/\+$/, ''), implementation };
}

function* candidates(
  demand: string | undefined,
  options: { readonly searchPath: string; readonly onlyThere?: boolean },
): Iterable<string> {
  const seen = new Set<string>();
  const exact = demand === undefined ? undefined : /^=*\s*(\d+\.\d+)/.exec(demand)?.[1];
  const names = exact === undefined ? ['python3', 'python'] : [`python${exact}`, 'python3', 'python'];
  for (const path of [
    ...onPath(names, options.searchPath),
    ...(demand === undefined || options.onlyThere === true ? [] : kept()),
  ]) {
    if (seen.has(path)) continue;
    seen.add(path);
    yield path;
  }
}

function* onPath(names: readonly string[], searchPath: string): Iterable<string> {
  for (const folder of searchPath.split(':')) {
    for (const name of names) {
      const path = findProgram(name, folder);
      if (path !== undefined) yield behindShim(path) ?? path;
    }
  }
}

/**
 * The binary that one of pyenv's shims would start, read from pyenv's own files; undefined for what is no shim. Starting the shim costs a tenth
 * of a second, and its answer may change while the shim itself does not.
 */
export function behindShim(path: string): string | undefined {
  const folder = dirname(path);
  const root = dirname(folder);
  if (basename(folder) !== 'shims' || !existsSync(join(root, 'versions'))) return undefined;
  for (const version of chosenVersions(root)) {
    const binary = join(root, 'versions', version, 'bin', basename(path));
    if (version !== '' && existsSync(binary)) return binary;
  }
  return undefined;
}

function chosenVersions(root: string): readonly string[] {
  if (process.env.PYENV_VERSION !== undefined) return process.env.PYENV_VERSION.split(':');
  try {
    return readFileSync(join(root, 'version'), 'utf8').split(/\s+/);
  } catch {
    return [];
  }
}

/** Versions that pyenv and uv keep outside of PATH, newest first. */
function kept(): string[] {
  const home = process.env.HOME ?? '/nonexistent';
  const folders = [
    join(process.env.PYENV_ROOT ?? join(home, '.pyenv'), 'versions'),
    join(process.env.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'uv', 'python'),
  ];
  return folders.flatMap((folder) => {
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch {
      return [];
    }
    return names
      .map((name) => ({ version: /\d+(\.\d+)+/.exec(name)?.[0] ?? '0', path: join(folder, name, 'bin', 'python3') }))
      .filter(({ path }) => existsSync(path))
      .sort((a, b) => compareVersions(b.version, a.version))
      .map(({ path }) => path);
  });
}
