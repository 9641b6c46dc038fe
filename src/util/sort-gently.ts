import type { Breather } from './breather.ts';

/** The same order as `toSorted`, stable, for lists so long that sorting them at once would hold the event loop. */
export async function sortGently<T extends object>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
  breath: Breather,
): Promise<T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < items.length; start += runLength) {
    runs.push(items.slice(start, start + runLength).sort(compare));
    if (breath.due()) await breath.pause();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2)
      merged.push(await merge(runs[i] ?? [], runs[i + 1] ?? [], { compare, breath }));
    runs = merged;
  }
  return runs[0] ?? [];
}

const runLength = 2048;

async function merge<T extends object>(
  a: readonly T[],
  b: readonly T[],
  how: { readonly compare: (a: T, b: T) => number; readonly breath: Breather },
): Promise<T[]> {
  const merged: T[] = [];
  let next = 0;
  for (const [i, x] of a.entries()) {
    // What comes before `x` in the other run; of two that are equal, the one of the first run stays first.
    for (let y = b[next]; y !== undefined && how.compare(x, y) > 0; y = b[next]) {
      merged.push(y);
      next += 1;
    }
    merged.push(x);
    if (i % 256 === 0 && how.breath.due()) await how.breath.pause();
  }
  return merged.concat(b.slice(next));
}
