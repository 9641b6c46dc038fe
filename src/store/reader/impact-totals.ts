import type { Impact } from '../../engine/ports/impact.ts';
import { asRunId } from '../../util/brand.ts';
import type { Connection } from '../database/connection.ts';
import { experimentsByRun, type FileRow, type ItemRow } from './impact-places.ts';
import type { Reach } from './impact-walk.ts';

/** Runs in which a task ended with a result that was reached, newest first. */
export async function affectedRuns(connection: Connection, reach: Reach): Promise<Impact['runs']> {
  if (reach.results.size === 0) return [];
  const rows = await connection.all<RunRow>(runsSql, JSON.stringify([...reach.results.keys()]));
  const experiments = await experimentsByRun(connection);
  return rows.map(({ run, pipeline, name, started_at, affected, total }) => ({
    run: asRunId(run),
    pipeline,
    ...(name !== null && { name }),
    startedAt: started_at,
    experiments: experiments.get(run) ?? [],
    affected,
    total,
  }));
}

/** Datasets with such files: those that runs published into an experiment, under the name of the result, and those of imported items. */
export async function affectedDatasets(
  connection: Connection,
  found: { readonly files: readonly FileRow[]; readonly items: readonly ItemRow[] },
): Promise<Impact['datasets']> {
  const counts = new Map<string, number>();
  for (const { run, name } of found.files) {
    const key = JSON.stringify([run, name]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = await connection.all<PublishedRow>(
    publishedSql,
    JSON.stringify([...counts].map(([key, files]) => [...(JSON.parse(key) as string[]), files])),
  );
  const out: Impact['datasets'][number][] = rows.map(({ run, ...row }) => ({ ...row, run: asRunId(run) }));
  const byDataset = Map.groupBy(found.items, ({ experiment, dataset }) => JSON.stringify([experiment, dataset]));
  for (const [key, items] of byDataset) {
    const [experiment = '', dataset = ''] = JSON.parse(key) as string[];
    const [row] = await connection.all<{ total: number }>(importedSql, experiment, dataset);
    out.push({ experiment, dataset, affected: items.length, total: row?.total ?? items.length });
  }
  return out;
}

interface PublishedRow {
  readonly experiment: string;
  readonly dataset: string;
  readonly run: string;
  readonly affected: number;
  readonly total: number;
}

interface RunRow {
  readonly run: string;
  readonly pipeline: string;
  readonly name: string | null;
  readonly started_at: string;
  readonly affected: number;
  readonly total: number;
}

const runsSql = `
SELECT r.run, r.pipeline, r.name, r.started_at, c.affected, (SELECT count(*) FROM tasks WHERE run = r.id) AS total
FROM (SELECT run, count(*) AS affected FROM tasks WHERE result IN (SELECT value FROM json_each(?1)) GROUP BY run) c JOIN runs r ON r.id = c.run
ORDER BY r.id DESC`;

/** Files are counted by run and name; a dataset is what all runs of an experiment published under a name, and its run the newest of them. */
const publishedSql = `
SELECT p.experiment, p.name AS dataset, p.affected, p.total, r.run FROM (
  SELECT f.experiment, f.name, f.affected, count(*) AS total, max(l.run) AS newest
  FROM (SELECT x.experiment, j.value ->> 1 AS name, sum(j.value ->> 2) AS affected
        FROM json_each(?1) j CROSS JOIN runs r ON r.run = j.value ->> 0 CROSS JOIN experiment_runs x ON x.run = r.id GROUP BY 1, 2) f
  CROSS JOIN locations l ON l.name = f.name AND l.current = 1 AND l.kind = 'published'
  WHERE EXISTS (SELECT 1 FROM experiment_runs x WHERE x.experiment = f.experiment AND x.run = l.run)
  GROUP BY f.experiment, f.name) p
JOIN runs r ON r.id = p.newest ORDER BY p.experiment, p.name`;

const importedSql = `
SELECT count(*) AS total FROM items i JOIN datasets d ON d.id = i.dataset JOIN experiments e ON e.id = d.experiment
WHERE e.name = ? AND d.name = ? AND i.visible = 1`;
