import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeOnce } from '../wrapper/place-once.ts';
import { wrapperFolder } from '../wrapper/wrapper-folder.ts';

/**
 * The wrapper's files in the store, which the nodes see, while the folder of this package may be on one machine alone. A copy per version, by
 * rename: jobs of an older one go on with theirs.
 */
export function sharedWrapper(workFolder: string): string {
  const own = wrapperFolder();
  const names = readdirSync(own, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(own.length + 1))
    .filter((name) => name.endsWith('.bash') || name.startsWith('languages/'))
    .sort();
  const hash = createHash('sha256');
  for (const name of names)
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(own, name)))
      .update('\0');
  const folder = `${workFolder}/.wrapper-${hash.digest('hex').slice(0, 12)}`;
  return placeOnce(folder, (draft) => {
    for (const name of names) {
      mkdirSync(join(draft, name, '..'), { recursive: true });
      cpSync(join(own, name), join(draft, name));
    }
  });
}
