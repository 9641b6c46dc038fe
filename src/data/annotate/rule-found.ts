import type { AnnotatedItem, FoundEntry, FoundTag } from './annotated-item.ts';
import type { TagProblem } from './tag-problem.ts';

/** What one rule says of all items. */
export interface RuleFound {
  readonly tags: readonly FoundTag[];
  readonly problems: readonly TagProblem[];
}

/** What to do with an item that a rule has nothing to say about. */
export type Otherwise = 'refuse' | 'leave';

export const nothingFound = (...problems: TagProblem[]): RuleFound => ({ tags: [], problems });

/**
 * The text that rules about names read: in composed form, as nearly everybody types it. File systems keep `é` as one character or as two; with either, an
 * item gets the same tags, and values of tags are composed.
 */
export function nameRead(item: AnnotatedItem, of: 'name' | 'path'): string {
  return (of === 'name' ? item.name : item.path).normalize('NFC');
}

/** A rule that gives every item at most one value for one tag. */
export function oneTag(name: string, entries: readonly FoundEntry[], problems: readonly TagProblem[]): RuleFound {
  return { tags: [{ name, entries }], problems };
}

const tagName = /^[A-Za-z_][A-Za-z0-9_]*$/u;
const kept = new Set([
  'and',
  'or',
  'not',
  'in',
  'then',
  'else',
  'if',
  'true',
  'false',
  'null',
  'it',
  'image',
  '__proto__',
]);

/** Why a tag cannot be called so; `undefined` where it can. Queries and pipelines must be able to say the name. */
export function tagNameProblem(name: string): string | undefined {
  if (!tagName.test(name))
    return `\`${name}\` is no name for a tag: it may hold letters without accents, digits and \`_\``;
  return kept.has(name) ? `\`${name}\` is a word of the language and no name for a tag` : undefined;
}

/** Of a regular expression, or of a pattern with one in it. */
export const tooSlow: TagProblem = {
  kind: 'bad-regex',
  problem: 'it takes too long, since it tries too many ways through some name',
  help: 'A repetition within a repetition, such as `(a+)+`, does that: write `a+`.',
};
