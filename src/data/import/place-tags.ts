import type { TagKey } from '../../engine/ports/catalog.ts';
import type { Tags, TagValue } from '../../engine/ports/value.ts';
import type { FoundTag } from '../annotate/annotated-item.ts';
import { inferredType } from '../annotate/inferred-type.ts';
import { readValue } from '../annotate/read-value.ts';
import type { TagProblem } from '../annotate/tag-problem.ts';
import type { FoundItem } from './found-item.ts';

/**
 * Tags that the place of the items knows of them, such as key-value pairs of an image server: all texts there, here of the type that the experiment declares, or of the
 * narrowest that all values have. Pure.
 */
export function placeTags(
  items: readonly FoundItem[],
  { keys, newKeys }: { readonly keys: readonly TagKey[]; readonly newKeys: 'refuse' | 'infer' },
): {
  /** In the order of the items. */
  readonly tags: readonly Tags[];
  readonly newKeys: readonly TagKey[];
  readonly problems: readonly TagProblem[];
} {
  const found = new Map<string, { item: number; value: TagValue }[]>();
  for (const [item, { tags }] of items.entries())
    for (const [name, value] of Object.entries(tags)) {
      const entries = found.get(name);
      if (entries === undefined) found.set(name, [{ item, value }]);
      else entries.push({ item, value });
    }
  const out = items.map((): Record<string, TagValue> => ({}));
  const fresh: TagKey[] = [];
  const problems: TagProblem[] = [];
  for (const [name, entries] of found) {
    const declared = keys.find((key) => key.name === name);
    if (declared === undefined && newKeys === 'refuse') {
      problems.push({ kind: 'unknown-key', name, known: keys.map((key) => key.name) });
      continue;
    }
    const tag: FoundTag = { name, entries };
    const key = declared ?? { name, type: inferredType([tag]) };
    if (declared === undefined) fresh.push(key);
    for (const { item, value } of entries) {
      const read = readValue(value, key, { unit: undefined, decimalComma: false });
      const own = out[item];
      if (read.how === 'refused') {
        const where = { key, text: String(value), item: items[item]?.name ?? '' };
        problems.push(
          read.why === 'not-allowed'
            ? { kind: 'value-not-allowed', ...where }
            : { kind: 'bad-value', why: read.why, ...where },
        );
      } else if (own !== undefined) own[name] = read.value;
    }
  }
  return { tags: out, newKeys: fresh, problems };
}
