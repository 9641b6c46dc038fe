import { createCipheriv } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Patience } from '../../src/data/remote/again.ts';
import {
  type RemoteFile,
  type RemoteOptions,
  RemoteProblem,
  type RemoteProvider,
} from '../../src/engine/ports/remote.ts';
import { openWire, type Wire } from '../support/wire.ts';

/** A real server, with a line to it that can be cut, and a door behind the provider's back. */
export interface RemotePlace {
  /** A provider that reaches the server through this port of 127.0.0.1. */
  open(port: number, options: { readonly credential: 'right' | 'wrong' }): RemoteProvider;
  /** Where the server itself listens. */
  readonly port: number;
  /** The address of a name below a folder of this test file alone, as seen through the line; the empty name is the folder. */
  uri(port: number, name: string): string;
  write(name: string, bytes: Uint8Array): Promise<void>;
  read(name: string): Promise<Uint8Array | undefined>;
  /** Everything that lies there, drafts included. */
  names(): Promise<readonly string[]>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface Abilities {
  readonly lists: boolean;
  readonly folders: boolean;
  /** Fewer for places that are slow to fill. */
  readonly entries: number;
  readonly names: readonly string[];
  /** Bytes that may be on their way, asked for by nobody any more, when a fetch is stopped. */
  readonly ahead: number;
  /** What it says to somebody who brings a wrong credential; `undefined` where it lets everybody in. */
  readonly refusal: 'credentials' | undefined;
}

/** No real pause: a test does not wait for what it knows will be. */
export const impatient: Patience = {
  pausesMs: [1, 1, 1, 1],
  longestMs: 10_000,
  idleMs: 1500,
  wait: async () => meanwhile.happens(),
};

/** What happens in the world while a provider pauses before it tries again. */
const meanwhile: { happens: () => Promise<void> } = { happens: async () => {} };

export const hostileNames: readonly string[] = [
  'with space.tif',
  'hash#mark.tif',
  'question?mark.tif',
  'percent%20sign%.tif',
  'plus+sign.tif',
  'ünï¢ödé 細胞.tif',
  '😀 beyond.tif',
  'quote\'and"double.tif',
  'semi;colon&and=equal.tif',
  '-dash.tif',
  '~tilde.tif',
  `${'long'.repeat(49)}.tif`,
];

export function remoteContract(openPlace: () => Promise<RemotePlace>, abilities: Abilities): void {
  let place: RemotePlace;
  let wire: Wire;
  let provider: RemoteProvider;
  let here: string;
  let stop: AbortController;
  const options = (): RemoteOptions => ({ signal: stop.signal, progress: () => {} });
  const uri = (name: string): string => place.uri(wire.port, name);
  const look = async (name: string): Promise<RemoteFile> => {
    const found = await provider.look(uri(name), options());
    if (found === undefined) throw new Error(`${name} is not there`);
    return found;
  };
  const bytesOf = (length: number, seed = 7): Buffer => {
    const bytes = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(length));
    return bytes;
  };
  const local = (name: string, bytes: Uint8Array): string => {
    const path = join(here, name);
    writeFileSync(path, bytes);
    return path;
  };
  const whyOf = async (work: Promise<unknown>): Promise<string> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof RemoteProblem ? error.why : `no problem, but ${String(error)}`;
  };
  const drafts = (): string[] => readdirSync(here).filter((name) => name.startsWith('.bit-part-'));

  beforeAll(async () => {
    place = await openPlace();
    wire = await openWire({ port: place.port });
    provider = place.open(wire.port, { credential: 'right' });
  });
  afterAll(async () => {
    await provider.close();
    await wire.close();
    await place.clear();
    await place.close();
  });
  beforeEach(async () => {
    stop = new AbortController();
    meanwhile.happens = async () => {};
    here = mkdtempSync(join(tmpdir(), 'bit-remote-'));
    await wire.plug();
    wire.reset();
  });
  afterEach(async () => {
    rmSync(here, { recursive: true, force: true });
    await wire.plug();
    await place.clear();
  });

  describe('looking', () => {
    test('says name, size and version of what is there, and nothing of what is not', async () => {
      await place.write('a.tif', bytesOf(1000));
      const found = await look('a.tif');
      expect(found).toMatchObject({ uri: uri('a.tif'), name: 'a.tif', size: 1000, directory: false });
      expect(found.version).toBeDefined();
      expect(await provider.look(uri('b.tif'), options())).toBeUndefined();
    });

    test('another version whenever the bytes are others', async () => {
      await place.write('a.tif', bytesOf(1000));
      const before = await look('a.tif');
      await place.write('a.tif', bytesOf(1001, 8));
      expect((await look('a.tif')).version).not.toBe(before.version);
    });
  });

  describe('fetching', () => {
    test.each([0, 1, 65_537, 3_000_001])('brings %i bytes as they are', async (length) => {
      await place.write('a.tif', bytesOf(length));
      const to = join(here, 'a.tif');
      const file = await look('a.tif');
      expect(await provider.fetch(file, to, options())).toMatchObject({ size: length, version: file.version });
      expect(readFileSync(to).equals(bytesOf(length))).toBe(true);
      expect(drafts()).toEqual([]);
    });

    test('what is missing is said, and nothing is left', async () => {
      const file = { uri: uri('none.tif'), name: 'none.tif', directory: false };
      expect(await whyOf(provider.fetch(file, join(here, 'x'), options()))).toBe('missing');
      expect(existsSync(join(here, 'x'))).toBe(false);
    });

    test('a connection that breaks midway is made again, and no byte comes twice', async () => {
      const bytes = bytesOf(4_000_000);
      await place.write('a.tif', bytes);
      const file = await look('a.tif');
      wire.reset();
      wire.cutAfter(2_000_000);
      const to = join(here, 'a.tif');
      await provider.fetch(file, to, options());
      expect(readFileSync(to).equals(bytes)).toBe(true);
      expect(wire.received()).toBeLessThan(4_700_000);
    });

    test('an interrupted fetch is gone on with by the next one', async () => {
      const bytes = bytesOf(12_000_000);
      await place.write('a.tif', bytes);
      const file = await look('a.tif');
      const to = join(here, 'a.tif');
      let so = 0;
      const interrupted = provider.fetch(file, to, {
        signal: stop.signal,
        progress: (progress) => {
          so = progress.bytes;
          if (so > 8_000_000) stop.abort();
        },
      });
      await expect(interrupted).rejects.toThrow();
      expect(existsSync(to)).toBe(false);
      stop = new AbortController();
      wire.reset();
      await provider.fetch(file, to, options());
      expect(readFileSync(to).equals(bytes)).toBe(true);
      expect(wire.received()).toBeLessThan(12_000_000 - so + abilities.ahead);
    });

    test('what was fetched of an older version is not mixed with a newer one', async () => {
      await place.write('a.tif', bytesOf(4_000_000));
      const to = join(here, 'a.tif');
      const first = provider.fetch(await look('a.tif'), to, {
        signal: stop.signal,
        progress: ({ bytes }) => {
          if (bytes > 1_500_000) stop.abort();
        },
      });
      await expect(first).rejects.toThrow();
      stop = new AbortController();
      const newer = bytesOf(4_000_100, 9);
      await place.write('a.tif', newer);
      await provider.fetch(await look('a.tif'), to, options());
      expect(readFileSync(to).equals(newer)).toBe(true);
      expect(drafts()).toEqual([]);
    });

    test('a file that became another one since it was looked at is told, and nothing wrong stays', async () => {
      await place.write('a.tif', bytesOf(10_000));
      const file = await look('a.tif');
      await place.write('a.tif', bytesOf(10_001, 8));
      expect(await whyOf(provider.fetch(file, join(here, 'a.tif'), options()))).toBe('changed');
      expect(readdirSync(here)).toEqual([]);
    });

    test('a file that becomes another one midway is told, and nothing wrong stays', async () => {
      await place.write('a.tif', bytesOf(8_000_000));
      const file = await look('a.tif');
      wire.cutAfter(2_000_000);
      meanwhile.happens = () => place.write('a.tif', bytesOf(8_000_001, 8));
      expect(await whyOf(provider.fetch(file, join(here, 'a.tif'), options()))).toBe('changed');
      expect(readdirSync(here)).toEqual([]);
    });

    test('silence counts as a broken connection', async () => {
      const bytes = bytesOf(2_000_000);
      await place.write('a.tif', bytes);
      const file = await look('a.tif');
      wire.stallAfter(500_000);
      const to = join(here, 'a.tif');
      await provider.fetch(file, to, options());
      expect(readFileSync(to).equals(bytes)).toBe(true);
    });

    test('cancelling stops within a second, also in silence, and leaves nothing under the final name', async () => {
      await place.write('a.tif', bytesOf(2_000_000));
      const file = await look('a.tif');
      wire.stallAfter(500_000);
      let stopped = 0;
      const fetching = provider.fetch(file, join(here, 'a.tif'), {
        signal: stop.signal,
        progress: ({ bytes }) => {
          if (bytes > 100_000 && stopped === 0) {
            stopped = performance.now();
            stop.abort();
          }
        },
      });
      await expect(fetching).rejects.toThrow();
      expect(performance.now() - stopped).toBeLessThan(1000);
      expect(existsSync(join(here, 'a.tif'))).toBe(false);
    });

    test('a server that is unplugged is told as unreachable; plugged in again, it goes on', async () => {
      const bytes = bytesOf(100_000);
      await place.write('a.tif', bytes);
      const file = await look('a.tif');
      await wire.unplug();
      const to = join(here, 'a.tif');
      expect(await whyOf(provider.fetch(file, to, options()))).toBe('unreachable');
      await wire.plug();
      await provider.fetch(file, to, options());
      expect(readFileSync(to).equals(bytes)).toBe(true);
    });

    test('many at once', async () => {
      const names = Array.from({ length: 24 }, (_, at) => `${at}.tif`);
      for (const name of names) await place.write(name, bytesOf(50_000, Number.parseInt(name, 10)));
      await Promise.all(names.map(async (name) => provider.fetch(await look(name), join(here, name), options())));
      for (const name of names)
        expect(readFileSync(join(here, name)).equals(bytesOf(50_000, Number.parseInt(name, 10)))).toBe(true);
    });

    test('a path that cannot be written to is a problem of this machine, in words', async () => {
      await place.write('a.tif', bytesOf(10));
      local('file', bytesOf(1));
      expect(await whyOf(provider.fetch(await look('a.tif'), join(here, 'file', 'a.tif'), options()))).toBe('failed');
    });
  });

  describe('putting', () => {
    test.each([0, 1, 3_000_001, 20_000_003])(
      'puts %i bytes as they are, and says what is there then',
      async (length) => {
        const put = await provider.put(local('a.tif', bytesOf(length)), uri('to/a.tif'), {
          ...options(),
          over: 'nothing',
        });
        expect(put).toEqual(await look('to/a.tif'));
        expect(Buffer.from((await place.read('to/a.tif')) ?? []).equals(bytesOf(length))).toBe(true);
        expect(await place.names()).toEqual(['to/a.tif']);
      },
    );

    test('what is there already is kept', async () => {
      await place.write('a.tif', bytesOf(100));
      const work = provider.put(local('a.tif', bytesOf(200)), uri('a.tif'), { ...options(), over: 'nothing' });
      expect(await whyOf(work)).toBe('exists');
      expect(Buffer.from((await place.read('a.tif')) ?? []).equals(bytesOf(100))).toBe(true);
      expect(await place.names()).toEqual(['a.tif']);
    });

    test('what is known is replaced; what became another one is kept', async () => {
      await place.write('a.tif', bytesOf(100));
      const { version = '' } = await look('a.tif');
      await provider.put(local('a.tif', bytesOf(200)), uri('a.tif'), { ...options(), over: version });
      expect(Buffer.from((await place.read('a.tif')) ?? []).equals(bytesOf(200))).toBe(true);
      expect(
        await whyOf(provider.put(local('b.tif', bytesOf(300)), uri('a.tif'), { ...options(), over: version })),
      ).toBe('exists');
      expect(Buffer.from((await place.read('a.tif')) ?? []).equals(bytesOf(200))).toBe(true);
    });

    test('of two that put the same name at once one is told that it is there', async () => {
      const one = place.open(wire.port, { credential: 'right' });
      try {
        const ends = await Promise.allSettled([
          provider.put(local('a.tif', bytesOf(400_000, 1)), uri('a.tif'), { ...options(), over: 'nothing' }),
          one.put(local('b.tif', bytesOf(400_000, 2)), uri('a.tif'), { ...options(), over: 'nothing' }),
        ]);
        expect(ends.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected']);
        const winner = ends[0].status === 'fulfilled' ? 1 : 2;
        expect(Buffer.from((await place.read('a.tif')) ?? []).equals(bytesOf(400_000, winner))).toBe(true);
      } finally {
        await one.close();
      }
    });

    test('a connection that breaks midway leaves no half a file, and in the end the whole', async () => {
      const bytes = bytesOf(20_000_000);
      await provider.look(uri('a.tif'), options());
      wire.cutSendingAfter(9_000_000);
      await provider.put(local('a.tif', bytes), uri('a.tif'), { ...options(), over: 'nothing' });
      expect(Buffer.from((await place.read('a.tif')) ?? []).equals(bytes)).toBe(true);
      expect(await place.names()).toEqual(['a.tif']);
    });

    test('cancelled, it leaves nothing there', async () => {
      let stopped = 0;
      const putting = provider.put(local('a.tif', bytesOf(40_000_000)), uri('a.tif'), {
        signal: stop.signal,
        over: 'nothing',
        progress: ({ bytes }) => {
          if (bytes > 5_000_000 && stopped === 0) {
            stopped = performance.now();
            stop.abort();
          }
        },
      });
      await expect(putting).rejects.toThrow();
      expect(performance.now() - stopped).toBeLessThan(1000);
      expect(await place.names()).toEqual([]);
    });

    test('a server that is unplugged is told, and has nothing of it later', async () => {
      const path = local('a.tif', bytesOf(1000));
      await wire.unplug();
      expect(await whyOf(provider.put(path, uri('a.tif'), { ...options(), over: 'nothing' }))).toBe('unreachable');
      await wire.plug();
      expect(await place.names()).toEqual([]);
    });

    test('a file that is removed has to be the one that is meant', async () => {
      await place.write('a.tif', bytesOf(100));
      const { version = '' } = await look('a.tif');
      await place.write('a.tif', bytesOf(101, 8));
      expect(await whyOf(provider.remove(uri('a.tif'), { ...options(), version }))).toBe('changed');
      expect(await place.names()).toEqual(['a.tif']);
      const now = (await look('a.tif')).version ?? '';
      await provider.remove(uri('a.tif'), { ...options(), version: now });
      await provider.remove(uri('a.tif'), { ...options(), version: now });
      expect(await place.names()).toEqual([]);
    });
  });

  describe('names', () => {
    test.each(abilities.names)('%j', async (name) => {
      const bytes = bytesOf(500);
      await provider.put(local('x', bytes), uri(name), { ...options(), over: 'nothing' });
      expect(await place.names()).toEqual([name]);
      const file = await look(name);
      expect(file.name).toBe(name.split('/').at(-1));
      const to = join(here, 'y');
      await provider.fetch(file, to, options());
      expect(readFileSync(to).equals(bytes)).toBe(true);
      if (!abilities.lists) return;
      expect(await Array.fromAsync(provider.list(uri(''), options()))).toMatchObject([
        { uri: file.uri, name: file.name, version: file.version },
      ]);
    });
  });

  test.runIf(abilities.refusal !== undefined)('a wrong credential is told as one, without it', async () => {
    const other = place.open(wire.port, { credential: 'wrong' });
    try {
      await place.write('a.tif', bytesOf(10));
      const error = await other.look(uri('a.tif'), options()).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(RemoteProblem);
      expect(error instanceof RemoteProblem ? error.why : '').toBe(abilities.refusal);
      expect(
        `${String(error)} ${JSON.stringify(error)} ${error instanceof RemoteProblem ? error.help : ''}`,
      ).not.toContain('wrong-secret');
    } finally {
      await other.close();
    }
  });

  if (!abilities.lists) {
    test('it cannot be listed, and says so', async () => {
      expect(await whyOf(Array.fromAsync(provider.list(uri(''), options())))).toBe('unsupported');
    });
    return;
  }

  describe('listing', () => {
    test('all files below, with size and version, in the order of their addresses', async () => {
      for (const name of [
        'b.tif',
        'a/2.tif',
        'a/1.tif',
        'a.tif',
        'a b.tif',
        'é.tif',
        '細.tif',
        '😀.tif',
        '\ufb03.tif',
        'a/deep/er/3.tif',
      ])
        await place.write(name, bytesOf(10));
      const listed = await Array.fromAsync(provider.list(uri(''), options()));
      const addresses = listed.map((file) => file.uri);
      expect(addresses).toEqual([...addresses].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      expect(listed).toHaveLength(10);
      for (const file of listed) {
        expect(file.size).toBe(10);
        expect(file).toEqual(await provider.look(file.uri, options()));
      }
    });

    test(`${abilities.entries} entries`, async () => {
      const names = Array.from({ length: abilities.entries }, (_, at) => `many/${at % 7}/${at}.txt`);
      const rest = [...names];
      await Promise.all(
        Array.from({ length: 24 }, async () => {
          for (let name = rest.pop(); name !== undefined; name = rest.pop()) await place.write(name, Buffer.from('x'));
        }),
      );
      const listed = await Array.fromAsync(provider.list(uri('many/'), options()));
      expect(listed.map((file) => file.uri)).toEqual(
        names.map((name) => uri(name)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
    });

    test('an empty or missing folder has nothing in it', async () => {
      expect(await Array.fromAsync(provider.list(uri('none/'), options()))).toEqual([]);
    });

    test('it stops at the signal', async () => {
      await place.write('a.tif', bytesOf(1));
      stop.abort();
      await expect(Array.fromAsync(provider.list(uri(''), options()))).rejects.toThrow();
    });
  });

  if (!abilities.folders) return;

  describe('folders', () => {
    const zarr = (seed = 1): string => {
      const folder = join(here, `image-${seed}.zarr`);
      for (const name of ['0/0.0', '0/0.1', '1/0.0', 'labels/c/0']) {
        mkdirSync(join(folder, name, '..'), { recursive: true });
        writeFileSync(join(folder, name), bytesOf(50_000, seed));
      }
      writeFileSync(join(folder, '.zattrs'), `{"seed": ${seed}}`);
      return folder;
    };
    const inside = ['.zattrs', '0/0.0', '0/0.1', '1/0.0', 'labels/c/0'];
    const filesIn = (folder: string): string[] =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => statSync(join(folder, name)).isFile())
        .sort();

    test('are put whole, and fetched whole', async () => {
      const put = await provider.put(zarr(), uri('image.zarr/'), { ...options(), over: 'nothing' });
      expect(put).toMatchObject({ directory: true, name: 'image.zarr', size: 200_011 });
      expect(await place.names()).toEqual(inside.map((name) => `image.zarr/${name}`));
      const to = join(here, 'back.zarr');
      expect(await provider.fetch(await look('image.zarr/'), to, options())).toMatchObject({ version: put.version });
      expect(filesIn(to)).toEqual(inside);
      for (const name of inside)
        expect(readFileSync(join(to, name)).equals(readFileSync(join(zarr(), name)))).toBe(true);
      expect(drafts()).toEqual([]);
    });

    test('an interrupted fetch is gone on with, and what is whole is not fetched again', async () => {
      await provider.put(zarr(), uri('image.zarr/'), { ...options(), over: 'nothing' });
      const folder = await look('image.zarr/');
      const to = join(here, 'back.zarr');
      const first = provider.fetch(folder, to, {
        signal: stop.signal,
        progress: ({ bytes }) => {
          if (bytes > 120_000) stop.abort();
        },
      });
      await expect(first).rejects.toThrow();
      expect(existsSync(to)).toBe(false);
      stop = new AbortController();
      await provider.fetch(folder, to, options());
      expect(filesIn(to)).toEqual(inside);
    });

    test('a folder in which something changed is told, and nothing wrong stays', async () => {
      await provider.put(zarr(), uri('image.zarr/'), { ...options(), over: 'nothing' });
      const folder = await look('image.zarr/');
      await place.write('image.zarr/0/0.0', bytesOf(50_001, 9));
      expect(await whyOf(provider.fetch(folder, join(here, 'back.zarr'), options()))).toBe('changed');
      expect(existsSync(join(here, 'back.zarr'))).toBe(false);
    });

    test('one that is there is kept, and one that is known replaced whole', async () => {
      const put = await provider.put(zarr(), uri('image.zarr/'), { ...options(), over: 'nothing' });
      const again = zarr(2);
      writeFileSync(join(again, 'new'), 'new');
      rmSync(join(again, '1'), { recursive: true });
      expect(await whyOf(provider.put(again, uri('image.zarr/'), { ...options(), over: 'nothing' }))).toBe('exists');
      await provider.put(again, uri('image.zarr/'), { ...options(), over: put.version ?? '' });
      expect(await place.names()).toEqual(
        ['.zattrs', '0/0.0', '0/0.1', 'labels/c/0', 'new'].map((name) => `image.zarr/${name}`),
      );
      expect(await whyOf(provider.put(zarr(), uri('image.zarr/'), { ...options(), over: put.version ?? '' }))).toBe(
        'exists',
      );
    });

    test('cancelled, they leave nothing there', async () => {
      const putting = provider.put(zarr(), uri('image.zarr/'), {
        signal: stop.signal,
        over: 'nothing',
        progress: ({ bytes }) => {
          if (bytes > 60_000) stop.abort();
        },
      });
      await expect(putting).rejects.toThrow();
      expect(await place.names()).toEqual([]);
    });
  });
}
