import { relative } from 'node:path';
import type { Tags } from '../../engine/ports/value.ts';

/** Relative where it lies below the folder the user is in. */
export function shortPath(path: string, folder: string): string {
  const short = relative(folder, path);
  return short === '' || short.startsWith('..') ? path : short;
}

/** `2026-11-22 20:06:12`, in the user's own time zone. */
export function timeInWords(iso: string): string {
  // Of imported runs the day may be all that is known.
  if (/^\d{4}-\d{2}-\d{2}$/.test(iso)) return iso;
  const at = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** `cell=A3 time=12`; controls and spaces that would break the line are shown as JSON does. */
export function tagsInWords(tags: Tags): string {
  return Object.entries(tags)
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'string' && /[\s\p{Cc}"]/u.test(value) ? JSON.stringify(value) : value}`,
    )
    .join(' ');
}

/** `blake3:3f2a0c11…`: enough to recognise one. */
export const shortDigest = (digest: string): string => digest.replace(/^(blake3:[0-9a-f]{12})[0-9a-f]+$/, '$1…');
