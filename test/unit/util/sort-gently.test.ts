import { expect, test } from 'vitest';
import { sortGently } from '../../../src/util/sort-gently.ts';

test('the order is that of a stable sort, however often it lets others in', async () => {
  for (const count of [0, 1, 2047, 2048, 2049, 9000]) {
    const items = Array.from({ length: count }, (_, place) => ({ key: (place * 7919) % 100, place }));
    let pauses = 0;
    const breath = {
      due: () => true,
      pause: async () => {
        pauses += 1;
      },
    };
    const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key;
    expect(await sortGently(items, compare, breath)).toEqual(items.toSorted(compare));
    if (count > 0) expect(pauses).toBeGreaterThan(0);
  }
});
