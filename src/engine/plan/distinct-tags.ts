import type { Node } from '../../parser/index.ts';
import type { TagValue } from '../ports/value.ts';
import { planErrors } from './plan-errors.ts';
import type { Surroundings } from './surroundings.ts';
import { type TagSlots, tagKey, tagsText } from './tag-key.ts';

/** Sees to it that no two items of a dataset have the same tags, where its rule could make such. */
export interface DistinctTags {
  /** `false` after a report: there is such an item already. */
  isNew(tags: TagSlots): boolean;
}

export function distinctTags(node: Node, around: Surroundings, help: string): DistinctTags {
  const seen = new Set<TagValue>();
  const reported = new Set<TagValue>();
  const all = node.tags.map((_, i) => i);
  return {
    isNew(tags) {
      const key = tagKey(tags, all);
      if (key === undefined) throw new Error(`an item of \`${node.name}\` without all its tags`);
      if (!seen.has(key)) {
        seen.add(key);
        return true;
      }
      if (!reported.has(key) && reported.size < 5) {
        reported.add(key);
        around.problem(planErrors.equalTags(node.span, { dataset: node.name, tags: tagsText(tags, node.tags), help }));
      }
      return false;
    },
  };
}
