import { type FSWatcher, watch as watchFolder } from 'node:fs';
import { refresh, takeMarks } from './batch-folder.ts';
import { type Asked, askStanding } from './standing.ts';
import { type Attempt, type Batch, isOver, unsettled } from './tracked.ts';

/**
 * Looks after batches: records by their marks, at once where the system tells of new files and else at short intervals; the queue in one call
 * for all, seldom while nothing happens and soon when something did.
 */
export interface Watch {
  add(batch: Batch): void;
  has(batch: Batch): boolean;
  forget(batch: Batch): void;
  /** Something happened that the queue may know more about. */
  quicken(): void;
  /** Batches whose ends are all told and that Slurm has not let go of. */
  finishing(): boolean;
  close(): void;
}

export interface WatchOptions {
  /** Files of other machines show when they are asked for, and are not told of. */
  readonly isRemote: boolean;
  readonly hasAccounting: () => boolean;
  /** Its record is there, or will be in a moment. False: look again. */
  readonly onMark: (attempt: Attempt) => boolean;
  readonly onStanding: (batches: readonly Batch[], asked: Asked) => void;
}

export function watchBatches(options: WatchOptions): Watch {
  const batches = new Map<Batch, FSWatcher | undefined>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let asking = false;
  let queueDue = 0;
  let pause = shortestMs;
  let marksDue = 0;

  function plan(): void {
    clearTimeout(timer);
    if (closed || batches.size === 0) return;
    const next = Math.min(asking ? Number.POSITIVE_INFINITY : queueDue, marksDue);
    timer = setTimeout(tick, Math.max(1, next - Date.now()));
  }

  function tick(): void {
    const now = Date.now();
    if (now >= marksDue) {
      marksDue = now + (lookForMarks() ? 20 : options.isRemote ? 1000 : 500);
    }
    if (now >= queueDue && !asking) void lookAtQueue();
    plan();
  }

  /** True where a mark has no whole record yet. */
  function lookForMarks(): boolean {
    let late = false;
    for (const batch of batches.keys()) {
      const open = unsettled(batch);
      if (open.length === 0) continue;
      if (options.isRemote) refresh(batch);
      for (const attempt of takeMarks(batch, new Map(open.map((one) => [one.token, one]))))
        if (!options.onMark(attempt)) late = true;
    }
    return late;
  }

  async function lookAtQueue(): Promise<void> {
    const asked = [...batches.keys()].filter(({ job }) => job !== undefined);
    queueDue = Date.now() + pause;
    if (asked.length === 0) return;
    asking = true;
    try {
      const answer = await askStanding(asked, { hasAccounting: options.hasAccounting() });
      pause = Math.min(longestMs, pause * 1.4);
      queueDue = Math.max(queueDue, Date.now() + pause / 2);
      if (!closed) options.onStanding(asked, answer);
    } finally {
      asking = false;
      plan();
    }
  }

  return {
    add(batch) {
      if (batches.has(batch)) return;
      let watcher: FSWatcher | undefined;
      try {
        watcher = watchFolder(`${batch.folder}/ended`, () => {
          const soon = Date.now() + 10;
          if (marksDue <= soon) return;
          marksDue = soon;
          plan();
        });
        watcher.on('error', () => watcher?.close());
      } catch {
        // No notification here: looking will do.
      }
      batches.set(batch, watcher);
      marksDue = Date.now();
      this.quicken();
    },
    has: (batch) => batches.has(batch),
    forget(batch) {
      batches.get(batch)?.close();
      batches.delete(batch);
    },
    quicken() {
      pause = shortestMs;
      queueDue = Math.min(queueDue, Date.now() + pause);
      plan();
    },
    finishing: () => [...batches.keys()].some((batch) => unsettled(batch).length === 0),
    close() {
      closed = true;
      clearTimeout(timer);
      for (const watcher of batches.values()) watcher?.close();
      batches.clear();
    },
  };
}

const shortestMs = 500;
const longestMs = 15_000;

/** Nothing more can come of it: every end is told and Slurm has let go of it. */
export const isDone = (batch: Batch): boolean => unsettled(batch).length === 0 && batch.elements.every(isOver);
