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
  readonly digest: Digest;
  readonly state: 'intact' | 'changed' | 'missing' | 'unreadable';
}

/** Reads everything again: each object against its name, each published file against what was published. */
export async function verifyStore(parts: {
  readonly layout: Layout;
  readonly connection: Connection;
  readonly content: ContentStore;
}): Promise<Verified> {
  const objects = await listObjects(parts.layout);
  const damaged: { digest: Digest; path: string }[] = [];
  let bytes = 0;
  for (const slice of chunks(objects, 500)) {
    const whole = await parts.content.present(slice, { verify: true });
    for (const object of slice) {
      bytes += object.size;
      if (!whole.has(object.digest)) damaged.push({ digest: object.digest, path: object.path });
    }
  }
  return { objects: objects.length, bytes, damaged, files: await verifyFiles(parts, undefined) };
}

/** Published files at these paths or below them; all of them where none is named. */
export async function verifyFiles(
  parts: { readonly connection: Connection; readonly content: ContentStore },
  paths: readonly string[] | undefined,
): Promise<readonly VerifiedFile[]> {
  const rows =
    paths === undefined
      ? await parts.connection.all<PublishedRow>(`${publishedSql} ORDER BY l.path`)
      : await parts.connection.all<PublishedRow>(
          `${publishedSql} AND (${belowSql}) ORDER BY l.path`,
          JSON.stringify(paths),
        );
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
      out.push({ path: row.path, digest, state });
    }
  }
  return out;
}

interface PublishedRow {
  readonly path: string;
  readonly digest: string;
}

/** What was put into other places is not read again: that would be fetching all of it. */
const publishedSql = `
SELECT l.path, lower(hex(a.digest)) AS digest FROM locations l JOIN artifacts a ON a.id = l.artifact WHERE l.kind = 'published' AND l.current = 1 AND l.path NOT LIKE '%://%'`;

const belowSql = `EXISTS (SELECT 1 FROM json_each(?) j WHERE l.path = j.value OR substr(l.path, 1, length(j.value) + 1) = j.value || '/')`;
