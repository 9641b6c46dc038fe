import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../util/brand.ts';
import { asDigest } from '../util/brand.ts';
import { chunks } from '../util/chunks.ts';
import { forgetOldStates } from './content/digest-memo.ts';
import { abandonedDrafts, isDraftsFolder } from './content/drafts.ts';
import { removeWhole } from './content/move.ts';
import type { Connection } from './database/connection.ts';
import { digestHex, type Layout } from './layout.ts';
import { listObjects, type ObjectFile, sizeOf } from './objects.ts';

export interface GcPolicy {
  /** Runs that can be repeated without computing anything: those started since, or so many of each pipeline. The newest of each pipeline always is. */
  readonly keep: { readonly kind: 'since'; readonly at: Date } | { readonly kind: 'runs'; readonly count: number };
  /** Older runs are let go until the objects fit. */
  readonly maxBytes?: number;
  readonly dryRun: boolean;
  /** Objects this young stay while some engine lives: it may be about to use them. */
  readonly graceMilliseconds: number;
}

export interface Collected {
  readonly keptRuns: number;
  readonly forgottenRuns: number;
  readonly objects: {
    readonly kept: number;
    readonly keptBytes: number;
    readonly removed: number;
    readonly removedBytes: number;
  };
  /** Directories of attempts that are over. */
  readonly directories: { readonly removed: number; readonly removedBytes: number };
  readonly damaged: { readonly removed: number; readonly removedBytes: number };
  /** What commands that are gone had on its way into the store. */
  readonly unfinished: { readonly removed: number; readonly removedBytes: number };
}

/**
 * Frees what no kept run needs to be repeated. Nothing is forgotten: runs, lineage, digests and tags stay, and what was removed is computed again when it is
 * asked for. Safe beside running engines: an answer is taken back before its content goes, and what a living engine's run uses stays.
 */
export async function collectGarbage(
  parts: {
    readonly layout: Layout;
    readonly connection: Connection;
    readonly livingEngines: () => Promise<readonly string[]>;
    readonly isAlive: (token: string) => Promise<boolean>;
    readonly now: () => Date;
  },
  policy: GcPolicy,
): Promise<Collected> {
  const { connection, layout } = parts;
  const objects = await listObjects(layout);
  const living = await parts.livingEngines();
  const runs = await connection.all<RunRow>(runsSql);
  const kept = keptRuns(runs, policy, living);
  const needed = await digestsOf(connection, [...kept]);
  for (const digest of await publishedDigests(connection)) needed.add(digest);
  for (const digest of await importedDigests(connection)) needed.add(digest);
  if (policy.maxBytes !== undefined)
    await keepWhatFits(connection, { runs, kept, needed, objects, maxBytes: policy.maxBytes });

  const young = parts.now().getTime() - policy.graceMilliseconds;
  const doomed = objects.filter(
    (object) => !needed.has(object.digest) && !(living.length > 0 && object.changedAtMs > young),
  );
  if (!policy.dryRun) {
    await takeBackAnswers(connection, doomed);
    // An engine that looked before the answers were taken back has confirmed its objects since, or has recorded their use.
    const late = await digestsOf(connection, await runsOf(connection, await parts.livingEngines()));
    for (const object of doomed) if (!late.has(object.digest)) await removeWhole(object.path);
  }
  if (!policy.dryRun) await forgetOldStates(connection);
  const gone = new Set(doomed.map((object) => object.digest));
  const stay = objects.filter((object) => !gone.has(object.digest));
  return {
    keptRuns: kept.size,
    forgottenRuns: runs.length - kept.size,
    objects: { kept: stay.length, keptBytes: sum(stay), removed: doomed.length, removedBytes: sum(doomed) },
    directories: await clearAttempts(connection, { kept, dryRun: policy.dryRun }),
    damaged: await clearFolder(layout.damaged, policy.dryRun),
    unfinished: await clearDrafts(
      [
        ...(await abandonedDrafts(layout, parts.isAlive)),
        ...(living.length > 0 ? [] : await leftDrafts(layout, young)),
      ],
      policy.dryRun,
    ),
  };
}

interface RunRow {
  readonly id: number;
  readonly pipeline: string;
  readonly started_at: string;
  readonly engine: string;
  readonly status: string | null;
}

/** Newest first. One whose history was imported has nothing in the store that it could be repeated with. */
const runsSql = 'SELECT id, pipeline, started_at, engine, status FROM runs WHERE origin IS NULL ORDER BY id DESC';

function keptRuns(runs: readonly RunRow[], policy: GcPolicy, living: readonly string[]): Set<number> {
  const seen = new Map<string, number>();
  const kept = new Set<number>();
  for (const run of runs) {
    const before = seen.get(run.pipeline) ?? 0;
    seen.set(run.pipeline, before + 1);
    const wanted =
      policy.keep.kind === 'runs' ? before < policy.keep.count : Date.parse(run.started_at) >= policy.keep.at.getTime();
    // One that was interrupted goes on with the same command: what it has is as good as the newest.
    if (before === 0 || wanted || living.includes(run.engine)) kept.add(run.id);
  }
  return kept;
}

async function runsOf(connection: Connection, engines: readonly string[]): Promise<readonly number[]> {
  const rows = await connection.all<{ id: number }>(
    'SELECT id FROM runs WHERE engine IN (SELECT value FROM json_each(?)) AND status IS NULL',
    JSON.stringify(engines),
  );
  return rows.map((row) => row.id);
}

/** Everything that the tasks of these runs would be answered with, and what they read that had to be fetched. */
async function digestsOf(connection: Connection, runs: readonly number[]): Promise<Set<Digest>> {
  const out = new Set<Digest>();
  for (const run of runs) {
    const [row] = await connection.all<{ digests: string | null }>(answersSql, run);
    for (const hex of row?.digests?.split(' ') ?? []) out.add(asDigest(`blake3:${hex}`));
  }
  return out;
}

/** The result a task ended with, and the one that would answer it now. */
const answersSql = `
SELECT group_concat(lower(hex(digest)), ' ') AS digests FROM (
  SELECT DISTINCT a.digest FROM tasks t CROSS JOIN outputs o ON o.result = t.result CROSS JOIN artifacts a ON a.id = o.artifact WHERE t.run = ?1
  UNION
  SELECT a.digest FROM tasks t CROSS JOIN keys k ON k.id = t.key CROSS JOIN outputs o ON o.result = k.latest CROSS JOIN artifacts a ON a.id = o.artifact WHERE t.run = ?1
  UNION
  SELECT a.digest FROM locations l CROSS JOIN artifacts a ON a.id = l.artifact WHERE l.run = ?1 AND l.kind = 'seen' AND l.path LIKE '%://%')`;

async function publishedDigests(connection: Connection): Promise<readonly Digest[]> {
  const rows = await connection.all<{ path: string; digest: string }>(
    "SELECT l.path, lower(hex(a.digest)) AS digest FROM locations l JOIN artifacts a ON a.id = l.artifact WHERE l.kind = 'published' AND l.current = 1",
  );
  // Another place is not asked whether it still has what was put there.
  return rows
    .filter(({ path }) => path.includes('://') || lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    .map((row) => asDigest(`blake3:${row.digest}`));
}

/**
 * What people imported into the store can be computed by nobody. It stays whatever became of its import: one that was undone can be wanted back, and one that is under way is
 * about to name it.
 */
async function importedDigests(connection: Connection): Promise<readonly Digest[]> {
  const rows = await connection.all<{ digest: string }>(importedSql);
  return rows.map(({ digest }) => asDigest(digest));
}

const importedSql = `
SELECT 'blake3:' || lower(hex(a.digest)) AS digest FROM items i JOIN artifacts a ON a.id = i.artifact WHERE i.mode <> 'reference'
UNION SELECT c.value ->> '$.digest' FROM items i CROSS JOIN json_each(i.companions) c WHERE i.mode <> 'reference'`;

/** With a limit, older runs are kept as well, newest first, as far as there is room for them. */
async function keepWhatFits(
  connection: Connection,
  state: {
    readonly runs: readonly RunRow[];
    readonly kept: Set<number>;
    readonly needed: Set<Digest>;
    readonly objects: readonly ObjectFile[];
    readonly maxBytes: number;
  },
): Promise<void> {
  const sizes = new Map(state.objects.map((object) => [object.digest, object.size]));
  const sizeOfAll = (digests: Iterable<Digest>): number => {
    let total = 0;
    for (const digest of digests) total += sizes.get(digest) ?? 0;
    return total;
  };
  let used = sizeOfAll(state.needed);
  for (const run of state.runs) {
    if (state.kept.has(run.id)) continue;
    const more = [...(await digestsOf(connection, [run.id]))].filter((digest) => !state.needed.has(digest));
    const bytes = sizeOfAll(more);
    if (used + bytes > state.maxBytes) return;
    used += bytes;
    state.kept.add(run.id);
    for (const digest of more) state.needed.add(digest);
  }
}

/** Keys whose answer is about to lose its content have none from now on; whoever asks computes it again. */
async function takeBackAnswers(connection: Connection, doomed: readonly ObjectFile[]): Promise<void> {
  for (const slice of chunks(doomed, 1000)) {
    await connection.write({ durable: true }, (sql) =>
      sql.run(takeBackSql, JSON.stringify(slice.map((object) => digestHex(object.digest)))),
    );
  }
}

const takeBackSql = `
UPDATE keys SET latest = NULL WHERE id IN (
  SELECT x.key FROM json_each(?) j CROSS JOIN artifacts a ON a.digest = unhex(j.value) CROSS JOIN outputs o ON o.artifact = a.id CROSS JOIN results x ON x.id = o.result
  CROSS JOIN keys k ON k.id = x.key AND k.latest = x.id)`;

/** Of attempts that ended well, and of all that ended in runs that are not kept. One whose end nobody recorded may still be running. */
async function clearAttempts(
  connection: Connection,
  options: { readonly kept: ReadonlySet<number>; readonly dryRun: boolean },
): Promise<Collected['directories']> {
  const rows = await connection.all<{ run: number; directory: string; outcome: string }>(
    'SELECT run, directory, outcome FROM attempts WHERE ended_at IS NOT NULL',
  );
  let removed = 0;
  let removedBytes = 0;
  for (const row of rows) {
    if (row.outcome !== 'succeeded' && options.kept.has(row.run)) continue;
    if (lstatSync(row.directory, { throwIfNoEntry: false }) === undefined) continue;
    removed++;
    removedBytes += await sizeOf(row.directory);
    if (!options.dryRun) await removeWhole(row.directory);
  }
  return { removed, removedBytes };
}

/** What a command that was killed left on its way into the store, and that names no engine: nobody else uses the store, and it is not of this moment. */
async function leftDrafts(layout: Layout, young: number): Promise<readonly string[]> {
  const names = await readdir(layout.incoming).catch(() => []);
  return names
    .filter((name) => !isDraftsFolder(name))
    .map((name) => join(layout.incoming, name))
    .filter((path) => (lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? Number.POSITIVE_INFINITY) < young);
}

async function clearFolder(folder: string, dryRun: boolean): Promise<Collected['damaged']> {
  let removed = 0;
  let removedBytes = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    removed++;
    removedBytes += await sizeOf(join(folder, name));
    if (!dryRun) await removeWhole(join(folder, name));
  }
  return { removed, removedBytes };
}

/** A folder of drafts holds one for each fetch. */
async function clearDrafts(paths: readonly string[], dryRun: boolean): Promise<Collected['unfinished']> {
  let removedBytes = 0;
  for (const path of paths) {
    removedBytes += await sizeOf(path);
    if (!dryRun) await removeWhole(path);
  }
  return { removed: paths.length, removedBytes };
}

const sum = (objects: readonly ObjectFile[]): number => objects.reduce((total, object) => total + object.size, 0);
