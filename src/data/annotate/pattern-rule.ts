import type { Pattern } from '../../engine/ports/name-pattern.ts';
import { type PatternMatch, patternMatcher } from '../../engine/ports/pattern-match.ts';
import { matchInTime, RegexTooSlow } from '../../util/match-in-time.ts';
import type { AnnotatedItem, FoundEntry } from './annotated-item.ts';
import { nameRead, nothingFound, type Otherwise, type RuleFound, tagNameProblem, tooSlow } from './rule-found.ts';
import type { TagProblem } from './tag-problem.ts';

export interface PatternRule {
  readonly kind: 'pattern';
  readonly pattern: Pattern;
  readonly unmatched: Otherwise;
}

/**
 * Tags from names as `files("…")` reads them in a pipeline, ambiguous names included. A pattern with a `/` is held against the path below the import's
 * root, one without against the item's own name, in whatever folder it lies.
 */
export function byPattern(items: readonly AnnotatedItem[], rule: PatternRule): RuleFound {
  const { pattern } = rule;
  const misnamed = pattern.captures.flatMap(({ name }) => tagNameProblem(name) ?? []);
  const [problem] = misnamed;
  if (problem !== undefined)
    return nothingFound({ kind: 'bad-rule', problem, help: 'Give the part of the pattern another name.' });
  const whole = hasSlash(pattern) ? 'path' : 'name';
  const matcher = patternMatcher(composed(pattern), () => '');
  const root = matcher.root.replace(/^(?:\.\/)+/u, '');
  const matchOf = (item: AnnotatedItem): PatternMatch => {
    const name = nameRead(item, whole);
    return name.startsWith(root) ? matcher.match(name.slice(root.length)) : { how: 'unmatched' };
  };
  let matches: readonly PatternMatch[];
  try {
    matches = matchInTime(pattern.text, () => items.map(matchOf));
  } catch (error) {
    if (!(error instanceof RegexTooSlow)) throw error;
    return nothingFound(tooSlow);
  }
  const entries = new Map(pattern.captures.map(({ name }): [string, FoundEntry[]] => [name, []]));
  const problems: TagProblem[] = [];
  let unmatched = 0;
  for (const [index, item] of items.entries()) {
    const match: PatternMatch = matches[index] ?? { how: 'unmatched' };
    switch (match.how) {
      case 'matched':
        for (const tag of Object.keys(match.tags)) {
          const value = match.tags[tag];
          if (value !== undefined && value !== '') entries.get(tag)?.push({ item: index, value });
        }
        break;
      case 'ambiguous':
        problems.push({
          kind: 'ambiguous-name',
          item: item.path,
          pattern: pattern.text,
          first: match.first,
          second: match.second,
        });
        break;
      case 'unmatched':
        unmatched += 1;
        if (rule.unmatched === 'refuse') problems.push({ kind: 'unmatched', item: item.path, what: pattern.text });
        break;
    }
  }
  if (items[0] !== undefined && unmatched === items.length)
    return nothingFound({ kind: 'matches-nothing', what: pattern.text, items: items.length, example: items[0].path });
  return {
    tags: pattern.captures.map(({ name, kind }) => ({ name, type: kind, entries: entries.get(name) ?? [] })),
    problems,
  };
}

const hasSlash = (pattern: Pattern): boolean =>
  pattern.parts.some(
    (part) => part.kind === 'slash' || part.kind === 'globstar' || (part.kind === 'capture' && part.crosses),
  );

/** With its fixed text composed as the names are. */
function composed(pattern: Pattern): Pattern {
  const inParts = (parts: Pattern['parts']): Pattern['parts'] =>
    parts.map((part) => {
      if (part.kind === 'text') return { kind: 'text', text: part.text.normalize('NFC') };
      return part.kind === 'alternatives' ? { kind: 'alternatives', options: part.options.map(inParts) } : part;
    });
  return { ...pattern, parts: inParts(pattern.parts) };
}
