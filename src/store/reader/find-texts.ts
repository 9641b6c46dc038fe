import type { FilterField } from '../../engine/ports/run-reader.ts';
import type { Connection } from '../database/connection.ts';
import { type Fragment, fragment, sqlText } from '../database/fragment.ts';
import type { Shape } from './find-shapes.ts';

/** The texts that a tag or property has among the rows of a shape; only those with `part` in them where there are many. */
export async function distinctTexts(
  connection: Connection,
  given: { readonly field: FilterField; readonly part: string; readonly shape: Shape },
): Promise<readonly string[]> {
  const { field, part, shape } = given;
  if (field.kind === 'tag') {
    const values: string[] = [];
    for (const type of ['str', 'date'])
      values.push(...(await tagTexts(connection, { name: field.name, type, part, shape })));
    return values;
  }
  if (field.kind !== 'property') throw new Error('only tags and properties are texts');
  const column = shape.columns[field.name];
  const whole = sqlText(`${shape.table} ${shape.row} ${shape.joins}`);
  if (typeof column === 'string')
    return texts(
      connection,
      fragment`SELECT DISTINCT ${sqlText(column)} AS value FROM ${whole} WHERE ${sqlText(shape.seen)} AND instr(${sqlText(column)}, ${part}) > 0`,
    );
  const other = smallTables[field.name];
  if (other === undefined) throw new Error(`${field.name} is not known as texts`);
  return texts(connection, fragment`SELECT DISTINCT ${sqlText(other)}`);
}

/** Up to so many values are looked up one after the other in the index; where there are more, it is quicker to walk all of it. */
const few = 1000;

/** Where properties stand that are not the row's own. */
const smallTables: Readonly<Record<string, string>> = {
  experiment: 'name AS value FROM (SELECT name FROM experiments UNION SELECT experiment FROM experiment_runs)',
  dataset: 'name AS value FROM datasets',
  kind: 'name AS value FROM datasets',
  origin: 'kind AS value FROM datasets',
  at: 'at AS value FROM changes',
  user: 'user AS value FROM changes',
};

async function tagTexts(
  connection: Connection,
  given: { readonly name: string; readonly type: string; readonly part: string; readonly shape: Shape },
): Promise<readonly string[]> {
  const { name, type, part } = given;
  const table = sqlText(given.shape.tags.table);
  const next = (after: Fragment): Fragment =>
    fragment`SELECT min(value) FROM ${table} WHERE name = ${name} AND type = ${type} AND ${after}`;
  const stepped = await texts(
    connection,
    fragment`WITH RECURSIVE v (value) AS (${next(sqlText('true'))} UNION ALL SELECT (${next(sqlText('value > v.value'))}) FROM v WHERE v.value IS NOT NULL LIMIT ${few + 1})
      SELECT value FROM v WHERE value IS NOT NULL`,
  );
  if (stepped.length < few) return stepped;
  return texts(
    connection,
    fragment`SELECT DISTINCT value FROM ${table} WHERE name = ${name} AND type = ${type} AND instr(value, ${part}) > 0`,
  );
}

async function texts(connection: Connection, query: Fragment): Promise<readonly string[]> {
  const rows = await connection.all<{ value: unknown }>(query.sql, ...query.values);
  return rows.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
}
