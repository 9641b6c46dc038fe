import type { ContentStore } from '../engine/ports/content-store.ts';
import { asDigest, type Digest } from '../util/brand.ts';
import { chunks } from '../util/chunks.ts';
import type { Connection } from './database/connection.ts';
import type { Layout } from './layout.ts';
import { listObjects } from './objects.ts';

export interface Verified {
  readonly objects: number;
  readonly bytes: number;
  /** Objects whose content is not what their name says; moved to `damaged` where the store may be written to. */
  readonly damaged: readonly { readonly digest: Digest; readonly path: string }[];
  readonly files: readonly VerifiedFile[];
}

export interface VerifiedFile {
  readonly path: string;
  /** `kept`: its bytes were taken into the store when it was imported, and those are what was read. */
  readonly kind: 'published' | 'imported' | 'kept';
  readonly digest: Digest;
  readonly state: 'intact' | 'changed' | 'missing' | 'unreadable';
}

/** Reads everything again: each object against its name, each published and imported file against what it was. What is in other places is not fetched again. */
export async function verifyStore(parts: {
  readonly layout: Layout;
  readonly connection: Connection;
  readonly content: ContentStore;
}): Promise<Verified> {
  const objects = await listObjects(parts.layout);
  const damaged: { digest: Digest; path: string }[] = [];
  const intact = new Set<Digest>();
  let bytes = 0;
  for (const slice of chunks(objects, 500)) {
    const whole = await parts.content.present(slice, { verify: true });
    for (const digest of whole) intact.add(digest);
    for (const object of slice) {
      bytes += object.size;
      if (!whole.has(object.digest)) damaged.push({ digest: object.digest, path: object.path });
    }
  }
  return {
    objects: objects.length,
    bytes,
    damaged,
    files: [
      ...(await verifyPlaced(parts, undefined)),
      ...(await keptFiles(parts.connection, undefined)).map((row) => keptState(row, intact)),
    ],
  };
}

/** Published and imported files at these paths or below them. */
export async function verifyFiles(
  parts: { readonly connection: Connection; readonly content: ContentStore },
  paths: readonly string[],
): Promise<readonly VerifiedFile[]> {
  const kept = await keptFiles(parts.connection, paths);
  const intact = await parts.content.present(
    kept.map(({ digest, directory, size }) => ({
      digest: asDigest(`blake3:${digest}`),
      directory: directory === 1,
      size,
    })),
    { verify: true },
  );
  return [...(await verifyPlaced(parts, paths)), ...kept.map((row) => keptState(row, intact))];
}

/** Files that lie where people look for them. */
async function verifyPlaced(
  parts: { readonly connection: Connection; readonly content: ContentStore },
  paths: readonly string[] | undefined,
): Promise<readonly VerifiedFile[]> {
  const rows = await placedFiles(parts.connection, paths);
  const out: VerifiedFile[] = [];
  for (const slice of chunks(rows, 500)) {
    const found = await parts.content.digest(
      slice.map((row) => row.path),
      { fingerprint: 'content', fresh: true },
    );
    for (const [index, row] of slice.entries()) {
      const digest = asDigest(`blake3:${row.digest}`);
      const one = found[index];
      const state = one?.ok
        ? one.digest === digest
          ? 'intact'
          : 'changed'
        : one?.why === 'missing'
          ? 'missing'
          : 'unreadable';
      out.push({ path: row.path, kind: row.kind, digest, state });
    }
  }
  return out;
}

const keptState = (row: KeptRow, intact: ReadonlySet<Digest>): VerifiedFile => {
  const digest = asDigest(`blake3:${row.digest}`);
  return { path: row.path, kind: 'kept', digest, state: intact.has(digest) ? 'intact' : 'missing' };
};

interface PlacedRow {
  readonly path: string;
  readonly kind: 'published' | 'imported';
  readonly digest: string;
}

interface KeptRow {
  readonly path: string;
  readonly digest: string;
  readonly directory: number;
  readonly size: number;
}

const placedFiles = (connection: Connection, paths: readonly string[] | undefined): Promise<readonly PlacedRow[]> =>
  below(connection, placedSql, paths);

const keptFiles = (connection: Connection, paths: readonly string[] | undefined): Promise<readonly KeptRow[]> =>
  below(connection, keptSql, paths);

async function below<Row>(
  connection: Connection,
  sql: string,
  paths: readonly string[] | undefined,
): Promise<readonly Row[]> {
  return paths === undefined
    ? connection.all<Row>(`SELECT * FROM (${sql}) f ORDER BY f.path`)
    : connection.all<Row>(`SELECT * FROM (${sql}) f WHERE ${belowSql} ORDER BY f.path`, JSON.stringify(paths));
}

/** What was put into other places, or lies there, is not read again: that would be fetching all of it. */
const placedSql = `
SELECT l.path, 'published' AS kind, lower(hex(a.digest)) AS digest FROM locations l JOIN artifacts a ON a.id = l.artifact
WHERE l.kind = 'published' AND l.current = 1 AND l.path NOT LIKE '%://%'
UNION
SELECT i.path, 'imported', lower(hex(a.digest)) FROM items i JOIN artifacts a ON a.id = i.artifact
WHERE i.visible = 1 AND i.mode = 'reference' AND i.path NOT LIKE '%://%'
UNION
SELECT c.value ->> '$.path', 'imported', substr(c.value ->> '$.digest', 8) FROM items i CROSS JOIN json_each(i.companions) c
WHERE i.visible = 1 AND i.mode = 'reference' AND i.path NOT LIKE '%://%'`;

const keptSql = `
SELECT i.path, lower(hex(a.digest)) AS digest, a.directory, a.size FROM items i JOIN artifacts a ON a.id = i.artifact
WHERE i.visible = 1 AND i.mode <> 'reference'
UNION
SELECT c.value ->> '$.path', substr(c.value ->> '$.digest', 8), 0, c.value ->> '$.size' FROM items i CROSS JOIN json_each(i.companions) c
WHERE i.visible = 1 AND i.mode <> 'reference'`;

const belowSql = `EXISTS (SELECT 1 FROM json_each(?) j WHERE f.path = j.value OR substr(f.path, 1, length(j.value) + 1) = j.value || '/')`;
