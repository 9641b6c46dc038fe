import type { PublishFile } from '../../engine/ports/publisher.ts';
import { asDigest, type Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import { digestHex } from '../layout.ts';

/** Which paths are ours: each was written down before it was taken. */
export interface PlacedFiles {
  find(paths: readonly string[]): Promise<ReadonlyMap<string, PlacedFile>>;
  /** Before the files are touched; durable. */
  intend(files: readonly Pick<PublishFile, 'to' | 'digest' | 'directory'>[], at: string): Promise<void>;
  /** How they look now that they are in place. Losing this costs a comparison by digest. */
  settle(files: readonly { readonly path: string; readonly stat: string }[]): Promise<void>;
  forget(paths: readonly string[]): Promise<void>;
  /** What runs finished publishing at these paths, the latest first. */
  publishedAt(
    paths: readonly string[],
  ): Promise<ReadonlyMap<string, readonly { readonly digest: Digest; readonly run: string }[]>>;
  /** What runs of this pipeline published below a folder and did not prune. */
  publishedBelow(folder: string, pipeline: string): Promise<readonly string[]>;
}

export interface PlacedFile {
  readonly digest: Digest;
  readonly directory: boolean;
  /** As it looked when it was put in place; absent where that was never written down. */
  readonly stat?: string;
}

export function createPlacedFiles(connection: Connection): PlacedFiles {
  return {
    find: async (paths) => {
      const found = new Map<string, PlacedFile>();
      for (const slice of chunks(paths, 1000)) {
        const rows = await connection.all<{ path: string; digest: string; directory: number; stat: string | null }>(
          findSql,
          JSON.stringify(slice),
        );
        for (const row of rows)
          found.set(row.path, {
            digest: asDigest(`blake3:${row.digest}`),
            directory: row.directory === 1,
            ...(row.stat !== null && { stat: row.stat }),
          });
      }
      return found;
    },
    intend: (files, at) =>
      connection.write({ durable: true }, (sql) =>
        sql.run(
          intendSql,
          JSON.stringify(files.map((file) => [file.to, digestHex(file.digest), file.directory ? 1 : 0])),
          at,
        ),
      ),
    settle: async (files) => {
      if (files.length === 0) return;
      await connection.write({ durable: false }, (sql) =>
        sql.run(settleSql, JSON.stringify(files.map(({ path, stat }) => [path, stat]))),
      );
    },
    forget: async (paths) => {
      if (paths.length === 0) return;
      await connection.write({ durable: true }, (sql) =>
        sql.run('DELETE FROM placed WHERE path IN (SELECT value FROM json_each(?))', JSON.stringify(paths)),
      );
    },
    publishedAt: async (paths) => {
      const found = new Map<string, { digest: Digest; run: string }[]>();
      for (const slice of chunks(paths, 1000)) {
        for (const { path, digest, run } of await connection.all<{ path: string; digest: string; run: string }>(
          atSql,
          JSON.stringify(slice),
        )) {
          const at = found.get(path) ?? [];
          at.push({ digest: asDigest(`blake3:${digest}`), run });
          found.set(path, at);
        }
      }
      return found;
    },
    publishedBelow: async (folder, pipeline) => {
      const below = folder.endsWith('/') ? folder : `${folder}/`;
      const rows = await connection.all<{ path: string }>(belowSql, below, `${below.slice(0, -1)}0`, pipeline);
      return rows.map((row) => row.path);
    },
  };
}

const findSql = `
SELECT p.path, lower(hex(p.digest)) AS digest, p.directory, p.stat FROM json_each(?) j CROSS JOIN placed p ON p.path = j.value`;

const atSql = `
SELECT l.path, lower(hex(a.digest)) AS digest, r.run
FROM json_each(?) j CROSS JOIN locations l ON l.path = j.value AND l.kind = 'published' JOIN artifacts a ON a.id = l.artifact JOIN runs r ON r.id = l.run
ORDER BY l.current DESC, l.run DESC, l.id DESC`;

const intendSql = `
INSERT INTO placed (path, digest, directory, at) SELECT value ->> 0, unhex(value ->> 1), value ->> 2, ?2 FROM json_each(?1) WHERE true
ON CONFLICT (path) DO UPDATE SET digest = excluded.digest, directory = excluded.directory, stat = NULL, at = excluded.at`;

const settleSql = `
WITH j AS MATERIALIZED (SELECT p.path, j.value ->> 1 AS stat FROM json_each(?1) j CROSS JOIN placed p ON p.path = j.value ->> 0)
UPDATE placed SET stat = j.stat FROM j WHERE placed.path = j.path`;

/** A path range, `results/` up to `results0`: the character after the slash. */
const belowSql = `
SELECT DISTINCT l.path FROM locations l CROSS JOIN placed p ON p.path = l.path
WHERE l.path >= ?1 AND l.path < ?2 AND l.kind = 'published' AND l.current = 1
  AND EXISTS (SELECT 1 FROM runs r WHERE r.id = l.run AND r.pipeline = ?3)
ORDER BY l.path`;
