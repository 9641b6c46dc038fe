import type { Filter } from '../../engine/ports/run-reader.ts';
import type { Connection } from '../database/connection.ts';
import { type Fragment, fragment, sqlText } from '../database/fragment.ts';
import { condition, flat, tagTest, valueTest } from './find-condition.ts';
import type { Asked, PlainFilter } from './find-plain.ts';
import { plainFilter } from './find-prepare.ts';
import type { Shape } from './find-shapes.ts';

/** What stands behind FROM and WHERE for the rows of a shape that a filter keeps. */
export interface Rows {
  readonly from: Fragment;
  readonly where: Fragment;
}

/**
 * The rows that meet a filter. What is looked up first is decided here and not by SQLite, which knows nothing of how often a value is there: of everything that must hold
 * and has an index, the part with the fewest rows names them, and the rest is asked of each. Without such a part all rows are looked through.
 */
export async function rowsMeeting(connection: Connection, filter: Filter, shape: Shape): Promise<Rows> {
  const asked = await plainFilter(connection, filter, shape);
  const [first, ...others] = candidates(asked, shape);
  const where = fragment`${sqlText(shape.seen)} AND ${condition(asked, shape)}`;
  const whole = `${shape.table} ${shape.row} ${shape.joins}`;
  if (first === undefined) return { from: sqlText(whole), where };
  const best = others.length === 0 ? first : await rarest(connection, [first, ...others]);
  const joined = `${shape.table} ${shape.row} ON ${shape.row}.id = f.id ${shape.joins}`;
  return { from: fragment`(${best}) f CROSS JOIN ${sqlText(joined)}`, where };
}

/** The one with the fewest rows. They are counted only as far as it takes to tell them apart: what is a part of everything has too many to count. */
async function rarest(connection: Connection, ways: readonly [Fragment, ...Fragment[]]): Promise<Fragment> {
  for (const limit of [500, 50_000]) {
    let [best, fewest] = [ways[0], limit];
    for (const way of ways) {
      const counting = fragment`SELECT count(*) AS n FROM (SELECT 1 FROM (${way}) LIMIT ${fewest})`;
      const [row] = await connection.all<{ n: number }>(counting.sql, ...counting.values);
      if (row !== undefined && row.n < fewest) [best, fewest] = [way, row.n];
    }
    if (fewest < limit) return best;
  }
  return ways[0];
}

/** SQLite puts no more than 500 together. */
const most = 400;

/** Ways to name all rows that the filter could keep, each by an index. Each gives an `id` once. */
function candidates(filter: PlainFilter, shape: Shape): readonly Fragment[] {
  switch (filter.kind) {
    case 'and':
      return flat(filter, 'and').flatMap((part) => candidates(part, shape));
    case 'or': {
      // Every part must have a way, or all rows are looked through anyhow.
      const parts = flat(filter, 'or');
      const ways = parts.flatMap((part) => candidates(part, shape).slice(0, 1));
      if (ways.length < parts.length || ways.length > most) return [];
      return [ways.map((way) => fragment`SELECT id FROM (${way})`).reduce((a, b) => fragment`${a} UNION ${b}`)];
    }
    case 'artifacts':
      return [
        fragment`SELECT n.id FROM (${filter.among}) s CROSS JOIN ${sqlText(shape.table)} n ON n.artifact = s.artifact`,
      ];
    case 'all':
    case 'not':
    case 'made-by':
      return [];
    default:
      return named(filter, shape);
  }
}

function named(filter: Asked, shape: Shape): readonly Fragment[] {
  if (!isDriven(filter)) return [];
  const { field } = filter;
  if (field.kind === 'tag') {
    const { table, owner } = shape.tags;
    return [fragment`SELECT t.${sqlText(owner)} AS id FROM ${sqlText(table)} t WHERE ${tagTest(field.name, filter)}`];
  }
  if (field.kind !== 'property') return [];
  if (field.name === 'digest') return digests(filter, shape);
  // Only what is retracted has an index, not what is not.
  if (field.name === 'retracted' && filter.kind !== 'holds') return [];
  const found = shape.found[field.name];
  return found === undefined ? [] : [found((value) => valueTest(filter, value))];
}

/** Whether an index can tell what meets it. Most rows have another value than the one that is not wanted. */
function isDriven(filter: Asked): boolean {
  switch (filter.kind) {
    case 'compare':
      return filter.operator !== '!=';
    case 'like':
      return filter.literal.start;
    case 'contains':
    case 'equals-list':
      return false;
    default:
      return true;
  }
}

function digests(filter: Asked, shape: Shape): readonly Fragment[] {
  const wanted =
    filter.kind === 'in'
      ? filter.values
      : filter.kind === 'compare' && filter.operator === '=='
        ? [filter.value]
        : undefined;
  if (wanted === undefined) return [];
  const bare = JSON.stringify(wanted.map((digest) => String(digest).replace(/^blake3:/, '')));
  return [
    fragment`SELECT n.id FROM (SELECT DISTINCT value FROM json_each(${bare})) v CROSS JOIN artifacts b ON b.digest = unhex(v.value) CROSS JOIN ${sqlText(shape.table)} n ON n.artifact = b.id`,
  ];
}
