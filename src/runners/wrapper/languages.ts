import type { Launch } from '../../engine/ports/runner.ts';
import { bashQuote } from './bash-quote.ts';
import { bashValues } from './bash-values.ts';
import { imagejValues } from './imagej-values.ts';
import { juliaStyle, rStyle, taskLiteral } from './literals.ts';

/** How a script of one language is started. */
export interface Invocation {
  readonly scriptName: string;
  readonly script: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly variables: Readonly<Record<string, string>>;
  /** The bash lines that end the launch file: they source the script into the shell or replace the shell by a program. */
  readonly start: string;
}

/** What an invocation needs to know about where it runs. */
export interface Place {
  /** The attempt's directory as the task sees it. */
  readonly directory: string;
  /** Folder of the language modules as the task sees it. */
  readonly languages: string;
  /** The launcher's own bash, if tasks may be forks of it. */
  readonly ownBash?: string;
  /** What is set there before anything of the task: of a container, by its image. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The launcher says where the task works (`bitl_here`), which is not the attempt's directory. */
  readonly elsewhere?: boolean;
}

/**
 * The script is written verbatim, and what gives it its values lies in another file, so that line numbers in messages are the author's.
 * Where a language has no way to be handed values from outside (ImageJ), they go before the first line, on that line.
 */
export function invocation(launch: Launch, place: Place): Invocation | undefined {
  const { command } = launch;
  if (command.kind === 'exec') return undefined;
  const { interpreter, text } = command;
  if (interpreter.kind === 'argv') {
    const [program = '', ...rest] = interpreter.argv;
    return simple(place, {
      scriptName: 'script',
      script: text,
      argv: [launch.activation.programs[program] ?? program, ...rest],
    });
  }
  const language = languages[interpreter.language];
  if (language === undefined) throw new Error(`there is no language called ${interpreter.language}`);
  return language(launch, text, place);
}

const languages: Readonly<Record<string, (launch: Launch, text: string, place: Place) => Invocation>> = {
  bash(launch, text, place) {
    const script = `${place.directory}/script.bash`;
    const program = programOf(launch, 'bash', 'bash');
    const values = bashValues(launch.document);
    const common = { scriptName: 'script.bash', script: text, variables: {} };
    const sourceScript = `set -euo pipefail\n. ${bashQuote(script)}\n`;
    if (program === place.ownBash && !needsShellOfItsOwn(text)) {
      return { ...common, files: [], start: `SECONDS=0 BASH_ARGV0=${bashQuote(script)}\n${values}${sourceScript}` };
    }
    const commands = `. ${bashQuote(`${place.directory}/values.bash`)}\n${sourceScript}`;
    return {
      ...common,
      files: [{ name: 'values.bash', text: values }],
      start: execLines([program, '--norc', '--noprofile', '-c', commands, script], place.directory),
    };
  },

  python: (launch, text, place) =>
    simple(place, {
      scriptName: 'script.py',
      script: text,
      argv: [programOf(launch, 'python', 'python3')],
      variables: { PYTHONPATH: `${place.languages}/python` },
    }),

  perl: (launch, text, place) =>
    simple(place, {
      scriptName: 'script.pl',
      script: text,
      argv: [programOf(launch, 'perl', 'perl'), `-I${place.languages}/perl`, '-MBitflow'],
    }),

  node: (launch, text, place) =>
    simple(place, {
      // Said by the name, since a package.json further up would decide otherwise.
      scriptName: isModule(text) ? 'script.mjs' : 'script.cjs',
      script: text,
      argv: [programOf(launch, 'node', 'node'), '--require', `${place.languages}/node/bitflow.cjs`],
    }),

  r: (launch, text, place) =>
    simple(place, {
      scriptName: 'script.R',
      script: text,
      files: [{ name: 'values.R', text: `task <- ${taskLiteral(launch.document, rStyle)}\n` }],
      argv: [
        programOf(launch, 'r', 'Rscript'),
        '--vanilla',
        `${place.languages}/r/run.R`,
        `${place.directory}/values.R`,
      ],
    }),

  julia: (launch, text, place) =>
    simple(place, {
      scriptName: 'script.jl',
      script: text,
      files: [{ name: 'values.jl', text: `const task = ${taskLiteral(launch.document, juliaStyle)}\n` }],
      argv: [programOf(launch, 'julia', 'julia'), '--startup-file=no', '--load', `${place.directory}/values.jl`, '--'],
    }),

  groovy: (launch, text, place) =>
    simple(place, {
      scriptName: 'script.groovy',
      script: text,
      argv: [programOf(launch, 'groovy', 'groovy'), `${place.languages}/groovy/Run.groovy`],
    }),

  imagej(launch, text, place) {
    return simple(place, {
      scriptName: 'script.ijm',
      script: `${imagejValues(launch.document, place.directory)} ${text}`,
      // A macro error ends with status 0: outputs that are missing tell.
      argv: [programOf(launch, 'imagej', 'ImageJ'), '-batch'],
    });
  },
};

/** A program that takes the script's path as its last argument. */
function simple(
  place: Place,
  options: {
    readonly scriptName: string;
    readonly script: string;
    readonly argv: readonly string[];
    readonly files?: Invocation['files'];
    readonly variables?: Invocation['variables'];
  },
): Invocation {
  const { scriptName, script, argv, files = [], variables = {} } = options;
  return {
    scriptName,
    script,
    files,
    variables,
    start: execLines([...argv, `${place.directory}/${scriptName}`], place.directory),
  };
}

/**
 * A forked launcher differs from a fresh bash only in what these words show. (`$$` would be the launcher's process id: a script that kills
 * itself by it would hit the launcher.)
 */
function needsShellOfItsOwn(text: string): boolean {
  return /\$\$|\$\{[#!]?\$|PPID|BASHPID|BASH_SUBSHELL|SHLVL|BASH_EXECUTION_STRING|bitl|\bset\s+[-+]\w*[mo]|\btimes\b/.test(
    text,
  );
}

/** Whether Node has to read a script as an ES module: by what only such a one may have at the start of a line. */
const isModule = (text: string): boolean =>
  /^(import\s*["'{*\w]|export\s|await\s|(const|let|var)\s[^\n]*=\s*await\s)/m.test(text);

const programOf = (launch: Launch, language: string, otherwise: string): string =>
  launch.activation.programs[language] ?? launch.activation.programs[otherwise] ?? otherwise;

/**
 * Replaces the shell by a program. Whether there is one is asked before: a subshell whose `exec` fails is gone before it can say so.
 */
export function execLines(argv: readonly string[], directory: string): string {
  const program = bashQuote(argv[0] ?? '');
  return `type -P -- ${program} >/dev/null || {
  printf 'not-started\\n%s' ${program}' is not there or cannot be started' >${bashQuote(`${directory}/ending`)}
  exit 127
}
exec -- ${argv.map(bashQuote).join(' ')}
`;
}
