import type { Filter, FilterField, FoundFile } from '../../engine/ports/run-reader.ts';
import { asDigest, asRunId } from '../../util/brand.ts';
import { unreachable } from '../../util/unreachable.ts';
import type { Connection, SqlValue } from '../database/connection.ts';

/** Published files that are current and meet the filter, by path. */
export async function findFiles(connection: Connection, filter: Filter): Promise<readonly FoundFile[]> {
  const values: SqlValue[] = [];
  const where = condition(await withoutRegexes(connection, filter), values);
  const rows = await connection.all<FoundRow>(`${foundSql} AND (${where}) ORDER BY l.path`, ...values);
  return rows.map((row) => ({
    path: row.path,
    digest: asDigest(`blake3:${row.digest}`),
    kind: row.name,
    size: row.size,
    ...(row.media_type !== null && { type: row.media_type }),
    tags: JSON.parse(row.tags),
    run: asRunId(row.run),
    ...(row.task !== null && { task: row.task }),
    at: row.at,
    ...(row.info !== null && { info: JSON.parse(row.info) }),
  }));
}

/** SQLite has no regular expressions of its own: one stands for the values it matches among those that are there. */
async function withoutRegexes(connection: Connection, filter: Filter): Promise<Filter> {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return {
        ...filter,
        left: await withoutRegexes(connection, filter.left),
        right: await withoutRegexes(connection, filter.right),
      };
    case 'not':
      return { kind: 'not', of: await withoutRegexes(connection, filter.of) };
    case 'matches': {
      const rows =
        filter.field.kind === 'tag'
          ? await connection.all<{ value: unknown }>(
              'SELECT DISTINCT value FROM tags WHERE name = ?',
              filter.field.name,
            )
          : await connection.all<{ value: unknown }>(
              `SELECT DISTINCT ${columns[filter.field.name]} AS value ${fromSql}`,
            );
      const regex = new RegExp(filter.regex, 'u');
      const texts = rows.flatMap(({ value }) => (typeof value === 'string' && regex.test(value) ? [value] : []));
      return { kind: 'in', field: filter.field, values: texts };
    }
    default:
      return filter;
  }
}

/** A file without the tag meets no comparison with it, as in SQL, and `not` of one is true for it. */
function condition(filter: Filter, values: SqlValue[]): string {
  switch (filter.kind) {
    case 'all':
      return 'true';
    case 'and':
    case 'or':
      return `(${condition(filter.left, values)} ${filter.kind} ${condition(filter.right, values)})`;
    case 'not':
      return `NOT coalesce(${condition(filter.of, values)}, false)`;
    case 'compare':
      if (filter.value === null)
        return overField(
          filter.field,
          values,
          (value) => `${value} ${filter.operator === '==' ? 'IS' : 'IS NOT'} NULL`,
        );
      return overField(filter.field, values, (value) => {
        values.push(sqlValue(filter.value));
        return `${value} ${filter.operator === '==' ? '=' : filter.operator === '!=' ? '<>' : filter.operator} ?`;
      });
    case 'in':
      return overField(filter.field, values, (value) => {
        values.push(JSON.stringify(filter.values.map(sqlValue)));
        return `${value} IN (SELECT value FROM json_each(?))`;
      });
    case 'between':
      return overField(filter.field, values, (value) => {
        values.push(filter.from ?? null, filter.to ?? null);
        return `${value} >= coalesce(?, ${value}) AND ${value} <= coalesce(?, ${value})`;
      });
    case 'matches':
      throw new Error('regular expressions were replaced by the values they match');
    case 'holds':
      return overField(filter.field, values, (value) => `${value} = 1`);
    default:
      return unreachable(filter);
  }
}

function overField(field: FilterField, values: SqlValue[], test: (value: string) => string): string {
  if (field.kind === 'property') return `(${test(columns[field.name])})`;
  values.push(field.name);
  return `EXISTS (SELECT 1 FROM tags t WHERE t.location = l.id AND t.name = ? AND (${test('t.value')}))`;
}

const columns: Readonly<Record<Extract<FilterField, { kind: 'property' }>['name'], string>> = {
  kind: 'l.name',
  path: 'l.path',
  name: "replace(l.path, rtrim(l.path, replace(l.path, '/', '')), '')",
  size: 'a.size',
  type: 'a.media_type',
  run: 'r.run',
  process: '(SELECT c.process FROM tasks k JOIN calls c ON c.id = k.call WHERE k.task = l.task AND k.run = l.run)',
  task: 'l.task',
  pipeline: 'r.pipeline',
  digest: "('blake3:' || lower(hex(a.digest)))",
  at: 'l.at',
  axes: 'a.axes',
  dtype: 'a.dtype',
};

const sqlValue = (value: string | number | boolean | null): string | number | null =>
  typeof value === 'boolean' ? (value ? 1 : 0) : value;

const fromSql = `
FROM locations l JOIN artifacts a ON a.id = l.artifact JOIN runs r ON r.id = l.run
WHERE l.kind = 'published' AND l.current = 1`;

const foundSql = `
SELECT l.path, lower(hex(a.digest)) AS digest, l.name, a.size, a.media_type, l.tags, r.run, l.task, l.at, a.info ${fromSql}`;

interface FoundRow {
  readonly path: string;
  readonly digest: string;
  readonly name: string;
  readonly size: number;
  readonly media_type: string | null;
  readonly tags: string;
  readonly run: string;
  readonly task: string | null;
  readonly at: string;
  readonly info: string | null;
}
