import type { Impact } from '../../engine/ports/impact.ts';
import { asRunId } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import type { FileRow, ItemRow } from './impact-places.ts';
import type { Reach } from './impact-walk.ts';

/** Runs in which a task ended with a result that was reached, newest first. */
export async function affectedRuns(connection: Connection, reach: Reach): Promise<Impact['runs']> {
  if (reach.results.size === 0) return [];
  const rows = await connection.all<RunRow>(runsSql, JSON.stringify([...reach.results.keys()]));
  return rows.map(({ run, pipeline, name, started_at, affected, total }) => ({
    run: asRunId(run),
    pipeline,
    ...(name !== null && { name }),
    startedAt: started_at,
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
  const out: Impact['datasets'][number][] = [];
  for (const slice of chunks([...counts], 500)) {
    const rows = await connection.all<{
      position: number;
      experiment: string;
      run: string;
      name: string;
      total: number;
    }>(publishedSql, JSON.stringify(slice.map(([key]) => JSON.parse(key) as unknown)));
    for (const { position, experiment, run, name, total } of rows)
      out.push({ experiment, dataset: name, run: asRunId(run), affected: slice[position]?.[1] ?? 0, total });
  }
  const byDataset = Map.groupBy(found.items, ({ experiment, dataset }) => JSON.stringify([experiment, dataset]));
  for (const [key, items] of byDataset) {
    const [experiment = '', dataset = ''] = JSON.parse(key) as string[];
    const [row] = await connection.all<{ total: number }>(importedSql, experiment, dataset);
    out.push({ experiment, dataset, affected: items.length, total: row?.total ?? items.length });
  }
  return out;
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

const publishedSql = `
SELECT j.key AS position, x.experiment, r.run, j.value ->> 1 AS name,
  (SELECT count(*) FROM locations l WHERE l.run = r.id AND l.kind = 'published' AND l.current = 1 AND l.name = j.value ->> 1) AS total
FROM json_each(?1) j CROSS JOIN runs r ON r.run = j.value ->> 0 CROSS JOIN experiment_runs x ON x.run = r.id
ORDER BY x.experiment, name, r.id`;

const importedSql = `
SELECT count(*) AS total FROM items i JOIN datasets d ON d.id = i.dataset JOIN experiments e ON e.id = d.experiment
WHERE e.name = ? AND d.name = ? AND i.visible = 1`;
