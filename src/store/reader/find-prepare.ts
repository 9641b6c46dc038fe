import type { Filter, FilterOrigin } from '../../engine/ports/run-reader.ts';
import { matchedInTime } from '../../util/match-in-time.ts';
import type { Connection } from '../database/connection.ts';
import { type Fragment, fragment, sqlText } from '../database/fragment.ts';
import { condition } from './find-condition.ts';
import { certainText, literalOf } from './find-patterns.ts';
import type { PlainFilter } from './find-plain.ts';
import { items, known, type Shape } from './find-shapes.ts';
import { distinctTexts } from './find-texts.ts';

/** SQLite has no regular expressions of its own: one stands for the values it matches among those that are there. */
export async function plainFilter(connection: Connection, filter: Filter, shape: Shape): Promise<PlainFilter> {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return {
        kind: filter.kind,
        left: await plainFilter(connection, filter.left, shape),
        right: await plainFilter(connection, filter.right, shape),
      };
    case 'not':
      return { kind: 'not', of: await plainFilter(connection, filter.of, shape) };
    case 'matches': {
      const literal = literalOf(filter.regex);
      if (literal !== undefined) return { kind: 'like', field: filter.field, literal };
      const regex = new RegExp(filter.regex, 'u');
      const values = await distinctTexts(connection, { field: filter.field, part: certainText(filter.regex), shape });
      return { kind: 'in', field: filter.field, values: matchedInTime(regex, values) };
    }
    case 'derived':
      return { kind: 'artifacts', among: made(await origin(connection, filter.from)) };
    default:
      return filter;
  }
}

/** Everything that was made from some artifacts, at any depth. */
const made = (from: Fragment): Fragment => fragment`
  WITH RECURSIVE down (artifact) AS (
    SELECT o.artifact FROM (${from}) s CROSS JOIN inputs i ON i.artifact = s.artifact CROSS JOIN results x ON x.key = i.key CROSS JOIN outputs o ON o.result = x.id
    UNION
    SELECT o.artifact FROM down CROSS JOIN inputs i ON i.artifact = down.artifact CROSS JOIN results x ON x.key = i.key CROSS JOIN outputs o ON o.result = x.id)
  SELECT artifact FROM down`;

/** Artifacts, as a column of that name. */
async function origin(connection: Connection, from: FilterOrigin): Promise<Fragment> {
  if (from.kind === 'place') return placed(from.text);
  const rows = await Promise.all(
    [items, known].map(async (shape) => {
      const where = condition(await plainFilter(connection, from.filter, shape), shape);
      return fragment`SELECT a.id AS artifact FROM ${sqlText(`${shape.table} ${shape.row} ${shape.joins}`)} WHERE ${sqlText(shape.seen)} AND ${where}`;
    }),
  );
  const [imported = sqlText(''), others = sqlText('')] = rows;
  return fragment`${imported} UNION ${others}`;
}

/** A digest, a path (whole, or its end from a `/` on), or an item as `EXPERIMENT/DATASET/NAME`. */
function placed(text: string): Fragment {
  if (/^blake3:[0-9a-f]{64}$/.test(text))
    return fragment`SELECT id AS artifact FROM artifacts WHERE digest = unhex(${text.slice(7)})`;
  if (text.startsWith('/') || /^[a-z][a-z0-9+.-]*:/i.test(text))
    return fragment`SELECT artifact FROM items WHERE path = ${text} AND visible = 1 UNION SELECT artifact FROM locations WHERE path = ${text}`;
  const bare = text.replace(/^(?:\.\/)+/, '');
  const end = `/${bare}`;
  const length = sqlText(String([...end].length));
  return fragment`
    SELECT artifact FROM items WHERE substr(path, -${length}) = ${end} AND visible = 1
    UNION SELECT artifact FROM locations WHERE substr(path, -${length}) = ${end}
    UNION SELECT i.artifact FROM experiments e CROSS JOIN datasets d ON d.experiment = e.id
      CROSS JOIN items i ON i.dataset = d.id AND i.visible = 1 AND i.name = substr(${bare}, length(e.name) + length(d.name) + 3)
      WHERE substr(${bare}, 1, length(e.name) + length(d.name) + 2) = e.name || '/' || d.name || '/'`;
}
