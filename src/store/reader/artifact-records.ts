import type { FileInfo } from '../../engine/ports/formats.ts';
import type { ArtifactRecord, LocationRecord } from '../../engine/ports/run-reader.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { asDigest, asRunId, type Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import { digestHex } from '../layout.ts';

export async function readArtifacts(
  connection: Connection,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, ArtifactRecord>> {
  const out = new Map<Digest, ArtifactRecord>();
  for (const slice of chunks(digests, 1000)) {
    const json = JSON.stringify(slice.map(digestHex));
    const locations = new Map<Digest, LocationRecord[]>();
    for (const row of await connection.all<LocationRow>(
      `${locationColumns} WHERE a.digest IN (SELECT unhex(value) FROM json_each(?)) ${newestFirst}`,
      json,
    )) {
      const location = locationRecord(row);
      const known = locations.get(location.digest);
      if (known) known.push(location);
      else locations.set(location.digest, [location]);
    }
    for (const row of await connection.all<ArtifactRow>(artifactsSql, json)) {
      const digest = asDigest(`blake3:${row.digest}`);
      // A result is where it was published; raw data is where it was read from, whatever copies of it a run published.
      const first = row.made === 1 ? 'published' : 'seen';
      const places = (locations.get(digest) ?? []).toSorted(
        (a, b) => Number(b.kind === first) - Number(a.kind === first),
      );
      const [told] = places;
      out.set(digest, {
        digest,
        ...(row.directory !== null && { directory: row.directory === 1 }),
        ...(row.size !== null && { size: row.size }),
        ...(row.info !== null && { info: JSON.parse(row.info) as FileInfo }),
        tags: told?.tags ?? madeTags(row),
        locations: places,
      });
    }
  }
  return out;
}

export async function readLocationsAt(connection: Connection, path: string): Promise<readonly LocationRecord[]> {
  return (await connection.all<LocationRow>(`${locationColumns} WHERE l.path = ? ${newestFirst}`, path)).map(
    locationRecord,
  );
}

/** What runs that read items of an experiment published under a name, by path. */
export async function readPublishedIn(
  connection: Connection,
  dataset: { readonly experiment: string; readonly name: string },
): Promise<readonly LocationRecord[]> {
  const rows = await connection.all<LocationRow>(
    `${locationColumns} WHERE l.name = ? AND l.current = 1 AND l.kind = 'published' AND l.run IN (SELECT run FROM experiment_runs WHERE experiment = ?) ORDER BY l.path`,
    dataset.name,
    dataset.experiment,
  );
  return rows.map(locationRecord);
}

/** Of something that lies only in the store: the tags of the task that made it, and those that a `many` output added. */
function madeTags(row: ArtifactRow): Tags {
  return {
    ...(row.task_tags === null ? {} : (JSON.parse(row.task_tags) as Tags)),
    ...(row.item_tags === null ? {} : (JSON.parse(row.item_tags) as Tags)),
  };
}

const locationRecord = (row: LocationRow): LocationRecord => ({
  path: row.path,
  digest: asDigest(`blake3:${row.digest}`),
  kind: row.kind,
  run: asRunId(row.run),
  at: row.at,
  ...(row.mtime_ms !== null && { modifiedAt: new Date(row.mtime_ms).toISOString() }),
  name: row.name,
  ...(row.task !== null && { task: row.task }),
  tags: JSON.parse(row.tags),
  current: row.current === 1,
});

interface ArtifactRow {
  readonly digest: string;
  readonly directory: number | null;
  readonly size: number | null;
  readonly info: string | null;
  readonly made: 0 | 1;
  readonly task_tags: string | null;
  readonly item_tags: string | null;
}

interface LocationRow {
  readonly path: string;
  readonly digest: string;
  readonly kind: 'seen' | 'published';
  readonly run: string;
  readonly at: string;
  readonly name: string;
  readonly task: string | null;
  readonly tags: string;
  readonly current: number;
  readonly mtime_ms: number | null;
}

const artifactsSql = `
SELECT lower(hex(a.digest)) AS digest, a.directory, a.size, a.info, o.result IS NOT NULL AS made, o.tags AS item_tags,
  (SELECT t.tags FROM results x JOIN tasks t ON t.task = x.task AND t.run = x.run WHERE x.id = o.result) AS task_tags
FROM json_each(?) j CROSS JOIN artifacts a ON a.digest = unhex(j.value)
LEFT JOIN outputs o ON o.artifact = a.id AND o.result = (SELECT max(result) FROM outputs WHERE artifact = a.id)
GROUP BY j.key`;

const locationColumns = `
SELECT l.path, lower(hex(a.digest)) AS digest, l.kind, r.run, l.at, l.name, l.task, l.tags, l.current, l.mtime_ms
FROM locations l JOIN artifacts a ON a.id = l.artifact JOIN runs r ON r.id = l.run`;

const newestFirst = 'ORDER BY l.current DESC, l.run DESC, l.id DESC';
