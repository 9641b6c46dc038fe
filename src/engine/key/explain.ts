import type { KeyPart } from '../ports/event.ts';

/** One part of a key that is not what it was. */
export interface ChangedPart {
  readonly part: string;
  /** `''` where the part was not there before, or is not any more. */
  readonly was: string;
  readonly is: string;
}

/** Which parts of two keys differ, from what to what, in the order of the key: the whole answer to "why did it run". */
export function changedParts(before: readonly KeyPart[], after: readonly KeyPart[]): readonly ChangedPart[] {
  const was = new Map(before.map((part) => [part[0], part]));
  const is = new Map(after.map((part) => [part[0], part]));
  const changed: ChangedPart[] = [];
  for (const name of new Set([...is.keys(), ...was.keys()])) {
    const old = was.get(name);
    const now = is.get(name);
    if (old && now && old[1] === now[1] && old[2] === now[2]) continue;
    changed.push({ part: name, was: old ? shown(old) : '', is: now ? shown(now) : '' });
  }
  return changed;
}

/** A part's value for people: digests shortened, framed lists taken apart. */
export function shown([, kind, value]: KeyPart): string {
  switch (kind) {
    case 'null':
      return 'absent';
    case 'str':
      return JSON.stringify(value);
    case 'text':
    case 'file':
    case 'dir':
    case 'named-file':
    case 'named-dir':
      return value.replace(/^blake3:([0-9a-f]{12})[0-9a-f]*/u, 'blake3:$1…');
    case 'argv':
      return unframed(value).join(' ');
    case 'list':
      return `[${values(value).join(', ')}]`;
    case 'record':
      return `{ ${fields(value).join(', ')} }`;
    default:
      return value;
  }
}

function values(list: string): string[] {
  const pieces = unframed(list);
  const out: string[] = [];
  for (let at = 0; at + 1 < pieces.length; at += 2) out.push(shown(['', pieces[at] ?? '', pieces[at + 1] ?? '']));
  return out;
}

function fields(record: string): string[] {
  const pieces = unframed(record);
  const out: string[] = [];
  for (let at = 0; at + 2 < pieces.length; at += 3)
    out.push(`${pieces[at]}: ${shown(['', pieces[at + 1] ?? '', pieces[at + 2] ?? ''])}`);
  return out;
}

/** The texts of a run of `<bytes>:<text>`. */
function unframed(text: string): string[] {
  const bytes = Buffer.from(text);
  const out: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const colon = bytes.indexOf(':', at);
    const length = Number(bytes.toString('utf8', at, colon));
    if (colon < 0 || !Number.isInteger(length)) return [text];
    out.push(bytes.toString('utf8', colon + 1, colon + 1 + length));
    at = colon + 1 + length;
  }
  return out;
}
