import type { FrozenFile, PublishedFile } from '../../engine/ports/event.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { digestHex } from '../layout.ts';
import { rowsOf, type Step } from './step.ts';

/** Rows for source files, where a run saw them. */
export const seenSteps = (files: readonly (FrozenFile & { readonly tags: Tags })[], source: string): readonly Step[] =>
  locationSteps(
    'seen',
    files.map((file) => seenRow(file, source)),
  );

/** Rows for published files. */
export const publishedSteps = (files: readonly PublishedFile[]): readonly Step[] =>
  locationSteps('published', files.map(publishedRow));

type Kind = 'seen' | 'published';

/** `[path, artifact, name, tags, relative, task, fingerprint, mtime]` */
const seenRow = (file: FrozenFile & { readonly tags: Tags }, source: string): unknown => [
  file.path,
  digestHex(file.digest),
  source,
  file.tags,
  null,
  null,
  file.fingerprint,
  file.mtimeMs,
];

const publishedRow = (file: PublishedFile): unknown => [
  file.path,
  digestHex(file.digest),
  file.name,
  file.tags,
  file.relative,
  file.task ?? null,
  null,
  null,
];

/** Where content was seen or published, newest per path as `current`; its tags, for `find`. What did not change is not written again. */
function locationSteps(kind: Kind, rows: readonly unknown[]): readonly Step[] {
  const place = `l.path = j.value ->> 0 AND l.kind = '${kind}' AND l.artifact = (SELECT id FROM artifacts WHERE digest = unhex(j.value ->> 1))`;
  return [
    {
      sql: `${rowsOf('locations', `t.path = j.value ->> 0 AND t.kind = '${kind}' AND t.current = 1 AND t.artifact <> (SELECT id FROM artifacts WHERE digest = unhex(j.value ->> 1))`)}
        UPDATE locations SET current = 0 FROM j WHERE locations.id = j.id`,
      rows,
    },
    {
      sql: `DELETE FROM tags WHERE location IN (SELECT l.id FROM json_each(?1) j CROSS JOIN locations l WHERE ${place} AND l.tags <> j.value -> 3)`,
      rows,
    },
    {
      sql: `INSERT INTO locations (path, artifact, kind, run, at, name, tags, relative, task, fingerprint, mtime_ms, current)
        SELECT value ->> 0, (SELECT id FROM artifacts WHERE digest = unhex(value ->> 1)), '${kind}', ?2, ?3, value ->> 2, value -> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, 1
        FROM json_each(?1) WHERE true
        ON CONFLICT (path, artifact, kind) DO UPDATE SET run = excluded.run, at = excluded.at, name = excluded.name, tags = excluded.tags, relative = excluded.relative,
          task = excluded.task, fingerprint = excluded.fingerprint, mtime_ms = excluded.mtime_ms, current = 1`,
      rows,
    },
    {
      sql: `INSERT OR IGNORE INTO tags (location, name, type, value)
        SELECT l.id, t.key, CASE t.type WHEN 'text' THEN 'str' WHEN 'integer' THEN 'int' WHEN 'real' THEN 'float' ELSE 'bool' END, t.value
        FROM json_each(?1) j CROSS JOIN locations l CROSS JOIN json_each(j.value -> 3) t
        WHERE ${place} AND NOT EXISTS (SELECT 1 FROM tags WHERE location = l.id)`,
      rows,
    },
  ];
}
