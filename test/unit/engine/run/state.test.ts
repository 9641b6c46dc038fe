import { expect, test } from 'vitest';
import type { Event } from '../../../../src/engine/ports/event.ts';
import { apply, emptyState } from '../../../../src/engine/run/state.ts';
import { asAttemptToken, asDigest, asTaskKey } from '../../../../src/util/brand.ts';

const key = asTaskKey('blake3:k');
const token = asAttemptToken('t1');
const planned = (...tasks: readonly string[]): Event => ({
  type: 'tasks-planned',
  tasks: tasks.map((task) => ({ task, call: 'p', tags: {}, key, parts: [], inputs: [] })),
});
const intended = (task: string, attempt: number): Event => ({
  type: 'attempts-intended',
  attempts: [{ task, key, attempt, token, directory: '/w', runner: 'local', resources: { cpus: 1, gpus: 0 } }],
});
const ended = (task: string): Event => ({
  type: 'attempts-ended',
  attempts: [{ token, task, outcome: 'exit', message: '', endedAt: '' }],
});
const failed = (task: string): Event => ({
  type: 'tasks-failed',
  tasks: [{ task, outcome: 'exit', message: '', stderrTail: '', workDir: '' }],
});
const fold = (...events: readonly Event[]) => {
  const state = emptyState();
  for (const event of events) apply(state, event);
  return state;
};

test('a task that needed three attempts counts once', () => {
  const state = fold(
    planned('a'),
    intended('a', 1),
    ended('a'),
    intended('a', 2),
    ended('a'),
    intended('a', 3),
    ended('a'),
    { type: 'tasks-succeeded', tasks: [{ task: 'a', key, token, outputs: [] }] },
  );
  expect(state.counts).toMatchObject({ total: 1, ran: 1, failed: 0 });
  expect(state.tried.get(key)).toBe(3);
  expect(state.live.size).toBe(0);
});

test('total is the sum of the ends', () => {
  const state = fold(
    planned('a', 'b', 'c'),
    { type: 'tasks-reused', tasks: [{ task: 'a', key }] },
    failed('b'),
    { type: 'tasks-skipped', tasks: [{ task: 'd', because: 'b' }] },
    { type: 'tasks-cancelled', tasks: [{ task: 'c' }] },
  );
  expect(state.counts).toEqual({ total: 4, ran: 0, reused: 1, failed: 1, quarantined: 0, skipped: 1, cancelled: 1 });
});

test('after a kill, the attempts without an end are those to look for', () => {
  const state = fold(planned('a'), intended('a', 1), {
    type: 'attempts-started',
    attempts: [{ token, external: 'boot/12/34', at: '' }],
  });
  expect([...state.live.values()]).toMatchObject([{ task: 'a', token, external: 'boot/12/34' }]);
});

test('a run that is taken over tries again what failed, and keeps what succeeded', () => {
  const engine = { token: 'e', host: 'h', pid: 1 };
  const state = fold(
    planned('a', 'b'),
    { type: 'tasks-succeeded', tasks: [{ task: 'a', key, token, outputs: [] }] },
    failed('b'),
    { type: 'run-resumed', engine },
  );
  expect(state.counts).toMatchObject({ total: 1, ran: 1, failed: 0 });
  expect(state.failures).toEqual([]);
  expect(state.tasks.has('b')).toBe(false);
});

test('what was published is known by its path', () => {
  const file = {
    path: '/out/a.csv',
    relative: 'a.csv',
    digest: asDigest('blake3:1'),
    directory: false,
    size: 1,
    tags: {},
    name: 'a',
  };
  expect(fold({ type: 'published', files: [file] }).published.get('/out/a.csv')).toEqual(file);
});
