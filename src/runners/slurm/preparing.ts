import { writeFileSync } from 'node:fs';
import type { Launch } from '../../engine/ports/runner.ts';
import { guardOf } from '../local/isolation.ts';
import { linkInputs, makeAttemptDirectory, realSources } from '../wrapper/attempt-directory.ts';
import type { Place } from '../wrapper/languages.ts';
import { type Attempt, newAttempt } from './tracked.ts';

/**
 * Makes an attempt's directory, with what a launcher on another machine needs to know: `inputs`, the names of links that it may have to turn
 * into copies, and `limits`, since nobody else looks after the task.
 */
export function prepare(
  launch: Launch,
  options: { readonly workFolder: string; readonly place: Omit<Place, 'directory'>; readonly elsewhere: boolean },
): Attempt {
  const { directory, timeoutSeconds, resources } = launch;
  const { workFolder } = options;
  makeAttemptDirectory(launch, { ...options.place, elsewhere: options.elsewhere });
  const guards = new Set<string>();
  const guard = (path: string): void => {
    const found = guardOf(path);
    if (found !== undefined && found !== workFolder) guards.add(found);
  };
  guard(workFolder);
  if (launch.staged.length > 0) {
    const sources = realSources(launch);
    linkInputs(launch, sources);
    writeFileSync(`${directory}/inputs`, launch.staged.map(({ target }) => `${target}\0`).join(''));
    for (const source of sources) if (!source.startsWith(`${workFolder}/`)) guard(source);
  }
  if (timeoutSeconds !== undefined || resources.memoryBytes !== undefined) {
    const microseconds = Math.ceil((timeoutSeconds ?? 0) * 1e6);
    writeFileSync(`${directory}/limits`, `${microseconds} ${Math.ceil(resources.memoryBytes ?? 0)}\n`);
  }
  return newAttempt(launch, { hasSecrets: (launch.activation.secrets?.length ?? 0) > 0, guards: [...guards] });
}
