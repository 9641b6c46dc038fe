import type { ImportedAs } from '../../engine/ports/run-reader.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { asDigest, type Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import { digestHex } from '../layout.ts';

/** The items that these contents are, the newest import first. One that a newer import took the place of is there still: what was made of it has a history. */
export async function readImported(
  connection: Connection,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, readonly ImportedAs[]>> {
  const out = new Map<Digest, ImportedAs[]>();
  for (const slice of chunks(digests, 1000)) {
    const rows = await connection.all<ItemRow>(
      `${itemColumns} FROM json_each(?) j CROSS JOIN artifacts a ON a.digest = unhex(j.value) CROSS JOIN items i ON i.artifact = a.id ${itemJoins} ${newestFirst}`,
      JSON.stringify(slice.map(digestHex)),
    );
    for (const row of rows) {
      const item = importedAs(row);
      const known = out.get(item.digest);
      if (known) known.push(item);
      else out.set(item.digest, [item]);
    }
  }
  return out;
}

/** What was imported from this place or URI, the newest first. */
export async function readImportedAt(connection: Connection, path: string): Promise<readonly ImportedAs[]> {
  const rows = await connection.all<ItemRow>(
    `${itemColumns} FROM items i CROSS JOIN artifacts a ON a.id = i.artifact ${itemJoins} AND i.path = ? ${newestFirst}`,
    path,
  );
  return rows.map(importedAs);
}

/** Items of this name, the newest first. */
export async function readImportedNamed(
  connection: Connection,
  name: { readonly experiment: string; readonly dataset: string; readonly name: string },
): Promise<readonly ImportedAs[]> {
  const rows = await connection.all<ItemRow>(
    `${itemColumns} FROM items i CROSS JOIN artifacts a ON a.id = i.artifact ${itemJoins} AND e.name = ? AND d.name = ? AND i.name = ? ${newestFirst}`,
    name.experiment,
    name.dataset,
    name.name,
  );
  return rows.map(importedAs);
}

const importedAs = (row: ItemRow): ImportedAs => ({
  id: row.id,
  digest: asDigest(`blake3:${row.digest}`),
  experiment: row.experiment,
  dataset: row.dataset,
  name: row.name,
  path: row.path,
  mode: row.mode,
  tags: JSON.parse(row.tags) as Tags,
  change: row.change,
  importedAt: row.at,
  importedBy: row.user,
  host: row.host,
  ...sourceOf(row),
  current: row.visible === 1,
  ...(row.retracted !== null && { retracted: row.retracted }),
});

/** Of several that were named for one import, the one that the item lies in. */
function sourceOf(row: ItemRow): { readonly source?: string } {
  const said: unknown = row.source === null ? [] : JSON.parse(row.source);
  const sources = [said].flat().filter((one) => typeof one === 'string');
  const source =
    sources.length === 1 ? sources[0] : sources.find((one) => row.path === one || row.path.startsWith(withSlash(one)));
  return source === undefined ? {} : { source };
}

const withSlash = (folder: string): string => (folder.endsWith('/') ? folder : `${folder}/`);

interface ItemRow {
  readonly id: number;
  readonly digest: string;
  readonly experiment: string;
  readonly dataset: string;
  readonly name: string;
  readonly path: string;
  readonly mode: ImportedAs['mode'];
  readonly tags: string;
  readonly change: number;
  readonly at: string;
  readonly user: string;
  readonly host: string;
  readonly source: string | null;
  readonly visible: number;
  readonly retracted: string | null;
}

const itemColumns = `
SELECT i.id, lower(hex(a.digest)) AS digest, e.name AS experiment, d.name AS dataset, i.name, i.path, i.mode, i.tags, i.change, c.at, c.user, c.host,
  c.about -> '$.source' AS source, i.visible,
  (SELECT t.reason FROM retractions t WHERE t.kind = 'content' AND t.subject = 'blake3:' || lower(hex(a.digest)) AND t.current = 1) AS retracted`;

const itemJoins =
  'CROSS JOIN datasets d ON d.id = i.dataset CROSS JOIN experiments e ON e.id = d.experiment CROSS JOIN changes c ON c.id = i.change WHERE i.visible IN (1, -2)';

const newestFirst = 'ORDER BY i.visible DESC, i.id DESC';
