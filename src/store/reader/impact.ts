import type { Affected, Impact, ImpactReader, Made, OnTheWay, Suspect } from '../../engine/ports/impact.ts';
import { asDigest, type Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import { unreachable } from '../../util/unreachable.ts';
import type { Connection } from '../database/connection.ts';
import { digestHex } from '../layout.ts';
import { affectedFiles, affectedItems } from './impact-places.ts';
import { affectedDatasets, affectedRuns } from './impact-totals.ts';
import { reachOf } from './impact-walk.ts';
import { readWays } from './impact-ways.ts';
import { readRetractions, retractedAmong } from './retractions.ts';
import { type MadeWith, madeInEnvironment, madeWithTool, toolsOf } from './suspect-results.ts';

export function createImpactReader(connection: Connection): ImpactReader {
  return {
    impact: async (suspects) =>
      readImpact(connection, suspects === 'retracted' ? await readRetractions(connection) : suspects),
    affected: (of) => affected(connection, of),
    retractedAmong: (digests) => retractedAmong(connection, digests),
    known: async () => ({
      tools: await toolsOf(connection),
      environments: (await connection.all<{ name: string }>('SELECT name FROM environments ORDER BY name')).map(
        ({ name }) => name,
      ),
    }),
  };
}

async function readImpact(connection: Connection, suspects: readonly Suspect[]): Promise<Impact> {
  const start = await startOf(connection, suspects);
  const reach = await reachOf(connection, start);
  const files = await affectedFiles(connection, reach);
  const items = await affectedItems(connection, reach);
  const ways = await readWays(connection, reach, [...files, ...items]);
  const onTheWay = (of: { readonly artifact: number; readonly result?: number }): OnTheWay => {
    const reached = of.result === undefined ? reach.artifacts.get(of.artifact) : reach.results.get(of.result);
    return { suspect: reached?.suspect ?? 0, tasks: reached?.tasks ?? 0, way: ways(of) };
  };
  const direct = new Map<number, number>();
  for (const { suspect, tasks } of reach.results.values())
    if (tasks === 1) direct.set(suspect, (direct.get(suspect) ?? 0) + 1);
  const names = await namesOf(connection, suspects);
  return {
    suspects: suspects.map((suspect, index) => ({
      ...suspect,
      name: names.get(suspect.subject)?.path ?? suspect.subject,
      ...(names.get(suspect.subject)?.item !== undefined && { item: names.get(suspect.subject)?.item ?? '' }),
      parts: start[index]?.parts ?? [],
      results: direct.get(index) ?? 0,
    })),
    files: files.map(({ artifact, result, ...file }) => ({
      ...file,
      ...onTheWay({ artifact, ...(result !== undefined && { result }) }),
    })),
    items: items.map(({ artifact, ...item }) => ({ ...item, ...onTheWay({ artifact }) })),
    datasets: await affectedDatasets(connection, { files, items }),
    runs: await affectedRuns(connection, reach),
  };
}

interface Start extends MadeWith {
  readonly artifacts: readonly number[];
}

async function startOf(connection: Connection, suspects: readonly Suspect[]): Promise<readonly Start[]> {
  const contents = suspects.flatMap(({ kind, subject }) => (kind === 'content' ? [asDigest(subject)] : []));
  const ids = await artifactIds(connection, contents);
  const out: Start[] = [];
  for (const { kind, subject } of suspects) {
    switch (kind) {
      case 'content': {
        const id = ids.get(asDigest(subject));
        out.push({ artifacts: id === undefined ? [] : [id], results: [], parts: [] });
        break;
      }
      case 'tool':
        out.push({ artifacts: [], ...(await madeWithTool(connection, subject)) });
        break;
      case 'environment':
        out.push({ artifacts: [], ...(await madeInEnvironment(connection, subject)) });
        break;
      default:
        return unreachable(kind);
    }
  }
  return out;
}

async function affected(connection: Connection, of: readonly Made[]): Promise<readonly (Affected | undefined)[]> {
  const suspects = of.length === 0 ? [] : await readRetractions(connection);
  if (suspects.length === 0) return of.map(() => undefined);
  const reach = await reachOf(connection, await startOf(connection, suspects));
  const ids = await artifactIds(
    connection,
    of.flatMap((one) => ('digest' in one ? [one.digest] : [])),
  );
  const results = await resultsOf(connection, of);
  const found = of.map((one, index) => {
    const content = 'digest' in one ? reach.artifacts.get(ids.get(one.digest) ?? -1) : undefined;
    const result = results.get(index);
    return content?.tasks === 0 || result === undefined ? content : reach.results.get(result);
  });
  const used = new Set(found.flatMap((reached) => (reached === undefined ? [] : [reached.suspect])));
  const names = await namesOf(
    connection,
    suspects.filter((_, index) => used.has(index)),
  );
  return found.map((reached) => {
    const suspect = reached && suspects[reached.suspect];
    if (suspect === undefined) return undefined;
    return {
      suspect: { ...suspect, name: names.get(suspect.subject)?.path ?? suspect.subject },
      tasks: reached?.tasks ?? 0,
    };
  });
}

/** By position, where the task is known and ended well. */
async function resultsOf(connection: Connection, of: readonly Made[]): Promise<ReadonlyMap<number, number>> {
  const asked = of.flatMap(({ run, task }, index) =>
    run === undefined || task === undefined ? [] : [[index, run, task]],
  );
  const out = new Map<number, number>();
  for (const slice of chunks(asked, 5000)) {
    const [row] = await connection.all<{ rows: string }>(
      `SELECT json_group_array(json_array(j.value ->> 0, t.result)) AS rows
       FROM json_each(?) j CROSS JOIN runs r ON r.run = j.value ->> 1 CROSS JOIN tasks t ON t.task = j.value ->> 2 AND t.run = r.id WHERE t.result IS NOT NULL`,
      JSON.stringify(slice),
    );
    for (const [index, result] of JSON.parse(row?.rows ?? '[]') as [number, number][]) out.set(index, result);
  }
  return out;
}

async function artifactIds(connection: Connection, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, number>> {
  const out = new Map<Digest, number>();
  for (const slice of chunks(digests, 5000)) {
    const [row] = await connection.all<{ ids: string }>(
      'SELECT json_group_array(json_array(j.key, a.id)) AS ids FROM json_each(?) j CROSS JOIN artifacts a ON a.digest = unhex(j.value)',
      JSON.stringify(slice.map(digestHex)),
    );
    for (const [index, id] of JSON.parse(row?.ids ?? '[]') as [number, number][]) {
      const digest = slice[index];
      if (digest !== undefined) out.set(digest, id);
    }
  }
  return out;
}

/** Where contents lie or lay: as an item first, then where a run read or published them. */
async function namesOf(
  connection: Connection,
  suspects: readonly Suspect[],
): Promise<ReadonlyMap<string, { readonly path: string; readonly item?: string }>> {
  const out = new Map<string, { readonly path: string; readonly item?: string }>();
  const contents = suspects.flatMap(({ kind, subject }) => (kind === 'content' ? [asDigest(subject)] : []));
  for (const slice of chunks(contents, 1000)) {
    const rows = await connection.all<NameRow>(namesSql, JSON.stringify(slice.map(digestHex)));
    for (const row of rows) {
      const subject = slice[row.position];
      if (subject === undefined || row.path === null) continue;
      out.set(subject, { path: row.path, ...(row.item !== null && { item: row.item }) });
    }
  }
  return out;
}

interface NameRow {
  readonly position: number;
  readonly path: string | null;
  readonly item: string | null;
}

const namesSql = `
SELECT j.key AS position, coalesce(i.path, (
    SELECT l.path FROM locations l WHERE l.artifact = a.id ORDER BY l.kind = 'seen' DESC, l.current DESC, l.id DESC LIMIT 1)) AS path,
  e.name || '/' || d.name || '/' || i.name AS item
FROM json_each(?1) j CROSS JOIN artifacts a ON a.digest = unhex(j.value)
LEFT JOIN items i ON i.id = (SELECT max(id) FROM items WHERE artifact = a.id AND visible IN (1, -2))
LEFT JOIN datasets d ON d.id = i.dataset LEFT JOIN experiments e ON e.id = d.experiment`;
