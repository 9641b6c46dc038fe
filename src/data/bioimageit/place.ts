import { isAbsolute, join, posix, relative, sep } from 'node:path';

/** Where a `url` of a metadata file leads: to a place below the experiment's folder, or out of it. */
export type Target =
  | { readonly inside: true; readonly place: string }
  | { readonly inside: false; readonly path: string };

/**
 * `url` as it stands in the file at `from`. BioImageIT writes paths relative to the file, with `/`; early versions on Windows wrote `\`, and data on another disk
 * have a path of their own.
 */
export function targetOf(folder: string, from: string, url: string): Target {
  const path = url.replaceAll('\\', '/');
  if (/^(?:[A-Za-z]:|\/\/|[a-z][a-z0-9+.-]*:\/\/)/u.test(path)) return { inside: false, path: url };
  const absolute = path.startsWith('/') ? posix.normalize(path) : join(folder, posix.dirname(from), path);
  const below = relative(folder, absolute);
  return below === '' || below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)
    ? { inside: false, path: absolute }
    : { inside: true, place: below.split(sep).join('/') };
}
