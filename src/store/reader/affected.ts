import type { Affected, Made } from '../../engine/ports/impact.ts';
import { asDigest, type Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import { type Reach, type Reached, reachOf } from './impact-walk.ts';
import { readRetractions } from './retractions.ts';
import { artifactIds, namesOf, startOf } from './suspects.ts';

/** Which of these are retracted or were made with anything that is, in their order. */
export async function affected(
  connection: Connection,
  of: readonly Made[],
): Promise<readonly (Affected | undefined)[]> {
  const suspects = of.length === 0 ? [] : await readRetractions(connection);
  if (suspects.length === 0) return of.map(() => undefined);
  const reach = await reachOf(connection, await startOf(connection, suspects));
  const contents = await reachedContents(connection, reach, of);
  const contentOf = (one: Made): Reached | undefined => ('digest' in one ? contents.get(one.digest) : undefined);
  // What a reached task made is reached: of everything else nothing more need be asked.
  const results = await resultsOf(
    connection,
    of.map((one) => ('digest' in one && contentOf(one) === undefined ? {} : one)),
  );
  const found = of.map((one, index) => {
    const content = contentOf(one);
    const result = results.get(index);
    return content?.tasks === 0 || result === undefined ? content : reach.results.get(result);
  });
  const used = new Set(found.flatMap((reached) => (reached === undefined ? [] : [reached.suspect])));
  const names = await namesOf(
    connection,
    suspects.filter((_, index) => used.has(index)),
  );
  return found.map((reached) => {
    const suspect = reached && suspects[reached.suspect];
    if (suspect === undefined) return undefined;
    return {
      suspect: { ...suspect, name: names.get(suspect.subject)?.path ?? suspect.subject },
      tasks: reached?.tasks ?? 0,
    };
  });
}

/** Of these, the contents that were reached: looked up from whichever side is smaller. */
async function reachedContents(
  connection: Connection,
  reach: Reach,
  of: readonly Made[],
): Promise<ReadonlyMap<Digest, Reached>> {
  const asked = [...new Set(of.flatMap((one) => ('digest' in one ? [one.digest] : [])))];
  const ids =
    asked.length <= reach.artifacts.size
      ? await artifactIds(connection, asked)
      : await digestsOf(connection, [...reach.artifacts.keys()]);
  const out = new Map<Digest, Reached>();
  for (const [digest, id] of ids) {
    const reached = reach.artifacts.get(id);
    if (reached !== undefined) out.set(digest, reached);
  }
  return out;
}

async function digestsOf(connection: Connection, ids: readonly number[]): Promise<ReadonlyMap<Digest, number>> {
  const out = new Map<Digest, number>();
  for (const slice of chunks(ids, 5000)) {
    const [row] = await connection.all<{ rows: string }>(
      'SELECT json_group_array(json_array(lower(hex(a.digest)), a.id)) AS rows FROM json_each(?) j CROSS JOIN artifacts a ON a.id = j.value',
      JSON.stringify(slice),
    );
    for (const [hex, id] of JSON.parse(row?.rows ?? '[]') as [string, number][]) out.set(asDigest(`blake3:${hex}`), id);
  }
  return out;
}

/** By position, where the task is known and ended well. */
async function resultsOf(
  connection: Connection,
  of: readonly { readonly run?: string | undefined; readonly task?: string | undefined }[],
): Promise<ReadonlyMap<number, number>> {
  const asked = of.flatMap(({ run, task }, index) =>
    run === undefined || task === undefined ? [] : [[index, run, task]],
  );
  const out = new Map<number, number>();
  for (const slice of chunks(asked, 5000)) {
    const [row] = await connection.all<{ rows: string }>(
      `SELECT json_group_array(json_array(j.value ->> 0, t.result)) AS rows
       FROM json_each(?) j CROSS JOIN runs r ON r.run = j.value ->> 1 CROSS JOIN tasks t ON t.task = j.value ->> 2 AND t.run = r.id WHERE t.result IS NOT NULL`,
      JSON.stringify(slice),
    );
    for (const [index, result] of JSON.parse(row?.rows ?? '[]') as [number, number][]) out.set(index, result);
  }
  return out;
}
