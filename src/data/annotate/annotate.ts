import type { TagKey } from '../../engine/ports/catalog.ts';
import type { Tags, TagValue } from '../../engine/ports/value.ts';
import { unreachable } from '../../util/unreachable.ts';
import type { AnnotatedItem, FoundTag, TagChange } from './annotated-item.ts';
import { foundText } from './annotated-item.ts';
import { inferredType } from './inferred-type.ts';
import { byPattern, type PatternRule } from './pattern-rule.ts';
import { type ReadValue, readValue } from './read-value.ts';
import { byRegex, type RegexRule } from './regex-rule.ts';
import type { RuleFound } from './rule-found.ts';
import { bySeparator, type SeparatorRule } from './separator-rule.ts';
import { bySetting, type SetRule } from './set-rule.ts';
import { bySheet, type SheetRule } from './sheet-rule.ts';
import type { TagProblem } from './tag-problem.ts';
import { byWords, type WordRule } from './word-rule.ts';

export type TagRule = PatternRule | RegexRule | SeparatorRule | WordRule | SheetRule | SetRule;

export interface AnnotateOptions {
  readonly rules: readonly TagRule[];
  /** What the experiment declares. */
  readonly keys: readonly TagKey[];
  /** Whether a tag that it does not declare is a mistake, or a key to be declared with the type that its values have. */
  readonly newKeys: 'refuse' | 'infer';
}

export interface Annotation {
  readonly item: AnnotatedItem;
  /** All its tags, as they will be. */
  readonly tags: Tags;
  /** What differs from the tags it has. Empty where nothing does. */
  readonly change: TagChange;
}

export interface Annotated {
  /** One for each item, in their order. Not to be used where there is a problem. */
  readonly items: readonly Annotation[];
  /** Keys that the experiment does not have yet, in the order in which the rules name them. */
  readonly newKeys: readonly TagKey[];
  /** Everything that is wrong, not only the first of it. */
  readonly problems: readonly TagProblem[];
}

/**
 * The tags that rules give to items. Several rules may speak of one item, but not say two things of one tag; a tag that it has already gets the new value.
 * Pure, and linear in items, rows and rules.
 */
export function annotate(items: readonly AnnotatedItem[], options: AnnotateOptions): Annotated {
  const problems: TagProblem[] = [];
  const byName = new Map<string, RuledTag[]>();
  for (const [rule, each] of options.rules.entries()) {
    const found = foundBy(each, items, options.keys);
    for (const problem of found.problems) problems.push({ rule, ...problem });
    for (const tag of found.tags)
      if (tag.entries.length > 0) byName.set(tag.name, [...(byName.get(tag.name) ?? []), { rule, tag }]);
  }
  const changes = items.map((): Record<string, TagValue | null> => ({}));
  const known = new Map(options.keys.map((key) => [key.name, key]));
  const newKeys: TagKey[] = [];
  for (const [name, ruled] of byName) {
    const declared = known.get(name);
    if (declared === undefined && options.newKeys === 'refuse') {
      problems.push(...ruled.map(({ rule, tag }) => unknownKey(name, { rule, tag, known: [...known.keys()] })));
      continue;
    }
    const key =
      declared ??
      newKey(
        name,
        ruled.map(({ tag }) => tag),
      );
    if (declared === undefined) newKeys.push(key);
    // One by one: a call cannot take as many arguments as a sheet can have mistakes.
    for (const problem of give(items, { key, ruled, changes })) problems.push(problem);
  }
  problems.push(...takeAway(items, { options, changes, given: byName }));
  return {
    items: items.map((item, at) => {
      const change = changes[at] ?? {};
      return { item, change, tags: changed(item.tags, change) };
    }),
    newKeys,
    problems,
  };
}

interface RuledTag {
  readonly rule: number;
  readonly tag: FoundTag;
}

function foundBy(rule: TagRule, items: readonly AnnotatedItem[], keys: readonly TagKey[]): RuleFound {
  switch (rule.kind) {
    case 'pattern':
      return byPattern(items, rule);
    case 'regex':
      return byRegex(items, rule);
    case 'separator':
      return bySeparator(items, rule);
    case 'words':
      return byWords(items, rule);
    case 'sheet':
      return bySheet(items, rule, { keys });
    case 'set':
      return bySetting(items, rule);
    default:
      return unreachable(rule);
  }
}

function unknownKey(name: string, { rule, tag, known }: RuledTag & { readonly known: readonly string[] }): TagProblem {
  return { rule, kind: 'unknown-key', name, known, ...(tag.column !== undefined && { column: tag.column }) };
}

function newKey(name: string, tags: readonly FoundTag[]): TagKey {
  const [first] = tags;
  const said = first?.type !== undefined && tags.every((tag) => tag.type === first.type) ? first.type : undefined;
  const type = said ?? inferredType(tags);
  const unit = type === 'Int' || type === 'Float' ? tags.find((tag) => tag.unit !== undefined)?.unit : undefined;
  return { name, type, ...(unit !== undefined && { unit }) };
}

function give(
  items: readonly AnnotatedItem[],
  given: {
    readonly key: TagKey;
    readonly ruled: readonly RuledTag[];
    readonly changes: readonly Record<string, TagValue | null>[];
  },
): TagProblem[] {
  const { key, changes } = given;
  const problems: TagProblem[] = [];
  const values: (TagValue | undefined)[] = new Array(items.length);
  for (const { rule, tag } of given.ruled) {
    if (tag.type !== undefined && !agree(tag.type, key.type)) {
      problems.push({ rule, kind: 'type-differs', name: key.name, said: tag.type, declared: key.type });
      continue;
    }
    const reading = { unit: tag.unit, decimalComma: tag.decimalComma ?? false };
    const read = new Map<unknown, ReadValue>();
    for (const entry of tag.entries) {
      const item = items[entry.item];
      if (item === undefined) continue;
      let result = read.get(entry.value);
      if (result === undefined) {
        result = readValue(entry.value, key, reading);
        read.set(entry.value, result);
      }
      if (result.how === 'refused') {
        const where = {
          rule,
          key,
          text: foundText(entry.value),
          item: item.path,
          ...(entry.row !== undefined && { row: entry.row }),
          ...(tag.column !== undefined && { column: tag.column }),
        };
        if (result.why === 'not-allowed') problems.push({ kind: 'value-not-allowed', ...where });
        else problems.push({ kind: 'bad-value', why: result.why, ...where });
        continue;
      }
      const earlier = values[entry.item];
      if (earlier !== undefined && earlier !== result.value) {
        problems.push({
          rule,
          kind: 'given-twice',
          name: key.name,
          item: item.path,
          first: String(earlier),
          second: String(result.value),
        });
        continue;
      }
      values[entry.item] = result.value;
      const change = changes[entry.item];
      if (change !== undefined && !(Object.hasOwn(item.tags, key.name) && item.tags[key.name] === result.value))
        change[key.name] = result.value;
    }
  }
  return problems;
}

/** A text may turn out to be whatever the key says; a number that a rule asked for is no date. */
function agree(said: TagKey['type'], declared: TagKey['type']): boolean {
  const isNumber = (type: TagKey['type']): boolean => type === 'Int' || type === 'Float';
  return said === declared || said === 'Str' || (isNumber(said) && isNumber(declared));
}

function takeAway(
  items: readonly AnnotatedItem[],
  given: {
    readonly options: AnnotateOptions;
    readonly changes: readonly Record<string, TagValue | null>[];
    readonly given: ReadonlyMap<string, unknown>;
  },
): TagProblem[] {
  const problems: TagProblem[] = [];
  for (const [rule, each] of given.options.rules.entries()) {
    if (each.kind !== 'set') continue;
    for (const name of each.unset) {
      let there = 0;
      for (const [at, item] of items.entries()) {
        const change = given.changes[at];
        if (change === undefined || !Object.hasOwn(item.tags, name)) continue;
        there += 1;
        if (!given.given.has(name)) change[name] = null;
      }
      const isSet = each.set.some((text) => text.startsWith(`${name}=`));
      if (given.given.has(name) && !isSet)
        problems.push({
          rule,
          kind: 'bad-rule',
          problem: `\`${name}\` is to be taken away, and another rule gives it`,
          help: 'Do one after the other.',
        });
      if (there === 0 && !given.options.keys.some((key) => key.name === name))
        problems.push({ rule, kind: 'unknown-key', name, known: namesKnown(items, given.options.keys) });
    }
  }
  return problems;
}

function namesKnown(items: readonly AnnotatedItem[], keys: readonly TagKey[]): string[] {
  const names = new Set(keys.map((key) => key.name));
  for (const item of items) for (const name in item.tags) names.add(name);
  return [...names];
}

function changed(tags: Tags, change: TagChange): Tags {
  const after: Record<string, TagValue> = { ...tags };
  for (const name of Object.keys(change)) {
    const value = change[name];
    if (value === null || value === undefined) delete after[name];
    else after[name] = value;
  }
  return after;
}
