import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The nearest `.bit` folder upwards from here; `undefined` where there is none. */
export function findStore(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const candidate = join(folder, '.bit');
    if (statSync(candidate, { throwIfNoEntry: false })?.isDirectory()) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}
