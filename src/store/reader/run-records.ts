import type { Counts, RunStatus } from '../../engine/ports/event.ts';
import type { RunRecord } from '../../engine/ports/run-reader.ts';
import { asRunId } from '../../util/brand.ts';
import type { Connection } from '../database/connection.ts';

export interface RunQueries {
  readonly connection: Connection;
  readonly isAlive: (token: string) => Promise<boolean>;
}

/** Newest first. */
export async function readRuns(
  { connection, isAlive }: RunQueries,
  options: {
    readonly limit?: number;
    readonly pipeline?: string;
    readonly prefix?: string;
    readonly experiment?: string;
    readonly done?: 'here';
  },
): Promise<readonly RunRecord[]> {
  const rows = await connection.all<RunRow>(
    runsSql,
    options.pipeline ?? null,
    options.prefix ?? null,
    options.limit ?? -1,
    options.experiment ?? null,
    options.done === 'here' ? 1 : 0,
  );
  const out: RunRecord[] = [];
  for (const row of rows) {
    const tasks: Counts = row.counts === null ? await countsOf(connection, row.id) : JSON.parse(row.counts);
    const status = row.status ?? ((await isAlive(row.engine)) ? 'running' : 'interrupted');
    out.push({
      run: asRunId(row.run),
      pipeline: row.pipeline,
      ...(row.name !== null && { name: row.name }),
      status,
      startedAt: row.started_at,
      // Of an imported run the database knows when it was imported, not when it ended and how long it took.
      ...(row.ended_at !== null && row.origin === null && { endedAt: row.ended_at }),
      ...(row.seconds !== null && row.origin === null && { seconds: row.seconds }),
      tasks,
      outdir: row.outdir,
      params: JSON.parse(row.params),
      tags: JSON.parse(row.tags),
      argv: JSON.parse(row.argv),
      host: row.host,
      user: row.user,
      version: row.version,
      ...(row.origin !== null && { origin: row.origin }),
    });
  }
  return out;
}

/** Of a run that has not ended: what is known so far. */
async function countsOf(connection: Connection, run: number): Promise<Counts> {
  const rows = await connection.all<{ state: string; tasks: number }>(
    'SELECT state, count(*) AS tasks FROM tasks WHERE run = ? GROUP BY state',
    run,
  );
  const by = new Map(rows.map((row) => [row.state, row.tasks]));
  const count = (state: string): number => by.get(state) ?? 0;
  return {
    total: rows.reduce((sum, row) => sum + row.tasks, 0),
    ran: count('succeeded'),
    reused: count('reused'),
    failed: count('failed'),
    quarantined: count('quarantined'),
    skipped: count('skipped'),
    cancelled: count('cancelled'),
  };
}

interface RunRow {
  readonly id: number;
  readonly run: string;
  readonly pipeline: string;
  readonly name: string | null;
  readonly status: RunStatus | null;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly seconds: number | null;
  readonly counts: string | null;
  readonly outdir: string;
  readonly params: string;
  readonly tags: string;
  readonly argv: string;
  readonly engine: string;
  readonly host: string;
  readonly user: string;
  readonly version: string;
  readonly origin: string | null;
}

const runsSql = `
SELECT * FROM runs
WHERE (?1 IS NULL OR pipeline = ?1) AND (?2 IS NULL OR substr(run, 1, length(?2)) = ?2 OR name = ?2)
  AND (?4 IS NULL OR id IN (SELECT run FROM experiment_runs WHERE experiment = ?4)) AND (?5 = 0 OR origin IS NULL)
ORDER BY id DESC LIMIT ?3`;
