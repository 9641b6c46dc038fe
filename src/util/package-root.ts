import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of this package, wherever this code runs from (`src/`, `dist/`, a global install): files that travel with it
 * (the standard library, the wrapper that runs inside a task) are found from here.
 */
export function packageRoot(): string {
  root ??= findRoot(dirname(fileURLToPath(import.meta.url)));
  return root.folder;
}

export function packageVersion(): string {
  root ??= findRoot(dirname(fileURLToPath(import.meta.url)));
  return root.version;
}

let root: { readonly folder: string; readonly version: string } | undefined;

function findRoot(start: string): { readonly folder: string; readonly version: string } {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as {
        readonly name?: unknown;
        readonly version?: unknown;
      };
      if (name === 'bitflow') return { folder, version: typeof version === 'string' ? version : 'unknown' };
    }
    if (dirname(folder) === folder) throw new Error(`no package.json named bitflow above ${start}`);
  }
}
