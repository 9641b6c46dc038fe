import { existsSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Adoption, AdoptionResult } from '../../engine/ports/runner.ts';
import { callOff, noteEnding, readEnding } from '../wrapper/call-off.ts';
import { isTerminated, readLauncherRecord } from '../wrapper/exit-record.ts';
import { forgetSecrets } from '../wrapper/forget-secrets.ts';
import { batchesFolder, batchName, readJob, readPlace, readWords, removeBatch } from './batch-folder.ts';
import { type Asked, askStanding } from './standing.ts';
import { writeSynthetic } from './synthetic-record.ts';
import { type Attempt, type Batch, hasBegun, newAttempt } from './tracked.ts';
import { verdict } from './verdict.ts';

export interface TakenOver {
  readonly results: readonly AdoptionResult[];
  /** Those with attempts that may be alive, and these alone in their elements. */
  readonly batches: readonly Batch[];
}

interface Found {
  readonly adoption: Adoption;
  readonly batch: Batch;
  readonly index: number;
}

/**
 * Finds out what became of attempts whose engine is gone: by their records; else by their batch, which is asked for by its name, since that engine
 * may not have heard its number. What Slurm does not answer about may be alive.
 */
export async function takeOver(
  adoptions: readonly Adoption[],
  options: { readonly workFolder: string; readonly hasAccounting: boolean; readonly lateMs: number },
): Promise<TakenOver> {
  const results = new Map<string, AdoptionResult>();
  const batches = new Map<string, Batch>();
  const open: Found[] = [];
  for (const adoption of adoptions) {
    const { token, directory } = adoption;
    const record = readLauncherRecord(directory, token);
    const place = readPlace(directory);
    if (record !== undefined && !isTerminated(record)) results.set(token, { token, state: 'ended', record });
    else if (place === undefined) results.set(token, { token, state: callOff(directory) ? 'not-started' : 'lost' });
    else open.push({ adoption, index: place.index, batch: batchAt(place.batch) });
  }

  function batchAt(id: string): Batch {
    let batch = batches.get(id);
    if (batch === undefined) {
      const folder = `${batchesFolder(options.workFolder)}/${id}`;
      const job = readJob(folder);
      batch = { id, name: batchName(id), folder, elements: [], ...(job === undefined ? {} : { job }) };
      batches.set(id, batch);
    }
    return batch;
  }

  const asked: Asked = open.length === 0 ? { standing: new Map() } : await askStanding([...batches.values()], options);
  const over: Found[] = [];
  for (const found of open) {
    const { batch, index } = found;
    const seen = 'standing' in asked ? asked.standing.get(batch.name)?.get(index) : undefined;
    if (seen !== undefined) batch.job ??= seen.job;
    // Without a number and without the words of sbatch it was never submitted.
    const wasSubmitted = batch.job !== undefined || readWords(batch.folder) !== undefined;
    const mayBeAlive = 'silent' in asked ? wasSubmitted : seen !== undefined && seen.state.standing !== 'over';
    if (!mayBeAlive) over.push(found);
    else {
      track(found);
      results.set(found.adoption.token, { token: found.adoption.token, state: 'running' });
    }
  }
  // A record may still be on its way.
  if (
    over.some(
      ({ adoption }) => readLauncherRecord(adoption.directory, adoption.token) === undefined && hasBegun(adoption),
    )
  )
    await delay(options.lateMs);
  for (const found of over) results.set(found.adoption.token, endOf(found, asked));

  for (const batch of batches.values()) {
    // Elements of attempts that nobody asks for any more may be alive in it.
    const states = 'standing' in asked ? [...(asked.standing.get(batch.name)?.values() ?? [])] : undefined;
    const isOver = states?.every(({ state }) => state.standing === 'over') ?? false;
    if (batch.elements.length === 0 && isOver) removeBatch(batch.folder);
  }
  for (const { token, directory } of adoptions) if (results.get(token)?.state !== 'running') forgetSecrets(directory);
  return {
    results: adoptions.map(({ token }) => results.get(token) ?? { token, state: 'lost' }),
    batches: [...batches.values()].filter(({ elements }) => elements.length > 0),
  };
}

function track({ adoption, batch, index }: Found): void {
  const attempt = newAttempt(adoption, { hasSecrets: existsSync(`${adoption.directory}/secret`), guards: [] });
  attempt.tries = 1;
  let element = batch.elements.find((other) => other.index === index);
  if (element === undefined) {
    // What had begun and is in the queue again is known by this.
    element = { batch, index, attempts: [], wasRunning: true };
    batch.elements.push(element);
  }
  element.attempts.push(attempt);
  attempt.element = element;
}

function endOf({ adoption, batch, index }: Found, asked: Asked): AdoptionResult {
  const { token, directory } = adoption;
  const record = readLauncherRecord(directory, token);
  if (record !== undefined && !isTerminated(record)) return { token, state: 'ended', record };
  if (record === undefined && callOff(directory)) return { token, state: 'not-started' };
  const state = 'standing' in asked ? asked.standing.get(batch.name)?.get(index)?.state : undefined;
  const said = verdict({ job: `${batch.job ?? '?'}_${index}`, state, ending: readEnding(directory) });
  if (record !== undefined) {
    const how = said.kind === 'ended' ? said.how : ({ kind: 'signalled', signal: 'SIGTERM' } as const);
    return { token, state: 'ended', record: { ...record, how } };
  }
  if (said.kind === 'lost') return { token, state: 'lost' };
  writeSynthetic(adoption, said.how);
  const written = readLauncherRecord(directory, token);
  return written === undefined || isTerminated(written)
    ? { token, state: 'lost' }
    : { token, state: 'ended', record: written };
}

/** A time that the launcher was not told is kept from here: resolves when it is up, or `closing` aborts. */
export async function keepTime({ directory, timeoutSeconds }: Attempt, closing: AbortSignal): Promise<void> {
  if (timeoutSeconds === undefined || existsSync(`${directory}/limits`)) return;
  const since = statSync(`${directory}/stdout`, { throwIfNoEntry: false })?.birthtimeMs;
  if (since === undefined) return;
  const left = Math.max(0, since + timeoutSeconds * 1000 - Date.now());
  await delay(left, undefined, { signal: closing }).catch(() => undefined);
  if (!closing.aborted) noteEnding(directory, 'timed-out');
}
