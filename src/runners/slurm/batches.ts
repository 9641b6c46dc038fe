import type { LaunchResources } from '../../engine/ports/runner.ts';

/** An attempt that is to get into a job. */
export interface Waiting {
  readonly token: string;
  readonly directory: string;
  readonly resources: LaunchResources;
  readonly timeoutSeconds?: number;
  /** Folders that must be made read-only for it. */
  readonly guards: readonly string[];
}

/** One array of like elements. */
export interface Plan<T> {
  readonly resources: LaunchResources;
  /** For the longest element; absent where the partition's own time applies. */
  readonly seconds?: number;
  readonly guards: readonly string[];
  /** What each element runs, one after the other. */
  readonly elements: readonly (readonly T[])[];
}

/**
 * Puts attempts together: those that ask for the same go into one array, and those that say how long they take share an element as long as
 * their times add up to no more than `packSeconds`. The order in which they came is kept.
 */
export function planBatches<T extends Waiting>(
  waiting: readonly T[],
  options: { readonly arraySize: number; readonly packSeconds: number },
): readonly Plan<T>[] {
  const groups = new Map<string, T[]>();
  for (const one of waiting) {
    const { cpus, memoryBytes, gpus, diskBytes, queue, extra } = one.resources;
    const alike = JSON.stringify([cpus, memoryBytes, gpus, diskBytes, queue, extra, timeClass(one.timeoutSeconds)]);
    const group = groups.get(alike);
    if (group) group.push(one);
    else groups.set(alike, [one]);
  }
  return [...groups.values()].flatMap((group) => {
    const elements = pack(group, options.packSeconds);
    return chunks(elements, options.arraySize).flatMap((some): Plan<T>[] => {
      const first = some[0]?.[0];
      if (first === undefined) return [];
      const times = some.map((element) => element.reduce((sum, one) => sum + (one.timeoutSeconds ?? 0), 0));
      const guards = [...new Set(some.flat().flatMap((one) => one.guards))].sort();
      const time = first.timeoutSeconds === undefined ? {} : { seconds: Math.max(...times) };
      return [{ resources: first.resources, ...time, guards, elements: some }];
    });
  });
}

/** All of an array are given the time of the longest: what differs by more than half is not alike. */
const timeClass = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.ceil(Math.log2(Math.max(60, seconds) / 60));

function pack<T extends Waiting>(group: readonly T[], packSeconds: number): readonly (readonly T[])[] {
  const elements: T[][] = [];
  let filled = 0;
  for (const one of group) {
    const last = elements.at(-1);
    const seconds = one.timeoutSeconds ?? Number.POSITIVE_INFINITY;
    if (last !== undefined && filled + seconds <= packSeconds) {
      last.push(one);
      filled += seconds;
    } else {
      elements.push([one]);
      filled = seconds;
    }
  }
  return elements;
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
