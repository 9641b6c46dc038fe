import { readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { ReadResult, SourceHost } from '../parser/index.ts';
import { packageRoot } from '../util/package-root.ts';

/** The parser's view of the file system. A text is read once, so that two looks at a program see the same. */
export function fileSourceHost(options: { readonly folder: string }): SourceHost {
  const texts = new Map<string, ReadResult>();
  const standardLibrary = join(packageRoot(), 'stdlib');
  return {
    workingDirectory: options.folder,
    read(path) {
      const known = texts.get(path);
      if (known !== undefined) return known;
      const read = readText(path);
      texts.set(path, read);
      return read;
    },
    resolve(from, specifier) {
      if (specifier.startsWith('std/')) return join(standardLibrary, `${specifier.slice('std/'.length)}.bit`);
      if (specifier.startsWith('./') || specifier.startsWith('../') || isAbsolute(specifier))
        return resolve(dirname(from), specifier);
      return undefined;
    },
    display: (path) => displayPath(path, options),
    standardModules: () =>
      readdirSync(standardLibrary)
        .filter((name) => name.endsWith('.bit'))
        .map((name) => `std/${name.slice(0, -'.bit'.length)}`)
        .sort(),
  };
}

/** Relative where that is how one would type it, else absolute. */
export function displayPath(path: string, options: { readonly folder: string }): string {
  const short = relative(options.folder, path);
  return short === '' ? '.' : short.startsWith('../../..') ? path : short;
}

function readText(path: string): ReadResult {
  try {
    const bytes = readFileSync(path);
    return bytes.includes(0) ? { ok: false, why: 'binary' } : { ok: true, text: bytes.toString('utf8') };
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case 'ENOENT':
      case 'ENOTDIR':
        return { ok: false, why: 'missing' };
      case 'EISDIR':
        return { ok: false, why: 'folder' };
      case 'EACCES':
      case 'EPERM':
        return { ok: false, why: 'denied' };
      default:
        throw error;
    }
  }
}
