import type { LocationRecord } from '../../engine/ports/run-reader.ts';
import type { Tags } from '../../engine/ports/value.ts';

/**
 * Where a task found its input, first: the same bytes may lie in several places, and the one whose tags are the task's own is the one it was given. Places of
 * the kind that stands first stay before the others.
 */
export function nearestFirst(
  places: readonly LocationRecord[],
  task: { readonly tags: Tags; readonly run: string } | undefined,
): readonly LocationRecord[] {
  if (task === undefined || places.length < 2) return places;
  const kind = places[0]?.kind;
  const rank = (place: LocationRecord): readonly number[] => {
    const shared = Object.keys(place.tags).filter((name) => task.tags[name] !== undefined);
    const equal = shared.filter((name) => task.tags[name] === place.tags[name]).length;
    return [Number(place.kind !== kind), shared.length - equal, -equal, Number(place.run !== task.run)];
  };
  const ranked = places.map((place) => ({ place, rank: rank(place) }));
  return ranked
    .toSorted((a, b) => a.rank.map((value, at) => value - (b.rank[at] ?? 0)).find((by) => by !== 0) ?? 0)
    .map(({ place }) => place);
}
