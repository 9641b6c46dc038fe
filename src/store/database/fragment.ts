import type { SqlValue } from './connection.ts';

/** A piece of a statement with the values of its places, in their order. */
export interface Fragment {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Puts pieces together: a fragment is put in as it stands, anything else becomes a place for a value, so no text of a value is ever read as SQL. */
export function fragment(texts: TemplateStringsArray, ...parts: readonly (Fragment | SqlValue)[]): Fragment {
  let sql = texts[0] ?? '';
  const values: SqlValue[] = [];
  for (const [index, part] of parts.entries()) {
    if (isFragment(part)) {
      sql += part.sql;
      values.push(...part.values);
    } else {
      sql += '?';
      values.push(part);
    }
    sql += texts[index + 1] ?? '';
  }
  return { sql, values };
}

/** A text of ours as it stands: names of tables and columns. */
export const sqlText = (sql: string): Fragment => ({ sql, values: [] });

const isFragment = (part: Fragment | SqlValue): part is Fragment =>
  typeof part === 'object' && part !== null && 'sql' in part;
