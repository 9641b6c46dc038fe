import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';

/** Where something came from on the shortest way, by the ids of the tables. */
export interface Reached {
  /** Index of what it depends on. */
  readonly suspect: number;
  /** Tasks on the way, this result's own included. */
  readonly tasks: number;
  /** Of a result, the artifact it read; of an artifact, the result that made it. Absent where the way begins. */
  readonly from?: number;
}

export interface Reach {
  readonly artifacts: ReadonlyMap<number, Reached>;
  readonly results: ReadonlyMap<number, Reached>;
}

/**
 * Everything that was made with some artifacts or by some results, each by the shortest way. It goes task by task, a question or two to the database each, so it
 * costs as much as there is to tell and no more, however large the store.
 */
export async function reachOf(
  connection: Connection,
  start: readonly { readonly artifacts: readonly number[]; readonly results: readonly number[] }[],
): Promise<Reach> {
  const artifacts = new Map<number, Reached>();
  const results = new Map<number, Reached>();
  for (const [suspect, { artifacts: ids }] of start.entries())
    for (const id of ids) if (!artifacts.has(id)) artifacts.set(id, { suspect, tasks: 0 });
  let edge: readonly number[] = [...artifacts.keys()];
  for (let tasks = 1; tasks === 1 || edge.length > 0; tasks++) {
    const reached: number[] = [];
    const reach = (id: number, how: Reached): void => {
      if (results.has(id)) return;
      results.set(id, how);
      reached.push(id);
    };
    if (tasks === 1)
      for (const [suspect, { results: ids }] of start.entries()) for (const id of ids) reach(id, { suspect, tasks });
    for (const [from, id] of await pairs(connection, usersSql, edge))
      reach(id, { suspect: artifacts.get(from)?.suspect ?? 0, tasks, from });
    const made: number[] = [];
    for (const [from, id] of await pairs(connection, outputsSql, reached)) {
      if (artifacts.has(id)) continue;
      artifacts.set(id, { suspect: results.get(from)?.suspect ?? 0, tasks, from });
      made.push(id);
    }
    edge = made;
  }
  return { artifacts, results };
}

/** From what, to what. As one text: rows made by the driver would cost more than all the rest. */
async function pairs(
  connection: Connection,
  sql: string,
  ids: readonly number[],
): Promise<readonly (readonly [from: number, to: number])[]> {
  const out: (readonly [number, number])[] = [];
  for (const slice of chunks(ids, 20_000)) {
    const [row] = await connection.all<{ pairs: string }>(sql, JSON.stringify(slice));
    for (const pair of JSON.parse(row?.pairs ?? '[]') as [number, number][]) out.push(pair);
  }
  return out;
}

const usersSql = `
SELECT json_group_array(json_array(from_, to_)) AS pairs FROM (
  SELECT min(i.artifact) AS from_, x.id AS to_
  FROM json_each(?1) j CROSS JOIN inputs i ON i.artifact = j.value CROSS JOIN results x ON x.key = i.key GROUP BY x.id)`;

const outputsSql = `
SELECT json_group_array(json_array(from_, to_)) AS pairs FROM (
  SELECT min(o.result) AS from_, o.artifact AS to_
  FROM json_each(?1) j CROSS JOIN outputs o ON o.result = j.value GROUP BY o.artifact)`;
