import type { Tags } from '../../engine/ports/value.ts';
import type { TagProblem } from './tag-problem.ts';

/**
 * Items that nothing tells apart: a problem for each set of tags that several have, the empty one included. A pipeline cannot take two such items from one
 * dataset. Equal means equal in type, too: the text `1` is not the number.
 */
export function duplicateTags(items: readonly { readonly path: string; readonly tags: Tags }[]): readonly TagProblem[] {
  const groups = new Map<string, { readonly tags: Tags; readonly items: string[] }>();
  for (const { path, tags } of items) {
    const names = Object.keys(tags).sort();
    const text = JSON.stringify(names.map((name) => [name, tags[name]]));
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { tags, items: [path] });
    else group.items.push(path);
  }
  return [...groups.values()]
    .filter((group) => group.items.length > 1)
    .map((group) => ({ kind: 'duplicate-tags', ...group }));
}
