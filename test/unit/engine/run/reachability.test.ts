import { expect, test } from 'vitest';
import type { RunnerName, RunnerUpdate } from '../../../../src/engine/ports/runner.ts';
import { reachability } from '../../../../src/engine/run/reachability.ts';
import { asAttemptToken } from '../../../../src/util/brand.ts';

const token = asAttemptToken('t');
const silence = (why: string): RunnerUpdate => ({ kind: 'unreachable', token, why });
const start: RunnerUpdate = { kind: 'started', token, external: '1', at: '2025-01-01T00:00:00.000Z' };

function told(...heard: readonly (readonly [RunnerName, RunnerUpdate])[]): readonly (string | undefined)[] {
  const all: (string | undefined)[] = [];
  const hear = reachability((why) => all.push(why));
  for (const [runner, update] of heard) hear(runner, update);
  return all;
}

test('a daemon that is away is said once, however many of its tasks run, and so is its coming back', () => {
  expect(told(['docker', silence('away')], ['docker', silence('away')], ['docker', start], ['docker', start])).toEqual([
    'away',
    undefined,
  ]);
});

test('a task on this machine says nothing about a daemon that is away', () => {
  expect(told(['docker', silence('away')], ['local', start], ['docker', silence('away')])).toEqual(['away']);
});

test('all is well when the last one answers again', () => {
  expect(told(['docker', silence('away')], ['slurm', silence('silent')], ['docker', start], ['slurm', start])).toEqual([
    'away',
    'silent',
    undefined,
  ]);
});
