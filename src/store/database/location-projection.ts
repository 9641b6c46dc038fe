import { digestAt, rowsOf } from './event-rows.ts';

/** Where a location's row comes from, column by column, as SQL. */
interface Arrival {
  readonly kind: 'seen' | 'published';
  readonly columns: string;
  readonly from: string;
}

const artifactOf = (value: string): string =>
  `(SELECT id FROM artifacts WHERE digest = ${digestAt(value, '$.digest')})`;

export const arrivals = {
  /** Source files, as a run saw them; their tags are those of their item. */
  seen: {
    kind: 'seen',
    columns: `f.value ->> '$.path', ${artifactOf('f.value')}, e.body ->> '$.source', j.value -> '$.tags', NULL, NULL, f.value ->> '$.fingerprint', f.value ->> '$.mtimeMs', e.at`,
    from: rowsOf('sources-frozen', 'items', "json_each(j.value, '$.files') f"),
  },
  published: {
    kind: 'published',
    columns: `j.value ->> '$.path', ${artifactOf('j.value')}, j.value ->> '$.name', j.value -> '$.tags', j.value ->> '$.relative', j.value ->> '$.task', NULL, NULL, e.at`,
    from: rowsOf('published', 'files'),
  },
} as const satisfies Record<string, Arrival>;

/**
 * Where content was seen or published, the newest at each path as `current`, and its tags for `find`. What is as it was is not written again. The rows are
 * gathered in a table of this connection first, so that the event is read once. Every statement takes the same three values.
 */
export function locationStatements(arrival: Arrival): readonly string[] {
  const { kind } = arrival;
  const same = `l.path = a.path AND l.kind = '${kind}' AND l.artifact = a.artifact`;
  return [
    `CREATE TEMP TABLE IF NOT EXISTS arriving (path TEXT, artifact INTEGER, name TEXT, tags TEXT, relative TEXT, task TEXT, fingerprint TEXT, mtime_ms REAL, at TEXT)`,
    `INSERT INTO arriving SELECT ${arrival.columns} ${arrival.from}`,
    `WITH found AS MATERIALIZED (
       SELECT l.id FROM arriving a CROSS JOIN locations l ON l.path = a.path AND l.kind = '${kind}' AND l.current = 1 AND l.artifact <> a.artifact)
     UPDATE locations SET current = 0 FROM found WHERE locations.id = found.id`,
    `DELETE FROM tags WHERE location IN (SELECT l.id FROM arriving a CROSS JOIN locations l ON ${same} WHERE l.tags <> a.tags)`,
    `INSERT INTO locations (path, artifact, kind, run, at, name, tags, relative, task, fingerprint, mtime_ms, current)
     SELECT path, artifact, '${kind}', ?1, at, name, tags, relative, task, fingerprint, mtime_ms, 1 FROM arriving WHERE true
     ON CONFLICT (path, artifact, kind) DO UPDATE SET run = excluded.run, at = excluded.at, name = excluded.name, tags = excluded.tags, relative = excluded.relative,
       task = excluded.task, fingerprint = excluded.fingerprint, mtime_ms = excluded.mtime_ms, current = 1`,
    `INSERT OR IGNORE INTO tags (location, name, type, value)
     SELECT l.id, t.key, CASE t.type WHEN 'text' THEN 'str' WHEN 'integer' THEN 'int' WHEN 'real' THEN 'float' ELSE 'bool' END, t.value
     FROM arriving a CROSS JOIN locations l ON ${same} CROSS JOIN json_each(a.tags) t
     WHERE NOT EXISTS (SELECT 1 FROM tags WHERE location = l.id)`,
    'DELETE FROM arriving',
  ];
}
