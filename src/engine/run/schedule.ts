import type { TaskKey } from '../../util/brand.ts';
import type { Resources } from '../ports/runner.ts';

/** Work that may start: its inputs are there, nobody else computes it, and only resources and `limit` stand before it. */
export interface Ready {
  readonly key: TaskKey;
  readonly process: string;
  /** `limit N` of the process. */
  readonly limit?: number;
  /** Length of the longest chain of calls that waits for it: the critical path goes first. */
  readonly priority: number;
  /** Ties go to the task planned first, so that the order does not depend on which task ended first. */
  readonly order: number;
  readonly demand: Resources;
  /** A retry's backoff, on the engine's clock. */
  readonly notBefore: number;
}

/**
 * Who starts next. Resources are never exceeded, `limit` never passed, and a large task is not overtaken for ever: after `patience` small ones
 * have passed it, the machine is kept free for it.
 */
export interface Schedule {
  add(ready: Ready): void;
  /** Takes what may start now, out of the queue and into what runs. */
  take(now: number): readonly Ready[];
  /** Takes up work that runs already (adopted after a restart): it counts, even beyond the limits. */
  occupy(ready: Ready): void;
  release(key: TaskKey): void;
  /** When the next backoff ends, if something waits for one. */
  nextAt(): number | undefined;
  readonly running: number;
  readonly waiting: number;
  /** Empties the queue (on cancel) and returns what was in it. */
  drain(): readonly Ready[];
}

export function createSchedule(
  capacity: Resources,
  options: { readonly ahead: number; readonly patience: number },
): Schedule {
  const queue = createHeap();
  const delayed: Ready[] = [];
  const parked = new Map<string, Ready[]>();
  const running = new Map<TaskKey, Ready>();
  const perProcess = new Map<string, number>();
  let used = { cpus: 0, memoryBytes: 0, gpus: 0 };
  let large = 0;
  let passedOver = 0;

  const fits = (ready: Ready): boolean => {
    const { demand } = ready;
    // Small tasks may be handed over ahead of time: the runner starts them the moment a slot is free, without asking the engine.
    const slack = isSmall(demand) && large === 0 ? options.ahead : 0;
    return (
      used.cpus + demand.cpus <= capacity.cpus + slack &&
      used.memoryBytes + demand.memoryBytes <= capacity.memoryBytes &&
      used.gpus + demand.gpus <= capacity.gpus
    );
  };
  const atLimit = (ready: Ready): boolean =>
    ready.limit !== undefined && (perProcess.get(ready.process) ?? 0) >= ready.limit;

  const start = (ready: Ready): void => {
    running.set(ready.key, ready);
    perProcess.set(ready.process, (perProcess.get(ready.process) ?? 0) + 1);
    used = add(used, ready.demand, 1);
    if (!isSmall(ready.demand)) large += 1;
  };

  return {
    add(ready) {
      if (ready.notBefore > 0) delayed.push(ready);
      else queue.push(ready);
    },
    take(now) {
      for (let at = delayed.length - 1; at >= 0; at--) {
        const ready = delayed[at];
        if (ready && ready.notBefore <= now) {
          delayed.splice(at, 1);
          queue.push({ ...ready, notBefore: 0 });
        }
      }
      const taken: Ready[] = [];
      const skipped: Ready[] = [];
      for (let ready = queue.pop(); ready; ready = queue.pop()) {
        if (atLimit(ready)) {
          const list = parked.get(ready.process);
          if (list) list.push(ready);
          else parked.set(ready.process, [ready]);
          continue;
        }
        if (fits(ready)) {
          start(ready);
          taken.push(ready);
          if (skipped.length > 0) passedOver += 1;
          else passedOver = 0;
          continue;
        }
        skipped.push(ready);
        // Looking on for smaller work has an end: it costs time, and the one that was passed over must have its turn.
        if (skipped.length > 16 || passedOver >= options.patience) break;
      }
      for (const ready of skipped) queue.push(ready);
      return taken;
    },
    occupy: start,
    release(key) {
      const ready = running.get(key);
      if (!ready) return;
      running.delete(key);
      perProcess.set(ready.process, (perProcess.get(ready.process) ?? 1) - 1);
      used = add(used, ready.demand, -1);
      if (!isSmall(ready.demand)) large -= 1;
      const next = parked.get(ready.process)?.shift();
      if (next) queue.push(next);
    },
    nextAt: () =>
      delayed.reduce<number | undefined>(
        (least, ready) => (least === undefined || ready.notBefore < least ? ready.notBefore : least),
        undefined,
      ),
    get running() {
      return running.size;
    },
    get waiting() {
      let count = queue.size + delayed.length;
      for (const list of parked.values()) count += list.length;
      return count;
    },
    drain() {
      const all = [...delayed.splice(0), ...[...parked.values()].flat()];
      parked.clear();
      for (let ready = queue.pop(); ready; ready = queue.pop()) all.push(ready);
      return all;
    },
  };
}

const isSmall = (demand: Resources): boolean => demand.cpus <= 1 && demand.memoryBytes === 0 && demand.gpus === 0;

const add = (left: Resources, right: Resources, sign: 1 | -1): Resources => ({
  cpus: left.cpus + sign * right.cpus,
  memoryBytes: left.memoryBytes + sign * right.memoryBytes,
  gpus: left.gpus + sign * right.gpus,
});

const before = (a: Ready, b: Ready): boolean =>
  a.priority === b.priority ? a.order < b.order : a.priority > b.priority;

/** A binary heap: 100 000 ready tasks must not cost a sort each time one is taken. */
function createHeap(): { push(ready: Ready): void; pop(): Ready | undefined; readonly size: number } {
  const heap: Ready[] = [];
  const at = (index: number): Ready => {
    const ready = heap[index];
    if (!ready) throw new Error('heap index out of range');
    return ready;
  };
  return {
    push(ready) {
      let index = heap.push(ready) - 1;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (!before(ready, at(parent))) break;
        heap[index] = at(parent);
        index = parent;
      }
      heap[index] = ready;
    },
    pop() {
      const top = heap[0];
      const last = heap.pop();
      if (!last || heap.length === 0) return top;
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && before(at(child + 1), at(child))) child += 1;
        if (!before(at(child), last)) break;
        heap[index] = at(child);
        index = child;
      }
      heap[index] = last;
      return top;
    },
    get size() {
      return heap.length;
    },
  };
}
