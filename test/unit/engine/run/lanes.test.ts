import { expect, test } from 'vitest';
import type { Capacity, RunnerName } from '../../../../src/engine/ports/runner.ts';
import { createLanes, type Lanes, largestTask, type Waiting } from '../../../../src/engine/run/lanes.ts';
import { asTaskKey } from '../../../../src/util/brand.ts';

const machine: Capacity = { pool: 'machine', cpus: 2, memoryBytes: 8e9, gpus: 0 };
const cluster: Capacity = {
  pool: 'cluster',
  cpus: 1000,
  memoryBytes: 1e15,
  gpus: 100,
  largest: { cpus: 64, memoryBytes: 512e9, gpus: 4 },
};
const capacities = new Map<RunnerName, Capacity>([
  ['local', machine],
  ['docker', machine],
  ['slurm', cluster],
]);

function waiting(name: string, runner: RunnerName, cpus = 2): Waiting {
  return {
    key: asTaskKey(name),
    runner,
    process: runner,
    priority: 0,
    order: Number(name.replace(/\D/gu, '')),
    demand: { cpus, memoryBytes: 0, gpus: 0 },
    notBefore: 0,
  };
}
const taken = (lanes: Lanes): string[] => lanes.take(0).map((one) => one.key);

test('tasks in containers and tasks beside them share the cores of the machine', () => {
  const lanes = createLanes(capacities, {});
  lanes.add(waiting('t1', 'local'));
  lanes.add(waiting('t2', 'docker'));
  expect(taken(lanes)).toEqual(['t1']);
  lanes.release(asTaskKey('t1'));
  expect(taken(lanes)).toEqual(['t2']);
});

test('what waits for this machine never holds up what goes to the cluster', () => {
  const lanes = createLanes(capacities, {});
  for (const name of ['t1', 't2', 't3']) lanes.add(waiting(name, 'local'));
  for (const name of ['t4', 't5']) lanes.add(waiting(name, 'slurm', 64));
  expect(taken(lanes)).toEqual(['t1', 't4', 't5']);
  expect([lanes.running, lanes.waiting]).toEqual([3, 2]);
});

test('of what goes to the cluster only the number of tasks is bounded, however large they are', () => {
  const lanes = createLanes(new Map([['slurm', { ...cluster, cpus: 3, gpus: 3 }]]), {});
  for (const name of ['t1', 't2', 't3', 't4'])
    lanes.add({ ...waiting(name, 'slurm'), demand: { cpus: 64, memoryBytes: 512e9, gpus: 4 } });
  expect(taken(lanes)).toEqual(['t1', 't2', 't3']);
  lanes.release(asTaskKey('t1'));
  expect(taken(lanes)).toEqual(['t4']);
});

test('what is granted of this machine says nothing about the cluster', () => {
  const lanes = createLanes(capacities, { cpus: 1, memoryBytes: 1e9 });
  expect(lanes.capacity('docker')).toMatchObject({ cpus: 1, memoryBytes: 1e9 });
  expect(lanes.capacity('slurm')).toEqual(cluster);
});

test('one task has at most the largest node, on a machine at most all of it', () => {
  expect(largestTask(cluster).cpus).toBe(64);
  expect(largestTask(machine).cpus).toBe(2);
});

test('the earliest pause that ends, of all lanes', () => {
  const lanes = createLanes(capacities, {});
  lanes.add({ ...waiting('t1', 'local'), notBefore: 500 });
  lanes.add({ ...waiting('t2', 'slurm'), notBefore: 300 });
  expect(lanes.nextAt()).toBe(300);
  expect(lanes.drain()).toHaveLength(2);
  expect(lanes.nextAt()).toBeUndefined();
});
