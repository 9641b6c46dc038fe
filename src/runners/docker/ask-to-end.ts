import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';

export type Ending = 'cancelled' | 'timed-out';

/**
 * Tells the launcher of an attempt to end it, by files in its directory that the launcher looks for. The first reason stands; a shorter grace
 * counts from then on.
 */
export function askToEnd(directory: string, how: { readonly ending: Ending; readonly graceSeconds: number }): void {
  try {
    writeFileSync(`${directory}/grace`, `${Math.round(how.graceSeconds * 1e6)}\n`);
    const file = openSync(`${directory}/ending`, 'wx');
    writeFileSync(file, `${how.ending}\n`);
    closeSync(file);
  } catch {
    // There is one already, or the directory is gone and with it the attempt.
  }
}

/** Why an attempt was told to end, if it was. */
export function readEnding(directory: string): string | undefined {
  try {
    return readFileSync(`${directory}/ending`, 'utf8').split('\n', 1)[0];
  } catch {
    return undefined;
  }
}
