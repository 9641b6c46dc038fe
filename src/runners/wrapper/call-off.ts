import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';

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

export type Ending = 'cancelled' | 'timed-out' | 'out-of-memory';

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
