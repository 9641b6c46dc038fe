import { longestWay, type OnTheWay } from '../../engine/ports/impact.ts';
import { asRunId } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import type { Reach } from './impact-walk.ts';

interface Reachable {
  readonly artifact: number;
  /** Where it is known which result it is. */
  readonly result?: number;
}

/** The tasks by which each of these was reached, from where the way begins. */
export async function readWays(
  connection: Connection,
  reach: Reach,
  ends: readonly Reachable[],
): Promise<(of: Reachable) => OnTheWay['way']> {
  const wanted = new Set<number>();
  for (const end of ends) for (const id of resultsTo(reach, end)) wanted.add(id);
  const names = new Map<number, OnTheWay['way'][number]>();
  for (const slice of chunks([...wanted], 20_000)) {
    const [row] = await connection.all<{ rows: string }>(
      `SELECT json_group_array(json_array(x.id, x.task, r.run)) AS rows
       FROM json_each(?) j CROSS JOIN results x ON x.id = j.value CROSS JOIN runs r ON r.id = x.run`,
      JSON.stringify(slice),
    );
    for (const [id, task, run] of JSON.parse(row?.rows ?? '[]') as [number, string, string][])
      names.set(id, { task, run: asRunId(run) });
  }
  return (of) => resultsTo(reach, of).flatMap((id) => names.get(id) ?? []);
}

function resultsTo(reach: Reach, end: Reachable): readonly number[] {
  const back: number[] = [];
  let result = end.result ?? reach.artifacts.get(end.artifact)?.from;
  while (result !== undefined) {
    back.push(result);
    const read = reach.results.get(result)?.from;
    result = read === undefined ? undefined : reach.artifacts.get(read)?.from;
  }
  const way = back.reverse();
  return way.length <= longestWay ? way : [...way.slice(0, longestWay / 2), ...way.slice(-longestWay / 2)];
}
