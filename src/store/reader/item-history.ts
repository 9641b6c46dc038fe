import type { ItemChange } from '../../engine/ports/run-reader.ts';
import type { TagValue } from '../../engine/ports/value.ts';
import type { Connection } from '../database/connection.ts';

/** What was done to an item, in order: its import, what set its tags, what retracted its content, and what put a newer one in its place. */
export async function readItemHistory(connection: Connection, item: number): Promise<readonly ItemChange[]> {
  const rows = await connection.all<ChangeRow>(historySql, item);
  return rows.map(({ id, at, user, kind, state, before, reason }) => ({
    change: id,
    at,
    user,
    kind,
    state,
    before: Object.fromEntries(
      (JSON.parse(before) as [name: string, type: string | null, value: string | number | null][]).map(
        ([name, type, value]): [string, TagValue | null] => [name, type === 'bool' ? value === 1 : value],
      ),
    ),
    ...(reason !== null && { reason }),
  }));
}

interface ChangeRow {
  readonly id: number;
  readonly at: string;
  readonly user: string;
  readonly kind: ItemChange['kind'];
  readonly state: ItemChange['state'];
  readonly before: string;
  readonly reason: string | null;
}

const historySql = `
SELECT c.id, c.at, c.user, c.kind, c.state,
  (SELECT json_group_array(json_array(r.name, r.type, r.value)) FROM replaced r WHERE r.change = c.id AND r.item = ?1) AS before,
  (SELECT t.reason FROM retractions t WHERE t.change = c.id AND t.kind = 'content' AND t.subject = (
    SELECT 'blake3:' || lower(hex(a.digest)) FROM items i JOIN artifacts a ON a.id = i.artifact WHERE i.id = ?1)) AS reason
FROM changes c WHERE c.id IN (
  SELECT change FROM items WHERE id = ?1
  UNION SELECT superseded FROM items WHERE id = ?1
  UNION SELECT change FROM replaced WHERE item = ?1
  UNION SELECT t.change FROM items i JOIN artifacts a ON a.id = i.artifact
    JOIN retractions t ON t.kind = 'content' AND t.subject = 'blake3:' || lower(hex(a.digest)) WHERE i.id = ?1)
ORDER BY c.id`;
