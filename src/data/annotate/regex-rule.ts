import { type CatalogTagKind, tagKinds } from '../../engine/ports/catalog.ts';
import { regexProblem } from '../../engine/ports/name-pattern.ts';
import { matchesInTime, RegexTooSlow } from '../../util/match-in-time.ts';
import type { AnnotatedItem, FoundEntry } from './annotated-item.ts';
import { nameRead, nothingFound, type Otherwise, type RuleFound, tagNameProblem } from './rule-found.ts';
import type { TagProblem } from './tag-problem.ts';

export interface RegexRule {
  readonly kind: 'regex';
  readonly text: string;
  readonly unmatched: Otherwise;
}

/**
 * Tags from the named groups of a regular expression, which may match anywhere in the name, or in the path where it holds a `/` outside of `[…]`. A group `time__Int` (two
 * underscores and a type) gives the tag `time` as that type; others have the type that their key declares, or the one that all
 * values have. A group that took no part in the match, or matched nothing, gives no tag. Python's `(?P<name>…)` is understood.
 */
export function byRegex(items: readonly AnnotatedItem[], rule: RegexRule): RuleFound {
  const source = fromPython(rule.text).normalize('NFC');
  const bad = regexProblem(source);
  if (bad !== undefined)
    return nothingFound({
      kind: 'bad-regex',
      problem: bad,
      help: 'A group that gives a tag is written `(?<cell>[A-H][0-9]+)`.',
    });
  const groups = groupsOf(source);
  const problem = groupProblem(groups);
  if (problem !== undefined) return nothingFound(problem);
  const regex = new RegExp(source, 'u');
  const of = source.replace(/\[(?:\\.|[^\]\\])*\]/gu, '').includes('/') ? 'path' : 'name';
  const names = items.map((item) => nameRead(item, of));
  let matches: readonly (RegExpExecArray | null)[];
  try {
    matches = matchesInTime(regex, names);
  } catch (error) {
    if (!(error instanceof RegexTooSlow)) throw error;
    return nothingFound({
      kind: 'bad-regex',
      problem: 'it takes too long, since it tries too many ways through some name',
      help: 'A repetition within a repetition, such as `(a+)+`, does that: write `a+`.',
    });
  }
  const entries = groups.map((): FoundEntry[] => []);
  const problems: TagProblem[] = [];
  let unmatched = 0;
  for (const [index, item] of items.entries()) {
    const match = matches[index] ?? null;
    if (match === null) {
      unmatched += 1;
      if (rule.unmatched === 'refuse') problems.push({ kind: 'unmatched', item: item.path, what: rule.text });
      continue;
    }
    for (const [at, group] of groups.entries()) {
      const value = match.groups?.[group.group];
      if (value !== undefined && value !== '') entries[at]?.push({ item: index, value });
    }
  }
  if (items[0] !== undefined && unmatched === items.length)
    return nothingFound({ kind: 'matches-nothing', what: rule.text, items: items.length, example: items[0].path });
  return {
    tags: groups.map(({ name, type }, at) => ({
      name,
      ...(type !== undefined && { type }),
      entries: entries[at] ?? [],
    })),
    problems,
  };
}

interface Group {
  readonly group: string;
  readonly name: string;
  readonly type: CatalogTagKind | undefined;
}

/** `(?P<x>` and `(?P=x)`, outside of escapes and classes. */
const fromPython = (text: string): string =>
  text.replace(/\\.|\[(?:\\.|[^\]\\])*\]|\(\?P<|\(\?P=(\w+)\)/gsu, (all, name?: string) =>
    all === '(?P<' ? '(?<' : name === undefined ? all : `\\k<${name}>`,
  );

function groupsOf(source: string): Group[] {
  // With an empty alternative it matches everything, and the match lists the names of all groups.
  const names = Object.keys(new RegExp(`${source}|`, 'u').exec('')?.groups ?? {});
  return names.map((group) => {
    const [, name = group, type = ''] = /^(.+)__([A-Za-z]+)$/su.exec(group) ?? [];
    const known = tagKinds.find((kind) => kind.toLowerCase() === type.toLowerCase());
    return known === undefined ? { group, name: group, type: undefined } : { group, name, type: known };
  });
}

function groupProblem(groups: readonly Group[]): TagProblem | undefined {
  if (groups.length === 0)
    return {
      kind: 'bad-regex',
      problem: 'it has no group with a name, so it gives no tag',
      help: 'Name what should become a tag: `(?<cell>[A-H][0-9]+)`.',
    };
  for (const [at, { name }] of groups.entries()) {
    const problem = tagNameProblem(name);
    if (problem !== undefined) return { kind: 'bad-regex', problem, help: 'Give the group another name.' };
    if (groups.findIndex((other) => other.name === name) !== at)
      return {
        kind: 'bad-regex',
        problem: `two groups give the tag \`${name}\``,
        help: 'Give one of them another name.',
      };
  }
  return undefined;
}
