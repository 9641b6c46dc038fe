import { expect, test } from 'vitest';
import { jobState } from '../../../../src/runners/slurm/job-state.ts';
import { forgotten, verdict } from '../../../../src/runners/slurm/verdict.ts';

test.each([
  ['TIMEOUT', { kind: 'timed-out' }],
  ['DEADLINE', { kind: 'timed-out' }],
  ['OUT_OF_MEMORY', { kind: 'out-of-memory' }],
  ['PREEMPTED', { kind: 'preempted', why: 'job 12_3 had to make room for another' }],
  ['CANCELLED by 0', { kind: 'cancelled', why: 'job 12_3 was cancelled by uid 0' }],
  ['CANCELLED', { kind: 'cancelled', why: 'job 12_3 was cancelled outside this run' }],
])('a job that is %s', (text, how) => {
  expect(verdict({ job: '12_3', state: jobState(text), ending: undefined })).toEqual({ kind: 'ended', how });
});

test.each(['COMPLETED', 'FAILED', 'NODE_FAIL', 'BOOT_FAIL', 'LAUNCH_FAILED', 'RECONFIG_FAIL'])(
  'a job that is %s without a record says nothing of its task: lost',
  (text) => expect(verdict({ job: '12_3', state: jobState(text), ending: undefined }).kind).toBe('lost'),
);

test('a job that nobody knows any more is lost, and what we ended was cancelled whatever Slurm calls it', () => {
  expect(verdict({ job: '12_3', state: forgotten, ending: undefined }).kind).toBe('lost');
  expect(verdict({ job: '12_3', state: undefined, ending: undefined }).kind).toBe('lost');
  const how = { kind: 'cancelled' };
  expect(verdict({ job: '12_3', state: jobState('TIMEOUT'), ending: 'cancelled' })).toEqual({ kind: 'ended', how });
});
