import type { FileInfo } from '../../engine/ports/formats.ts';
import type { Filter, FoundFile } from '../../engine/ports/run-reader.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { asDigest, asRunId } from '../../util/brand.ts';
import type { Connection } from '../database/connection.ts';
import { type Fragment, fragment, sqlText } from '../database/fragment.ts';
import { rowsMeeting } from './find-rows.ts';
import { items, published, type Shape } from './find-shapes.ts';

/** Published files that are current and imported items that can be seen, those that meet the filter, by path; the first `limit` of them. */
export async function findFiles(
  connection: Connection,
  filter: Filter,
  options: { readonly limit?: number } = {},
): Promise<readonly FoundFile[]> {
  const { limit } = options;
  const raw = await rows(connection, { filter, limit, shape: items, columns: itemColumns, joins: itemJoins });
  const made = await rows(connection, { filter, limit, shape: published, columns: publishedColumns, joins: '' });
  const all = raw.length === 0 ? made : made.length === 0 ? raw : merged(raw, made);
  return all.slice(0, limit).map(foundFile);
}

async function rows(
  connection: Connection,
  asked: {
    readonly filter: Filter;
    readonly limit: number | undefined;
    readonly shape: Shape;
    readonly columns: string;
    readonly joins: string;
  },
): Promise<readonly FoundRow[]> {
  const { filter, limit, shape, columns, joins } = asked;
  const { from, where } = await rowsMeeting(connection, filter, shape);
  const end: Fragment = limit === undefined ? sqlText('') : fragment`LIMIT ${limit}`;
  // With the plus, SQLite sorts what was found. Else it would walk through all rows in the order of an index, from one end of the disk to the other; only the first of everything are quicker so.
  const order = sqlText(`${limit !== undefined && filter.kind === 'all' ? '' : '+'}${shape.row}.path`);
  // One text a row: the driver pays for every value that it hands over.
  const query = fragment`SELECT json_object(${sqlText(`${columns}, ${contentColumns}`)}) AS row FROM ${from} ${sqlText(joins)} WHERE ${where} ORDER BY ${order} ${end}`;
  const found = await connection.all<{ readonly row: string }>(query.sql, ...query.values);
  return found.map(({ row }) => JSON.parse(row) as FoundRow);
}

/** Both are in the order that SQLite has, which is that of bytes. */
function merged(a: readonly FoundRow[], b: readonly FoundRow[]): readonly FoundRow[] {
  const paths = new Map([...a, ...b].map(({ path }) => [path, Buffer.from(path)]));
  const bytes = (row: FoundRow): Buffer => paths.get(row.path) ?? Buffer.from(row.path);
  return [...a, ...b].sort((one, other) => Buffer.compare(bytes(one), bytes(other)));
}

const foundFile = (row: FoundRow): FoundFile => ({
  path: row.path,
  digest: asDigest(`blake3:${row.digest}`),
  origin: row.origin,
  kind: row.kind,
  ...(row.experiment !== null && { experiment: row.experiment }),
  ...(row.dataset !== null && { dataset: row.dataset }),
  size: row.size,
  ...(row.media_type !== null && { type: row.media_type }),
  tags: row.tags,
  ...(row.run !== null && { run: asRunId(row.run) }),
  ...(row.task !== null && { task: row.task }),
  at: row.at,
  ...(row.user !== null && { user: row.user }),
  ...(row.retracted !== null && { retracted: row.retracted }),
  ...(row.info !== null && { info: row.info }),
});

const contentColumns = `'digest', lower(hex(a.digest)), 'size', a.size, 'media_type', a.media_type, 'info', json(a.info)`;

const itemColumns = `'path', i.path, 'tags', json(i.tags), 'retracted', i.retracted, 'run', NULL, 'task', NULL,
  'origin', d.kind, 'kind', d.name, 'dataset', d.name, 'experiment', e.name, 'at', c.at, 'user', c.user`;

const itemJoins =
  'CROSS JOIN datasets d ON d.id = i.dataset CROSS JOIN experiments e ON e.id = d.experiment CROSS JOIN changes c ON c.id = i.change';

const publishedColumns = `'path', l.path, 'tags', json(l.tags), 'kind', l.name, 'origin', 'processed', 'run', r.run, 'task', l.task, 'at', l.at, 'user', r.user,
  'experiment', (SELECT x.experiment FROM experiment_runs x WHERE x.run = l.run LIMIT 1),
  'dataset', (SELECT l.name FROM experiment_runs x WHERE x.run = l.run LIMIT 1),
  'retracted', (SELECT x.reason FROM retractions x WHERE x.kind = 'content' AND x.subject = 'blake3:' || lower(hex(a.digest)) AND x.current = 1)`;

interface FoundRow {
  readonly path: string;
  readonly digest: string;
  readonly origin: 'raw' | 'processed';
  readonly kind: string;
  readonly experiment: string | null;
  readonly dataset: string | null;
  readonly size: number;
  readonly media_type: string | null;
  readonly tags: Tags;
  readonly run: string | null;
  readonly task: string | null;
  readonly at: string;
  readonly user: string | null;
  readonly retracted: string | null;
  readonly info: FileInfo | null;
}
