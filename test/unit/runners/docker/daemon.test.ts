import { expect, test } from 'vitest';
import { isAway, isStopping } from '../../../../src/runners/docker/daemon.ts';

test.each([
  ['transport is closing: unavailable', true],
  ['failed to create task for container: connection error: desc = "transport: Error while dialing": unavailable', true],
  ['ttrpc: closed: unknown', true],
  ['the daemon is shutting down', true],
  ['OCI runtime create failed: exec: "nix": executable file not found in $PATH', false],
  ['pull access denied for nix', false],
])('an answer of a daemon that is about to go away: %s', (words, stopping) => {
  expect(isStopping({ statusCode: 500, json: { message: words } })).toBe(stopping);
});

test('who answers is not away, whatever the answer; who does not may be asked again', () => {
  expect(isAway({ statusCode: 500, message: 'socket hang up' })).toBe(false);
  expect(isAway(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).toBe(true);
});
