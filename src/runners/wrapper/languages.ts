import type { Launch } from '../../engine/ports/runner.ts';
import { bashQuote } from './bash-quote.ts';
import { bashValues } from './bash-values.ts';

/** How a script of one language is started: files beside the script, variables, and the bash lines that end the launch file. */
export interface Invocation {
  readonly scriptName: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly variables: Readonly<Record<string, string>>;
  /** Replaces the shell by the program, or sources the script into it. */
  readonly start: string;
}

/** What `invocation` needs to know about where it runs. */
export interface Place {
  /** The attempt's directory as the task sees it. */
  readonly directory: string;
  /** Folder of the language modules as the task sees it. */
  readonly languages: string;
  /** The launcher's own bash, if the task may be a fork of it. */
  readonly ownBash?: string;
}

export function invocation(launch: Launch, text: string, place: Place): Invocation {
  const { command } = launch;
  if (command.kind === 'exec') throw new Error('exec has no script');
  const { interpreter } = command;
  if (interpreter.kind === 'argv') {
    const [program = '', ...rest] = interpreter.argv;
    return {
      scriptName: 'script',
      files: [],
      variables: {},
      start: execLine([launch.activation.programs[program] ?? program, ...rest, `${place.directory}/script`]),
    };
  }
  const language = languages[interpreter.language];
  if (language === undefined) throw new Error(`no such language: ${interpreter.language}`);
  return language(launch, text, place);
}

/** Languages that scripts may be written in, with the program that runs each. */
export const interpreterOf: Readonly<Record<string, string>> = {
  bash: 'bash',
  python: 'python3',
};

type Language = (launch: Launch, text: string, place: Place) => Invocation;

const languages: Readonly<Record<string, Language>> = {
  bash(launch, text, place) {
    const script = `${place.directory}/script.bash`;
    const values = { name: 'values.bash', text: bashValues(launch.document) };
    const program = programOf(launch, 'bash');
    const sourced = `. ${bashQuote(`${place.directory}/values.bash`)}\nset -euo pipefail\n. ${bashQuote(script)}\n`;
    const own = program === place.ownBash && !needsShellOfItsOwn(text);
    return {
      scriptName: 'script.bash',
      files: [values],
      variables: {},
      start: own ? `shopt -u execfail; BASH_ARGV0=${bashQuote(script)}\n${sourced}` : execLine([program, '--norc', '--noprofile', '-c', sourced, script]),
    };
  },
  python(launch, _text, place) {
    return {
      scriptName: 'script.py',
      files: [],
      variables: { PYTHONPATH: `${place.languages}/python` },
      start: execLine([programOf(launch, 'python'), `${place.directory}/script.py`]),
    };
  },
};

/**
 * A forked launcher differs from a fresh bash only in what these words show. (`$$` would be the launcher's process id: a script that kills
 * itself by it would hit the launcher.)
 */
function needsShellOfItsOwn(text: string): boolean {
  return /\$\$|\$\{[#!]?\$|PPID|BASHPID|BASH_SUBSHELL|SHLVL|BASH_EXECUTION_STRING|\bset\s+[-+]\w*m|\bmonitor\b/.test(text);
}

const programOf = (launch: Launch, language: string): string =>
  launch.activation.programs[language] ?? launch.activation.programs[interpreterOf[language] ?? language] ?? interpreterOf[language] ?? language;

/** Replaces the shell by a program. Lines after it run only where that failed. */
export function execLine(argv: readonly string[]): string {
  return `exec -- ${argv.map(bashQuote).join(' ')}\n`;
}
