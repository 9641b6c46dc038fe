import type { CatalogEvent, Change } from '../../engine/ports/catalog.ts';
import { unreachable } from '../../util/unreachable.ts';
import { artifactColumns, artifactConflict, artifactValues } from '../database/artifact-projection.ts';
import type { Sql } from '../database/connection.ts';
import { digestAt } from '../database/event-rows.ts';

/** A line of the journal about a change: its beginning (`part` 0), what it does, its end. The same lines serve a change and a rebuild. */
export type ChangeLine =
  | {
      readonly step: 'began';
      readonly header: Pick<Change, 'kind' | 'experiment' | 'dataset' | 'about' | 'user' | 'host'> & {
        readonly version: string;
      };
      readonly engine?: string;
    }
  | { readonly step: 'did'; readonly event: CatalogEvent; readonly firstItem?: number }
  | { readonly step: 'ended'; readonly about: Change['about'] }
  | { readonly step: 'abandoned' };

/** Brings the tables up to date with one line. */
export async function projectChange(
  sql: Sql,
  line: ChangeLine,
  { change, at }: { readonly change: number; readonly at: string },
): Promise<void> {
  switch (line.step) {
    case 'began': {
      const { kind, experiment, dataset, about, user, host, version } = line.header;
      const values = [
        user,
        host,
        version,
        kind,
        experiment,
        dataset ?? null,
        JSON.stringify(about),
        line.engine ?? null,
      ];
      return sql.run(beganSql, change, at, ...values);
    }
    case 'did':
      return projectEvent(sql, line.event, { change, firstItem: line.firstItem ?? 0 });
    case 'ended':
      await sql.run('UPDATE items SET visible = 1 WHERE change = ? AND visible = 0', change);
      await sql.run(readersSql, change);
      return sql.run(endedSql, change, at, JSON.stringify(line.about));
    case 'abandoned':
      await sql.run('DELETE FROM item_tags WHERE item IN (SELECT id FROM items WHERE change = ?)', change);
      await sql.run('DELETE FROM items WHERE change = ?', change);
      await sql.run("UPDATE changes SET state = 'abandoned', ended_at = ?2, engine = NULL WHERE id = ?1", change, at);
      await sql.run(emptyDatasetsSql);
      return sql.run(emptyExperimentsSql);
    default:
      return unreachable(line);
  }
}

async function projectEvent(
  sql: Sql,
  event: CatalogEvent,
  { change, firstItem }: { readonly change: number; readonly firstItem: number },
): Promise<void> {
  switch (event.type) {
    case 'experiment-set': {
      const { experiment } = event;
      return sql.run(experimentSql, experiment.name, JSON.stringify(experiment));
    }
    case 'dataset-added':
      return sql.run(datasetSql, change, event.dataset, event.kind, event.description ?? null);
    case 'items-added': {
      const items = JSON.stringify(event.items);
      await sql.run(artifactsSql, items);
      await sql.run(itemsSql, items, change, event.dataset, firstItem);
      return sql.run(itemTagsSql, items, firstItem, JSON.stringify(event.types));
    }
    case 'items-superseded':
      return sql.run(supersededSql, JSON.stringify(event.items), change);
    case 'tags-set': {
      const items = JSON.stringify(event.items.map(({ item, tags }) => [item, tags]));
      await sql.run(replacedSql, items, change);
      await sql.run(clearTagsSql, items);
      await sql.run(setTagsSql, items, JSON.stringify(event.types));
      return sql.run(patchSql, items);
    }
    case 'retracted': {
      const subjects = JSON.stringify(event.subjects);
      await sql.run(retractSql, subjects, event.kind, event.reason, change);
      if (event.kind === 'content') await sql.run(markSql, subjects);
      return;
    }
    case 'restored': {
      const subjects = JSON.stringify(event.subjects);
      await sql.run(restoreSql, subjects, event.kind);
      if (event.kind === 'content') await sql.run(clearMarkSql, subjects);
      return;
    }
    case 'undone':
      return projectUndo(sql, event.change, change);
    default:
      return unreachable(event);
  }
}

/** What a change of any kind did, taken back. What it replaced stands in `replaced` and in its `about`. */
async function projectUndo(sql: Sql, undone: number, change: number): Promise<void> {
  await sql.run('UPDATE items SET visible = 1, superseded = NULL WHERE superseded = ?', undone);
  await sql.run('UPDATE items SET visible = -1 WHERE change = ?', undone);
  await sql.run(restoreTagsSql, undone);
  await sql.run(
    'DELETE FROM item_tags WHERE (item, name) IN (SELECT item, name FROM replaced WHERE change = ?)',
    undone,
  );
  await sql.run(returnTagsSql, undone);
  await sql.run('DELETE FROM replaced WHERE change = ?', undone);
  await sql.run(unmarkSql, undone);
  await sql.run('UPDATE retractions SET current = 0 WHERE change = ?', undone);
  await sql.run("UPDATE changes SET state = 'undone', undone_by = ?2 WHERE id = ?1", undone, change);
}

const beganSql = `
INSERT INTO changes (id, at, user, host, version, kind, experiment, dataset, about, state, parts, engine)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open', 0, ?10)`;

const endedSql = `
UPDATE changes SET state = 'done', ended_at = ?2, engine = NULL, about = json_patch(about, ?3) WHERE id = ?1`;

/** Runs that read what is an item now: what they published belongs to the experiment. */
const readersSql = `
INSERT OR IGNORE INTO experiment_runs (experiment, run)
SELECT DISTINCT e.name, l.run FROM items i CROSS JOIN locations l ON l.artifact = i.artifact AND l.kind = 'seen'
CROSS JOIN datasets d ON d.id = i.dataset CROSS JOIN experiments e ON e.id = d.experiment WHERE i.change = ?1 AND i.visible = 1`;

const emptyDatasetsSql = `
DELETE FROM datasets WHERE NOT EXISTS (SELECT 1 FROM items WHERE dataset = datasets.id) AND NOT EXISTS (
  SELECT 1 FROM changes c JOIN experiments e ON e.id = datasets.experiment
  WHERE c.experiment = e.name AND c.dataset = datasets.name AND c.state <> 'abandoned')`;

const emptyExperimentsSql = `
DELETE FROM experiments WHERE NOT EXISTS (SELECT 1 FROM datasets WHERE experiment = experiments.id)
  AND NOT EXISTS (SELECT 1 FROM changes c WHERE c.experiment = experiments.name AND c.state <> 'abandoned')`;

const experimentSql = `
INSERT INTO experiments (name, record) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET record = excluded.record`;

const datasetSql = `
INSERT INTO datasets (experiment, name, kind, description)
SELECT e.id, ?2, ?3, ?4 FROM changes c JOIN experiments e ON e.name = c.experiment WHERE c.id = ?1
ON CONFLICT (experiment, name) DO NOTHING`;

const artifactsSql = `
INSERT INTO artifacts ${artifactColumns} SELECT ${artifactValues('j.value', '$')} FROM json_each(?1) j WHERE true ${artifactConflict}`;

/** Content that was retracted stays so, whoever imports it again. */
const itemsSql = `
INSERT INTO items (id, dataset, change, name, path, artifact, mode, mtime_ms, version, tags, companions, about, visible, retracted)
SELECT ?4 + j.key, (SELECT d.id FROM changes c JOIN experiments e ON e.name = c.experiment JOIN datasets d ON d.experiment = e.id AND d.name = ?3 WHERE c.id = ?2), ?2,
  j.value ->> '$.name', j.value ->> '$.path', (SELECT id FROM artifacts WHERE digest = ${digestAt('j.value', '$.digest')}), j.value ->> '$.mode',
  j.value ->> '$.mtimeMs', j.value ->> '$.version', j.value -> '$.tags', j.value -> '$.companions', j.value -> '$.about', 0,
  (SELECT t.reason FROM retractions t WHERE t.kind = 'content' AND t.subject = j.value ->> '$.digest' AND t.current = 1)
FROM json_each(?1) j`;

/** The type of a JSON value, where the tag has no other. */
const typeOf = (types: string): string => `
coalesce((SELECT lower(y.value) FROM json_each(${types}) y WHERE y.key = t.key),
  CASE t.type WHEN 'text' THEN 'str' WHEN 'integer' THEN 'int' WHEN 'real' THEN 'float' ELSE 'bool' END)`;

const itemTagsSql = `
INSERT INTO item_tags (item, name, type, value)
SELECT ?2 + j.key, t.key, ${typeOf('?3')}, t.value FROM json_each(?1) j CROSS JOIN json_each(j.value, '$.tags') t`;

const supersededSql = `
UPDATE items SET visible = -2, superseded = ?2 WHERE id IN (SELECT value FROM json_each(?1)) AND visible = 1`;

const replacedSql = `
INSERT INTO replaced (change, item, name, type, value)
SELECT ?2, j.value ->> 0, t.key, g.type, g.value
FROM json_each(?1) j CROSS JOIN json_each(j.value, '$[1]') t LEFT JOIN item_tags g ON g.item = j.value ->> 0 AND g.name = t.key WHERE true
ON CONFLICT DO NOTHING`;

const clearTagsSql = `
DELETE FROM item_tags WHERE (item, name) IN (
  SELECT j.value ->> 0, t.key FROM json_each(?1) j CROSS JOIN json_each(j.value, '$[1]') t)`;

const setTagsSql = `
INSERT INTO item_tags (item, name, type, value)
SELECT j.value ->> 0, t.key, ${typeOf('?2')}, t.value FROM json_each(?1) j CROSS JOIN json_each(j.value, '$[1]') t WHERE t.type <> 'null'`;

const patchSql = `
WITH found AS MATERIALIZED (SELECT j.value ->> 0 AS id, j.value -> 1 AS patch FROM json_each(?1) j)
UPDATE items SET tags = json_patch(tags, found.patch) FROM found WHERE items.id = found.id`;

const restoreTagsSql = `
WITH found AS MATERIALIZED (
  SELECT item AS id, json_group_object(name, json(CASE type WHEN 'bool' THEN iif(value = 1, 'true', 'false') ELSE coalesce(json_quote(value), 'null') END)) AS patch
  FROM replaced WHERE change = ?1 GROUP BY item)
UPDATE items SET tags = json_patch(tags, found.patch) FROM found WHERE items.id = found.id`;

const returnTagsSql = `
INSERT INTO item_tags (item, name, type, value) SELECT item, name, type, value FROM replaced WHERE change = ?1 AND type IS NOT NULL`;

const unmarkSql = `
UPDATE items SET retracted = NULL WHERE artifact IN (
  SELECT a.id FROM retractions r CROSS JOIN artifacts a ON a.digest = unhex(substr(r.subject, 8)) WHERE r.change = ?1 AND r.kind = 'content' AND r.current = 1)`;

/** What is retracted already stays with the reason and the change that it has: undoing a second one must not free it. */
const retractSql = `
INSERT INTO retractions (kind, subject, reason, change, current) SELECT ?2, value, ?3, ?4, 1 FROM json_each(?1) WHERE true
ON CONFLICT (kind, subject) DO UPDATE SET reason = excluded.reason, change = excluded.change, current = 1 WHERE retractions.current = 0`;

const restoreSql =
  'UPDATE retractions SET current = 0 WHERE kind = ?2 AND subject IN (SELECT value FROM json_each(?1))';

const markSql = `
WITH found AS MATERIALIZED (
  SELECT a.id, t.reason FROM json_each(?1) j CROSS JOIN artifacts a ON a.digest = unhex(substr(j.value, 8))
  CROSS JOIN retractions t ON t.kind = 'content' AND t.subject = j.value)
UPDATE items SET retracted = found.reason FROM found WHERE items.artifact = found.id`;

const clearMarkSql = `
UPDATE items SET retracted = NULL WHERE artifact IN (SELECT a.id FROM json_each(?1) j CROSS JOIN artifacts a ON a.digest = unhex(substr(j.value, 8)))`;
