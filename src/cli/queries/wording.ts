import { relative } from 'node:path';
import type { Affected, Suspect } from '../../engine/ports/impact.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { isUri } from '../../util/is-uri.ts';
import { unreachable } from '../../util/unreachable.ts';

/** Relative where it lies below the folder the user is in; a URI stays as it is. */
export function shortPath(path: string, folder: string): string {
  if (isUri(path)) return path;
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

/** As it is, or as JSON has it where it would break the line. */
export const oneLine = (text: string): string => (/\p{Cc}/u.test(text) ? JSON.stringify(text) : text);

/** The beginning of a text that would flood the screen. */
export function beginningOf(text: string): string {
  const characters = text.length > MOST_SHOWN ? [...text.slice(0, 2 * MOST_SHOWN)] : [];
  return characters.length > MOST_SHOWN ? `${characters.slice(0, MOST_SHOWN).join('')}…` : text;
}

const MOST_SHOWN = 300;

/** `cellpose==4.0.1`, `the environment pip 3f2a91 (numpy)`, `content blake3:…` with a name where there is one. */
export function suspectInWords(suspect: Pick<Suspect, 'kind' | 'subject'>): string {
  switch (suspect.kind) {
    case 'content':
      return `content ${shortDigest(suspect.subject)}`;
    case 'environment':
      return `the environment ${oneLine(suspect.subject)}`;
    case 'tool':
      return oneLine(suspect.subject);
    default:
      return unreachable(suspect.kind);
  }
}

/** `retracted: out of focus`; `affected: depends on raw/A3.tif, which is retracted (out of focus)`. */
export function affectedInWords({ suspect, tasks }: Affected, folder: string): string {
  const reason = oneLine(suspect.reason ?? '');
  if (tasks === 0) return `retracted: ${reason}`;
  const what =
    suspect.kind === 'content' && suspect.name !== suspect.subject
      ? oneLine(shortPath(suspect.name, folder))
      : suspectInWords(suspect);
  return `affected: depends on ${what}, which is retracted (${reason})`;
}
