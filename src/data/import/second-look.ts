import { statSync } from 'node:fs';
import type { ContentStore } from '../../engine/ports/content-store.ts';
import { breather } from '../../util/breather.ts';
import type { ReadItem } from './compare-items.ts';
import type { LeftFile } from './find-files.ts';

export interface SecondLook {
  readonly now: () => number;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly content: Pick<ContentStore, 'digest'>;
  readonly signal: AbortSignal;
}

/** A file that was written to in this time may be in the middle of it: its size and time are not to be trusted yet. */
const restMilliseconds = 2000;

/**
 * The items that somebody is still writing: their size or time is another than when they were found, or they are gone. What is younger than two
 * seconds is looked at once it is that old.
 */
export async function secondLook(items: readonly ReadItem[], look: SecondLook): Promise<readonly LeftFile[]> {
  const local = items.filter(({ found }) => found.remote === undefined);
  let newest = 0;
  for (const { found } of local)
    for (const { mtimeMs = 0 } of [found, ...found.companions])
      if (mtimeMs <= look.now()) newest = Math.max(newest, mtimeMs);
  const age = look.now() - newest;
  if (age < restMilliseconds) await look.wait(restMilliseconds - age, look.signal);
  const left: LeftFile[] = [];
  const breath = breather(8);
  for (const { found } of local) {
    if (breath.due()) await breath.pause();
    look.signal.throwIfAborted();
    const states = [found, ...found.companions].map((file) => stateOf(file));
    if (states.includes('gone')) left.push({ path: found.name, why: 'gone' });
    else if (states.includes('changed')) left.push({ path: found.name, why: 'being-written' });
  }
  // A folder has many files, and times of its own say little: its digest says it all, and costs a stat for each of them.
  const folders = local.filter(({ found }) => found.directory);
  const again = await look.content.digest(
    folders.map(({ found }) => found.path),
    { fingerprint: 'content', fresh: false },
  );
  for (const [at, { found, content }] of folders.entries()) {
    const now = again[at];
    if (left.some(({ path }) => path === found.name)) continue;
    if (!now?.ok || now.digest !== content.digest) left.push({ path: found.name, why: 'being-written' });
  }
  return left;
}

function stateOf(file: {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs?: number;
  readonly directory?: boolean;
}): 'same' | 'changed' | 'gone' {
  try {
    const now = statSync(file.path, { throwIfNoEntry: false });
    if (now === undefined) return 'gone';
    if (file.directory === true) return 'same';
    return now.size === file.size && now.mtimeMs === file.mtimeMs ? 'same' : 'changed';
  } catch {
    return 'gone';
  }
}
