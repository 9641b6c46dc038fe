import type { TaskKey } from '../../util/brand.ts';
import type { Capacity, Resources, RunnerName } from '../ports/runner.ts';
import { createSchedule, type Ready, type Schedule } from './schedule.ts';

/** Work for one of several pools of resources. */
export interface Waiting extends Ready {
  readonly runner: RunnerName;
}

/** A schedule per pool: what waits for the cluster never stands before what may start here, and the other way round. */
export interface Lanes extends Omit<Schedule, 'add' | 'occupy'> {
  add(waiting: Waiting): void;
  capacity(runner: RunnerName): Capacity;
}

export function createLanes(
  capacities: ReadonlyMap<RunnerName, Capacity>,
  limits: { readonly cpus?: number; readonly memoryBytes?: number },
): Lanes {
  const limited = new Map([...capacities].map(([runner, capacity]) => [runner, within(capacity, limits)] as const));
  const schedules = new Map<Capacity['pool'], Schedule>();
  for (const capacity of limited.values()) {
    if (!schedules.has(capacity.pool)) schedules.set(capacity.pool, createSchedule(capacity, windowOf(capacity)));
  }
  const all = (): readonly Schedule[] => [...schedules.values()];
  const capacityOf = (runner: RunnerName): Capacity => {
    const capacity = limited.get(runner);
    if (!capacity) throw new Error(`nobody asked what the ${runner} runner offers`);
    return capacity;
  };
  return {
    capacity: capacityOf,
    add({ runner, ...ready }) {
      const { pool } = capacityOf(runner);
      schedules.get(pool)?.add(pool === 'cluster' ? { ...ready, demand: oneTask } : ready);
    },
    take: (now) => all().flatMap((schedule) => schedule.take(now)),
    release(key: TaskKey) {
      for (const schedule of all()) schedule.release(key);
    },
    nextAt() {
      const times = all().flatMap((schedule) => schedule.nextAt() ?? []);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    get running() {
      return all().reduce((sum, schedule) => sum + schedule.running, 0);
    },
    get waiting() {
      return all().reduce((sum, schedule) => sum + schedule.waiting, 0);
    },
    drain: () => all().flatMap((schedule) => schedule.drain()),
  };
}

/** What the user grants of this machine; a cluster has its own limits. */
function within(capacity: Capacity, limits: { readonly cpus?: number; readonly memoryBytes?: number }): Capacity {
  if (capacity.pool !== 'machine') return capacity;
  return {
    ...capacity,
    cpus: limits.cpus ?? capacity.cpus,
    memoryBytes: limits.memoryBytes ?? capacity.memoryBytes,
  };
}

/** What a cluster has to give is its scheduler's to count: of its tasks only the number is bounded, however large each is. */
const oneTask: Resources = { cpus: 1, memoryBytes: 0, gpus: 0 };

/**
 * Small tasks are handed to the runner of a machine ahead of a free core: a window so large that one transaction covers many. A cluster has
 * a queue of its own.
 */
const windowOf = ({ pool, cpus }: Capacity): { readonly ahead: number; readonly patience: number } => ({
  ahead: pool === 'machine' ? cpus * aheadPerCore : 0,
  patience: cpus * 8,
});

const aheadPerCore = 64;

/** What a single task can be given at most. */
export const largestTask = (capacity: Capacity): Resources => capacity.largest ?? capacity;
