import type { Impact, ImpactReader, OnTheWay, Suspect } from '../../engine/ports/impact.ts';
import type { Connection } from '../database/connection.ts';
import { affected } from './affected.ts';
import { affectedFiles, affectedItems } from './impact-places.ts';
import { affectedDatasets, affectedRuns } from './impact-totals.ts';
import { reachOf } from './impact-walk.ts';
import { readWays } from './impact-ways.ts';
import { readRetractions, retractedAmong } from './retractions.ts';
import { toolsOf } from './suspect-results.ts';
import { namesOf, startOf } from './suspects.ts';

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
