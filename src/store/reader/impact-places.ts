import type { Tags } from '../../engine/ports/value.ts';
import { asDigest, asRunId, type Digest, type RunId } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import type { Reach } from './impact-walk.ts';

export interface FileRow {
  readonly artifact: number;
  /** The result that this file is of; absent where it was published as it was read. */
  readonly result?: number;
  readonly path: string;
  readonly digest: Digest;
  readonly name: string;
  readonly tags: Tags;
  readonly run: RunId;
  readonly task?: string;
  readonly at: string;
  readonly experiments: readonly string[];
}

/**
 * Current published files of contents that were reached, by path. Where it is known which task's result a file is, that result must be reached: other work may
 * have made the same bytes, an empty table say, without anything that is retracted.
 */
export async function affectedFiles(connection: Connection, reach: Reach): Promise<readonly FileRow[]> {
  const out: FileRow[] = [];
  const experiments = await experimentsByRun(connection);
  for (const slice of chunks([...reach.artifacts.keys()], 5000)) {
    const [row] = await connection.all<{ rows: string }>(filesSql, JSON.stringify(slice));
    for (const [artifact, result, path, digest, name, tags, run, task, at] of JSON.parse(
      row?.rows ?? '[]',
    ) as RawFile[]) {
      const itself = reach.artifacts.get(artifact)?.tasks === 0;
      if (result !== null && !itself && !reach.results.has(result)) continue;
      out.push({
        artifact,
        ...(result !== null && !itself && { result }),
        path,
        digest: asDigest(`blake3:${digest}`),
        name,
        tags: JSON.parse(tags) as Tags,
        run: asRunId(run),
        ...(task !== null && { task }),
        at,
        experiments: experiments.get(run) ?? [],
      });
    }
  }
  return out.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Which experiments' items a run read. */
export async function experimentsByRun(connection: Connection): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await connection.all<{ run: string; experiments: string }>(
    `SELECT r.run, json_group_array(x.experiment ORDER BY x.experiment) AS experiments
     FROM experiment_runs x JOIN runs r ON r.id = x.run GROUP BY r.id`,
  );
  return new Map(rows.map(({ run, experiments }) => [run, JSON.parse(experiments) as string[]]));
}

type RawFile = readonly [
  artifact: number,
  result: number | null,
  path: string,
  digest: string,
  name: string,
  tags: string,
  run: string,
  task: string | null,
  at: string,
];

export interface ItemRow {
  readonly artifact: number;
  readonly experiment: string;
  readonly dataset: string;
  readonly name: string;
  readonly path: string;
  readonly digest: Digest;
}

/** Imported items whose content was made with something that was reached, by experiment, dataset and name; not those where the way begins. */
export async function affectedItems(connection: Connection, reach: Reach): Promise<readonly ItemRow[]> {
  const made = [...reach.artifacts].flatMap(([id, { tasks }]) => (tasks === 0 ? [] : [id]));
  const out: ItemRow[] = [];
  for (const slice of chunks(made, 5000)) {
    const rows = await connection.all<Omit<ItemRow, 'digest'> & { readonly digest: string }>(
      itemsSql,
      JSON.stringify(slice),
    );
    for (const row of rows) out.push({ ...row, digest: asDigest(`blake3:${row.digest}`) });
  }
  const key = (item: ItemRow): string => `${item.experiment}\0${item.dataset}\0${item.name}`;
  return out.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

const filesSql = `
SELECT json_group_array(json_array(l.artifact, t.result, l.path, lower(hex(a.digest)), l.name, l.tags, r.run, l.task, l.at)) AS rows
FROM json_each(?1) j CROSS JOIN locations l ON l.artifact = j.value CROSS JOIN artifacts a ON a.id = l.artifact CROSS JOIN runs r ON r.id = l.run
LEFT JOIN tasks t ON t.task = l.task AND t.run = l.run
WHERE l.kind = 'published' AND l.current = 1`;

const itemsSql = `
SELECT i.artifact, e.name AS experiment, d.name AS dataset, i.name, i.path, lower(hex(a.digest)) AS digest
FROM json_each(?1) j CROSS JOIN items i ON i.artifact = j.value CROSS JOIN artifacts a ON a.id = i.artifact
CROSS JOIN datasets d ON d.id = i.dataset CROSS JOIN experiments e ON e.id = d.experiment
WHERE i.visible = 1`;
