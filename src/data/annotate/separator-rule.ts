import { extensionOf, stemOf } from '../../util/file-name.ts';
import type { AnnotatedItem, FoundEntry } from './annotated-item.ts';
import { nameRead, nothingFound, type Otherwise, oneTag, type RuleFound, tagNameProblem } from './rule-found.ts';
import type { TagProblem } from './tag-problem.ts';

export interface SeparatorRule {
  readonly kind: 'separator';
  /** Any of them parts two pieces. */
  readonly separators: readonly string[];
  /** From 1; negative ones count from the end. */
  readonly position: number;
  readonly tag: string;
  /** With `path`, folders are pieces, too. */
  readonly of: 'name' | 'path';
  readonly unmatched: Otherwise;
}

/** One tag from the piece of the name, without its extension, that stands at a position. Two separators side by side have an empty piece between them. */
export function bySeparator(items: readonly AnnotatedItem[], rule: SeparatorRule): RuleFound {
  const problem = ruleProblem(rule);
  if (problem !== undefined) return nothingFound(problem);
  const separators = rule.separators.map((text) => text.normalize('NFC'));
  const splitter = new RegExp(
    [...separators, ...(rule.of === 'path' ? ['/'] : [])]
      .toSorted((a, b) => b.length - a.length)
      .map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&'))
      .join('|'),
    'u',
  );
  const entries: FoundEntry[] = [];
  const problems: TagProblem[] = [];
  for (const [index, item] of items.entries()) {
    const pieces = withoutExtension(nameRead(item, rule.of), separators).split(splitter);
    const value = pieces.at(rule.position > 0 ? rule.position - 1 : rule.position);
    // `at` counts a position that is too far from the end as none, and so do we.
    if (value !== undefined && value !== '') entries.push({ item: index, value });
    else if (rule.unmatched === 'refuse')
      problems.push({ kind: 'no-piece', item: item.path, position: rule.position, pieces });
  }
  return oneTag(rule.tag, entries, problems);
}

/** A folder called `dose_0.5` or `v1.2_control` has no extension, though a dot is in its name. */
function withoutExtension(name: string, separators: readonly string[]): string {
  const extension = extensionOf(name);
  const isNone = /^\d+$/u.test(extension) || separators.some((text) => extension.includes(text));
  return isNone ? name : stemOf(name);
}

function ruleProblem(rule: SeparatorRule): TagProblem | undefined {
  const name = tagNameProblem(rule.tag);
  if (name !== undefined) return { kind: 'bad-rule', problem: name, help: 'Write `--tag condition`.' };
  if (rule.separators.length === 0 || rule.separators.includes(''))
    return { kind: 'bad-rule', problem: 'A separator is empty', help: 'Write `--separator _`.' };
  if (rule.position === 0 || !Number.isSafeInteger(rule.position))
    return {
      kind: 'bad-rule',
      problem: `There is no position ${rule.position}`,
      help: 'The first piece is at position 1, the last one at -1.',
    };
  return undefined;
}
