import type { KnownTag } from '../../engine/ports/run-reader.ts';
import type { Connection } from '../database/connection.ts';

/** Names, types and units of the tags that published files and items have and that experiments declare, by name. Steps from name to name in the index, whatever the number of rows. */
export async function readTagNames(
  connection: Connection,
  options: { readonly experiment?: string } = {},
): Promise<readonly KnownTag[]> {
  const { experiment } = options;
  const carried: KnownTag[] = [];
  for (const table of ['tags', 'item_tags'] as const) {
    const all = await steps(connection, table);
    carried.push(...(experiment === undefined ? all : await carriedIn(connection, { experiment, table, tags: all })));
  }
  const declared = (await connection.all<DeclaredRow>(declaredSql, experiment ?? null)).map(
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

/**
 * Those tags that something of the experiment has. So many rows are looked at from either side, of the experiment and of the tag; where that does not tell, the tag counts as one of
 * the experiment's, so that the question stays quick whatever there is.
 */
async function carriedIn(
  connection: Connection,
  asked: { readonly experiment: string; readonly table: 'tags' | 'item_tags'; readonly tags: readonly KnownTag[] },
): Promise<readonly KnownTag[]> {
  const { owner, of, within } = owners[asked.table];
  const rows = await connection.all<{ position: number }>(
    `WITH few (id) AS MATERIALIZED (SELECT o.id FROM ${of} LIMIT ${enough})
     SELECT p.key AS position FROM json_each(?2) p
     WHERE EXISTS (SELECT 1 FROM few CROSS JOIN ${asked.table} t ON t.${owner} = few.id AND t.name = p.value ->> 0 AND t.type = p.value ->> 1)
       OR (SELECT count(*) = ${enough} OR total(${within}) > 0 FROM (
         SELECT t.${owner} AS id FROM ${asked.table} t WHERE t.name = p.value ->> 0 AND t.type = p.value ->> 1 LIMIT ${enough}) s)`,
    asked.experiment,
    JSON.stringify(asked.tags.map(({ name, type }) => [name, type])),
  );
  return rows.flatMap(({ position }) => asked.tags[position] ?? []);
}

const enough = 1000;

/** What has the tags of a table, as `o`: the rows of the experiment `?1`, and whether the row with the id `s.id` is one of them. */
const owners = {
  item_tags: {
    owner: 'item',
    of: 'experiments e CROSS JOIN datasets d ON d.experiment = e.id CROSS JOIN items o ON o.dataset = d.id AND o.visible = 1 WHERE e.name = ?1',
    within:
      'EXISTS (SELECT 1 FROM items o JOIN datasets d ON d.id = o.dataset JOIN experiments e ON e.id = d.experiment WHERE o.id = s.id AND o.visible = 1 AND e.name = ?1)',
  },
  tags: {
    owner: 'location',
    of: "experiment_runs x CROSS JOIN locations o ON o.run = x.run AND o.kind = 'published' WHERE x.experiment = ?1",
    within:
      'EXISTS (SELECT 1 FROM locations o JOIN experiment_runs x ON x.run = o.run WHERE o.id = s.id AND x.experiment = ?1)',
  },
} as const;

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
