import { expect, test } from 'vitest';
import { type Ending, retry } from '../../../../src/engine/run/retry.ts';
import { type Process, quantity } from '../../../../src/parser/index.ts';

type Retry = Process['retry'];
const process = (fields: Partial<Retry>): Pick<Process, 'retry'> => ({ retry: { times: 2, on: [], ...fields } });
const exit = (exitCode: number): Ending => ({ outcome: 'exit', exitCode });
const backoff = quantity('2', 's');

test.each<readonly [string, Partial<Retry>, Ending, number, ReturnType<typeof retry>]>([
  ['no `retry` tries once', { times: 0 }, exit(1), 1, { again: false }],
  ['`retry 2` tries three times in all', {}, exit(1), 2, { again: true, delayMs: 0 }],
  ['and not four', {}, exit(1), 3, { again: false }],
  [
    '`on exit(137)` covers that status',
    { on: [{ kind: 'exit', codes: [137] }] },
    exit(137),
    1,
    { again: true, delayMs: 0 },
  ],
  ['and no other', { on: [{ kind: 'exit', codes: [137] }] }, exit(1), 1, { again: false }],
  ['`on timeout`', { on: [{ kind: 'timeout' }] }, { outcome: 'timeout' }, 1, { again: true, delayMs: 0 }],
  ['`on oom` does not cover a timeout', { on: [{ kind: 'oom' }] }, { outcome: 'timeout' }, 1, { again: false }],
  [
    '`on any` covers an invalid output',
    { on: [{ kind: 'any' }] },
    { outcome: 'invalid-output' },
    1,
    { again: true, delayMs: 0 },
  ],
  ['backoff doubles: first', backoff ? { backoff } : {}, exit(1), 1, { again: true, delayMs: 2000 }],
  ['backoff doubles: second', backoff ? { backoff } : {}, exit(1), 2, { again: true, delayMs: 4000 }],
  [
    'an attempt that vanished is tried again unasked',
    { times: 0 },
    { outcome: 'lost' },
    1,
    { again: true, delayMs: 0 },
  ],
  ['but not for ever', { times: 0 }, { outcome: 'lost' }, 3, { again: false }],
  ['what was cancelled stays cancelled', {}, { outcome: 'cancelled' }, 1, { again: false }],
])('%s', (_name, fields, ending, attempt, expected) => {
  expect(retry(process(fields), {}, ending, attempt)).toEqual(expected);
});

test('the site may grant further attempts, whatever the cause', () => {
  const ending: Ending = { outcome: 'exit', exitCode: 3 };
  expect(retry(process({ times: 0 }), { retry: 1 }, ending, 1)).toEqual({ again: true, delayMs: 0 });
  expect(retry(process({ times: 0 }), { retry: 1 }, ending, 2)).toEqual({ again: false });
});
