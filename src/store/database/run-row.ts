import type { Event } from '../../engine/ports/event.ts';
import { digestHex } from '../layout.ts';
import type { Sql } from './connection.ts';

/** Makes the row of a run; its id is what all else hangs on. */
export async function insertRun(
  sql: Sql,
  run: string,
  event: Extract<Event, { type: 'run-started' }>,
  at: string,
): Promise<void> {
  await sql.run(
    insertSql,
    JSON.stringify([
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
      event.origin?.system ?? null,
      event.origin?.startedAt ?? null,
    ]),
    at,
  );
}

const insertSql = `
INSERT INTO runs (run, pipeline, program, identity, params, outdir, name, tags, argv, engine, version, host, user, origin, started_at)
SELECT ?1 ->> 0, ?1 ->> 1, unhex(?1 ->> 2), unhex(?1 ->> 3), ?1 -> 4, ?1 ->> 5, ?1 ->> 6, ?1 -> 7, ?1 -> 8, ?1 ->> 9, ?1 ->> 10, ?1 ->> 11, ?1 ->> 12, ?1 ->> 13, coalesce(?1 ->> 14, ?2)`;
