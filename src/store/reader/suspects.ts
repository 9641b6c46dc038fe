import type { Suspect } from '../../engine/ports/impact.ts';
import { asDigest, type Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import { unreachable } from '../../util/unreachable.ts';
import type { Connection } from '../database/connection.ts';
import { digestHex } from '../layout.ts';
import { type MadeWith, madeInEnvironment, madeWithTool } from './suspect-results.ts';

/** Where the ways from a suspect begin. */
export interface Start extends MadeWith {
  readonly artifacts: readonly number[];
}

export async function startOf(connection: Connection, suspects: readonly Suspect[]): Promise<readonly Start[]> {
  const contents = suspects.flatMap(({ kind, subject }) => (kind === 'content' ? [asDigest(subject)] : []));
  const ids = await artifactIds(connection, contents);
  const out: Start[] = [];
  for (const { kind, subject } of suspects) {
    switch (kind) {
      case 'content': {
        const id = ids.get(asDigest(subject));
        out.push({ artifacts: id === undefined ? [] : [id], results: [], parts: [] });
        break;
      }
      case 'tool':
        out.push({ artifacts: [], ...(await madeWithTool(connection, subject)) });
        break;
      case 'environment':
        out.push({ artifacts: [], ...(await madeInEnvironment(connection, subject)) });
        break;
      default:
        return unreachable(kind);
    }
  }
  return out;
}

export async function artifactIds(
  connection: Connection,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, number>> {
  const out = new Map<Digest, number>();
  for (const slice of chunks(digests, 5000)) {
    const [row] = await connection.all<{ ids: string }>(
      'SELECT json_group_array(json_array(j.key, a.id)) AS ids FROM json_each(?) j CROSS JOIN artifacts a ON a.digest = unhex(j.value)',
      JSON.stringify(slice.map(digestHex)),
    );
    for (const [index, id] of JSON.parse(row?.ids ?? '[]') as [number, number][]) {
      const digest = slice[index];
      if (digest !== undefined) out.set(digest, id);
    }
  }
  return out;
}

/** Where contents lie or lay: as an item first, then where a run read or published them. */
export async function namesOf(
  connection: Connection,
  suspects: readonly Suspect[],
): Promise<ReadonlyMap<string, { readonly path: string; readonly item?: string }>> {
  const out = new Map<string, { readonly path: string; readonly item?: string }>();
  const contents = suspects.flatMap(({ kind, subject }) => (kind === 'content' ? [asDigest(subject)] : []));
  for (const slice of chunks(contents, 1000)) {
    const rows = await connection.all<NameRow>(namesSql, JSON.stringify(slice.map(digestHex)));
    for (const row of rows) {
      const subject = slice[row.position];
      if (subject === undefined || row.path === null) continue;
      out.set(subject, { path: row.path, ...(row.item !== null && { item: row.item }) });
    }
  }
  return out;
}

interface NameRow {
  readonly position: number;
  readonly path: string | null;
  readonly item: string | null;
}

const namesSql = `
SELECT j.key AS position, coalesce(i.path, (
    SELECT l.path FROM locations l WHERE l.artifact = a.id ORDER BY l.kind = 'seen' DESC, l.current DESC, l.id DESC LIMIT 1)) AS path,
  e.name || '/' || d.name || '/' || i.name AS item
FROM json_each(?1) j CROSS JOIN artifacts a ON a.digest = unhex(j.value)
LEFT JOIN items i ON i.id = (SELECT max(id) FROM items WHERE artifact = a.id AND visible IN (1, -2))
LEFT JOIN datasets d ON d.id = i.dataset LEFT JOIN experiments e ON e.id = d.experiment`;
