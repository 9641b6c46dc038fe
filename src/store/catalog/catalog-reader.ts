import type {
  CatalogItem,
  CatalogReader,
  CatalogTagKind,
  Change,
  Companion,
  Dataset,
  Experiment,
  ImportMode,
  Retraction,
} from '../../engine/ports/catalog.ts';
import type { Filter } from '../../engine/ports/run-reader.ts';
import { asDigest, asRunId } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import { digestHex } from '../layout.ts';
import { itemCondition } from '../reader/item-condition.ts';

export function createCatalogReader(connection: Connection): CatalogReader {
  return {
    experiments: async () =>
      (await connection.all<{ record: string }>(`SELECT record FROM experiments e WHERE ${begunSql} ORDER BY id`)).map(
        ({ record }) => JSON.parse(record) as Experiment,
      ),
    experiment: async (name) => {
      const [row] = await connection.all<{ record: string }>(
        `SELECT record FROM experiments e WHERE name = ? AND ${begunSql}`,
        name,
      );
      return row && (JSON.parse(row.record) as Experiment);
    },
    datasets: async (experiment) => [
      ...(await connection.all<DatasetRow>(importedSql, experiment ?? null)).map(datasetOf),
      ...(await connection.all<DatasetRow>(publishedSql, experiment ?? null)).map(datasetOf),
    ],
    items: async ({ experiment, dataset, filter, retracted }) => {
      const which = { without: 'AND i.retracted IS NULL', with: '', only: 'AND i.retracted IS NOT NULL' }[retracted];
      const { from, where } = await itemCondition(connection, within({ experiment, dataset }, filter));
      const rows = await connection.all<ItemRow>(
        `${itemColumns} FROM ${from.sql} ${itemJoins} WHERE ${where.sql} ${which} ORDER BY d.id, i.name, i.id`,
        ...from.values,
        ...where.values,
      );
      return rows.map(itemOf);
    },
    datasetItems: async function* ({ experiment, dataset }) {
      let [name, id] = ['', 0];
      for (;;) {
        const rows = await connection.all<ItemRow>(datasetPageSql, experiment, dataset, name, id, pageSize);
        const last = rows.at(-1);
        if (last === undefined) return;
        yield rows.map(itemOf);
        [name, id] = [last.name, last.id];
      }
    },
    tagNames: async (experiment) =>
      (await connection.all<{ name: string; type: string; items: number }>(tagNamesSql, experiment ?? null)).map(
        ({ name, type, items }) => ({ name, type: kindOf(type), items }),
      ),
    itemsAt: (paths) => itemsWhere(connection, 'i.path IN (SELECT value FROM json_each(?))', paths),
    itemsOf: (digests) =>
      itemsWhere(
        connection,
        'i.artifact IN (SELECT a.id FROM json_each(?) j CROSS JOIN artifacts a ON a.digest = unhex(j.value))',
        digests.map(digestHex),
      ),
    changes: async ({ experiment, limit }) =>
      (
        await connection.all<ChangeRow>(
          `${changeSql} WHERE ?1 IS NULL OR experiment = ?1 ORDER BY id DESC LIMIT ?2`,
          experiment ?? null,
          limit,
        )
      ).map(changeOf),
    change: async (id) => {
      const [row] = await connection.all<ChangeRow>(`${changeSql} WHERE id = ?`, id);
      return row && changeOf(row);
    },
    retractions: async () => connection.all<Retraction>(retractionsSql),
  };
}

/** Of one dataset, or of all that were imported as raw. */
function within(place: { readonly experiment: string; readonly dataset: string | undefined }, filter: Filter): Filter {
  const is = (name: 'experiment' | 'dataset' | 'origin', value: string): Filter => ({
    kind: 'compare',
    field: { kind: 'property', name },
    operator: '==',
    value,
  });
  const { experiment, dataset } = place;
  const of = dataset === undefined ? is('origin', 'raw') : is('dataset', dataset);
  return { kind: 'and', left: { kind: 'and', left: is('experiment', experiment), right: of }, right: filter };
}

async function itemsWhere(
  connection: Connection,
  where: string,
  values: readonly string[],
): Promise<readonly CatalogItem[]> {
  const out: CatalogItem[] = [];
  for (const slice of chunks(values, 1000)) {
    const rows = await connection.all<ItemRow>(
      `${itemSql} WHERE ${where} AND i.visible = 1 ORDER BY i.id`,
      JSON.stringify(slice),
    );
    for (const row of rows) out.push(itemOf(row));
  }
  return out;
}

const datasetOf = (row: DatasetRow): Dataset => ({
  experiment: row.experiment,
  name: row.name,
  kind: row.kind,
  ...(row.description !== null && { description: row.description }),
  items: row.items,
  bytes: row.bytes ?? 0,
  retracted: row.retracted,
  ...(row.at !== null && { at: row.at }),
  ...(row.run !== null && { run: asRunId(row.run) }),
});

const itemOf = (row: ItemRow): CatalogItem => ({
  id: row.id,
  experiment: row.experiment,
  dataset: row.dataset,
  change: row.change,
  name: row.name,
  path: row.path,
  digest: asDigest(`blake3:${row.digest}`),
  directory: row.directory === 1,
  size: row.size,
  info: JSON.parse(row.info),
  mode: row.mode,
  ...(row.mtime_ms !== null && { mtimeMs: row.mtime_ms }),
  ...(row.version !== null && { version: row.version }),
  tags: JSON.parse(row.tags),
  companions: JSON.parse(row.companions) as readonly Companion[],
  ...(row.about !== null && { about: JSON.parse(row.about) }),
  importedAt: row.at,
  importedBy: row.user,
  ...(row.retracted !== null && { retracted: row.retracted }),
});

const changeOf = (row: ChangeRow): Change => ({
  id: row.id,
  at: row.at,
  user: row.user,
  host: row.host,
  kind: row.kind,
  experiment: row.experiment,
  ...(row.dataset !== null && { dataset: row.dataset }),
  about: JSON.parse(row.about),
  state: row.state,
  ...(row.undone_by !== null && { undoneBy: row.undone_by }),
});

/** `str` in the table, `Str` in the language. */
function kindOf(type: string): CatalogTagKind {
  switch (type) {
    case 'int':
      return 'Int';
    case 'float':
      return 'Float';
    case 'bool':
      return 'Bool';
    case 'date':
      return 'Date';
    default:
      return 'Str';
  }
}

interface DatasetRow {
  readonly experiment: string;
  readonly name: string;
  readonly kind: Dataset['kind'];
  readonly description: string | null;
  readonly items: number;
  readonly bytes: number | null;
  readonly retracted: number;
  readonly at: string | null;
  readonly run: string | null;
}

interface ItemRow {
  readonly id: number;
  readonly experiment: string;
  readonly dataset: string;
  readonly change: number;
  readonly name: string;
  readonly path: string;
  readonly digest: string;
  readonly directory: number;
  readonly size: number;
  readonly info: string;
  readonly mode: ImportMode;
  readonly mtime_ms: number | null;
  readonly version: string | null;
  readonly tags: string;
  readonly companions: string;
  readonly about: string | null;
  readonly at: string;
  readonly user: string;
  readonly retracted: string | null;
}

interface ChangeRow {
  readonly id: number;
  readonly at: string;
  readonly user: string;
  readonly host: string;
  readonly kind: Change['kind'];
  readonly experiment: string;
  readonly dataset: string | null;
  readonly about: string;
  readonly state: Change['state'];
  readonly undone_by: number | null;
}

/** An experiment whose first import is still on its way is not there yet. */
const begunSql = `EXISTS (SELECT 1 FROM changes c WHERE c.experiment = e.name AND c.state IN ('done', 'undone'))`;

const importedSql = `
SELECT e.name AS experiment, d.name, d.kind, d.description, count(i.id) AS items, sum(a.size) AS bytes, count(i.retracted) AS retracted, max(c.at) AS at, NULL AS run
FROM datasets d JOIN experiments e ON e.id = d.experiment LEFT JOIN items i ON i.dataset = d.id AND i.visible = 1
LEFT JOIN artifacts a ON a.id = i.artifact LEFT JOIN changes c ON c.id = i.change
WHERE (?1 IS NULL OR e.name = ?1) AND EXISTS (
  SELECT 1 FROM changes n WHERE n.experiment = e.name AND (n.dataset = d.name OR n.dataset IS NULL) AND n.state IN ('done', 'undone'))
GROUP BY d.id ORDER BY d.id`;

/** What runs published that read an item of the experiment. */
const publishedSql = `
SELECT p.experiment, p.name, 'processed' AS kind, NULL AS description, p.items, p.bytes, 0 AS retracted, p.at, r.run FROM (
  SELECT x.experiment, l.name, count(*) AS items, sum(a.size) AS bytes, max(l.at) AS at, max(l.run) AS newest, min(l.id) AS oldest
  FROM experiment_runs x JOIN locations l ON l.run = x.run AND l.kind = 'published' AND l.current = 1 JOIN artifacts a ON a.id = l.artifact
  WHERE ?1 IS NULL OR x.experiment = ?1 GROUP BY x.experiment, l.name) p
JOIN runs r ON r.id = p.newest ORDER BY p.oldest`;

const itemColumns = `
SELECT i.id, e.name AS experiment, d.name AS dataset, i.change, i.name, i.path, lower(hex(a.digest)) AS digest, a.directory, a.size, a.info, i.mode, i.mtime_ms, i.version,
  i.tags, i.companions, i.about, c.at, c.user, i.retracted`;

const itemJoins =
  'CROSS JOIN datasets d ON d.id = i.dataset CROSS JOIN experiments e ON e.id = d.experiment CROSS JOIN changes c ON c.id = i.change';

const itemSql = `${itemColumns} FROM items i CROSS JOIN artifacts a ON a.id = i.artifact ${itemJoins}`;

/** A few milliseconds of rows. */
const pageSize = 2000;

const datasetPageSql = `${itemColumns} FROM items i CROSS JOIN artifacts a ON a.id = i.artifact ${itemJoins}
WHERE i.dataset = (SELECT d.id FROM datasets d JOIN experiments e ON e.id = d.experiment WHERE e.name = ?1 AND d.name = ?2) AND i.visible = 1
  AND (i.name, i.id) > (?3, ?4) ORDER BY i.name, i.id LIMIT ?5`;

const tagNamesSql = `
SELECT g.name, g.type, count(*) AS items FROM item_tags g JOIN items i ON i.id = g.item AND i.visible = 1
JOIN datasets d ON d.id = i.dataset JOIN experiments e ON e.id = d.experiment WHERE ?1 IS NULL OR e.name = ?1 GROUP BY g.name, g.type ORDER BY g.name, g.type`;

const changeSql = 'SELECT id, at, user, host, kind, experiment, dataset, about, state, undone_by FROM changes';

const retractionsSql = `
SELECT r.kind, r.subject, r.reason, c.at, c.user FROM retractions r JOIN changes c ON c.id = r.change WHERE r.current = 1 ORDER BY r.id`;
