import { type FSWatcher, watch as watchFolder } from 'node:fs';
import { refresh, takeMarks } from './batch-folder.ts';
import { type Asked, askStanding } from './standing.ts';
import { type Attempt, type Batch, unsettled } from './tracked.ts';

/**
 * Looks after batches: records by their marks, at once where the system tells of new files and else at short intervals; the queue in one call
 * for all, seldom while nothing happens and soon when something did.
 */
export interface Watch {
  add(batch: Batch): void;
  /** Something happened that the queue may know more about. */
  quicken(): void;
  /** Resolves when Slurm has let go of every batch whose ends are all told. */
  finished(): Promise<void>;
  close(): void;
}

export interface WatchOptions {
  /** Files of other machines show when they are asked for, and are not told of. */
  readonly isRemote: boolean;
  readonly hasAccounting: () => boolean;
  /** False where no whole record is there yet: look again. */
  readonly onMark: (attempt: Attempt) => boolean;
  readonly onStanding: (batches: readonly Batch[], asked: Asked) => void;
  /** Every end is told and Slurm has let go of it; it is watched no longer. `isWhole`: of the elements that nobody took over, too. */
  readonly onDone: (batch: Batch, how: { readonly isWhole: boolean }) => void;
  /** Nothing more can be heard. */
  readonly onBroken: (error: unknown) => void;
}

export function watchBatches(options: WatchOptions): Watch {
  const batches = new Map<Batch, FSWatcher | undefined>();
  const waiting = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let asking = false;
  let pause = shortestMs;
  let queueDue = 0;
  let marksDue = 0;

  function plan(): void {
    clearTimeout(timer);
    if (closed || batches.size === 0) return;
    const next = asking ? marksDue : Math.min(queueDue, marksDue);
    timer = setTimeout(tick, Math.max(1, next - Date.now()));
  }

  function tick(): void {
    try {
      look();
    } catch (error) {
      options.onBroken(error);
    }
  }

  function look(): void {
    if (Date.now() >= marksDue) {
      const isLate = lookForMarks();
      marksDue = Date.now() + (isLate ? 20 : options.isRemote ? 1000 : 500);
    }
    if (Date.now() >= queueDue && !asking) lookAtQueue().catch(options.onBroken);
    plan();
  }

  /** True where a mark has no whole record yet. */
  function lookForMarks(): boolean {
    let isLate = false;
    for (const batch of batches.keys()) {
      const open = unsettled(batch);
      if (open.length === 0) continue;
      if (options.isRemote) refresh(batch);
      const known = new Map(open.map((attempt) => [attempt.token as string, attempt]));
      for (const attempt of takeMarks(batch, known)) if (!options.onMark(attempt)) isLate = true;
    }
    return isLate;
  }

  async function lookAtQueue(): Promise<void> {
    const asked = [...batches.keys()];
    asking = true;
    pause = Math.min(longestMs, pause * 1.4);
    const began = Date.now();
    const answer = await askStanding(asked, { hasAccounting: options.hasAccounting() });
    asking = false;
    // Where it takes long to answer it is asked less often.
    queueDue = Date.now() + Math.max(pause, (Date.now() - began) * 4);
    if (closed) return;
    options.onStanding(asked, answer);
    for (const batch of asked) {
      const isOver = batch.elements.every(({ state }) => state?.standing === 'over');
      if (isOver && unsettled(batch).length === 0) forget(batch, { isWhole: isWholeOver(batch, answer) });
    }
    plan();
  }

  function forget(batch: Batch, how: { readonly isWhole: boolean }): void {
    batches.get(batch)?.close();
    batches.delete(batch);
    options.onDone(batch, how);
    for (const wake of waiting) wake();
  }

  function notified(folder: string): FSWatcher | undefined {
    try {
      const watcher = watchFolder(folder, () => {
        const soon = Date.now() + 10;
        if (marksDue <= soon) return;
        marksDue = soon;
        plan();
      });
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      // No notification here: looking will do.
      return undefined;
    }
  }

  function quicken(): void {
    pause = shortestMs;
    queueDue = Math.min(queueDue, Date.now() + pause);
    plan();
  }

  return {
    add(batch) {
      batches.set(batch, notified(`${batch.folder}/ended`));
      marksDue = 0;
      quicken();
    },
    quicken,
    async finished() {
      while ([...batches.keys()].some((batch) => unsettled(batch).length === 0)) {
        quicken();
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
        });
        waiting.clear();
      }
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const watcher of batches.values()) watcher?.close();
      batches.clear();
    },
  };
}

/** Of an earlier engine's batch only some elements may have been taken over: the others go on reading their orders in its folder. */
function isWholeOver({ name }: Batch, asked: Asked): boolean {
  if ('silent' in asked) return false;
  return [...(asked.standing.get(name)?.values() ?? [])].every(({ state }) => state.standing === 'over');
}

const shortestMs = 500;
const longestMs = 15_000;
