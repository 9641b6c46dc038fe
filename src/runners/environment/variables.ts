import { execa } from 'execa';
import { systemPath } from '../wrapper/launch-file.ts';

/** What sourcing something did to the environment: folders that it put into PATH, in order, and variables that it set. */
export interface EnvironmentChange {
  readonly path: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** Stands between what a script prints and the variables after it; no variable can hold it. */
const printMark = String.raw`printf '\0\0bit\0\0'`;
const mark = '\0\0bit\0\0';

/**
 * Runs bash text in an environment that holds nothing of the caller's but what is given, and tells what it changed. What the text prints is
 * `said`, and `loaded` the environment modules that it left loaded. No change where bash did not reach its end.
 */
export async function changeBy(
  text: string,
  options: {
    readonly variables: Readonly<Record<string, string>>;
    readonly milliseconds: number;
  },
): Promise<{
  readonly change: (EnvironmentChange & { readonly loaded: readonly string[] }) | undefined;
  readonly said: string;
  readonly status: number;
}> {
  const started = { PATH: systemPath, LANG: 'C.UTF-8', ...options.variables };
  const run = await execa(
    'bash',
    ['--noprofile', '--norc', '-c', `/usr/bin/env -0\n${printMark}\n${text}\n${printMark}\n/usr/bin/env -0`],
    {
      env: started,
      extendEnv: false,
      cwd: '/',
      stdin: 'ignore',
      reject: false,
      timeout: options.milliseconds,
      stripFinalNewline: false,
    },
  );
  const [before, words = '', left] = run.stdout.split(mark);
  const said = [words, run.stderr].filter((part) => part.trim() !== '').join('\n');
  const status = run.exitCode ?? 1;
  if (before === undefined || left === undefined)
    return { change: undefined, said: said === '' ? (run.shortMessage ?? '') : said, status };
  const after = readVariables(left);
  const loaded = (after.LOADEDMODULES ?? '').split(':').filter((name) => name !== '');
  return { change: { ...changeBetween(readVariables(before), after), loaded }, said, status };
}

/** Of two environments, what the second has more. */
export function changeBetween(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): EnvironmentChange {
  const known = new Set((before.PATH ?? '').split(':'));
  const path = (after.PATH ?? '').split(':').filter((folder) => folder !== '' && !known.has(folder));
  const changed = Object.entries(after).filter(([name, value]) => before[name] !== value && isWorthKeeping(name));
  return {
    path: [...new Set(path)],
    variables: Object.fromEntries(changed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
  };
}

/** The output of `env -0`. */
export function readVariables(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const entry of text.split('\0')) {
    const at = entry.indexOf('=');
    if (at > 0) variables[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return variables;
}

/** Each task has its own of these; a function that was exported, and the bookkeeping of module commands, are for shells that go on with them. */
const isWorthKeeping = (name: string): boolean =>
  !/^(PATH|HOME|TMPDIR|PWD|OLDPWD|SHLVL|_|USER|LOGNAME|SHELL|BASH_ENV|ENV|FPATH|MANPATH|INFOPATH)$|^BASH_FUNC_|^_+(MODULES?|LM|LMOD)|^_ModuleTable|^(MODULE|LMOD|LOADEDMODULES|BIT_)|[^A-Za-z0-9_]/.test(
    name,
  );
