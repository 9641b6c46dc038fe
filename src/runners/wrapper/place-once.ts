import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';

/**
 * Makes a folder that is the same whoever makes it, whole or not at all: filled under a name that nobody else has, on this host or another, and
 * renamed. Where it is there already, or another engine was quicker, theirs stays.
 */
export function placeOnce(folder: string, fill: (draft: string) => void): string {
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${randomBytes(8).toString('hex')}`;
  try {
    fill(draft);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
