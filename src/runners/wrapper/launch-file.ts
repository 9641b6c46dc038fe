import type { Launch } from '../../engine/ports/runner.ts';
import { bashQuote } from './bash-quote.ts';
import { execLine, type Invocation } from './languages.ts';

/** Where programs are looked for after the environment's own folders. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The bash text that a launcher sources in a fork of itself: sheds what is the launcher's, sets the task's environment (a clean one: the
 * launcher itself was started with an empty environment), and becomes the script or program.
 */
export function launchFile(launch: Launch, started: Invocation | undefined): string {
  const { directory, command, activation } = launch;
  const variables: Record<string, string> = {
    PATH: [...activation.path, systemPath].join(':'),
    HOME: `${directory}/tmp`,
    TMPDIR: `${directory}/tmp`,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    ...started?.variables,
    ...activation.variables,
    BIT_TASK: `${directory}/task.json`,
    BIT_TOKEN: launch.token,
  };
  const path = started?.variables.PYTHONPATH;
  const ownPath = activation.variables.PYTHONPATH;
  if (path !== undefined && ownPath !== undefined) variables.PYTHONPATH = `${path}:${ownPath}`;
  return `${[
    `cd -P -- ${bashQuote(`${directory}/task`)} || exit`,
    'unset OLDPWD SHLVL "${!bitl_@}"',
    'unset -f "${bitl[@]}"; unset bitl',
    `export ${Object.entries(variables)
      .map(([name, value]) => `${name}=${bashQuote(value)}`)
      .join(' ')}`,
    'hash -r; shopt -u extglob; SECONDS=0',
  ].join('\n')}\n${started?.start ?? execStart(launch)}${
    command.kind === 'exec' || started?.start.startsWith('exec ')
      ? `printf 'not-started\\n%s' ${bashQuote(`${firstWord(launch, started)} could not be started`)} >${bashQuote(`${directory}/ending`)}\nexit 127\n`
      : ''
  }`;
}

function execStart(launch: Launch): string {
  if (launch.command.kind !== 'exec') throw new Error('a script without an invocation');
  const [program = '', ...rest] = launch.command.argv;
  return execLine([launch.activation.programs[program] ?? program, ...rest]);
}

function firstWord(launch: Launch, started: Invocation | undefined): string {
  if (launch.command.kind === 'exec') return launch.command.argv[0] ?? 'the program';
  return started === undefined ? 'the program' : 'the interpreter';
}
