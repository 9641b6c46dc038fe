import { setImmediate as letOthersIn } from 'node:timers/promises';
import type { TagKey } from '../../engine/ports/catalog.ts';
import { chunks } from '../../util/chunks.ts';
import { type Annotated, type AnnotateOptions, annotate } from '../annotate/annotate.ts';
import type { AnnotatedItem } from '../annotate/annotated-item.ts';

/**
 * `annotate`, in portions that do not hold up whoever else has something to do. Where portions cannot know what only all items together say (rows of a sheet, the type of a tag that differs
 * from one portion to the next, a pattern that matches nothing), they are taken together after all.
 */
export async function annotateGently(items: readonly AnnotatedItem[], options: AnnotateOptions): Promise<Annotated> {
  const portions = chunks(items, portion);
  if (portions.length < 2 || options.rules.some(({ kind }) => kind === 'sheet')) return annotate(items, options);
  const parts: Annotated[] = [];
  const newKeys = new Map<string, TagKey>();
  for (const each of portions) {
    const part = annotate(each, options);
    for (const key of part.newKeys) {
      const known = newKeys.get(key.name);
      if (known !== undefined && known.type !== key.type) return annotate(items, options);
      newKeys.set(key.name, key);
    }
    if (part.problems.length > 0) return annotate(items, options);
    parts.push(part);
    await letOthersIn();
  }
  return { items: parts.flatMap((part) => part.items), newKeys: [...newKeys.values()], problems: [] };
}

/** About thirty milliseconds of names. */
const portion = 8000;
