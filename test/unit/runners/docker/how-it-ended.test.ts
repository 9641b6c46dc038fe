import { describe, expect, test } from 'vitest';
import { type EndFacts, howItEnded, needsContainer } from '../../../../src/runners/docker/how-it-ended.ts';
import type { LauncherRecord } from '../../../../src/runners/wrapper/exit-record.ts';
import { asAttemptToken } from '../../../../src/util/brand.ts';

const recorded = (how: LauncherRecord['how']): LauncherRecord => {
  const rest = {
    token: asAttemptToken('t'),
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:01.000Z',
    usage: { wallSeconds: 1 },
    leftBehind: 0,
    isolation: 'mount-namespace',
  } as const;
  return how.kind === 'terminated' ? { ...rest, how } : { ...rest, how };
};
const ended = (exitCode: number, oomKilled = false): EndFacts['container'] => ({
  exitCode,
  oomKilled,
  startedAt: undefined,
  endedAt: undefined,
});
const signalled = { kind: 'signalled', signal: 'SIGKILL' } as const;
const terminated = { kind: 'terminated' } as const;
const exited = (code: number) => ({ kind: 'exited', code }) as const;

describe('how an attempt ended', () => {
  test.each<readonly [string, EndFacts, object]>([
    [
      'its record',
      { record: recorded(exited(3)), ending: undefined, container: undefined },
      { kind: 'ended', how: exited(3) },
    ],
    [
      'the kernel ended the tool, the wrapper lived on',
      { record: recorded(signalled), ending: undefined, container: ended(0, true) },
      { kind: 'ended', how: { kind: 'out-of-memory' } },
    ],
    [
      'the kernel ended a child, and the tool gave up',
      { record: recorded(exited(1)), ending: undefined, container: ended(0, true) },
      { kind: 'ended', how: { kind: 'out-of-memory' } },
    ],
    [
      'the kernel ended a child, and the tool did without',
      { record: recorded(exited(0)), ending: undefined, container: ended(0, true) },
      { kind: 'ended', how: exited(0) },
    ],
    [
      'the kernel ended the wrapper too',
      { record: undefined, ending: undefined, container: ended(137, true) },
      { kind: 'ended', how: { kind: 'out-of-memory' } },
    ],
    [
      'told to end by us, and killed before it could write',
      { record: undefined, ending: 'cancelled', container: ended(137) },
      { kind: 'ended', how: { kind: 'cancelled' } },
    ],
    [
      'told to end by somebody else',
      { record: recorded(terminated), ending: undefined, container: ended(0) },
      { kind: 'lost', why: 'something outside ended its container' },
    ],
    [
      'told by us, when somebody else did as well',
      { record: recorded(terminated), ending: 'timed-out', container: ended(0) },
      { kind: 'ended', how: { kind: 'timed-out' } },
    ],
    ['killed', { record: undefined, ending: undefined, container: ended(137) }, { kind: 'lost' }],
    ['removed', { record: undefined, ending: undefined, container: undefined }, { kind: 'lost' }],
    [
      'the wrapper did not start',
      { record: undefined, ending: undefined, container: ended(127) },
      { kind: 'ended', how: { kind: 'not-started' } },
    ],
  ])('%s', (_, facts, expected) => {
    expect(howItEnded(facts)).toMatchObject(expected);
  });
});

test.each<readonly [LauncherRecord['how'] | undefined, boolean, boolean]>([
  [undefined, false, true],
  [terminated, false, true],
  [exited(0), true, false],
  [exited(1), false, false],
  [exited(1), true, true],
  [signalled, true, true],
  [{ kind: 'timed-out' }, true, false],
])('whether the daemon has to be asked: %j, memory limited: %j', (how, limitedMemory, expected) => {
  expect(needsContainer(how === undefined ? undefined : recorded(how), { limitedMemory })).toBe(expected);
});
