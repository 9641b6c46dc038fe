import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Connection, connect } from '../../../src/store/database/connection.ts';
import { fragment, sqlText } from '../../../src/store/database/fragment.ts';
import { rowsMeeting } from '../../../src/store/reader/find-rows.ts';
import { items, published, type Shape } from '../../../src/store/reader/find-shapes.ts';
import { filterOf, imports, newItem } from './catalog-rig.ts';
import { twoStepRun } from './lineage-rig.ts';
import { cleanUp, newFolder, opened } from './rig.ts';

cleanUp();

/** The tables that would be looked through row by row, as SQLite plans it; small ones and lists of the question itself do not count. */
async function lookedThrough(connection: Connection, shape: Shape, filter: Parameters<typeof rowsMeeting>[1]) {
  const { from, where } = await rowsMeeting(connection, filter, shape);
  const query = fragment`EXPLAIN QUERY PLAN SELECT ${sqlText(shape.row)}.id FROM ${from} WHERE ${where}`;
  const plan = await connection.all<{ detail: string }>(query.sql, ...query.values);
  return plan.flatMap(({ detail }) => {
    const [, name] = /^SCAN (\w+)/.exec(detail) ?? [];
    return name !== undefined && ['i', 'l', 'n', 't', 'a', 'b'].includes(name) ? [detail] : [];
  });
}

const indexed = [
  'cell == "A"',
  'time < 10',
  'time in 3..5',
  'time >= 3 and time < 5',
  'day == "2026-11-03"',
  'cell in ["A", "B"]',
  'cell ~ "^A"',
  'cell ~ "^[AB]$"',
  'good',
  'present(dose)',
  'cell == "A" and size > 5 and image.axes == "yx"',
  'cell == "A" or dose == 2',
  '(cell == "A" or dose == 2) and not (time == 3)',
  'cell != "B" and dose == 2',
  'kind == "tracks"',
  'experiment == "E" and cell != "A"',
  'path == "/data/a.tif"',
  'derived_from("/data/a.tif")',
];

const walked = ['cell != "A"', 'size > 5', 'not present(dose)', 'cell == "A" or size > 5'];

test('what an index can tell is never looked for row by row', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  await twoStepRun(store);
  await imports(store, {
    experiment: 'E',
    dataset: 'raw',
    types: { day: 'Date' },
    items: [
      newItem('a.tif', { tags: { cell: 'A', dose: 2, day: '2026-11-03' } }),
      newItem('b.tif', { tags: { cell: 'B' } }),
    ],
  });
  const connection = await connect(store.layout.database, { mode: 'read', busyMilliseconds: 1000 });
  try {
    for (const shape of [items, published]) {
      for (const text of indexed)
        expect([shape.table, text, await lookedThrough(connection, shape, await filterOf(store, text))]).toEqual([
          shape.table,
          text,
          [],
        ]);
      // The test can fail: these have nothing to go by.
      for (const text of walked)
        expect([text, await lookedThrough(connection, shape, await filterOf(store, text))]).not.toEqual([text, []]);
    }
  } finally {
    await connection.close();
  }
});
