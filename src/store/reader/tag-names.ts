import type { KnownTag } from '../../engine/ports/run-reader.ts';
import type { Connection } from '../database/connection.ts';

/** Names, types and units of the tags that published files and items have and that experiments declare, by name. Steps from name to name in the index, whatever the number of rows. */
export async function readTagNames(
  connection: Connection,
  options: { readonly experiment?: string } = {},
): Promise<readonly KnownTag[]> {
  const carried = [...(await steps(connection, 'tags')), ...(await steps(connection, 'item_tags'))];
  const declared = (await connection.all<DeclaredRow>(declaredSql, options.experiment ?? null)).map(
    ({ name, type, unit }): KnownTag => ({ name, type: kindOf(type), ...(unit !== null && { unit }) }),
  );
  const units = new Map<string, Set<string>>();
  for (const { name, unit } of declared)
    if (unit !== undefined) units.set(name, (units.get(name) ?? new Set()).add(unit));
  const out = new Map<string, KnownTag>();
  const add = (tag: KnownTag): void => void out.set(JSON.stringify(tag), tag);
  for (const tag of declared) add(tag);
  // What carries a tag carries it in the unit that was declared.
  for (const tag of carried) {
    const known = [...(units.get(tag.name) ?? [])];
    if (known.length === 0 || tag.type === 'str' || tag.type === 'bool') add(tag);
    else for (const unit of known) add({ ...tag, unit });
  }
  return [...out.values()].sort(
    (a, b) => compare(a.name, b.name) || compare(a.type, b.type) || compare(a.unit ?? '', b.unit ?? ''),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function steps(connection: Connection, table: 'tags' | 'item_tags'): Promise<readonly KnownTag[]> {
  // One column at a time: over two at once, SQLite walks through all that is equal in both.
  const rows = await connection.all<{ name: string; type: string }>(`
    WITH RECURSIVE names (name) AS (
      SELECT min(name) FROM ${table}
      UNION ALL SELECT (SELECT min(t.name) FROM ${table} t WHERE t.name > names.name) FROM names WHERE names.name IS NOT NULL),
    types (name, type) AS (
      SELECT name, (SELECT min(t.type) FROM ${table} t WHERE t.name = names.name) FROM names WHERE name IS NOT NULL
      UNION ALL SELECT name, (SELECT min(t.type) FROM ${table} t WHERE t.name = types.name AND t.type > types.type) FROM types WHERE types.type IS NOT NULL)
    SELECT name, type FROM types WHERE type IS NOT NULL`);
  return rows.map(({ name, type }) => ({ name, type: kindOf(type) }));
}

/** Experiments say `Str`, tables say `str`. */
function kindOf(type: string): KnownTag['type'] {
  const kind = type.toLowerCase();
  return kind === 'int' || kind === 'float' || kind === 'bool' || kind === 'date' ? kind : 'str';
}

const declaredSql = `
SELECT DISTINCT k.value ->> '$.name' AS name, k.value ->> '$.type' AS type, k.value ->> '$.unit' AS unit
FROM experiments e CROSS JOIN json_each(e.record, '$.keys') k WHERE ?1 IS NULL OR e.name = ?1`;

interface DeclaredRow {
  readonly name: string;
  readonly type: string;
  readonly unit: string | null;
}
