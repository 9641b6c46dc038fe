import { chunks } from '../../util/chunks.ts';
import type { Sql } from './connection.ts';

/** One statement over many rows: `?1` is the rows as JSON, `?2` the run's id, `?3` the time. */
export interface Step {
  readonly sql: string;
  readonly rows: readonly unknown[];
}

/** Texts of a megabyte or so: building one holds the event loop for a few milliseconds, and the driver is asked rarely. */
const rowsPerCall = 1000;

export async function perform(
  sql: Sql,
  steps: readonly Step[],
  at: { readonly run: number; readonly time: string },
): Promise<void> {
  for (const step of steps) {
    for (const rows of chunks(step.rows, rowsPerCall)) {
      const values = [JSON.stringify(rows), at.run, at.time];
      await sql.run(step.sql, ...values.slice(0, parameters(step.sql)));
    }
  }
}

/** The driver refuses values that a statement has no place for. */
const parameters = (sql: string): number => (sql.includes('?3') ? 3 : sql.includes('?2') ? 2 : 1);

/**
 * A common table `j` of the rows of `?1` (`value`) and the `id` each has in `table`. It is worked out first: SQLite knows nothing of how many rows
 * `json_each` gives, and would else look through all of them for every row of the table.
 */
export const rowsOf = (table: string, on: string): string =>
  `WITH j AS MATERIALIZED (SELECT t.id AS id, j.value AS value FROM json_each(?1) j CROSS JOIN ${table} t ON ${on})`;
