import type { CallRecord } from '../../engine/ports/event.ts';
import type { Lineage, LineageArtifact, LineageOptions, LineageTask } from '../../engine/ports/run-reader.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { asDigest, asRunId, asTaskKey, type Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import { digestHex } from '../layout.ts';
import { readArtifacts } from './artifact-records.ts';
import { readImported } from './imported.ts';
import { nearestFirst } from './nearest.ts';
import { callJson } from './task-records.ts';

/**
 * What some content was made from, and what was made of it. The closure is walked by SQLite over integer ids; only what it reaches is read. Everything a
 * task of it names is among the artifacts, so that the graph has no loose ends but those that `depth` cuts.
 */
export async function readLineage(connection: Connection, root: Digest, options: LineageOptions): Promise<Lineage> {
  const { direction, depth } = options;
  const up =
    direction === 'down'
      ? []
      : await connection.all<ResultId>(depth === undefined ? upSql : upToSql, digestHex(root), ...limit(depth));
  const down =
    direction === 'up'
      ? []
      : await connection.all<ResultId>(depth === undefined ? downSql : downToSql, digestHex(root), ...limit(depth));
  const results = [...new Set([...up, ...down].flatMap((row) => (row.results === null ? [] : row.results.split(','))))];
  const rows: TaskRow[] = [];
  for (const slice of chunks(results, 500))
    rows.push(...(await connection.all<TaskRow>(tasksSql, `[${slice.join(',')}]`)));

  const tasks = new Map<string, LineageTask>();
  const seen = new Set<string>();
  for (const row of rows.sort((a, b) => b.id - a.id)) {
    // The same work with the same outcome is one node, however often it was done.
    const work = `${row.key} ${row.outputs}`;
    if (seen.has(work)) continue;
    seen.add(work);
    tasks.set(tasks.has(row.task) ? `${row.task}@${row.run}` : row.task, lineageTask(row));
  }

  const mentioned = new Set<Digest>([root]);
  for (const task of tasks.values()) for (const { digest } of [...task.inputs, ...task.outputs]) mentioned.add(digest);
  const artifacts = new Map<Digest, LineageArtifact>();
  const makers = await makersOf(connection, [...mentioned], options.path);
  const idOf = new Map([...tasks].map(([id, task]) => [`${task.run} ${task.task}`, id]));
  const found = await readArtifacts(connection, [...mentioned]);
  const imported = await readImported(connection, [...mentioned]);
  // Work that several items share was done for one of them; the tags of what is asked for say which item it is about.
  const askedFor = found.get(root)?.locations.find((place) => place.path === options.path);
  for (const [digest, artifact] of found) {
    const producedBy = (makers.get(digest) ?? []).map(({ run, task }) => idOf.get(`${run} ${task}`) ?? task);
    const asked = digest === root ? askedFor : undefined;
    const reader = [...tasks.values()].find((task) => task.inputs.some((edge) => edge.digest === digest));
    const locations = asked
      ? [asked, ...artifact.locations.filter((place) => place !== asked)]
      : nearestFirst(artifact.locations, reader && { run: reader.run, tags: { ...reader.tags, ...askedFor?.tags } });
    const items = imported.get(digest) ?? [];
    // What lies nowhere that a run knows has the tags that people gave it.
    const told = asked ?? (producedBy.length === 0 ? (locations[0] ?? items[0]) : undefined);
    const tags = told?.tags ?? artifact.tags;
    artifacts.set(digest, { ...artifact, tags, locations, producedBy: [...new Set(producedBy)], items });
  }
  return { root, artifacts, tasks };
}

async function makersOf(
  connection: Connection,
  digests: readonly Digest[],
  path: string | undefined,
): Promise<ReadonlyMap<Digest, readonly { readonly run: string; readonly task: string }[]>> {
  const out = new Map<Digest, { run: string; task: string }[]>();
  for (const slice of chunks(digests, 1000)) {
    const rows = await connection.all<{ digest: string; run: string; task: string }>(
      makersSql,
      JSON.stringify(slice.map(digestHex)),
      path ?? null,
    );
    for (const row of rows) {
      const digest = asDigest(`blake3:${row.digest}`);
      const known = out.get(digest);
      if (known) known.push(row);
      else out.set(digest, [row]);
    }
  }
  return out;
}

function lineageTask(row: TaskRow): LineageTask {
  const usage = row.usage === null ? undefined : (JSON.parse(row.usage) as { readonly wallSeconds?: number });
  const seconds =
    usage?.wallSeconds ??
    (row.started_at !== null && row.ended_at !== null
      ? (Date.parse(row.ended_at) - Date.parse(row.started_at)) / 1000
      : undefined);
  return {
    task: row.task,
    run: asRunId(row.run),
    key: asTaskKey(`blake3:${row.key}`),
    tags: row.tags === null ? {} : (JSON.parse(row.tags) as Tags),
    ...(row.call !== null && { call: JSON.parse(row.call) as CallRecord }),
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(seconds !== undefined && { seconds }),
    ...(row.isolation !== null && { isolation: row.isolation }),
    inputs: edges(row.inputs),
    outputs: edges(row.outputs),
  };
}

const edges = (json: string): { name: string; digest: Digest }[] =>
  (JSON.parse(json) as [string, string][]).map(([name, hex]) => ({ name, digest: asDigest(`blake3:${hex}`) }));

const limit = (depth: number | undefined): number[] => (depth === undefined ? [] : [depth]);

interface ResultId {
  readonly results: string | null;
}

interface TaskRow {
  readonly id: number;
  readonly run: string;
  readonly task: string;
  readonly key: string;
  readonly tags: string | null;
  readonly call: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly usage: string | null;
  readonly isolation: string | null;
  readonly inputs: string;
  readonly outputs: string;
}

/** The newest of the results that are the same work with the same outcome. */
const newestOf = (closure: string, join: string): string => `
SELECT group_concat(id) AS results FROM (
  SELECT max(x.id) AS id FROM (${closure}) c ${join} GROUP BY x.key, x.outputs)`;

const root = 'SELECT id FROM artifacts WHERE digest = unhex(?1)';

const upSql = `
WITH RECURSIVE up (artifact) AS (
  ${root}
  UNION
  SELECT i.artifact FROM up CROSS JOIN outputs o ON o.artifact = up.artifact CROSS JOIN results x ON x.id = o.result CROSS JOIN inputs i ON i.key = x.key)
${newestOf('SELECT artifact FROM up', 'CROSS JOIN outputs o ON o.artifact = c.artifact CROSS JOIN results x ON x.id = o.result')}`;

const upToSql = `
WITH RECURSIVE up (artifact, depth) AS (
  SELECT id, 0 FROM artifacts WHERE digest = unhex(?1)
  UNION
  SELECT i.artifact, up.depth + 1 FROM up CROSS JOIN outputs o ON o.artifact = up.artifact CROSS JOIN results x ON x.id = o.result CROSS JOIN inputs i ON i.key = x.key
  WHERE up.depth < ?2)
${newestOf('SELECT artifact FROM up WHERE depth < ?2 GROUP BY artifact', 'CROSS JOIN outputs o ON o.artifact = c.artifact CROSS JOIN results x ON x.id = o.result')}`;

const downSql = `
WITH RECURSIVE down (artifact) AS (
  ${root}
  UNION
  SELECT o.artifact FROM down CROSS JOIN inputs i ON i.artifact = down.artifact CROSS JOIN results x ON x.key = i.key CROSS JOIN outputs o ON o.result = x.id)
${newestOf('SELECT artifact FROM down', 'CROSS JOIN inputs i ON i.artifact = c.artifact CROSS JOIN results x ON x.key = i.key')}`;

const downToSql = `
WITH RECURSIVE down (artifact, depth) AS (
  SELECT id, 0 FROM artifacts WHERE digest = unhex(?1)
  UNION
  SELECT o.artifact, down.depth + 1 FROM down CROSS JOIN inputs i ON i.artifact = down.artifact CROSS JOIN results x ON x.key = i.key CROSS JOIN outputs o ON o.result = x.id
  WHERE down.depth < ?2)
${newestOf('SELECT artifact FROM down WHERE depth < ?2 GROUP BY artifact', 'CROSS JOIN inputs i ON i.artifact = c.artifact CROSS JOIN results x ON x.key = i.key')}`;

const tasksSql = `
SELECT x.id, r.run, x.task, lower(hex(k.key)) AS key, t.tags, CASE WHEN c.id IS NULL THEN NULL ELSE ${callJson} END AS call,
  a.started_at, a.ended_at, a.usage, a.isolation,
  (SELECT json_group_array(json_array(i.name, lower(hex(f.digest)))) FROM (SELECT * FROM inputs WHERE key = k.id ORDER BY position) i CROSS JOIN artifacts f ON f.id = i.artifact) AS inputs,
  (SELECT json_group_array(json_array(o.name, lower(hex(f.digest)))) FROM (SELECT * FROM outputs WHERE result = x.id ORDER BY position) o CROSS JOIN artifacts f ON f.id = o.artifact) AS outputs
FROM json_each(?1) j CROSS JOIN results x ON x.id = j.value CROSS JOIN keys k ON k.id = x.key CROSS JOIN runs r ON r.id = x.run
LEFT JOIN tasks t ON t.task = x.task AND t.run = x.run LEFT JOIN calls c ON c.id = t.call LEFT JOIN environments e ON e.id = c.environment
LEFT JOIN attempts a ON a.token = x.token`;

const makersSql = `
SELECT lower(hex(a.digest)) AS digest, r.run, x.task
FROM json_each(?1) j CROSS JOIN artifacts a ON a.digest = unhex(j.value) CROSS JOIN outputs o ON o.artifact = a.id CROSS JOIN results x ON x.id = o.result CROSS JOIN runs r ON r.id = x.run
WHERE x.id = (SELECT max(y.id) FROM results y CROSS JOIN outputs p ON p.result = y.id WHERE y.key = x.key AND p.artifact = a.id)
GROUP BY a.id, x.id
ORDER BY a.id, EXISTS (SELECT 1 FROM locations l WHERE l.artifact = a.id AND l.path = ?2 AND l.kind = 'published' AND l.task = x.task) DESC,
  EXISTS (SELECT 1 FROM locations l WHERE l.artifact = a.id AND l.kind = 'published' AND l.task = x.task) DESC, x.id DESC`;
