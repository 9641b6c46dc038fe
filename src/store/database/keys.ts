import type { PlannedTask } from '../../engine/ports/event.ts';
import type { TaskKey } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import { digestHex } from '../layout.ts';
import type { Sql } from './connection.ts';

/** What work consists of, once per key however many runs do it. */
export type KeyRecord = Pick<PlannedTask, 'key' | 'parts' | 'inputs'>;

/** Rows per statement: building their text holds the event loop for a few milliseconds. */
const rowsPerCall = 1000;

/** Parts and inputs of keys; those that are there already stay. */
export async function recordKeys(sql: Sql, keys: readonly KeyRecord[]): Promise<void> {
  for (const slice of chunks(keys, rowsPerCall)) {
    await sql.run(keysSql, JSON.stringify(slice.map(({ key, parts }) => [digestHex(key), parts])));
    const inputs = slice.flatMap(({ key, inputs }) =>
      inputs.map((input, position) => [digestHex(key), position, input.name, digestHex(input.digest)]),
    );
    for (const rows of chunks(inputs, rowsPerCall)) {
      const json = JSON.stringify(rows);
      await sql.run(inputArtifactsSql, json);
      await sql.run(inputsSql, json);
    }
  }
}

/** Of tasks with one key in a batch, the first; none whose key is recorded already. */
export function newKeys(tasks: readonly PlannedTask[], isKnown: (key: TaskKey) => boolean): readonly PlannedTask[] {
  const seen = new Set<TaskKey>();
  return tasks.filter((task) => !isKnown(task.key) && !seen.has(task.key) && seen.add(task.key));
}

const keysSql = `
INSERT OR IGNORE INTO keys (key, parts)
SELECT unhex(value ->> 0), value -> 1 FROM json_each(?1)`;

const inputArtifactsSql = `
INSERT OR IGNORE INTO artifacts (digest)
SELECT DISTINCT unhex(value ->> 3) FROM json_each(?1)`;

const inputsSql = `
INSERT OR IGNORE INTO inputs (key, position, name, artifact)
SELECT (SELECT id FROM keys WHERE key = unhex(value ->> 0)), value ->> 1, value ->> 2, (SELECT id FROM artifacts WHERE digest = unhex(value ->> 3))
FROM json_each(?1)`;
