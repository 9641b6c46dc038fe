import type { CallRecord } from '../../engine/ports/event.ts';
import type { Outcome } from '../../engine/ports/outcome.ts';
import type { AttemptRecord, ResultRecord, TaskRecord } from '../../engine/ports/run-reader.ts';
import type { RunnerName } from '../../engine/ports/runner.ts';
import { asAttemptToken, asRunId, asTaskKey, type RunId } from '../../util/brand.ts';
import type { Connection } from '../database/connection.ts';
import { digestHex } from '../layout.ts';

export async function readTasks(connection: Connection, run: RunId): Promise<readonly TaskRecord[]> {
  const rows = await connection.all<TaskRow>(`${taskColumns} WHERE r.run = ? ORDER BY t.id`, run);
  return rows.map(taskRecord);
}

/** In the given run, or in the latest that has it, one that was done here before one that was imported. */
export async function readTask(
  connection: Connection,
  task: string,
  run: RunId | undefined,
): Promise<TaskRecord | undefined> {
  const [row] = await connection.all<TaskRow>(
    `${taskColumns} WHERE t.task = ?1 AND (?2 IS NULL OR r.run = ?2) ORDER BY r.origin IS NOT NULL, t.run DESC LIMIT 1`,
    task,
    run ?? null,
  );
  return row && taskRecord(row);
}

export async function readPrevious(connection: Connection, task: TaskRecord): Promise<TaskRecord | undefined> {
  const [row] = await connection.all<TaskRow>(
    `${taskColumns}
     WHERE t.task = ?1 AND t.key IS NOT NULL
       AND r.pipeline = (SELECT pipeline FROM runs WHERE run = ?2) AND r.id < (SELECT id FROM runs WHERE run = ?2)
     ORDER BY t.run DESC LIMIT 1`,
    task.task,
    task.run,
  );
  return row && taskRecord(row);
}

/** By the name of the call or of the process. */
export async function readTasksOf(
  connection: Connection,
  name: string,
  run: RunId | undefined,
): Promise<readonly TaskRecord[]> {
  const rows = await connection.all<TaskRow>(
    `${taskColumns}
     WHERE (c.call = ?1 OR c.process = ?1)
       AND t.run = (
         SELECT d.run FROM calls d JOIN runs q ON q.id = d.run WHERE (d.call = ?1 OR d.process = ?1) AND (?2 IS NULL OR q.run = ?2)
         ORDER BY q.origin IS NOT NULL, d.run DESC LIMIT 1)
     ORDER BY t.id`,
    name,
    run ?? null,
  );
  return rows.map(taskRecord);
}

/** Recent tasks whose id holds the text, for suggestions. */
export async function readTasksLike(connection: Connection, text: string, limit: number): Promise<readonly string[]> {
  const rows = await connection.all<{ task: string }>(
    'SELECT DISTINCT task FROM (SELECT task FROM tasks ORDER BY id DESC LIMIT 20000) WHERE instr(lower(task), lower(?)) > 0 LIMIT ?',
    text,
    limit,
  );
  return rows.map((row) => row.task);
}

export async function readAttempts(
  connection: Connection,
  run: RunId,
  task: string,
): Promise<readonly AttemptRecord[]> {
  const rows = await connection.all<AttemptRow>(
    'SELECT a.* FROM runs r JOIN attempts a ON a.run = r.id WHERE r.run = ? AND a.task = ? ORDER BY a.id',
    run,
    task,
  );
  return rows.map((row) => ({
    token: asAttemptToken(row.token),
    attempt: row.attempt,
    directory: row.directory,
    runner: row.runner,
    ...present('external', row.external),
    resources: JSON.parse(row.resources),
    intendedAt: row.intended_at,
    ...present('startedAt', row.started_at),
    ...present('endedAt', row.ended_at),
    ...present('outcome', row.outcome),
    ...present('exitCode', row.exit_code),
    ...present('signal', row.signal),
    ...present('message', row.message),
    ...(row.usage !== null && { usage: JSON.parse(row.usage) }),
    ...present('isolation', row.isolation),
    ...present('stderrTail', row.stderr_tail),
  }));
}

/** The task's own success or the one it reused. */
export async function readResult(connection: Connection, task: TaskRecord): Promise<ResultRecord | undefined> {
  const [row] = await connection.all<ResultRow>(
    `SELECT lower(hex(k.key)) AS key, n.run, x.task, x.token, x.at, x.outputs
     FROM runs r JOIN tasks t ON t.run = r.id AND t.task = ?2 JOIN results x ON x.id = t.result JOIN keys k ON k.id = x.key JOIN runs n ON n.id = x.run
     WHERE r.run = ?1`,
    task.run,
    task.task,
  );
  return (
    row && {
      key: asTaskKey(`blake3:${row.key}`),
      run: asRunId(row.run),
      task: row.task,
      token: asAttemptToken(row.token),
      at: row.at,
      outputs: JSON.parse(row.outputs),
    }
  );
}

/** Who made some content: the publisher of `path` first, then the newest. */
export async function readMakers(
  connection: Connection,
  digest: string,
  path: string | undefined,
): Promise<readonly { readonly run: RunId; readonly task: string }[]> {
  const rows = await connection.all<{ run: string; task: string }>(makersSql, digestHex(digest), path ?? null);
  return rows.map((row) => ({ run: asRunId(row.run), task: row.task }));
}

function taskRecord(row: TaskRow): TaskRecord {
  return {
    run: asRunId(row.run),
    task: row.task,
    tags: JSON.parse(row.tags),
    ...(row.key !== null && { key: asTaskKey(`blake3:${row.key}`) }),
    state: row.state,
    ...present('note', row.note),
    ...(row.call !== null && { call: JSON.parse(row.call) as CallRecord }),
  };
}

/** A column that is null is a field that is absent. */
function present<Name extends string, T>(name: Name, value: T | null): { readonly [K in Name]?: T } {
  return value === null ? {} : ({ [name]: value } as { readonly [K in Name]: T });
}

export const callJson = `json_object('call', c.call, 'process', c.process, 'file', c.file, 'line', c.line,
  'script', json_object('file', c.script_file, 'line', c.script_line), 'args', json(c.args), 'command', c.command, 'runner', c.runner, 'environment', e.name)`;

const taskColumns = `
SELECT r.run, t.task, t.tags, CASE WHEN k.id IS NOT NULL THEN lower(hex(k.key)) END AS key, t.state, t.note, CASE WHEN c.id IS NULL THEN NULL ELSE ${callJson} END AS call
FROM tasks t JOIN runs r ON r.id = t.run LEFT JOIN keys k ON k.id = t.key LEFT JOIN calls c ON c.id = t.call LEFT JOIN environments e ON e.id = c.environment`;

const makersSql = `
SELECT r.run, x.task FROM artifacts a JOIN outputs o ON o.artifact = a.id JOIN results x ON x.id = o.result JOIN runs r ON r.id = x.run
WHERE a.digest = unhex(?1)
GROUP BY x.id
ORDER BY EXISTS (SELECT 1 FROM locations l WHERE l.artifact = a.id AND l.path = ?2 AND l.kind = 'published' AND l.task = x.task) DESC, x.id DESC`;

interface TaskRow {
  readonly run: string;
  readonly task: string;
  readonly tags: string;
  readonly key: string | null;
  readonly state: TaskRecord['state'];
  readonly note: string | null;
  readonly call: string | null;
}

interface AttemptRow {
  readonly token: string;
  readonly attempt: number;
  readonly directory: string;
  readonly runner: RunnerName;
  readonly external: string | null;
  readonly resources: string;
  readonly intended_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly outcome: Outcome | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly message: string | null;
  readonly usage: string | null;
  readonly isolation: string | null;
  readonly stderr_tail: string | null;
}

interface ResultRow {
  readonly key: string;
  readonly run: string;
  readonly task: string;
  readonly token: string;
  readonly at: string;
  readonly outputs: string;
}
