import type { Assertion } from '../../parser/index.ts';
import type { Surroundings, WiredRule } from './surroundings.ts';
import { tagsRecord } from './tag-key.ts';

/** `assert`: one answer per item of the Bool it looks at. What was never made is not judged. */
export function assertRule(assertion: Assertion, around: Surroundings): WiredRule {
  const { tags } = around.node(assertion.over);
  return {
    reads: [assertion.over],
    start() {},
    changed(_, entry, change) {
      if (change !== 'settled' || entry.state !== 'present') return;
      around.out.assertions.push({ assertion, holds: entry.value === true, tags: tagsRecord(entry.tags, tags) });
    },
    settle: () => false,
  };
}
