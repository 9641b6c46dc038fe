import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';

/** Makes sure that an attempt that has not begun never will; false where it has. */
export function callOff(directory: string): boolean {
  const mark = `${directory}/never-began`;
  if (!existsSync(directory) || existsSync(mark)) return true;
  try {
    closeSync(openSync(`${directory}/stdout`, 'wx'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
  writeFileSync(mark, '');
  return true;
}

export const endings = ['cancelled', 'timed-out', 'out-of-memory'] as const;
export type Ending = (typeof endings)[number];

/** Why the attempt is ended, for the record that its launcher will write. The first reason stands. */
export function noteEnding(directory: string, ending: Ending): void {
  try {
    const file = openSync(`${directory}/ending`, 'wx');
    writeFileSync(file, `${ending}\n`);
    closeSync(file);
  } catch {
    // There is one already, or the directory is gone and with it the attempt.
  }
}

/**
 * Tells a launcher that looks after its task alone to end it, by files in the attempt's directory. The first reason stands; a shorter grace
 * counts from then on.
 */
export function askToEnd(directory: string, how: { readonly ending: Ending; readonly graceSeconds: number }): void {
  try {
    writeFileSync(`${directory}/grace`, `${Math.round(how.graceSeconds * 1e6)}\n`);
  } catch {
    // The directory is gone, and with it the attempt.
  }
  noteEnding(directory, how.ending);
}

/** Why an attempt was told to end, if it was. */
export function readEnding(directory: string): Ending | undefined {
  try {
    const [word] = readFileSync(`${directory}/ending`, 'utf8').split('\n', 1);
    return endings.find((ending) => ending === word);
  } catch {
    return undefined;
  }
}
