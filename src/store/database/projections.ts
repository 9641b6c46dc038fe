import type { Event, OutputRecord, PlannedTask } from '../../engine/ports/event.ts';
import type { Tags } from '../../engine/ports/value.ts';
import type { TaskKey } from '../../util/brand.ts';
import { unreachable } from '../../util/unreachable.ts';
import { digestHex } from '../layout.ts';
import { publishedSteps, seenSteps } from './location-steps.ts';
import { rowsOf, type Step } from './step.ts';

/**
 * What an event means for the tables. `isKnown` says of a key that its parts and inputs are recorded already; `resultId` is the first free id of
 * `results`, from which results are numbered in order.
 */
export function stepsOf(
  event: Event,
  options: { readonly isKnown: (key: TaskKey) => boolean; readonly resultId: number },
): readonly Step[] {
  switch (event.type) {
    case 'run-started':
      // Its row is made by itself (`runRow`): all others hang on its id.
      return [];
    case 'run-resumed':
      return [
        {
          sql: `UPDATE runs SET engine = j.value ->> 0, host = j.value ->> 1, status = NULL, ended_at = NULL FROM json_each(?1) j WHERE runs.id = ?2`,
          rows: [[event.engine.token, event.engine.host]],
        },
      ];
    case 'sources-frozen': {
      const files = event.items.flatMap((item) => item.files.map((file) => ({ ...file, tags: item.tags })));
      return [{ sql: artifactsSql, rows: files.map(artifactRow) }, ...seenSteps(files, event.source)];
    }
    case 'calls-recorded': {
      const rows = event.calls.map((call) => [
        call.call,
        call.process,
        call.file,
        call.line,
        call.script.file,
        call.script.line,
        call.args,
        call.command,
        call.runner,
        call.environment,
      ]);
      return [
        { sql: 'INSERT OR IGNORE INTO environments (name) SELECT DISTINCT value ->> 9 FROM json_each(?1)', rows },
        { sql: callsSql, rows },
      ];
    }
    case 'texts-recorded':
      return [
        {
          sql: 'INSERT OR IGNORE INTO texts (digest, text) SELECT unhex(value ->> 0), value ->> 1 FROM json_each(?1)',
          rows: event.texts.map(({ digest, text }) => [digestHex(digest), text]),
        },
      ];
    case 'tasks-planned': {
      const fresh = newKeys(event.tasks, options.isKnown);
      return [
        ...keySteps(fresh),
        { sql: tasksSql, rows: event.tasks.map((task) => [task.task, task.call, task.tags, digestHex(task.key)]) },
      ];
    }
    case 'tasks-reused':
      return [{ sql: reusedSql, rows: event.tasks.map(({ task, key }) => [task, digestHex(key)]) }];
    case 'attempts-intended':
      return [
        {
          sql: attemptsSql,
          rows: event.attempts.map((attempt) => [
            attempt.token,
            attempt.task,
            digestHex(attempt.key),
            attempt.attempt,
            attempt.directory,
            attempt.resources,
            attempt.timeoutSeconds ?? null,
          ]),
        },
      ];
    case 'attempts-started':
      return [
        {
          sql: `${rowsOf('attempts', 't.token = j.value ->> 0')}
            UPDATE attempts SET external = j.value ->> 1, started_at = j.value ->> 2 FROM j WHERE attempts.id = j.id`,
          rows: event.attempts.map(({ token, external, at }) => [token, external, at]),
        },
      ];
    case 'attempts-ended':
      return [
        {
          sql: endedSql,
          rows: event.attempts.map((attempt) => [
            attempt.token,
            attempt.outcome,
            attempt.exitCode ?? null,
            attempt.signal ?? null,
            attempt.message,
            attempt.startedAt ?? null,
            attempt.endedAt,
            attempt.usage ?? null,
            attempt.isolation ?? null,
            attempt.stderrTail ?? null,
          ]),
        },
      ];
    case 'tasks-succeeded': {
      const results = event.tasks.map((task, index) => [
        options.resultId + index,
        digestHex(task.key),
        task.task,
        task.token,
        task.outputs,
      ]);
      const files = event.tasks.flatMap((task, index) =>
        fileOutputs(task.outputs).map((file) => ({ ...file, result: options.resultId + index })),
      );
      return [
        { sql: resultsSql, rows: results },
        { sql: latestSql, rows: results },
        { sql: artifactsSql, rows: files.map(({ value }) => artifactRow(value)) },
        {
          sql: outputsSql,
          rows: files.map((file) => [
            file.result,
            file.position,
            file.name,
            digestHex(file.value.digest),
            file.tags ?? null,
          ]),
        },
        { sql: succeededSql, rows: results },
      ];
    }
    case 'tasks-failed':
      return [
        endStep(
          'failed',
          event.tasks.map((task) => ({ task: task.task, note: task.message })),
        ),
      ];
    case 'tasks-quarantined':
      return [
        endStep(
          'quarantined',
          event.tasks.map((task) => ({ task: task.task, note: task.message })),
        ),
      ];
    case 'tasks-skipped':
      return [
        endStep(
          'skipped',
          event.tasks.map((task) => ({ task: task.task, note: task.because })),
        ),
      ];
    case 'tasks-cancelled':
      return [
        endStep(
          'cancelled',
          event.tasks.map((task) => ({ task: task.task, note: null })),
        ),
      ];
    case 'published':
      return [{ sql: artifactsSql, rows: event.files.map(artifactRow) }, ...publishedSteps(event.files)];
    case 'pruned':
      return [
        {
          sql: `${rowsOf('locations', "t.path = j.value AND t.kind = 'published'")} UPDATE locations SET current = 0 FROM j WHERE locations.id = j.id`,
          rows: event.paths,
        },
      ];
    case 'run-ended':
      return [
        {
          sql: `UPDATE runs SET status = j.value ->> 0, seconds = j.value ->> 1, counts = j.value -> 2, ended_at = ?3 FROM json_each(?1) j WHERE runs.id = ?2`,
          rows: [[event.status, event.seconds, event.counts]],
        },
      ];
    case 'assertions-checked':
    case 'problem':
      return [];
    default:
      return unreachable(event);
  }
}

/** The row of `runs`; its id is what all else hangs on, so it is made by itself. */
export function runRow(
  run: string,
  event: Extract<Event, { type: 'run-started' }>,
): { readonly sql: string; readonly row: unknown } {
  return {
    sql: `INSERT INTO runs (run, pipeline, program, identity, params, outdir, name, tags, argv, engine, version, host, user, started_at)
      SELECT ?1 ->> 0, ?1 ->> 1, unhex(?1 ->> 2), unhex(?1 ->> 3), ?1 -> 4, ?1 ->> 5, ?1 ->> 6, ?1 -> 7, ?1 -> 8, ?1 ->> 9, ?1 ->> 10, ?1 ->> 11, ?1 ->> 12, ?2`,
    row: [
      run,
      event.pipeline,
      digestHex(event.program),
      digestHex(event.identity),
      event.params,
      event.outdir,
      event.name ?? null,
      event.tags,
      event.argv,
      event.engine.token,
      event.engine.version,
      event.engine.host,
      event.engine.user,
    ],
  };
}

/** What work consists of, once per key however many runs do it. */
export type KeyRecord = Pick<PlannedTask, 'key' | 'parts' | 'inputs'>;

export function keySteps(keys: readonly KeyRecord[]): readonly Step[] {
  const inputs = keys.flatMap(({ key, inputs }) =>
    inputs.map((input, position) => [digestHex(key), position, input.name, digestHex(input.digest)]),
  );
  return [
    { sql: keysSql, rows: keys.map(({ key, parts }) => [digestHex(key), parts]) },
    { sql: inputArtifactsSql, rows: inputs },
    { sql: inputsSql, rows: inputs },
  ];
}

/** Of tasks with one key in a batch, the first; none whose key is recorded already. */
export function newKeys(tasks: readonly PlannedTask[], isKnown: (key: TaskKey) => boolean): readonly PlannedTask[] {
  const seen = new Set<TaskKey>();
  return tasks.filter((task) => !isKnown(task.key) && !seen.has(task.key) && seen.add(task.key));
}

type FileOutput = Extract<OutputRecord['value'], { kind: 'file' }>;

function fileOutputs(
  outputs: readonly OutputRecord[],
): { position: number; name: string; tags: Tags | undefined; value: FileOutput }[] {
  return outputs.flatMap(({ name, tags, value }, position) =>
    value.kind === 'file' ? [{ position, name, tags, value }] : [],
  );
}

const artifactRow = (
  file: Pick<FileOutput, 'digest' | 'directory' | 'size'> & Partial<Pick<FileOutput, 'info'>>,
): unknown => [
  digestHex(file.digest),
  file.directory ? 1 : 0,
  file.size,
  file.info?.mediaType ?? null,
  file.info?.image ?? null,
  file.info ?? null,
];

const artifactsSql = `
INSERT INTO artifacts (digest, directory, size, media_type, axes, shape, dtype, pixel_size, info)
SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> '$[4].axes', value -> '$[4].shape', value ->> '$[4].dtype',
  value ->> '$[4].pixelSize', value ->> 5
FROM json_each(?1) WHERE true
ON CONFLICT (digest) DO UPDATE SET directory = excluded.directory, size = excluded.size, media_type = excluded.media_type, axes = excluded.axes,
  shape = excluded.shape, dtype = excluded.dtype, pixel_size = excluded.pixel_size, info = excluded.info
WHERE artifacts.size IS NULL OR (artifacts.info IS NULL AND excluded.info IS NOT NULL)`;

const callsSql = `
INSERT INTO calls (run, call, process, file, line, script_file, script_line, args, command, runner, environment)
SELECT ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value -> 6, value ->> 7, value ->> 8,
  (SELECT id FROM environments WHERE name = value ->> 9)
FROM json_each(?1) WHERE true
ON CONFLICT (run, call) DO UPDATE SET process = excluded.process, file = excluded.file, line = excluded.line, script_file = excluded.script_file,
  script_line = excluded.script_line, args = excluded.args, command = excluded.command, runner = excluded.runner, environment = excluded.environment`;

const keysSql = `
INSERT OR IGNORE INTO keys (key, parts)
SELECT unhex(value ->> 0), value -> 1 FROM json_each(?1)`;

const inputArtifactsSql = `
INSERT OR IGNORE INTO artifacts (digest)
SELECT DISTINCT unhex(value ->> 3) FROM json_each(?1)`;

const inputsSql = `
INSERT OR IGNORE INTO inputs (key, position, name, artifact)
SELECT (SELECT id FROM keys WHERE key = unhex(value ->> 0)), value ->> 1, value ->> 2, (SELECT id FROM artifacts WHERE digest = unhex(value ->> 3))
FROM json_each(?1)`;

const tasksSql = `
INSERT INTO tasks (run, task, call, tags, key, state)
SELECT ?2, value ->> 0, (SELECT id FROM calls WHERE run = ?2 AND call = value ->> 1), value -> 2, (SELECT id FROM keys WHERE key = unhex(value ->> 3)), 'planned'
FROM json_each(?1) WHERE true
ON CONFLICT (task, run) DO UPDATE SET call = excluded.call, tags = excluded.tags, key = excluded.key`;

const reusedSql = `
${rowsOf('tasks', 't.task = j.value ->> 0 AND t.run = ?2')}
UPDATE tasks SET state = 'reused', result = (SELECT latest FROM keys WHERE key = unhex(j.value ->> 1)) FROM j WHERE tasks.id = j.id`;

const attemptsSql = `
INSERT OR IGNORE INTO attempts (token, run, task, key, attempt, directory, resources, timeout_seconds, intended_at)
SELECT value ->> 0, ?2, value ->> 1, (SELECT id FROM keys WHERE key = unhex(value ->> 2)), value ->> 3, value ->> 4, value -> 5, value ->> 6, ?3
FROM json_each(?1)`;

const endedSql = `
${rowsOf('attempts', 't.token = j.value ->> 0')}
UPDATE attempts SET outcome = j.value ->> 1, exit_code = j.value ->> 2, signal = j.value ->> 3, message = j.value ->> 4,
  started_at = coalesce(j.value ->> 5, started_at), ended_at = j.value ->> 6, usage = j.value ->> 7, isolation = j.value ->> 8, stderr_tail = j.value ->> 9
FROM j WHERE attempts.id = j.id`;

const resultsSql = `
INSERT INTO results (id, key, run, task, token, at, outputs)
SELECT value ->> 0, (SELECT id FROM keys WHERE key = unhex(value ->> 1)), ?2, value ->> 2, value ->> 3, ?3, value -> 4 FROM json_each(?1)`;

const latestSql = `
${rowsOf('keys', 't.key = unhex(j.value ->> 1)')}
UPDATE keys SET latest = j.value ->> 0 FROM j WHERE keys.id = j.id`;

const outputsSql = `
INSERT INTO outputs (result, position, name, artifact, tags)
SELECT value ->> 0, value ->> 1, value ->> 2, (SELECT id FROM artifacts WHERE digest = unhex(value ->> 3)), value ->> 4
FROM json_each(?1)`;

const succeededSql = `
${rowsOf('tasks', 't.task = j.value ->> 2 AND t.run = ?2')}
UPDATE tasks SET state = 'succeeded', result = j.value ->> 0 FROM j WHERE tasks.id = j.id`;

/** Tasks that were skipped or never started may not have been planned: what they would have read is not known. */
const endStep = (state: string, tasks: readonly { readonly task: string; readonly note: string | null }[]): Step => ({
  sql: `
INSERT INTO tasks (run, task, call, tags, state, note)
SELECT ?2, value ->> 0, (SELECT id FROM calls WHERE run = ?2 AND call = value ->> 1), '{}', value ->> 2, value ->> 3 FROM json_each(?1) WHERE true
ON CONFLICT (task, run) DO UPDATE SET state = excluded.state, note = excluded.note`,
  rows: tasks.map(({ task, note }) => [task, task.replace(/\[.*$/s, ''), state, note]),
});
