import type { Event } from '../../engine/ports/event.ts';
import { artifactColumns, artifactConflict, artifactValues } from './artifact-projection.ts';
import type { Sql } from './connection.ts';
import { digestAt, rowsOf } from './event-rows.ts';
import { arrivals, locationStatements } from './location-projection.ts';

/** Neighbouring events of one run and one type that stand in `events`. */
export interface EventRange {
  readonly run: number;
  readonly from: number;
  readonly to: number;
  readonly type: Event['type'];
}

/**
 * Brings the tables up to date with events. They are read where they stand, in `events`: nothing is handed to SQLite a second time, and the same
 * statements serve a run and a rebuild. The row of a run (`insertRun`) and the keys of planned tasks (`recordKeys`) are there before.
 */
export async function project(sql: Sql, { run, from, to, type }: EventRange): Promise<void> {
  const [last] =
    type === 'tasks-succeeded' ? await sql.all<{ id: number | null }>('SELECT max(id) AS id FROM results') : [];
  for (const statement of statements[type])
    await sql.run(statement, ...[run, from, to].slice(0, parameters(statement)));
  if (type === 'tasks-succeeded') for (const statement of resultStatements) await sql.run(statement, last?.id ?? 0);
}

/** The driver refuses values that a statement has no place for. */
const parameters = (sql: string): number =>
  sql.includes('?3') ? 3 : sql.includes('?2') ? 2 : sql.includes('?1') ? 1 : 0;

const callsStatement = `
INSERT INTO calls (run, call, process, file, line, script_file, script_line, args, command, runner, environment)
SELECT ?1, j.value ->> '$.call', j.value ->> '$.process', j.value ->> '$.file', j.value ->> '$.line', j.value ->> '$.script.file',
  j.value ->> '$.script.line', j.value -> '$.args', j.value ->> '$.command', j.value ->> '$.runner',
  (SELECT id FROM environments WHERE name = j.value ->> '$.environment')
${rowsOf('calls-recorded', 'calls')}
ON CONFLICT (run, call) DO UPDATE SET process = excluded.process, file = excluded.file, line = excluded.line, script_file = excluded.script_file,
  script_line = excluded.script_line, args = excluded.args, command = excluded.command, runner = excluded.runner, environment = excluded.environment`;

const keyOf = (value: string): string => `(SELECT id FROM keys WHERE key = ${digestAt(value, '$.key')})`;
const callOf = (call: string): string => `(SELECT id FROM calls WHERE run = ?1 AND call = ${call})`;

const plannedStatement = `
INSERT INTO tasks (run, task, call, tags, key, state)
SELECT ?1, j.value ->> '$.task', ${callOf("j.value ->> '$.call'")}, j.value -> '$.tags', ${keyOf('j.value')}, 'planned'
${rowsOf('tasks-planned', 'tasks')}
ON CONFLICT (task, run) DO UPDATE SET call = excluded.call, tags = excluded.tags, key = excluded.key`;

/**
 * Updates name their rows first, in a table of their own: SQLite knows nothing of how many rows `json_each` gives, and would else look through all of them
 * for every row of the table.
 */
const reusedStatement = `
WITH found AS MATERIALIZED (
  SELECT t.id, (SELECT latest FROM keys WHERE key = ${digestAt('j.value', '$.key')}) AS result
  ${rowsOf('tasks-reused', 'tasks', "tasks t ON t.task = j.value ->> '$.task' AND t.run = ?1")})
UPDATE tasks SET state = 'reused', result = found.result FROM found WHERE tasks.id = found.id`;

const intendedStatement = `
INSERT OR IGNORE INTO attempts (token, run, task, key, attempt, directory, runner, resources, timeout_seconds, intended_at)
SELECT j.value ->> '$.token', ?1, j.value ->> '$.task', ${keyOf('j.value')}, j.value ->> '$.attempt', j.value ->> '$.directory',
  coalesce(j.value ->> '$.runner', 'local'), j.value -> '$.resources',
  j.value ->> '$.timeoutSeconds', e.at
${rowsOf('attempts-intended', 'attempts')}`;

const startedStatement = `
WITH found AS MATERIALIZED (SELECT t.id, j.value ${rowsOf('attempts-started', 'attempts', "attempts t ON t.token = j.value ->> '$.token'")})
UPDATE attempts SET external = found.value ->> '$.external', started_at = found.value ->> '$.at' FROM found WHERE attempts.id = found.id`;

const endedStatement = `
WITH found AS MATERIALIZED (SELECT t.id, j.value ${rowsOf('attempts-ended', 'attempts', "attempts t ON t.token = j.value ->> '$.token'")})
UPDATE attempts SET outcome = found.value ->> '$.outcome', exit_code = found.value ->> '$.exitCode', signal = found.value ->> '$.signal',
  message = found.value ->> '$.message', started_at = coalesce(found.value ->> '$.startedAt', started_at), ended_at = found.value ->> '$.endedAt',
  usage = found.value ->> '$.usage', isolation = found.value ->> '$.isolation', stderr_tail = found.value ->> '$.stderrTail'
FROM found WHERE attempts.id = found.id`;

const resultsStatement = `
INSERT INTO results (key, run, task, token, at, outputs)
SELECT ${keyOf('j.value')}, ?1, j.value ->> '$.task', j.value ->> '$.token', e.at, j.value -> '$.outputs'
${rowsOf('tasks-succeeded', 'tasks')} ORDER BY e.seq, e.chunk, j.key`;

/** Over the results that were just added, those above `?1`. */
const resultStatements: readonly string[] = [
  `WITH newest AS MATERIALIZED (SELECT key, max(id) AS id FROM results WHERE id > ?1 GROUP BY key)
   UPDATE keys SET latest = newest.id FROM newest WHERE keys.id = newest.key`,
  `INSERT INTO artifacts ${artifactColumns}
   SELECT ${artifactValues('o.value', '$.value')}
   FROM results x CROSS JOIN json_each(x.outputs) o WHERE x.id > ?1 AND o.value ->> '$.value.kind' = 'file' ${artifactConflict}`,
  `INSERT INTO outputs (result, position, name, artifact, tags)
   SELECT x.id, o.key, o.value ->> '$.name', (SELECT id FROM artifacts WHERE digest = ${digestAt('o.value', '$.value.digest')}), o.value ->> '$.tags'
   FROM results x CROSS JOIN json_each(x.outputs) o WHERE x.id > ?1 AND o.value ->> '$.value.kind' = 'file'`,
  `WITH found AS MATERIALIZED (SELECT t.id, x.id AS result FROM results x CROSS JOIN tasks t ON t.task = x.task AND t.run = x.run WHERE x.id > ?1)
   UPDATE tasks SET state = 'succeeded', result = found.result FROM found WHERE tasks.id = found.id`,
];

/** A task that was skipped or never started may not have been planned: what it would have read is not known. */
const endStatement = (type: Event['type'], state: string, note: string): string => `
INSERT INTO tasks (run, task, call, tags, state, note)
SELECT ?1, j.value ->> '$.task', ${callOf("substr(j.value ->> '$.task', 1, instr((j.value ->> '$.task') || '[', '[') - 1)")}, '{}', '${state}', ${note}
${rowsOf(type, 'tasks')}
ON CONFLICT (task, run) DO UPDATE SET state = excluded.state, note = excluded.note`;

const ofOneEvent = (type: Event['type']): string =>
  `FROM events e WHERE e.run = ?1 AND e.seq BETWEEN ?2 AND ?3 AND e.type = '${type}' AND runs.id = e.run`;

/** `?1` is the run, `?2` and `?3` are the first and last number of its events. */
const statements: Readonly<Record<Event['type'], readonly string[]>> = {
  'run-started': [
    `INSERT OR IGNORE INTO experiment_runs (experiment, run)
     SELECT e.body ->> '$.origin.experiment', ?1 FROM events e
     WHERE e.run = ?1 AND e.seq BETWEEN ?2 AND ?3 AND e.type = 'run-started' AND e.body ->> '$.origin.experiment' IS NOT NULL`,
  ],
  'run-resumed': [
    `UPDATE runs SET engine = e.body ->> '$.engine.token', host = e.body ->> '$.engine.host', status = NULL, ended_at = NULL ${ofOneEvent('run-resumed')}`,
  ],
  'sources-frozen': [
    `INSERT INTO artifacts ${artifactColumns} SELECT ${artifactValues('f.value', '$')}
     ${rowsOf('sources-frozen', 'items', "json_each(j.value, '$.files') f")} ${artifactConflict}`,
    ...locationStatements(arrivals.seen),
    // What the run publishes belongs to the experiments whose items it read, whichever way it named them.
    `INSERT OR IGNORE INTO experiment_runs (experiment, run) SELECT DISTINCT x.name, ?1
     ${rowsOf(
       'sources-frozen',
       'items',
       `json_each(j.value, '$.files') f CROSS JOIN artifacts a ON a.digest = ${digestAt('f.value', '$.digest')}
        CROSS JOIN items i ON i.artifact = a.id AND i.visible = 1 CROSS JOIN datasets d ON d.id = i.dataset CROSS JOIN experiments x ON x.id = d.experiment`,
     )}`,
  ],
  'calls-recorded': [
    `INSERT OR IGNORE INTO environments (name) SELECT j.value ->> '$.environment' ${rowsOf('calls-recorded', 'calls')}`,
    callsStatement,
  ],
  'texts-recorded': [
    `INSERT OR IGNORE INTO texts (digest, text) SELECT ${digestAt('j.value', '$.digest')}, j.value ->> '$.text' ${rowsOf('texts-recorded', 'texts')}`,
  ],
  'tasks-planned': [plannedStatement],
  'tasks-reused': [reusedStatement],
  'attempts-intended': [intendedStatement],
  'attempts-started': [startedStatement],
  'attempts-ended': [endedStatement],
  'tasks-succeeded': [resultsStatement],
  'tasks-failed': [endStatement('tasks-failed', 'failed', "j.value ->> '$.message'")],
  'tasks-quarantined': [endStatement('tasks-quarantined', 'quarantined', "j.value ->> '$.message'")],
  'tasks-skipped': [endStatement('tasks-skipped', 'skipped', "j.value ->> '$.because'")],
  'tasks-cancelled': [endStatement('tasks-cancelled', 'cancelled', 'NULL')],
  'assertions-checked': [],
  published: [
    `INSERT INTO artifacts ${artifactColumns} SELECT ${artifactValues('j.value', '$')} ${rowsOf('published', 'files')} ${artifactConflict}`,
    ...locationStatements(arrivals.published),
  ],
  pruned: [
    `WITH found AS MATERIALIZED (SELECT t.id ${rowsOf('pruned', 'paths', "locations t ON t.path = j.value AND t.kind = 'published'")})
     UPDATE locations SET current = 0 FROM found WHERE locations.id = found.id`,
  ],
  problem: [],
  'run-ended': [
    `UPDATE runs SET status = e.body ->> '$.status', seconds = e.body ->> '$.seconds', counts = e.body -> '$.counts', ended_at = e.at ${ofOneEvent('run-ended')}`,
  ],
};
