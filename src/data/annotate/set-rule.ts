import { alternatives } from '../../diagnostics/suggest.ts';
import type { AnnotatedItem } from './annotated-item.ts';
import { nothingFound, type RuleFound, tagNameProblem } from './rule-found.ts';
import type { TagProblem } from './tag-problem.ts';

export interface SetRule {
  readonly kind: 'set';
  /** As they are typed: `condition=control`, `exposure=20 ms`. */
  readonly set: readonly string[];
  /** Names of tags to take away. */
  readonly unset: readonly string[];
}

/** The same tags for every item. Taking tags away is done by `unsetNames`, after all rules have spoken. */
export function bySetting(items: readonly AnnotatedItem[], rule: SetRule): RuleFound {
  const problems: TagProblem[] = [];
  const values = new Map<string, string>();
  for (const text of rule.set) {
    const [, name = '', value = ''] = /^\s*([^=]*?)\s*=(.*)$/su.exec(text) ?? [];
    const problem = settingProblem(text, { name, value, earlier: values.get(name), unset: rule.unset });
    if (problem === undefined) values.set(name, value.trim().normalize('NFC'));
    else problems.push(problem);
  }
  if (problems.length > 0) return nothingFound(...problems);
  return {
    tags: [...values].map(([name, value]) => ({ name, entries: items.map((_, item) => ({ item, value })) })),
    problems: [],
  };
}

function settingProblem(
  text: string,
  given: {
    readonly name: string;
    readonly value: string;
    readonly earlier: string | undefined;
    readonly unset: readonly string[];
  },
): TagProblem | undefined {
  const { name, value, earlier } = given;
  if (!text.includes('='))
    return { kind: 'bad-rule', problem: `\`${text}\` sets nothing`, help: 'Write `--set condition=control`.' };
  const misnamed = tagNameProblem(name);
  if (misnamed !== undefined) return { kind: 'bad-rule', problem: misnamed, help: 'Write `--set condition=control`.' };
  if (value.trim() === '')
    return {
      kind: 'bad-rule',
      problem: `\`${text}\` gives \`${name}\` no value`,
      help: `To take the tag away, write \`--unset ${name}\`.`,
    };
  if (given.unset.includes(name))
    return {
      kind: 'bad-rule',
      problem: `\`${name}\` is to be set and to be taken away`,
      help: 'Leave one of the two out.',
    };
  if (earlier !== undefined && earlier !== value.trim())
    return {
      kind: 'bad-rule',
      problem: `\`${name}\` is set twice, to ${alternatives([earlier, value.trim()])}`,
      help: 'Leave one of the two out.',
    };
  return undefined;
}
