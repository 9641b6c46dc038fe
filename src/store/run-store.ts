import { randomInt } from 'node:crypto';
import type { IntendedAttempt, PlannedTask, StoredEvent } from '../engine/ports/event.ts';
import type { InterruptedRun, PreviousTask, RunStore, StoredResult } from '../engine/ports/run-store.ts';
import { StoreProblem } from '../engine/ports/run-store.ts';
import type { RunnerName } from '../engine/ports/runner.ts';
import { asAttemptToken, asDigest, asRunId, asTaskKey, type Digest, type RunId, type TaskKey } from '../util/brand.ts';
import { chunks } from '../util/chunks.ts';
import { createAppend } from './append.ts';
import { type Claims, createClaims } from './claims.ts';
import type { Connection } from './database/connection.ts';
import { readBodies } from './database/event-body.ts';
import type { JournalWriter } from './journal/journal-writer.ts';
import { digestHex, type Layout } from './layout.ts';

export interface RunStoreParts {
  readonly layout: Layout;
  readonly connection: Connection;
  /** Absent where the store is open for reading only. */
  readonly writing?: { readonly journal: JournalWriter; readonly token: string };
  readonly isAlive: (token: string) => Promise<boolean>;
  readonly now: () => Date;
}

/** Keys asked for at once; the driver makes row objects in the main thread, so this is also how long it is held. */
const keysPerQuestion = 1000;

export function createRunStore(parts: RunStoreParts): Omit<RunStore, 'close'> & { readonly claims: Claims } {
  const { connection } = parts;
  const token = parts.writing?.token ?? '';
  const claims = createClaims(connection, { token, isAlive: parts.isAlive });
  /** Keys whose parts and inputs the database has. */
  const known = new Set<TaskKey>();
  const created = new Set<RunId>();
  const append = parts.writing
    ? createAppend({ connection, journal: parts.writing.journal, now: parts.now, known })
    : () => Promise.reject(readOnly(parts.layout));

  return {
    engine: { token },
    claims,
    createRun() {
      // Of two runs begun in one second, chance alone tells them apart: here at least it shall not be left to chance.
      let run = newRunId(parts.now());
      while (created.has(run)) run = newRunId(parts.now());
      created.add(run);
      return run;
    },
    append,
    events: (run) => readEvents(connection, run),
    interrupted: async () => {
      const rows = await connection.all<InterruptedRow>(interruptedSql, token);
      const out: InterruptedRun[] = [];
      for (const row of rows) {
        if (await parts.isAlive(row.engine)) continue;
        out.push({
          run: asRunId(row.run),
          identity: asDigest(`blake3:${row.identity}`),
          pipeline: row.pipeline,
          startedAt: row.started_at,
        });
      }
      return out;
    },
    lookup: async (keys) => {
      const found = new Map<TaskKey, StoredResult>();
      for (const slice of chunks(keys, keysPerQuestion)) {
        const rows = await connection.all<ResultRow>(lookupSql, JSON.stringify(slice.map(digestHex)));
        for (const row of rows) {
          const key = slice[row.position];
          if (key === undefined) continue;
          known.add(key);
          found.set(key, {
            key,
            run: asRunId(row.run),
            task: row.task,
            token: asAttemptToken(row.token),
            outputs: JSON.parse(row.outputs),
          });
        }
      }
      return found;
    },
    unfinished: async (run) => (await connection.all<AttemptRow>(unfinishedSql, run)).map(intendedAttempt),
    claim: (keys) => (parts.writing ? claims.claim(keys) : Promise.reject(readOnly(parts.layout))),
    release: (keys) => claims.release(keys),
    previous: async (pipeline, tasks, { before }) => {
      const found = new Map<string, PreviousTask>();
      for (const slice of chunks(tasks, keysPerQuestion)) {
        const rows = await connection.all<PreviousRow>(previousSql, JSON.stringify(slice), pipeline, before ?? null);
        for (const row of rows)
          found.set(row.task, {
            run: asRunId(row.run),
            key: asTaskKey(`blake3:${row.key}`),
            parts: JSON.parse(row.parts),
          });
      }
      return found;
    },
    texts: async (digests) => {
      const rows = await connection.all<{ digest: string; text: string }>(
        textsSql,
        JSON.stringify(digests.map(digestHex)),
      );
      return new Map<Digest, string>(rows.map((row) => [asDigest(`blake3:${row.digest}`), row.text]));
    },
  };
}

async function readEvents(connection: Connection, run: RunId): Promise<readonly StoredEvent[]> {
  const events = await readBodies(connection, run);
  const keys = new Set(
    events.flatMap((event) => (event.type === 'tasks-planned' ? event.tasks.map((task) => task.key) : [])),
  );
  const records = new Map<TaskKey, Pick<PlannedTask, 'parts' | 'inputs'>>();
  for (const slice of chunks([...keys], keysPerQuestion)) {
    const found = await connection.all<{ position: number; parts: string; inputs: string }>(
      partsSql,
      JSON.stringify(slice.map(digestHex)),
    );
    for (const row of found) {
      const key = slice[row.position];
      if (key !== undefined) records.set(key, { parts: JSON.parse(row.parts), inputs: JSON.parse(row.inputs) });
    }
  }
  return events.map((event) =>
    event.type === 'tasks-planned'
      ? {
          ...event,
          tasks: event.tasks.map((task) => ({ ...task, ...(records.get(task.key) ?? { parts: [], inputs: [] }) })),
        }
      : event,
  );
}

/** `20261122-200612-k3f9`: sorts by start time, short enough to type, and never twice. */
function newRunId(now: Date): RunId {
  const letters = 'abcdefghjkmnpqrstvwxyz23456789';
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const tail = Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('');
  return asRunId(`${stamp}-${tail}`);
}

const readOnly = (layout: Layout): StoreProblem =>
  new StoreProblem(
    'read-only',
    `The store ${layout.folder} is open for reading only`,
    'Make it writable, or use another with `--store DIR`.',
  );

interface InterruptedRow {
  readonly run: string;
  readonly identity: string;
  readonly pipeline: string;
  readonly started_at: string;
  readonly engine: string;
}

interface ResultRow {
  readonly position: number;
  readonly run: string;
  readonly task: string;
  readonly token: string;
  readonly outputs: string;
}

interface PreviousRow {
  readonly task: string;
  readonly run: string;
  readonly key: string;
  readonly parts: string;
}

interface AttemptRow {
  readonly token: string;
  readonly task: string;
  readonly key: string;
  readonly attempt: number;
  readonly directory: string;
  readonly runner: RunnerName;
  readonly resources: string;
  readonly external: string | null;
  readonly timeout_seconds: number | null;
}

const intendedAttempt = (row: AttemptRow): IntendedAttempt & { readonly external?: string } => ({
  task: row.task,
  key: asTaskKey(`blake3:${row.key}`),
  attempt: row.attempt,
  token: asAttemptToken(row.token),
  directory: row.directory,
  runner: row.runner,
  resources: JSON.parse(row.resources),
  ...(row.external !== null && { external: row.external }),
  ...(row.timeout_seconds !== null && { timeoutSeconds: row.timeout_seconds }),
});

const interruptedSql = `
SELECT run, lower(hex(identity)) AS identity, pipeline, started_at, engine FROM runs
WHERE status IS NULL AND origin IS NULL AND engine <> ? ORDER BY id DESC`;

const lookupSql = `
SELECT j.key AS position, n.run, r.task, r.token, r.outputs
FROM json_each(?) j
CROSS JOIN keys k ON k.key = unhex(j.value)
CROSS JOIN results r ON r.id = k.latest
CROSS JOIN runs n ON n.id = r.run`;

const unfinishedSql = `
SELECT a.token, a.task, lower(hex(k.key)) AS key, a.attempt, a.directory, a.runner, a.resources, a.external, a.timeout_seconds
FROM runs r JOIN attempts a ON a.run = r.id JOIN keys k ON k.id = a.key
WHERE r.run = ? AND a.ended_at IS NULL ORDER BY a.id`;

const previousSql = `
SELECT t.task, r.run, lower(hex(k.key)) AS key, k.parts
FROM json_each(?1) j
CROSS JOIN tasks t ON t.id = (
  SELECT t.id FROM tasks t CROSS JOIN runs r ON r.id = t.run
  WHERE t.task = j.value AND t.key IS NOT NULL AND r.pipeline = ?2 AND (?3 IS NULL OR r.id < (SELECT id FROM runs WHERE run = ?3))
  ORDER BY t.run DESC LIMIT 1)
CROSS JOIN runs r ON r.id = t.run
CROSS JOIN keys k ON k.id = t.key`;

const textsSql = `
SELECT lower(hex(t.digest)) AS digest, t.text FROM json_each(?) j CROSS JOIN texts t ON t.digest = unhex(j.value)`;

const partsSql = `
SELECT j.key AS position, k.parts,
  (SELECT json_group_array(json_object('name', i.name, 'digest', 'blake3:' || lower(hex(a.digest))))
   FROM (SELECT * FROM inputs WHERE key = k.id ORDER BY position) i JOIN artifacts a ON a.id = i.artifact) AS inputs
FROM json_each(?) j CROSS JOIN keys k ON k.key = unhex(j.value)`;
