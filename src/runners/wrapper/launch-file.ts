import type { Launch } from '../../engine/ports/runner.ts';
import { bashQuote } from './bash-quote.ts';
import { execLines, type Invocation, type Place } from './languages.ts';

/** Where programs are looked for after the environment's own folders. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The environment that launchers are started with, and so the one that every task begins with. */
export const launcherVariables: Readonly<Record<string, string>> = { PATH: systemPath, LANG: 'C.UTF-8', TZ: 'UTC' };

/**
 * The bash text that a launcher sources in a fork of itself: sets the task's environment, which holds nothing of the engine's since the
 * launcher was started with a clean one, and becomes the script or program.
 */
export function launchFile(
  launch: Launch,
  started: Invocation | undefined,
  place: Pick<Place, 'variables' | 'elsewhere'> = {},
): string {
  const { directory, activation } = launch;
  const { elsewhere = false } = place;
  const own = Object.entries(place.variables ?? {}).filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  const variables: Record<string, string> = {
    ...Object.fromEntries(own),
    ...(activation.path.length === 0
      ? {}
      : { PATH: [...activation.path, place.variables?.PATH ?? systemPath].join(':') }),
    ...(elsewhere ? {} : { HOME: `${directory}/tmp`, TMPDIR: `${directory}/tmp` }),
    ...started?.variables,
    ...activation.variables,
    BIT_TASK: `${directory}/task.json`,
    BIT_TOKEN: launch.token,
  };
  const path = started?.variables.PYTHONPATH;
  const ownPath = activation.variables.PYTHONPATH ?? place.variables?.PYTHONPATH;
  if (path !== undefined && ownPath !== undefined) variables.PYTHONPATH = `${path}:${ownPath}`;
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${bashQuote(value)}`);
  const here = elsewhere
    ? `[[ -n \${bitl_here-} ]] || bitl_here=${bashQuote(directory)}\nexport HOME="$bitl_here/tmp" TMPDIR="$bitl_here/tmp"\ncd -- "$bitl_here/task"`
    : `cd -- ${bashQuote(`${directory}/task`)}`;
  return `${here} || exit
unset OLDPWD SHLVL
export ${assignments.join(' ')}
${started?.start ?? execStart(launch)}`;
}

function execStart(launch: Launch): string {
  if (launch.command.kind !== 'exec') throw new Error('a script without an invocation');
  const [program = '', ...rest] = launch.command.argv;
  return execLines([launch.activation.programs[program] ?? program, ...rest], launch.directory);
}
