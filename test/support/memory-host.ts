import { readdirSync, readFileSync } from 'node:fs';
import type { SourceHost } from '../../src/parser/index.ts';

const stdlib = new URL('../../stdlib/', import.meta.url).pathname;

/** Files of a test by absolute path; `std/…` is the real standard library. */
export function memoryHost(files: Readonly<Record<string, string>>): SourceHost {
  return {
    read(path) {
      const text = files[path];
      if (text !== undefined) return { ok: true, text };
      if (path.startsWith(stdlib)) return { ok: true, text: readFileSync(path, 'utf8') };
      if (Object.keys(files).some((file) => file.startsWith(`${path}/`))) return { ok: false, why: 'folder' };
      return { ok: false, why: 'missing' };
    },
    resolve(from, specifier) {
      if (specifier.startsWith('std/')) {
        return standardModules().includes(specifier) ? `${stdlib}${specifier.slice(4)}.bit` : undefined;
      }
      return new URL(specifier, `file://${from}`).pathname;
    },
    workingDirectory: '/case',
    display: (path) => (path.startsWith(stdlib) ? `std/${path.slice(stdlib.length)}` : path.replace(/^\/case\//, '')),
    standardModules,
  };
}

function standardModules(): readonly string[] {
  return readdirSync(stdlib)
    .filter((file) => file.endsWith('.bit'))
    .map((file) => `std/${file.slice(0, -4)}`)
    .sort();
}
