import { type FSWatcher, watch } from 'node:fs';
import type { ExitRecord } from '../../engine/ports/runner.ts';
import { isAlive } from '../../util/process-table.ts';
import { readExitRecord } from '../wrapper/exit-record.ts';
import type { Running } from './running.ts';

/**
 * Waits for the record of an attempt that another engine started. The directory is watched, which costs nothing while nothing happens;
 * looking now and then whether the launcher is still there covers a launcher that was killed and file systems that do not notify.
 * Returns a function that stops waiting.
 */
export function awaitAdopted(
  running: Running,
  on: { readonly ended: (record: ExitRecord) => void; readonly lost: () => void },
): () => void {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = 100;
  const stop = (): void => {
    watcher?.close();
    clearTimeout(timer);
    watcher = undefined;
    timer = undefined;
  };
  const look = (): boolean => {
    // Asked first: a launcher writes its record before it ends, so once it is gone the record is there or will never be.
    const alive = running.launchers.some(isAlive);
    const record = readExitRecord(running.directory, running.token);
    if (record === undefined && alive) return false;
    stop();
    if (record === undefined) on.lost();
    else on.ended(record);
    return true;
  };
  const poll = (): void => {
    pause = Math.min(2000, pause * 1.5);
    timer = setTimeout(() => {
      if (!look()) poll();
    }, pause);
  };
  try {
    watcher = watch(running.directory, (_event, name) => {
      if (name === 'exit.json' || name === null) look();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    // No notification here: looking will do.
  }
  poll();
  return stop;
}
