import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { bashQuote } from '../wrapper/bash-quote.ts';
import { changeBy, type EnvironmentChange } from './variables.ts';

/** What loading environment modules came to. */
export type Loaded =
  /** `names` are what was really loaded, with what the modules themselves brought in. */
  | { readonly state: 'loaded'; readonly names: readonly string[]; readonly change: EnvironmentChange }
  /** There is no module command. */
  | { readonly state: 'none' }
  | {
      readonly state: 'failed';
      readonly module: string;
      readonly cause: 'unknown' | 'other';
      readonly said: readonly string[];
      /** Names that the module command has. */
      readonly known: readonly string[];
    };

type Surroundings = Readonly<Record<string, string | undefined>>;

/** Status with which the text below says that it found no module command, and from where on the n-th module did not load. */
const noCommand = 90;
const firstModule = 100;

/**
 * Loads modules in a shell of its own that holds nothing else, as a login would begin it, and tells what they changed: so the places where
 * tasks run need no module command. Both kinds there are will do, Environment Modules and Lmod.
 */
export async function loadModules(
  names: readonly string[],
  surroundings: Surroundings,
  system: readonly string[] = systemFiles,
): Promise<Loaded> {
  const inits = initFiles(surroundings, system);
  if (inits.length === 0) return { state: 'none' };
  const odd = names.find((name) => !/^[^\s-]\S*$/.test(name));
  if (odd !== undefined) return { state: 'failed', module: odd, cause: 'unknown', said: [], known: [] };
  const loads = names.map((name, at) => `module load ${bashQuote(name)} || exit ${Math.min(255, firstModule + at)}`);
  const { change, said, status } = await changeBy([prologue(inits, surroundings), ...loads].join('\n'), {
    variables: variablesOf(surroundings),
    milliseconds: 60_000,
  });
  const lines = said.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trimEnd()]));
  if (change === undefined && status === noCommand) return { state: 'none' };
  // Releases before 4 end well whatever happened.
  const complaint = lines.find((line) => /unable to locate a modulefile|:ERROR:/i.test(line));
  const after = change?.loaded ?? [];
  const silent =
    change === undefined || complaint === undefined
      ? undefined
      : names.find((name) => !after.some((one) => isNamed(one, name)));
  if (change !== undefined && silent === undefined) return { state: 'loaded', names: after, change };
  const module = silent ?? names[status - firstModule] ?? names.join(', ');
  const sounds = lines.some((line) => /unable to locate|\bunknown\b|cannot be loaded as requested/i.test(line));
  const known = sounds ? await availableModules(inits, surroundings) : [];
  // One that exists may complain of another that does not.
  const cause = sounds && !known.some((name) => isNamed(name, module)) ? 'unknown' : 'other';
  return { state: 'failed', module, cause, said: lines.slice(-12), known };
}

/** Whether there is a module command, and which: for `bit doctor`. */
export async function findModules(
  surroundings: Surroundings,
): Promise<
  { readonly kind: 'Lmod' | 'Environment Modules'; readonly init: string; readonly modules: number } | undefined
> {
  const inits = initFiles(surroundings, systemFiles);
  if (inits.length === 0) return undefined;
  const { change, said } = await changeBy(`${prologue(inits, surroundings)}\necho "$init"\nmodule --version 2>&1`, {
    variables: variablesOf(surroundings),
    milliseconds: 3000,
  });
  if (change === undefined) return undefined;
  const known = await availableModules(inits, surroundings);
  const [init = ''] = said.split('\n');
  return { kind: /\blua\b|\blmod\b/i.test(said) ? 'Lmod' : 'Environment Modules', init, modules: known.length };
}

/** Where packages of systems put it. */
const systemFiles: readonly string[] = [
  '/etc/profile.d/modules.sh',
  '/etc/profile.d/lmod.sh',
  '/etc/profile.d/z00_lmod.sh',
  '/etc/profile.d/00-modulepath.sh',
  '/usr/share/lmod/lmod/init/bash',
  '/usr/share/modules/init/bash',
];

/** Files that define the module command: the one that the caller's own shell uses, else those of the system. */
function initFiles(surroundings: Surroundings, system: readonly string[]): readonly string[] {
  const { MODULESHOME, LMOD_CMD, LMOD_PKG } = surroundings;
  return [
    ...(LMOD_PKG === undefined ? [] : [join(LMOD_PKG, 'init', 'bash')]),
    ...(LMOD_CMD === undefined ? [] : [join(dirname(dirname(LMOD_CMD)), 'init', 'bash')]),
    ...(MODULESHOME === undefined ? [] : [join(MODULESHOME, 'init', 'bash')]),
    ...system,
  ].filter((file, at, all) => all.indexOf(file) === at && existsSync(file));
}

/** Folders of modules are those of the caller's shell, who may have added some with `module use`. */
function prologue(inits: readonly string[], surroundings: Surroundings): string {
  const { MODULEPATH } = surroundings;
  return [
    `for init in ${inits.map(bashQuote).join(' ')}; do`,
    '  . "$init" >/dev/null 2>&1',
    '  type module >/dev/null 2>&1 && break',
    'done',
    `type module >/dev/null 2>&1 || exit ${noCommand}`,
    ...(MODULEPATH === undefined || MODULEPATH === '' ? [] : [`export MODULEPATH=${bashQuote(MODULEPATH)}`]),
  ].join('\n');
}

const variablesOf = (surroundings: Surroundings): Readonly<Record<string, string>> => ({
  HOME: homedir(),
  USER: surroundings.USER ?? surroundings.LOGNAME ?? 'nobody',
  // Lmod asks before it shows a pager or a question.
  LMOD_PAGER: 'none',
  MODULES_PAGER: '',
  TERM: 'dumb',
});

async function availableModules(inits: readonly string[], surroundings: Surroundings): Promise<readonly string[]> {
  const { said } = await changeBy(`${prologue(inits, surroundings)}\nmodule -t avail 2>&1`, {
    variables: variablesOf(surroundings),
    milliseconds: 20_000,
  });
  return readAvailable(said);
}

/** The output of `module -t avail`: names, and between them the folders that they lie in. */
export function readAvailable(text: string): readonly string[] {
  const names = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.endsWith(':') && !line.endsWith('/') && !/\s/.test(line))
    .map((line) => line.replace(/\((default|[A-Z]+|.*@.*)\)$/i, ''));
  return [...new Set(names)];
}

/** `samtools/1.19` is what `samtools` asked for. */
const isNamed = (loaded: string, asked: string): boolean => loaded === asked || loaded.startsWith(`${asked}/`);
