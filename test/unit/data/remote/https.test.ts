import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCredentials } from '../../../../src/data/credentials/index.ts';
import { openHttps } from '../../../../src/data/remote/https/index.ts';
import { type RemoteOptions, RemoteProblem, type RemoteProvider } from '../../../../src/engine/ports/remote.ts';
import { type FileServer, openFileServer } from '../../../support/file-server.ts';
import { openWire } from '../../../support/wire.ts';

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 251));
const waits: number[] = [];
let server: FileServer;
let here: string;
let provider: RemoteProvider;
const options: RemoteOptions = { signal: new AbortController().signal, progress: () => {} };

const open = (environment: Readonly<Record<string, string>> = {}): RemoteProvider =>
  openHttps({
    credentials: openCredentials({ environment: { BIT_KEYRING: 'off', HOME: here, ...environment } }),
    patience: { pausesMs: [1, 2, 3], longestMs: 60_000, idleMs: 1000, wait: async (ms) => void waits.push(ms) },
  });
const problemOf = async (work: Promise<unknown>): Promise<RemoteProblem> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RemoteProblem) return error;
  throw new Error(`no problem, but ${String(error)}`);
};
const fetched = async (name: string, at = provider): Promise<Buffer> => {
  const file = await at.look(`${server.origin}/${name}`, options);
  if (file === undefined) throw new Error(`${name} is not there`);
  await at.fetch(file, join(here, 'fetched'), options);
  return readFileSync(join(here, 'fetched'));
};
const local = (content: Buffer): string => {
  writeFileSync(join(here, 'local'), content);
  return join(here, 'local');
};

beforeEach(async () => {
  server = await openFileServer();
  server.files.set('/a.tif', bytes);
  here = mkdtempSync(join(tmpdir(), 'bit-https-'));
  provider = open();
  waits.length = 0;
});
afterEach(async () => {
  await server.close();
  rmSync(here, { recursive: true });
});

describe('a server that is busy', () => {
  test.each([500, 502, 503, 504, 429, 408])('%i is tried again', async (status) => {
    server.fail({ kind: 'status', status }, { times: 3 });
    expect((await fetched('a.tif')).equals(bytes)).toBe(true);
    expect(waits).toEqual([1, 2, 3]);
  });

  test('is left alone as long as it asks, in seconds or until a time by its own clock', async () => {
    server.fail({ kind: 'status', status: 503, headers: { 'retry-after': '7' } });
    await fetched('a.tif');
    const headers = { date: 'Sun, 06 Nov 1994 08:49:30 GMT', 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' };
    server.fail({ kind: 'status', status: 429, headers });
    await fetched('a.tif');
    expect(waits).toEqual([7000, 7000]);
  });

  test('is given up in the end, and told', async () => {
    server.fail({ kind: 'status', status: 503 }, { times: 99 });
    const problem = await problemOf(provider.look(`${server.origin}/a.tif`, options));
    expect(problem.why).toBe('unreachable');
    expect(problem.message).toContain('503 Service Unavailable');
  });
});

describe('a server that can little', () => {
  test('no HEAD', async () => {
    server.configure({ head: false });
    expect(await provider.look(`${server.origin}/a.tif`, options)).toMatchObject({ size: 300_000 });
    expect((await fetched('a.tif')).equals(bytes)).toBe(true);
    server.configure({ ranges: false });
    expect(await provider.look(`${server.origin}/a.tif`, options)).toMatchObject({ size: 300_000 });
    expect(await provider.look(`${server.origin}/b.tif`, options)).toBeUndefined();
  });

  test.each([
    ['no ranges', { ranges: false }],
    ['weak ETags, which prove nothing', { etags: 'weak' as const }],
    ['no versions at all', { etags: 'none' as const }],
    ['a time of change alone', { etags: 'none' as const, modified: 'Sun, 06 Nov 1994 08:49:37 GMT' }],
    ['no length', { chunked: true }],
  ])('%s: after a break the file is whole all the same', async (_, how) => {
    server.configure(how);
    const wire = await openWire({ port: server.port });
    try {
      const uri = `http://127.0.0.1:${wire.port}/a.tif`;
      const file = await provider.look(uri, options);
      wire.cutAfter(100_000);
      if (file !== undefined) await provider.fetch(file, join(here, 'fetched'), options);
      expect(readFileSync(join(here, 'fetched')).equals(bytes)).toBe(true);
      expect(readdirSync(here)).toEqual(['fetched']);
    } finally {
      await wire.close();
    }
  });

  test('a size alone tells one file from another', async () => {
    server.configure({ etags: 'none', modified: 'Sun, 06 Nov 1994 08:49:37 GMT' });
    const file = await provider.look(`${server.origin}/a.tif`, options);
    server.files.set('/a.tif', bytes.subarray(1));
    if (file === undefined) throw new Error('not there');
    expect((await problemOf(provider.fetch(file, join(here, 'x'), options))).why).toBe('changed');
    expect(readdirSync(here)).toEqual([]);
  });
});

describe('what is sent', () => {
  test('with a longer length than there are bytes is no file', async () => {
    server.fail({ kind: 'short-length', by: 10 }, { times: 99, method: 'GET' });
    const file = { uri: `${server.origin}/a.tif`, name: 'a.tif', directory: false };
    expect((await problemOf(provider.fetch(file, join(here, 'x'), options))).message).toContain(
      '300010 bytes, and then that it has 300000',
    );
    expect(readdirSync(here)).toEqual([]);
  });

  test('packed though nobody asked for it is unpacked', async () => {
    server.files.set('/t.csv', gzipSync('cell,area\nA1,3\n'));
    server.configure({ encoding: 'gzip' });
    expect((await fetched('t.csv')).toString()).toBe('cell,area\nA1,3\n');
    expect(server.seen.every((one) => one.headers['accept-encoding'] === 'identity')).toBe(true);
  });
});

describe('a server that leads on', () => {
  test('is followed, and another host gets no credential', async () => {
    const other = await openFileServer();
    try {
      other.files.set('/moved.tif', bytes);
      server.configure({ authorization: 'Bearer right-secret' });
      server.fail({ kind: 'redirect', to: `${other.origin}/moved.tif` }, { times: 2 });
      const own = open({ [`BIT_HTTP_TOKEN_127_0_0_1_${server.port}`]: 'right-secret' });
      expect((await fetched('a.tif', own)).equals(bytes)).toBe(true);
      expect(other.seen.map((one) => one.method)).toEqual(['HEAD', 'GET']);
      expect(other.seen.filter((one) => one.headers.authorization !== undefined)).toEqual([]);
      expect(server.seen.every((one) => one.headers.authorization === 'Bearer right-secret')).toBe(true);
    } finally {
      await other.close();
    }
  });

  test('in a circle, or to what is no web address, is told', async () => {
    server.fail({ kind: 'redirect', to: '/a.tif' }, { times: 50 });
    expect((await problemOf(provider.look(`${server.origin}/a.tif`, options))).message).toContain(
      'leads on more than 10 times',
    );
  });

  test('to a file of this machine, is told and not followed', async () => {
    server.fail({ kind: 'redirect', to: 'file:///etc/passwd' });
    expect((await problemOf(provider.look(`${server.origin}/a.tif`, options))).why).toBe('failed');
  });
});

describe('putting', () => {
  const put = (over = 'nothing') => provider.put(local(bytes), `${server.origin}/to/b.tif`, { ...options, over });

  test('folders are made where the server wants them first', async () => {
    server.configure({ collections: true });
    await put();
    expect(server.files.get('/to/b.tif')?.equals(bytes)).toBe(true);
  });

  test('a server that knows no preconditions is looked at first', async () => {
    server.configure({ preconditions: false });
    server.files.set('/to/b.tif', Buffer.from('somebody'));
    expect((await problemOf(put())).why).toBe('exists');
    expect(server.files.get('/to/b.tif')?.toString()).toBe('somebody');
  });

  test('a server that takes no files says so', async () => {
    server.configure({ put: false });
    expect((await problemOf(put())).why).toBe('unsupported');
  });

  test('an answer that was lost is found out, and the file is not taken for somebody else’s', async () => {
    const wire = await openWire({ port: server.port });
    try {
      const uri = `http://127.0.0.1:${wire.port}/b.tif`;
      await provider.look(uri, options);
      wire.cutSendingAfter(300_100);
      expect(await provider.put(local(bytes), uri, { ...options, over: 'nothing' })).toMatchObject({ size: 300_000 });
      expect(server.files.get('/b.tif')?.equals(bytes)).toBe(true);
    } finally {
      await wire.close();
    }
  });

  test('a full server is told', async () => {
    server.fail({ kind: 'status', status: 507 }, { method: 'PUT' });
    expect((await problemOf(put())).why).toBe('full');
  });

  test('a folder is refused in words', async () => {
    const problem = await problemOf(provider.put(here, `${server.origin}/folder`, { ...options, over: 'nothing' }));
    expect(problem.why).toBe('unsupported');
  });
});

describe('this machine', () => {
  const mounted = (folder: string): boolean => {
    mkdirSync(folder);
    return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0;
  };

  test('without room keeps what it has, says so, and goes on once there is room', async (context) => {
    const small = join(here, 'small');
    if (!mounted(small)) context.skip('a small file system cannot be mounted here');
    try {
      server.files.set('/big.tif', Buffer.concat([bytes, bytes, bytes, bytes, bytes]));
      const file = await provider.look(`${server.origin}/big.tif`, options);
      if (file === undefined) throw new Error('not there');
      const problem = await problemOf(provider.fetch(file, join(small, 'big.tif'), options));
      expect(problem.why).toBe('full');
      expect(readdirSync(small).filter((name) => !name.startsWith('.bit-part-'))).toEqual([]);
      expect(spawnSync('mount', ['-o', 'remount,size=4m', small]).status).toBe(0);
      await provider.fetch(file, join(small, 'big.tif'), options);
      expect(server.seen.at(-1)?.headers.range).toMatch(/^bytes=[1-9]/u);
      expect(readFileSync(join(small, 'big.tif')).equals(server.files.get('/big.tif') ?? bytes)).toBe(true);
    } finally {
      spawnSync('umount', ['-l', small]);
    }
  });
});

test('no host of this name', async () => {
  const problem = await problemOf(provider.look('https://no-such-host.invalid/a.tif', options));
  expect(problem).toMatchObject({ why: 'unreachable' });
});
