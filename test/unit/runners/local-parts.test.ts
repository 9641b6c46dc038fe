import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { gpuShares } from '../../../src/runners/local/gpu-shares.ts';
import { guardOf } from '../../../src/runners/local/isolation.ts';
import { updateQueue } from '../../../src/runners/update-queue.ts';
import { copyReadOnly } from '../../../src/runners/wrapper/copy-read-only.ts';
import { asAttemptToken } from '../../../src/util/brand.ts';
import { identityOf, isAlive, readIdentity, writeIdentity } from '../../../src/util/process-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'bit-parts-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('what must be made read-only by itself', () => {
  test.each([
    ['/tmp/run/data/a.tif', '/tmp/run'],
    ['/tmp/a.tif', '/tmp/a.tif'],
    ['/var/tmp/x/y/z', '/var/tmp/x'],
    ['/home/user/a.tif', undefined],
    ['/tmpfoo/a', undefined],
    ['/tmp', undefined],
  ])('%s: %s', (path, guard) => {
    expect(guardOf(path)).toBe(guard);
  });
});

describe('a process', () => {
  const own = identityOf(process.pid);
  if (own === undefined) throw new Error('this process is not in /proc');

  test('is itself after being written down and read', () => {
    expect(readIdentity(writeIdentity(own))).toEqual(own);
    expect(isAlive(own)).toBe(true);
  });

  test.each([
    ['another with its number', { ...own, startTime: '1' }],
    ['one of an earlier boot', { ...own, boot: '00000000-0000-0000-0000-000000000000' }],
    ['one that ended', { ...own, pid: 2 ** 22 - 1 }],
  ])('is not %s', (_what, identity) => {
    expect(isAlive(identity)).toBe(false);
  });

  test.each(['', 'boot', 'boot x 1', 'boot 1'])('%j names none', (text) => {
    expect(readIdentity(text)).toBeUndefined();
  });
});

describe('GPUs', () => {
  const directory = (name: string): string => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };

  test('tasks at the same time get different ones, and what ended is free again', () => {
    const shares = gpuShares(3);
    expect(shares.take({ token: 'a', directory: directory('a'), count: 1 })).toEqual([0]);
    expect(shares.take({ token: 'b', directory: directory('b'), count: 2 })).toEqual([1, 2]);
    shares.release('a');
    expect(shares.take({ token: 'c', directory: directory('c'), count: 1 })).toEqual([0]);
  });

  test('what another engine gave out counts after it is taken over', () => {
    const before = gpuShares(2);
    before.take({ token: 'd', directory: directory('d'), count: 1 });
    const after = gpuShares(2);
    after.adopt({ token: 'd', directory: join(folder, 'd') });
    expect(after.take({ token: 'e', directory: directory('e'), count: 1 })).toEqual([1]);
  });
});

test('updates come in order, all at once, and an abort ends the wait with nothing', async () => {
  const queue = updateQueue();
  const lost = (token: string) => ({ kind: 'lost', token: asAttemptToken(token), why: '' }) as const;
  queue.push(lost('a'));
  queue.push(lost('b'));
  const open = new AbortController();
  expect(await queue.take(open.signal)).toEqual([lost('a'), lost('b')]);
  const waiting = queue.take(open.signal);
  queue.push(lost('c'));
  expect(await waiting).toEqual([lost('c')]);
  const more = queue.take(open.signal);
  open.abort();
  expect(await more).toEqual([]);
});

test('a copy shares nothing with the original, folders and the links in them included', async () => {
  const source = join(folder, 'set.zarr');
  mkdirSync(join(source, '0'), { recursive: true });
  writeFileSync(join(source, '0/chunk'), 'bytes');
  const target = join(folder, 'copy.zarr');
  await copyReadOnly(source, target);
  rmSync(join(target, '0/chunk'));
  writeFileSync(join(target, '0/chunk'), 'other');
  expect(readFileSync(join(source, '0/chunk'), 'utf8')).toBe('bytes');
});
