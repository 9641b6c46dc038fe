import { describe, expect, test } from 'vitest';
import { createSchedule, type Ready } from '../../../../src/engine/run/schedule.ts';
import { asTaskKey } from '../../../../src/util/brand.ts';

const capacity = { cpus: 2, memoryBytes: 8e9, gpus: 1 };
const options = { ahead: 0, patience: 4 };

function ready(name: string, fields: Partial<Ready> = {}): Ready {
  return {
    key: asTaskKey(name),
    process: 'p',
    priority: 0,
    order: Number(name.replace(/\D/gu, '')),
    demand: { cpus: 1, memoryBytes: 0, gpus: 0 },
    notBefore: 0,
    ...fields,
  };
}
const names = (taken: readonly Ready[]): string[] => taken.map((one) => one.key);

describe('who starts next', () => {
  test('as many tasks run as there are cores, in the order of the plan', () => {
    const schedule = createSchedule(capacity, options);
    for (const name of ['t3', 't1', 't2']) schedule.add(ready(name));
    expect(names(schedule.take(0))).toEqual(['t1', 't2']);
    expect(names(schedule.take(0))).toEqual([]);
    schedule.release(asTaskKey('t1'));
    expect(names(schedule.take(0))).toEqual(['t3']);
    expect(schedule.running).toBe(2);
  });

  test('the critical path goes first', () => {
    const schedule = createSchedule({ ...capacity, cpus: 1 }, options);
    schedule.add(ready('t1', { priority: 1 }));
    schedule.add(ready('t2', { priority: 3 }));
    expect(names(schedule.take(0))).toEqual(['t2']);
  });

  test('memory and gpus are never promised twice', () => {
    const schedule = createSchedule(capacity, options);
    schedule.add(ready('t1', { demand: { cpus: 1, memoryBytes: 6e9, gpus: 1 } }));
    schedule.add(ready('t2', { demand: { cpus: 1, memoryBytes: 6e9, gpus: 0 } }));
    schedule.add(ready('t3', { demand: { cpus: 1, memoryBytes: 1e9, gpus: 1 } }));
    schedule.add(ready('t4', { demand: { cpus: 1, memoryBytes: 2e9, gpus: 0 } }));
    expect(names(schedule.take(0))).toEqual(['t1', 't4']);
  });

  test('`limit` holds over every task of the process and lets others pass', () => {
    const schedule = createSchedule({ ...capacity, cpus: 8 }, options);
    for (const name of ['t1', 't2', 't3']) schedule.add(ready(name, { process: 'license', limit: 1 }));
    schedule.add(ready('t4', { process: 'free' }));
    expect(names(schedule.take(0))).toEqual(['t1', 't4']);
    schedule.release(asTaskKey('t1'));
    expect(names(schedule.take(0))).toEqual(['t2']);
    schedule.release(asTaskKey('t2'));
    expect(names(schedule.take(0))).toEqual(['t3']);
    expect(schedule.waiting).toBe(0);
  });

  test('a task that needs the whole machine is not overtaken for ever', () => {
    const schedule = createSchedule(capacity, options);
    schedule.add(ready('t0'));
    expect(names(schedule.take(0))).toEqual(['t0']);
    schedule.add(ready('t1', { demand: { cpus: 2, memoryBytes: 0, gpus: 0 } }));
    for (let at = 2; at < 40; at++) schedule.add(ready(`t${at}`));
    const order: string[] = [];
    const running = ['t0'];
    for (let turn = 0; turn < 60; turn++) {
      const taken = names(schedule.take(0));
      order.push(...taken);
      running.push(...taken);
      if (order.includes('t1')) break;
      const over = running.shift();
      if (over !== undefined) schedule.release(asTaskKey(over));
    }
    expect(order.indexOf('t1')).toBeGreaterThan(-1);
    expect(order.indexOf('t1')).toBeLessThanOrEqual(options.patience + 1);
  });

  test('a retry waits for its backoff, and the schedule says until when', () => {
    const schedule = createSchedule(capacity, options);
    schedule.add(ready('t1', { notBefore: 500 }));
    expect(names(schedule.take(499))).toEqual([]);
    expect(schedule.nextAt()).toBe(500);
    expect(names(schedule.take(500))).toEqual(['t1']);
    expect(schedule.nextAt()).toBeUndefined();
  });

  test('small tasks are handed over ahead of free cores, and none while a large one needs the count', () => {
    const schedule = createSchedule(capacity, { ...options, ahead: 3 });
    for (let at = 1; at <= 9; at++) schedule.add(ready(`t${at}`));
    expect(schedule.take(0)).toHaveLength(5);
    const mixed = createSchedule(capacity, { ...options, ahead: 3 });
    mixed.add(ready('t1', { demand: { cpus: 1, memoryBytes: 1e9, gpus: 0 } }));
    for (let at = 2; at <= 9; at++) mixed.add(ready(`t${at}`));
    expect(mixed.take(0)).toHaveLength(2);
  });

  test('after a drain nothing waits', () => {
    const schedule = createSchedule(capacity, options);
    for (let at = 1; at <= 5; at++)
      schedule.add(ready(`t${at}`, at === 5 ? { notBefore: 9 } : at > 2 ? { process: 'q', limit: 1 } : {}));
    schedule.take(0);
    schedule.drain();
    expect(schedule.waiting).toBe(0);
    expect(schedule.running).toBe(2);
  });
});
