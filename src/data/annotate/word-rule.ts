import type { AnnotatedItem, FoundEntry } from './annotated-item.ts';
import { nameRead, nothingFound, type Otherwise, oneTag, type RuleFound, tagNameProblem } from './rule-found.ts';
import type { TagProblem } from './tag-problem.ts';

export interface WordRule {
  readonly kind: 'words';
  readonly words: readonly string[];
  readonly tag: string;
  readonly letters: 'as-written' | 'any-case';
  readonly of: 'name' | 'path';
  readonly unmatched: Otherwise;
}

/**
 * One tag from the word of a list that stands in the name. It must stand there as a piece of its own: no letter goes on where it begins or ends with a letter,
 * no digit where with a digit, so `control` is in `control2.tif` and `treated` is not in `untreated.tif`. A word inside a longer one of the list does
 * not count. Exactly one must be left. The value is the word as the list has it.
 */
export function byWords(items: readonly AnnotatedItem[], rule: WordRule): RuleFound {
  const fold = (text: string): string => (rule.letters === 'any-case' ? text.toLowerCase() : text);
  const words = new Map<string, string>();
  const problem = ruleProblem(rule);
  if (problem !== undefined) return nothingFound(problem);
  for (const word of rule.words) {
    const folded = fold(word.normalize('NFC'));
    const other = words.get(folded);
    if (other !== undefined && other !== word)
      return nothingFound({
        kind: 'bad-rule',
        problem: `\`${other}\` and \`${word}\` are the same word`,
        help: 'Leave one of them out, or let case count.',
      });
    words.set(folded, word.normalize('NFC'));
  }
  const lengths = [...new Set([...words.keys()].map((word) => word.length))].sort((a, b) => b - a);
  const entries: FoundEntry[] = [];
  const problems: TagProblem[] = [];
  for (const [index, item] of items.entries()) {
    const found = wordsIn(fold(nameRead(item, rule.of)), { words, lengths });
    const [value] = found;
    if (value !== undefined && found.length === 1) entries.push({ item: index, value });
    else if (found.length > 1) problems.push({ kind: 'several-words', item: item.path, found });
    else if (rule.unmatched === 'refuse') problems.push({ kind: 'no-word', item: item.path, words: rule.words });
  }
  return oneTag(rule.tag, entries, problems);
}

function wordsIn(
  name: string,
  list: { readonly words: ReadonlyMap<string, string>; readonly lengths: readonly number[] },
): string[] {
  const found = new Set<string>();
  let covered = 0;
  for (let start = 0; start < name.length; start++) {
    if (start > 0 && goesOn(name, start)) continue;
    for (const length of list.lengths) {
      const end = start + length;
      // From left to right and the longest first, a word that ends within what was found lies inside of it.
      if (end <= covered) break;
      if (end > name.length || goesOn(name, end)) continue;
      const word = list.words.get(name.slice(start, end));
      if (word === undefined) continue;
      found.add(word);
      covered = end;
      break;
    }
  }
  return [...found];
}

/** Whether the characters before and at an offset belong to one piece. */
function goesOn(name: string, at: number): boolean {
  if (at >= name.length) return false;
  if (isLowHalf(name.charCodeAt(at))) return true;
  const kind = kindAt(name, at);
  const before = kindAt(name, isLowHalf(name.charCodeAt(at - 1)) ? at - 2 : at - 1);
  // An accent that could not be composed belongs to the letter before it.
  return kind === 'accent' || (kind !== 'other' && kind === (before === 'accent' ? 'letter' : before));
}

const isLowHalf = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

function kindAt(name: string, at: number): 'letter' | 'digit' | 'accent' | 'other' {
  const code = name.charCodeAt(at);
  if (code < 0x80) {
    if (code >= 0x30 && code <= 0x39) return 'digit';
    return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) ? 'letter' : 'other';
  }
  const char = String.fromCodePoint(name.codePointAt(at) ?? 0);
  if (/\p{M}/u.test(char)) return 'accent';
  return /\p{L}/u.test(char) ? 'letter' : /\p{N}/u.test(char) ? 'digit' : 'other';
}

function ruleProblem(rule: WordRule): TagProblem | undefined {
  const name = tagNameProblem(rule.tag);
  if (name !== undefined) return { kind: 'bad-rule', problem: name, help: 'Write `--tag condition`.' };
  if (rule.words.length === 0 || rule.words.some((word) => word.trim() === ''))
    return { kind: 'bad-rule', problem: 'A word of the list is empty', help: 'Write `--words control,treated`.' };
  return undefined;
}
