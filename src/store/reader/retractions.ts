import type { Retraction } from '../../engine/ports/catalog.ts';
import type { Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';

/** What is retracted now, in the order it was. */
export async function readRetractions(connection: Connection): Promise<readonly Retraction[]> {
  return connection.all<Retraction>(`${retractionsSql} ORDER BY t.change, t.id`);
}

/** Of these contents, those that are retracted. */
export async function retractedAmong(
  connection: Connection,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, Retraction>> {
  const out = new Map<Digest, Retraction>();
  const [any] = await connection.all("SELECT 1 FROM retractions WHERE current = 1 AND kind = 'content' LIMIT 1");
  if (any === undefined) return out;
  for (const slice of chunks(digests, 5000)) {
    const rows = await connection.all<Retraction & { readonly digest: Digest }>(
      `SELECT t.subject AS digest, t.* FROM (${retractionsSql}) t WHERE t.kind = 'content' AND t.subject IN (SELECT value FROM json_each(?))`,
      JSON.stringify(slice),
    );
    for (const { digest, kind, subject, reason, at, user } of rows)
      out.set(digest, { kind, subject, reason, at, user });
  }
  return out;
}

const retractionsSql = `
SELECT t.kind, t.subject, t.reason, c.at, c.user FROM retractions t JOIN changes c ON c.id = t.change WHERE t.current = 1`;
