import type { Tags } from '../../engine/ports/value.ts';
import { byCodePoints } from '../../util/by-code-points.ts';
import type { OmeroAnnotation } from './omero-annotations.ts';

/** The namespace of all key-value pairs that Bitflow writes. */
export const NAMESPACE = 'bitflow/v1';

/** Pairs about the pairs themselves: which file they belong to. They are no tags. */
export const OWN_PREFIX = 'bitflow_';

/** Where an image lies, by tag name: `project`, `dataset`, `screen`, `plate`, `well`, `field`. An image may lie in several. */
export type Places = Readonly<Record<string, readonly string[]>>;

export interface TagReading {
  readonly tags: Tags;
  /** What had to be decided, in words for the user. */
  readonly notes: readonly string[];
}

/**
 * The tags of an image: its key-value pairs of all namespaces as text, its OMERO tags as one tag `omero_tags`, and where it lies. A key that has several values gets them all,
 * in the order of writing, with `; ` between them. A pair wins over a place of the same name: somebody wrote it.
 */
export function tagsOf(annotations: readonly OmeroAnnotation[], { places }: { places: Places }): TagReading {
  const notes: string[] = [];
  const values = new Map<string, string[]>();
  const spellings = new Map<string, Set<string>>();
  for (const [key, value] of annotations.flatMap(taggingPairs)) {
    const name = tagName(key);
    if (value.trim() === '') continue;
    if (name === '') {
      notes.push(`its key \`${key}\` holds no letter and no digit, and cannot be a tag`);
      continue;
    }
    spellings.set(name, (spellings.get(name) ?? new Set()).add(key.trim()));
    const list = values.get(name) ?? [];
    if (!list.includes(value.trim())) list.push(value.trim());
    values.set(name, list);
  }
  for (const [name, list] of values) {
    const keys = [...(spellings.get(name) ?? [])].map((key) => `\`${key}\``);
    if (list.length < 2) continue;
    const have = keys.length > 1 ? 'have' : 'has';
    notes.push(`${keys.join(' and ')} ${have} ${list.length} values, joined in the tag ${name}: ${list.join('; ')}`);
  }
  const words = annotations.flatMap((each) => (each.is === 'tag' ? [each.text] : []));
  if (words.length > 0 && !values.has('omero_tags'))
    values.set('omero_tags', [[...new Set(words)].sort(byCodePoints).join(', ')]);
  for (const [name, names] of Object.entries(places)) {
    const place = [...new Set(names)].sort(byCodePoints).join('; ');
    const pair = values.get(name)?.join('; ');
    if (place === '') continue;
    if (pair === undefined) values.set(name, [place]);
    else if (pair !== place)
      notes.push(`its key \`${name}\` says ${pair}, so that its ${name} in OMERO, ${place}, is not a tag`);
  }
  const tags = [...values].map(([name, list]) => [name, list.join('; ')] as const);
  return { tags: Object.fromEntries(tags.sort(([a], [b]) => byCodePoints(a, b))), notes };
}

/** A key as the language can say it: `Gene Symbol` is `Gene_Symbol`, `2nd antibody` is `_2nd_antibody`. */
export function tagName(key: string): string {
  const name = key
    .trim()
    .replace(/[^\p{L}\p{N}_]+/gu, '_')
    .replace(/^_+(?=.)|_+$/gu, '');
  return /^\p{N}/u.test(name) ? `_${name}` : name;
}

/** `B3`, or what the plate's naming conventions make of row 1 and column 2. */
export function wellName(
  { row, column }: { row: number; column: number },
  { rows = 'letter', columns = 'number' }: { rows?: string | undefined; columns?: string | undefined },
): string {
  const label = (at: number, convention: string): string => (convention === 'letter' ? letters(at) : String(at + 1));
  return `${label(row, rows)}${label(column, columns)}`;
}

/** Pairs that tell which attachment they describe are that attachment's tags, not those of the object it hangs on. */
function taggingPairs(annotation: OmeroAnnotation): readonly (readonly [string, string])[] {
  if (annotation.is !== 'pairs') return [];
  if (annotation.namespace !== NAMESPACE) return annotation.pairs;
  if (annotation.pairs.some(([key]) => key === `${OWN_PREFIX}file`)) return [];
  return annotation.pairs.filter(([key]) => !key.startsWith(OWN_PREFIX));
}

/** 0 is A, 25 Z, 26 AA. */
function letters(at: number): string {
  const last = String.fromCharCode(65 + (at % 26));
  return at < 26 ? last : `${letters(Math.floor(at / 26) - 1)}${last}`;
}
