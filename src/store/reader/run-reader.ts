import type { PublishedFile } from '../../engine/ports/event.ts';
import type { RunReader } from '../../engine/ports/run-reader.ts';
import type { RunStore } from '../../engine/ports/run-store.ts';
import { asDigest, type TaskKey } from '../../util/brand.ts';
import type { Connection } from '../database/connection.ts';
import { readBodies } from '../database/event-body.ts';
import { digestHex } from '../layout.ts';
import { readArtifacts, readLocationsAt, readPublishedIn } from './artifact-records.ts';
import { findFiles } from './find.ts';
import { readImportedAt, readImportedNamed } from './imported.ts';
import { readItemHistory } from './item-history.ts';
import { readLineage } from './lineage.ts';
import { readRuns } from './run-records.ts';
import { readTagNames } from './tag-names.ts';
import {
  readAttempts,
  readMakers,
  readPrevious,
  readResult,
  readTask,
  readTasks,
  readTasksLike,
  readTasksOf,
} from './task-records.ts';

export function createRunReader(
  connection: Connection,
  options: { readonly isAlive: (token: string) => Promise<boolean>; readonly texts: RunStore['texts'] },
): RunReader {
  const queries = { connection, isAlive: options.isAlive };
  return {
    runs: (wanted) => readRuns(queries, wanted),
    runsNamed: (text) => readRuns(queries, { prefix: text }),
    tasks: (run) => readTasks(connection, run),
    task: (task, { run }) => readTask(connection, task, run),
    tasksOf: (name, { run }) => readTasksOf(connection, name, run),
    tasksLike: (text, { limit }) => readTasksLike(connection, text, limit),
    attempts: (run, task) => readAttempts(connection, run, task),
    parts: (key) => readParts(connection, key),
    previous: (task) => readPrevious(connection, task),
    texts: options.texts,
    result: (task) => readResult(connection, task),
    makers: (digest, { path }) => readMakers(connection, digest, path),
    artifacts: (digests) => readArtifacts(connection, digests),
    locationsAt: (path) => readLocationsAt(connection, path),
    isPlace: async (path) => {
      // '0' is the sign after '/'.
      const [from, to] = [`${path.replace(/\/$/, '')}/`, `${path.replace(/\/$/, '')}0`];
      return (await connection.all(placeSql, path, from, to)).length > 0;
    },
    importedAt: (path) => readImportedAt(connection, path),
    importedNamed: (name) => readImportedNamed(connection, name),
    historyOf: (item) => readItemHistory(connection, item),
    experimentsOf: async (run) =>
      (
        await connection.all<{ experiment: string }>(
          'SELECT x.experiment FROM runs r JOIN experiment_runs x ON x.run = r.id WHERE r.run = ? ORDER BY x.experiment',
          run,
        )
      ).map(({ experiment }) => experiment),
    runsOf: (experiment) => readRuns(queries, { experiment }),
    publishedIn: (dataset) => readPublishedIn(connection, dataset),
    fetchedFrom: async (uri) => {
      const [row] = await connection.all<{ digest: string }>(
        'SELECT lower(hex(digest)) AS digest FROM fetched WHERE uri = ?',
        uri,
      );
      return row && asDigest(`blake3:${row.digest}`);
    },
    lineage: (root, wanted) => readLineage(connection, root, wanted),
    tagNames: (wanted) => readTagNames(connection, wanted),
    find: (filter, wanted) => findFiles(connection, filter, wanted),
    published: async (run) => {
      const files = new Map<string, PublishedFile>();
      for (const event of await readBodies(connection, run, 'published'))
        if (event.type === 'published') for (const file of event.files) files.set(file.path, file);
      return [...files.values()];
    },
  };
}

const placeSql = `
SELECT 1 FROM locations WHERE path = ?1 OR (path > ?2 AND path < ?3)
UNION ALL SELECT 1 FROM items WHERE (path = ?1 OR (path > ?2 AND path < ?3)) AND visible IN (1, -2) LIMIT 1`;

async function readParts(connection: Connection, key: TaskKey) {
  const [row] = await connection.all<{ parts: string }>('SELECT parts FROM keys WHERE key = unhex(?)', digestHex(key));
  return row && JSON.parse(row.parts);
}
