import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Credential, type Credentials, Secret } from '../../src/data/credentials/index.ts';
import {
  isOmeroProvider,
  type OmeroProvider,
  type OmeroProviderOptions,
  type OmeroPublication,
  type OmeroResult,
  openOmeroProvider,
} from '../../src/data/omero/index.ts';
import { openRemotes, patient, schemeOf } from '../../src/data/remote/index.ts';
import { type Progress, RemoteProblem } from '../../src/engine/ports/remote.ts';
import { type OmeroServer, type OmeroServerOptions, omeroServer } from '../support/omero-server/omero-server.ts';
import { annotate, omeroWorld, planesOf, worldImage } from '../support/omero-server/omero-world.ts';

// Contract-tested: the server is test/support/omero-server, built from OMERO's published documentation. None of this was run against a live OMERO.

const ben: Credential = { kind: 'password', user: 'ben', password: new Secret('Grün & wide?'), from: 'the test' };

/** What is kept for every server. */
const kept = (credential: Credential | undefined): Credentials => ({
  for: async () => credential,
  help: (uri) => `Store one for ${uri}.`,
});

interface Lab {
  readonly server: OmeroServer;
  readonly provider: OmeroProvider;
  readonly notices: string[];
  readonly pauses: number[];
  readonly folder: string;
}

const open: { close(): Promise<void> }[] = [];
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omero-test-'));
});
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
  await rm(folder, { recursive: true, force: true });
});

async function lab(
  of: Partial<OmeroServerOptions> & { login?: Credential | 'guest' } & Partial<OmeroProviderOptions> & {
      idleMs?: number;
    } = {},
): Promise<Lab> {
  const { login = ben, world = omeroWorld() } = of;
  const server = await omeroServer({ ...of, world });
  const [notices, pauses]: [string[], number[]] = [[], []];
  const provider = openOmeroProvider({
    credentials: kept(login === 'guest' ? undefined : login),
    notice: ({ message }) => notices.push(message),
    patience: { ...patient, idleMs: of.idleMs ?? 60_000, wait: async (milliseconds) => void pauses.push(milliseconds) },
    ...of,
  });
  open.push(server, provider);
  return { server, provider, notices, pauses, folder };
}

const options = { signal: new AbortController().signal, progress: () => undefined };

async function listed(provider: OmeroProvider, uri: string) {
  const files = [];
  for await (const file of provider.list(uri, options)) files.push(file);
  return files;
}

async function problemOf(work: Promise<unknown>): Promise<RemoteProblem> {
  const problem: unknown = await work.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  if (!(problem instanceof RemoteProblem)) throw problem;
  return problem;
}

describe('logging in', () => {
  test('happens once, with the token and its cookie, for any number of calls at once', async () => {
    const { server, provider } = await lab();
    server.world.images.push(worldImage({ id: 12 }), worldImage({ id: 13 }));
    const found = await Promise.all(
      [12, 13, 12].map(async (id) => await provider.look(`${server.uri}/Image:${id}`, options)),
    );
    expect(found.map((file) => file?.name)).toEqual(['cell 12.ome.tif', 'cell 13.ome.tif', 'cell 12.ome.tif']);
    expect(server.log.filter((line) => line.startsWith('POST /api/v0/login/'))).toEqual(['POST /api/v0/login/ 200']);
  });

  test('a wrong password is said with the server and the user, and shown nowhere', async () => {
    const { server, provider } = await lab({ login: { ...ben, password: new Secret('hunter2-secret') } });
    const problem = await problemOf(provider.look(`${server.uri}/Image:12`, options));
    expect(problem.why).toBe('credentials');
    expect(problem.message).toContain('does not let ben in: Connection not available, please check your credentials');
    expect(inspect(problem, { depth: 9, showHidden: true }) + problem.stack).not.toContain('hunter2-secret');
  });

  test('a session that someone opened can be joined, and is not ended with us', async () => {
    const first = await lab();
    await first.provider.look(`${first.server.uri}/Dataset:51`, options);
    const uuid = [...first.server.sessions.values()][0]?.uuid ?? '';
    const second = openOmeroProvider({
      credentials: kept({ kind: 'session', session: new Secret(uuid), from: 'the test' }),
    });
    expect(await second.look(`${first.server.uri}/Dataset:51`, options)).toMatchObject({
      name: 'Day 1',
      directory: true,
    });
    await second.close();
    expect([...first.server.sessions.values()].map((each) => each.uuid)).toEqual([uuid, uuid]);
  });

  test('our own session is ended when we are done', async () => {
    const { server, provider } = await lab();
    await provider.look(`${server.uri}/Dataset:51`, options);
    expect(server.sessions.size).toBe(1);
    await provider.close();
    expect(server.sessions.size).toBe(0);
  });

  test('a session that ends in the middle is opened again without a word', async () => {
    const { server, provider, notices } = await lab();
    server.world.images.push(worldImage({ id: 12 }));
    await provider.look(`${server.uri}/Image:12`, options);
    server.expireSessions();
    // The JSON API answers 403, the other pages lead to the login page: both are noticed.
    const [file] = await listed(provider, `${server.uri}/Dataset:51`);
    server.expireSessions();
    if (file !== undefined) await provider.fetch({ ...file }, join(folder, 'image'), options);
    expect(await readFile(join(folder, 'image'))).toEqual(planesOf(worldImage({ id: 12 }).pixels));
    expect(server.log.filter((line) => line.startsWith('POST /api/v0/login/'))).toHaveLength(3);
    expect(notices).toEqual([]);
  });

  test('calls that find the session gone together log in once', async () => {
    const { server, provider } = await lab();
    for (const id of [1, 2, 3, 4, 5, 6]) server.world.images.push(worldImage({ id }));
    await provider.look(`${server.uri}/Image:1`, options);
    server.expireSessions();
    await Promise.all([1, 2, 3, 4, 5, 6].map(async (id) => await provider.look(`${server.uri}/Image:${id}`, options)));
    expect(server.log.filter((line) => line.startsWith('POST /api/v0/login/'))).toHaveLength(2);
  });

  test('whoever gives up while another logs in takes nobody along', async () => {
    const { server, provider } = await lab();
    server.world.images.push(worldImage({ id: 12 }));
    const stop = new AbortController();
    const login = server.hold(/login/);
    const first = provider.look(`${server.uri}/Image:12`, { ...options, signal: stop.signal });
    const second = provider.look(`${server.uri}/Image:12`, options);
    await login.reached;
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    login.release();
    expect((await second)?.name).toBe('cell 12.ome.tif');
  });

  test('a public server needs no login; one that asks for it says so', async () => {
    const { server, provider } = await lab({ login: 'guest', isPublic: true });
    expect((await provider.look(`${server.uri}/Project:5`, options))?.name).toBe('Mitosis');
    expect(server.log.some((line) => line.includes('login'))).toBe(false);

    const closed = await lab({ login: 'guest' });
    const problem = await problemOf(closed.provider.look(`${closed.server.uri}/Project:5`, options));
    expect([problem.why, problem.message]).toEqual([
      'credentials',
      `The OMERO server ${closed.server.uri} asks for a login, and none is kept for it`,
    ]);
  });

  test('what is kept but cannot log in is said, with what to do', async () => {
    const { server, provider } = await lab({
      login: { kind: 'token', token: new Secret('t0ken'), from: 'the keyring' },
    });
    const problem = await problemOf(provider.look(`${server.uri}/Project:5`, options));
    expect([problem.why, problem.message, problem.help]).toEqual([
      'credentials',
      `What is kept for ${server.uri} (the keyring) is neither a user with a password nor a session id`,
      `Store one for omero://${new URL(server.origin).host}.`,
    ]);
  });

  test('the door to all other places opens it, with the server that is set and its short addresses', async () => {
    const { server } = await lab();
    expect(schemeOf(`${server.uri}/Project:5`)).toBe('omero');
    const remotes = openRemotes({
      credentials: kept(ben),
      settings: { s3Endpoint: undefined, s3Region: undefined, s3PathStyle: undefined },
      environment: { OMERO_SERVER: server.origin },
    });
    open.push(remotes);
    const provider = await remotes.provider('omero');
    expect(isOmeroProvider(provider)).toBe(true);
    expect(await provider.look('omero:Project:5', options)).toMatchObject({
      uri: `${server.uri}/Project:5`,
      name: 'Mitosis',
    });
  });

  test('https is meant unless the address says http; over it the referer is sent, and addresses that the server gives for http stay on https', async () => {
    const behind = await omeroServer({ world: omeroWorld(), prefix: '/omero', believesToBe: 'omero-web-7:4080' });
    open.push(behind);
    behind.world.images.push(worldImage({ id: 12 }));
    const asked: string[] = [];
    // What a proxy that ends TLS does with a request.
    const viaProxy = async (url: string, init: RequestInit): Promise<Response> => {
      asked.push(new URL(url).origin);
      const { pathname, search } = new URL(url);
      const headers = { ...init.headers, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'omero.test' };
      return await fetch(`${behind.origin}${pathname}${search}`, { ...init, headers });
    };
    const { provider } = await lab({ fetch: viaProxy });
    const [file] = await listed(provider, 'omero://OMERO.test:443/omero/Dataset:51');
    expect(file?.uri).toBe('omero://omero.test/omero/Image:12');
    expect(new Set(asked)).toEqual(new Set(['https://omero.test']));
    expect(behind.log).toContain('POST /api/v0/login/ 200');
  });
});

describe('listing', () => {
  test('1,200 images come over several pages, each once, in the order of their addresses', async () => {
    const { server, provider } = await lab({ prefix: '/omero' });
    for (let id = 1; id <= 1200; id++)
      server.world.images.push(worldImage({ id, name: id % 3 === 0 ? 'same.tif' : `x${id}.tif` }));
    const files = await listed(provider, `${server.uri}/Dataset:51`);
    const uris = files.map((file) => file.uri);
    expect(uris).toHaveLength(1200);
    expect(new Set(uris).size).toBe(1200);
    expect(uris).toEqual([...uris].sort());
    expect(server.log.filter((line) => line.startsWith('GET /api/v0/m/datasets/51/images/'))).toHaveLength(3);
  });

  test('a server that hands out fewer at once is asked more often', async () => {
    const { server, provider } = await lab({ maxLimit: 7 });
    for (let id = 1; id <= 30; id++) server.world.images.push(worldImage({ id }));
    expect(await listed(provider, `${server.uri}/Dataset:51`)).toHaveLength(30);
    expect(server.log.filter((line) => line.includes('/datasets/51/images/'))).toHaveLength(5);
  });

  test('a list whose order moves between two pages is never taken for whole', async () => {
    const { server, provider } = await lab({ maxLimit: 4, movesTies: true });
    for (let id = 1; id <= 10; id++) server.world.images.push(worldImage({ id, name: 'same' }));
    const problem = await problemOf(listed(provider, `${server.uri}/Dataset:51`));
    expect(problem.why).toBe('changed');
  });

  test('what the server knows of the pixels comes in micrometres and seconds; the names of the channels with a single image', async () => {
    const { server, provider } = await lab();
    server.world.images.push(
      worldImage({
        id: 12,
        acquired: 1235730332000,
        pixels: {
          t: 2,
          size: { x: [126.98, 'NANOMETER', 'nm'], y: [0.12698, 'MICROMETER', 'µm'], z: [3, 'PIXEL', 'pixel'] },
          timeIncrement: [500, 'MILLISECOND', 'ms'],
        },
      }),
    );
    const [file] = await listed(provider, `${server.uri}/Dataset:51`);
    expect(file).toMatchObject({ acquiredAt: '2009-02-27T10:25:32.000Z', directory: false });
    const image = {
      axes: 'tczyx',
      shape: [2, 2, 3, 7, 9],
      dtype: 'uint16',
      pixelSize: { x: 0.12698, y: 0.12698 },
      timeStep: 0.5,
    };
    expect(file?.image).toEqual(image);
    expect((await provider.look(`${server.uri}/Image:12`, options))?.image).toEqual({
      ...image,
      channels: ['DAPI', 'GFP'],
    });
  });

  test('key-value pairs of all namespaces, tags and places become tags; what had to be decided is said', async () => {
    const { server, provider, notices } = await lab();
    const { world } = server;
    world.images.push(worldImage({ id: 12, datasets: [51, 52] }));
    const on = { kind: 'image', id: 12 };
    annotate(
      world,
      on,
      {
        is: 'map',
        pairs: [
          ['Gene Symbol', 'CDK1'],
          ['dose', '3'],
          ['dose', '5'],
        ],
      },
      'openmicroscopy.org/omero/client/mapAnnotation',
    );
    annotate(
      world,
      on,
      {
        is: 'map',
        pairs: [
          ['dose', '5'],
          ['2nd antibody', 'a-GFP'],
          ['empty', ' '],
        ],
      },
      'lab/x',
    );
    annotate(world, on, { is: 'comment', text: 'out of focus?' });
    annotate(world, on, { is: 'file', name: 'notes.txt', bytes: Buffer.from('x') });
    for (const text of ['mitosis', 'keep', 'keep']) annotate(world, on, { is: 'tag', text });
    // More than the web client hands out at once.
    for (let at = 0; at < 7; at++) annotate(world, on, { is: 'map', pairs: [[`k${at}`, 'v']] }, 'lab/y');

    const [file] = await listed(provider, `${server.uri}/Project:5`);
    expect(file?.tags).toEqual({
      _2nd_antibody: 'a-GFP',
      Gene_Symbol: 'CDK1',
      dataset: 'Day 1; Day 2',
      dose: '3; 5',
      omero_tags: 'keep, mitosis',
      project: 'Mitosis',
      ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((at) => [`k${at}`, 'v'])),
    });
    expect(notices).toEqual([`${server.uri}/Image:12: \`dose\` has 2 values, joined in the tag dose: 3; 5`]);
    expect(await provider.look(`${server.uri}/Image:12`, options)).toMatchObject({ tags: file?.tags ?? {} });
  });

  test('a pair that is called like a place wins over it, and that is said', async () => {
    const { server, provider, notices } = await lab();
    server.world.images.push(worldImage({ id: 12 }));
    annotate(server.world, { kind: 'image', id: 12 }, { is: 'map', pairs: [['dataset', 'pilot']] });
    const [file] = await listed(provider, `${server.uri}/Dataset:51`);
    expect(file?.tags).toEqual({ dataset: 'pilot', project: 'Mitosis' });
    expect(notices[0]).toContain('its key `dataset` says pilot, so that its dataset in OMERO, Day 1, is not a tag');
  });

  test('the images of a screen carry plate, well and field, and what is annotated on the well', async () => {
    const { server, provider } = await lab();
    const { world } = server;
    for (const id of [1, 2, 3]) world.images.push(worldImage({ id, datasets: [], series: id }));
    world.wells.push(
      { id: 139, plate: 9, row: 1, column: 2, images: [1, 2], group: 5 },
      { id: 140, plate: 9, row: 26, column: 0, images: [3], group: 5 },
    );
    world.wells.push({ id: 141, plate: 9, row: 3, column: 3, images: [], group: 5 });
    annotate(world, { kind: 'well', id: 139 }, { is: 'map', pairs: [['siRNA', 'CDK1']] });
    const files = await listed(provider, `${server.uri}/Screen:3`);
    expect(files.map(({ tags }) => tags)).toEqual([
      { field: '1', omero_series: 1, plate: 'P1', screen: 'siRNA', siRNA: 'CDK1', well: 'B3' },
      { field: '2', omero_series: 2, plate: 'P1', screen: 'siRNA', siRNA: 'CDK1', well: 'B3' },
      { omero_series: 3, plate: 'P1', screen: 'siRNA', well: 'AA1' },
    ]);
    expect(files.every((file) => file.version !== undefined && file.image !== undefined)).toBe(true);
    expect((await listed(provider, `${server.uri}/Plate:9`)).map((file) => file.uri)).toEqual(
      files.map((file) => file.uri),
    );
    expect((await listed(provider, `${server.uri}/Well:140`)).map((file) => file.tags)).toEqual([
      { omero_series: 3, plate: 'P1', well: 'AA1' },
    ]);
  });

  test('what is not there, and what belongs to a group one is not in, is missing', async () => {
    const { server, provider } = await lab();
    expect(await provider.look(`${server.uri}/Dataset:90`, options)).toBeUndefined();
    expect(await provider.look(`${server.uri}/Image:4711`, options)).toBeUndefined();
    const problem = await problemOf(listed(provider, `${server.uri}/Dataset:90`));
    expect([problem.why, problem.message]).toEqual([
      'missing',
      `${server.uri}/Dataset:90 is not there, or you may not see it`,
    ]);
  });

  test('another group is read without switching to it', async () => {
    const { server, provider } = await lab();
    server.world.images.push(worldImage({ id: 12, group: 7, datasets: [70] }));
    expect((await listed(provider, `${server.uri}/Dataset:70`)).map((file) => file.name)).toEqual(['cell 12.ome.tif']);
  });

  test('a short address is completed with the server that is set', async () => {
    const world = omeroWorld();
    const server = await omeroServer({ world, prefix: '/omero' });
    open.push(server);
    const { provider } = await lab({ server: `${server.origin}/omero/` });
    expect(await provider.look('omero:Dataset:51', options)).toEqual({
      uri: `${server.uri}/Dataset:51`,
      name: 'Day 1',
      directory: true,
    });
  });

  test('a file on an object is no list', async () => {
    const { server, provider } = await lab();
    expect((await problemOf(listed(provider, `${server.uri}/Dataset:51/a.csv`))).why).toBe('unsupported');
  });

  test('a name that is a path can be no path here', async () => {
    const { server, provider } = await lab();
    server.world.images.push(worldImage({ id: 12, name: '../../etc/passwd [Series 1]' }));
    const [file] = await listed(provider, `${server.uri}/Dataset:51`);
    expect(file?.name).toBe('.._.._etc_passwd [Series 1]');
  });
});

describe('fetching', () => {
  async function fetched(of: Lab, id: number, to = 'image') {
    const file = await of.provider.look(`${of.server.uri}/Image:${id}`, options);
    if (file === undefined) throw new Error(`no image ${id}`);
    return await of.provider.fetch(file, join(of.folder, to), options);
  }

  test('one original file comes byte for byte, under its own name', async () => {
    const of = await lab();
    const bytes = Buffer.from('what the microscope wrote');
    of.server.world.images.push(
      worldImage({ id: 12, name: 'cell [Series 2]', series: 1, originals: [{ path: 'ben_3/a b, c.lif', bytes }] }),
    );
    const seen: Progress[] = [];
    const file = await of.provider.look(`${of.server.uri}/Image:12`, options);
    if (file === undefined) throw new Error('no image');
    const got = await of.provider.fetch(file, join(folder, 'image'), {
      ...options,
      progress: (each) => seen.push(each),
    });
    expect(await readFile(join(folder, 'image'))).toEqual(bytes);
    expect(got).toMatchObject({
      name: 'a b, c.lif',
      size: bytes.length,
      directory: false,
      version: file.version,
      tags: { omero_series: 1 },
    });
    expect(seen.at(-1)).toEqual({ uri: file.uri, bytes: bytes.length, size: bytes.length });
  });

  test('several originals come as a folder, and which they are is said', async () => {
    const of = await lab();
    const originals = [
      { path: 'ben_3/scan/a.vsi', bytes: Buffer.from('index') },
      { path: 'ben_3/scan/_a_/stack1/frame.ets', bytes: Buffer.alloc(100_000, 'ets') },
    ];
    of.server.world.images.push(worldImage({ id: 12, name: 'a.vsi', originals }));
    expect(await fetched(of, 12)).toMatchObject({ name: 'a.vsi', directory: true, size: 100_005 });
    expect(await readFile(join(folder, 'image', '_a_/stack1/frame.ets'))).toEqual(originals[1]?.bytes);
    expect(of.notices).toEqual([
      `${of.server.uri}/Image:12: it is stored as 2 files, which are now a folder: a.vsi, _a_/stack1/frame.ets`,
    ]);
    expect(await readdir(folder)).toEqual(['image']);
  });

  test('an older server, which does not say how many originals there are, is understood by the name it gives', async () => {
    const of = await lab();
    of.server.faults.push({ path: /original_file_paths/, how: 404, times: 9 });
    const parts = ['a.tif', 'b.tif'].map((path) => ({ path: `x/${path}`, bytes: Buffer.from(path) }));
    of.server.world.images.push(worldImage({ id: 12, name: 'pair', originals: parts }));
    of.server.world.images.push(worldImage({ id: 13, originals: parts.slice(0, 1) }));
    expect(await fetched(of, 12)).toMatchObject({ name: 'pair', directory: true });
    expect(await fetched(of, 13, 'single')).toMatchObject({ name: 'a.tif', directory: false });
  });

  test('the name of an original is read whatever letters it has, also out of the header of an older server', async () => {
    const of = await lab();
    of.server.faults.push({ path: /original_file_paths/, how: 404, times: 1 });
    of.server.world.images.push(
      worldImage({ id: 12, originals: [{ path: 'x/細胞 ünd.tif', bytes: Buffer.from('x') }] }),
    );
    expect(await fetched(of, 12)).toMatchObject({ name: '細胞_ünd.tif' });
    expect(await fetched(of, 12)).toMatchObject({ name: '細胞 ünd.tif' });
  });

  test('a page of HTML is no original', async () => {
    const of = await lab();
    of.server.faults.push({ path: /archived_files/, how: 'html', times: 1 });
    of.server.world.images.push(worldImage({ id: 12 }));
    expect(await fetched(of, 12)).toMatchObject({ name: 'cell 12.ome.tif.ome.tiff' });
  });

  test('an original that is a ZIP itself stays one', async () => {
    const of = await lab();
    const bytes = Buffer.from('PK\x03\x04 not really');
    of.server.world.images.push(worldImage({ id: 12, name: 'a.zarr', originals: [{ path: 'ben_3/a.zip', bytes }] }));
    expect(await fetched(of, 12)).toMatchObject({ name: 'a.zip', directory: false });
    expect(await readFile(join(folder, 'image'))).toEqual(bytes);
  });

  test.each([
    ['blocked' as const, 'its download policy forbids it'],
    ['too-large' as const, 'they are more than it packs into one archive'],
    [[], 'none were archived with this image'],
  ])('originals that cannot be had (%s) are replaced by all planes as OME-TIFF', async (originals, reason) => {
    const of = await lab({ prefix: '/omero' });
    const image = worldImage({ id: 12, name: 'big: 1/2', originals, pixels: { t: 2 } });
    of.server.world.images.push(image);
    expect(await fetched(of, 12)).toMatchObject({ name: 'big: 1_2.ome.tiff', directory: false });
    expect(await readFile(join(folder, 'image'))).toEqual(planesOf(image.pixels));
    expect(of.notices[0]).toContain('the server made an OME-TIFF of its pixels');

    image.omeTiff = 'pyramid';
    const problem = await problemOf(fetched(of, 12, 'again'));
    expect(problem.why).toBe('unsupported');
    expect(problem.message).toContain(reason);
    expect(problem.help).toContain('omero.policy.binary_access');
  });

  const right = { id: 1, t: 2, c: 2, z: 3, y: 7, x: 9, type: 'uint16', channels: [] };
  test.each([
    ['a rendered picture of 8 bits', planesOf(right, { bits: 8 }), 'its pixels are uint8, and uint16 in OMERO'],
    [
      'one time of two',
      planesOf({ ...right, t: 1 }),
      'it has 3 depths, 2 channels, 1 times, and OMERO 3 depths, 2 channels, 2 times',
    ],
    ['fewer planes than it says', planesOf(right, { planes: 5 }), ''],
    ['another size', planesOf({ ...right, x: 8 }), 'it is 8 × 7 pixels, and 9 × 7 in OMERO'],
    ['axes that are exchanged', planesOf({ ...right, z: 2, c: 3 }), 'it has 2 depths, 3 channels, 2 times'],
    ['a page of HTML', Buffer.from('<html>rendering…</html>'), ''],
  ])('%s is never passed off as the data', async (_, omeTiff, words) => {
    const of = await lab();
    of.server.world.images.push(worldImage({ id: 12, originals: 'blocked', pixels: { t: 2 }, omeTiff }));
    const problem = await problemOf(fetched(of, 12));
    expect(problem.why).toBe('unsupported');
    expect(problem.message).toContain('the OME-TIFF it makes is not the whole image');
    expect(problem.message).toContain(words);
    expect(await readdir(folder)).toEqual([]);
  });

  test('an image that was replaced since it was listed is not fetched', async () => {
    const of = await lab();
    const image = worldImage({ id: 12, pixels: { sha1: 'eae01c54191fd9cf4b09e3651e1899d677375b7d' } });
    of.server.world.images.push(image);
    const file = await of.provider.look(`${of.server.uri}/Image:12`, options);
    image.pixels = { ...image.pixels, sha1: '0000000000000000000000000000000000000000' };
    if (file === undefined) throw new Error('no image');
    expect((await problemOf(of.provider.fetch(file, join(folder, 'image'), options))).why).toBe('changed');
  });

  test('a dataset comes as a folder, images of one name apart', async () => {
    const of = await lab();
    for (const id of [1, 2])
      of.server.world.images.push(
        worldImage({ id, name: 'same.tif', originals: [{ path: 'x/same.tif', bytes: Buffer.from(`${id}`) }] }),
      );
    const uri = `${of.server.uri}/Dataset:51`;
    await of.provider.fetch({ uri, name: 'Day 1', directory: true }, join(folder, 'all'), options);
    expect((await readdir(join(folder, 'all'))).sort()).toEqual(['1-same.tif', '2-same.tif']);
  });
});

describe('a bad network', () => {
  test.each([500, 503, 429, 'reset', 'truncate'] as const)(
    'what passes (%s) is tried again, with growing pauses',
    async (how) => {
      const { server, provider, pauses } = await lab();
      server.world.images.push(worldImage({ id: 12 }));
      server.faults.push({ path: /images\/12\/$/, how, times: 6 });
      expect((await provider.look(`${server.uri}/Image:12`, options))?.name).toBe('cell 12.ome.tif');
      expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 15_000]);
    },
  );

  test('what stays broken is said, with the server and without the password', async () => {
    const { server, provider } = await lab();
    server.faults.push({ path: /api\/v0\/m\/images/, how: 503, times: 99 });
    const problem = await problemOf(provider.look(`${server.uri}/Image:12`, options));
    expect([problem.why, problem.message]).toEqual([
      'unreachable',
      `The OMERO server at ${new URL(server.origin).host} is busy or down (it answers 503 to /api/v0/m/images/12/)`,
    ]);
  });

  test.each(['truncate', 'stall', 'reset'] as const)(
    'a download that breaks (%s) leaves nothing wrong behind',
    async (how) => {
      const of = await lab({ idleMs: 50 });
      const image = worldImage({ id: 12, originals: [{ path: 'a/b.tif', bytes: Buffer.alloc(300_000, 'planes') }] });
      of.server.world.images.push(image);
      const file = await of.provider.look(`${of.server.uri}/Image:12`, options);
      if (file === undefined) throw new Error('no image');
      of.server.faults.push({ path: /archived_files/, how, times: 2 });
      await of.provider.fetch(file, join(folder, 'image'), options);
      expect(
        createHash('sha1')
          .update(await readFile(join(folder, 'image')))
          .digest('hex'),
      ).toBe(createHash('sha1').update(Buffer.alloc(300_000, 'planes')).digest('hex'));
      of.server.faults.push({ path: /archived_files/, how, times: 9 });
      const again = of.provider.fetch(file, join(folder, 'again'), options);
      expect((await problemOf(again)).why).toBe('unreachable');
      expect(await readdir(folder)).toEqual(['image']);
    },
  );

  test('a signal ends it at once', async () => {
    const { server, provider } = await lab();
    server.world.images.push(worldImage({ id: 12 }));
    const file = await provider.look(`${server.uri}/Image:12`, options);
    if (file === undefined) throw new Error('no image');
    server.faults.push({ path: /archived_files/, how: 'stall', times: 1 });
    const stop = new AbortController();
    const fetching = provider.fetch(file, join(folder, 'image'), {
      signal: stop.signal,
      progress: () => stop.abort(new Error('enough')),
    });
    await expect(fetching).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual([]);
  });

  test('a path that cannot be written to is a problem of this machine, not of the server', async () => {
    const { server, provider } = await lab();
    server.world.images.push(worldImage({ id: 12 }));
    const file = await provider.look(`${server.uri}/Image:12`, options);
    await writeFile(join(folder, 'file'), 'x');
    if (file === undefined) throw new Error('no image');
    const problem = await problemOf(provider.fetch(file, join(folder, 'file', 'image'), options));
    expect(problem.why).toBe('failed');
    expect(problem.message).toContain('ENOTDIR');
  });

  test('a server that is no OMERO is told from one that is down', async () => {
    const { server, provider } = await lab();
    server.faults.push({ path: /^\/api\/$/, how: 'html', times: 1 });
    const problem = await problemOf(provider.look(`${server.uri}/Image:12`, options));
    expect([problem.why, problem.message]).toEqual([
      'failed',
      `${new URL(server.origin).host}/api/ answers with something that is not OMERO's JSON`,
    ]);

    const wrong = await problemOf(provider.look(`${server.uri}/elsewhere/Image:12`, options));
    expect(wrong.help).toContain('what stands before /webclient in the browser belongs to it');

    await server.close();
    expect((await problemOf(provider.look(`${server.uri}/Image:12`, options))).why).toBe('unreachable');
  });
});

describe('publishing', () => {
  async function results(of: Record<string, string>): Promise<Record<string, string>> {
    const paths: Record<string, string> = {};
    for (const [name, text] of Object.entries(of)) {
      paths[name] = join(folder, name);
      await writeFile(paths[name], text);
    }
    return paths;
  }
  const shown = (server: OmeroServer): unknown[] =>
    server.world.annotations.map(({ ns, value, links }) => {
      const on = links.map((each) => `${each.kind} ${each.id}`).join();
      return value.is === 'file'
        ? [on, value.name, value.bytes.toString()]
        : value.is === 'map'
          ? [on, ns, value.pairs]
          : [on];
    });

  test('a result hangs on its target with its tags and its lineage', async () => {
    const { server, provider } = await lab({ prefix: '/omero' });
    const { 'counts.csv': path = '' } = await results({ 'counts.csv': 'cell,n\nA1,5\n' });
    const target = `${server.uri}/Dataset:51`;
    const tags = { cell: 'A1', n: 5, ok: true };
    const result: OmeroResult = { path, name: 'n "A".csv', tags, lineage: { run: 'r1' }, as: 'attachment' };
    const [published] = await provider.publish({ target, files: [result] }, options);
    const digest = `sha256:${createHash('sha256').update('cell,n\nA1,5\n').digest('hex')}`;
    const [first, second] = server.world.annotations;
    const pairs = [
      ['cell', 'A1'],
      ['n', '5'],
      ['ok', 'true'],
      ['bitflow_file', "n 'A'.csv"],
      ['bitflow_digest', digest],
      ['bitflow_of', `annotation:${first?.id}`],
      ['bitflow_lineage', `${second?.id}`],
    ];
    expect(shown(server)).toEqual([
      ['dataset 51', "n 'A'.csv", 'cell,n\nA1,5\n'],
      ['dataset 51', "n 'A'.csv.lineage.json", '{\n  "run": "r1"\n}\n'],
      ['dataset 51', 'bitflow/v1', pairs],
    ]);
    expect(published).toMatchObject({ did: 'sent', size: 12, uri: `${target}/n%20'A'.csv` });
    const there = await provider.look(published?.uri ?? '', options);
    expect(there).toMatchObject({ name: "n 'A'.csv", size: 12, tags: { cell: 'A1', n: '5', ok: 'true' } });
    await provider.fetch({ uri: published?.uri ?? '', name: '', directory: false }, join(folder, 'back'), options);
    expect(await readFile(join(folder, 'back'), 'utf8')).toBe('cell,n\nA1,5\n');
  });

  test('publishing the same again sends nothing; other tags correct the pairs that are there', async () => {
    const { server, provider } = await lab();
    const { 'a.csv': path = '' } = await results({ 'a.csv': 'one' });
    const target = `${server.uri}/Dataset:51`;
    const once = async (cell: string): Promise<unknown> =>
      (
        await provider.publish(
          { target, files: [{ path, name: 'a.csv', tags: { cell }, lineage: { cell }, as: 'attachment' }] },
          options,
        )
      ).map((each) => each.did);
    expect(await once('A1')).toEqual(['sent']);
    const before = shown(server);
    server.log.length = 0;
    expect(await once('A1')).toEqual(['there']);
    expect(shown(server)).toEqual(before);
    expect(server.log.filter((line) => line.startsWith('POST'))).toEqual([]);
    expect(await once('B2')).toEqual(['tags']);
    expect(server.world.annotations).toHaveLength(3);
    expect(JSON.stringify(shown(server))).toContain('["cell","B2"]');
  });

  test.each([/annotate_file/, /annotate_map/])('an answer that gets lost (%s) makes nothing twice', async (path) => {
    const { server, provider, pauses } = await lab();
    const { 'a.csv': from = '' } = await results({ 'a.csv': 'one' });
    server.faults.push({ path, how: 'after', times: 1 });
    const target = `${server.uri}/Image:12`;
    server.world.images.push(worldImage({ id: 12 }));
    await provider.publish(
      { target, files: [{ path: from, name: 'a.csv', tags: { n: 1 }, as: 'attachment' }] },
      options,
    );
    expect(server.world.annotations.map(({ value }) => value.is)).toEqual(['file', 'map']);
    expect(pauses).toEqual([500]);
  });

  test('a publication that was cut off after sending is finished, not repeated', async () => {
    const { server, provider } = await lab();
    const { 'a.csv': path = '' } = await results({ 'a.csv': 'one' });
    server.faults.push({ path: /annotate_map/, how: 500, times: 9 });
    const publication: OmeroPublication = {
      target: `${server.uri}/Dataset:51`,
      files: [{ path, name: 'a.csv', tags: { n: 1 }, lineage: {}, as: 'attachment' }],
    };
    expect((await problemOf(provider.publish(publication, options))).why).toBe('failed');
    expect(server.world.annotations.map(({ value }) => value.is)).toEqual(['file', 'file']);
    server.faults.length = 0;
    await provider.publish(publication, options);
    expect(server.world.annotations.map(({ value }) => value.is)).toEqual(['file', 'file', 'map']);
  });

  test('many results are looked up once, not once each; the same one twice is one', async () => {
    const { server, provider } = await lab();
    const { a = '', b = '' } = await results({ a: 'one', b: 'two' });
    const files = ['a', 'b', 'a'].map(
      (name, at): OmeroResult => ({
        path: name === 'a' ? a : b,
        name,
        tags: { at },
        lineage: { of: name },
        as: 'attachment',
      }),
    );
    const published = await provider.publish({ target: `${server.uri}/Dataset:51`, files }, options);
    expect(published.map((each) => each.did)).toEqual(['sent', 'sent', 'tags']);
    expect(server.world.annotations.map(({ value }) => value.is)).toEqual([
      'file',
      'file',
      'map',
      'file',
      'file',
      'map',
    ]);
    expect(server.log.filter((line) => line.startsWith('GET /webclient/api/annotations/'))).toHaveLength(1);
  });

  test('another content under a name that is taken hangs beside it, and that is said', async () => {
    const { server, provider, notices } = await lab();
    const { 'a.csv': path = '' } = await results({ 'a.csv': 'one' });
    const target = `${server.uri}/Dataset:51`;
    annotate(server.world, { kind: 'dataset', id: 51 }, { is: 'file', name: 'a.csv', bytes: Buffer.from('two') });
    await provider.publish({ target, files: [{ path, name: 'a.csv', tags: {}, as: 'attachment' }] }, options);
    expect(shown(server).filter((each) => JSON.stringify(each).includes('a.csv"'))).toHaveLength(3);
    expect(notices).toEqual([`${target}/a.csv: a.csv hangs there already with another content; both are kept`]);
  });

  test('tags of a result on an image are not tags of the image', async () => {
    const { server, provider } = await lab();
    const { 'a.csv': path = '' } = await results({ 'a.csv': 'one' });
    server.world.images.push(worldImage({ id: 12 }));
    const target = `${server.uri}/Image:12`;
    await provider.publish(
      { target, files: [{ path, name: 'a.csv', tags: { threshold: 5 }, as: 'attachment' }] },
      options,
    );
    expect((await provider.look(target, options))?.tags).toEqual({ dataset: 'Day 1', project: 'Mitosis' });
  });

  test('where the group forbids it nothing is sent, and who can allow it is said', async () => {
    const { server, provider } = await lab();
    const { 'a.csv': path = '' } = await results({ 'a.csv': 'one' });
    const files: readonly OmeroResult[] = [{ path, name: 'a.csv', tags: { n: 1 }, as: 'attachment' }];
    const problem = await problemOf(provider.publish({ target: `${server.uri}/Dataset:70`, files }, options));
    expect([problem.why, problem.message]).toEqual([
      'denied',
      `You may read theirs (${server.uri}/Dataset:70), but not attach anything to it: the group read only does not allow it`,
    ]);
    expect(server.world.annotations).toEqual([]);
    expect(server.log.some((line) => line.startsWith('POST /webclient'))).toBe(false);
  });

  test('a folder is refused before anything is sent', async () => {
    const { server, provider } = await lab();
    const { 'a.csv': path = '' } = await results({ 'a.csv': 'one' });
    await mkdir(join(folder, 'b.zarr'));
    const files: readonly OmeroResult[] = [
      { path, name: 'a.csv', tags: {}, as: 'attachment' },
      { path: join(folder, 'b.zarr'), name: 'b.zarr', tags: {}, as: 'attachment' },
    ];
    const problem = await problemOf(provider.publish({ target: `${server.uri}/Dataset:51`, files }, options));
    expect([problem.why, problem.message]).toEqual([
      'unsupported',
      'b.zarr is a folder, and only files can be attached in OMERO',
    ]);
    expect(server.world.annotations).toEqual([]);
  });

  test('a dataset beside the source is made once, in its project and its group, whatever gets lost', async () => {
    const { server, provider } = await lab();
    const { 'a.csv': path = '' } = await results({ 'a.csv': 'one' });
    const publication: OmeroPublication = {
      target: `${server.uri}/Dataset:52`,
      dataset: { name: 'Day 2 · counted', description: 'by cells.bit' },
      files: [{ path, name: 'a.csv', tags: {}, as: 'attachment' }],
    };
    server.faults.push({ path: /m\/save/, how: 'after', times: 1 }, { path: /api\/links/, how: 'reset', times: 1 });
    const [first] = await provider.publish(publication, options);
    const [second] = await provider.publish(publication, options);
    const made = server.world.datasets.filter((each) => each.name === 'Day 2 · counted');
    expect(made).toMatchObject([{ group: 5, projects: [5], description: 'by cells.bit' }]);
    expect(first?.uri).toBe(`${server.uri}/Dataset:${made[0]?.id}/a.csv`);
    expect([second?.uri, second?.did]).toEqual([first?.uri, 'there']);
  });

  test('images go through the importer that the site configured, once, and get their tags', async () => {
    const { server, provider } = await lab();
    const { 'mask.tif': path = '' } = await results({ 'mask.tif': 'pixels' });
    const calls = join(folder, 'calls');
    const importer = join(folder, 'importer');
    await writeFile(importer, `#!/bin/sh\necho "$@" >> '${calls}'\necho 'Image:77'\n`);
    await chmod(importer, 0o755);
    server.world.images.push(worldImage({ id: 77 }));
    const publication: OmeroPublication = {
      target: `${server.uri}/Dataset:51`,
      importer: [importer, 'import', '-d', '{dataset}'],
      files: [{ path, name: 'mask.tif', tags: { cell: 'A1' }, lineage: { run: 'r1' }, as: 'image' }],
    };
    expect(await provider.publish(publication, options)).toMatchObject([
      { uri: `${server.uri}/Image:77`, did: 'sent' },
    ]);
    expect(await provider.publish(publication, options)).toMatchObject([
      { uri: `${server.uri}/Image:77`, did: 'there' },
    ]);
    expect(await readFile(calls, 'utf8')).toBe(`import -d 51 ${path}\n`);
    expect((await provider.look(`${server.uri}/Image:77`, options))?.tags).toMatchObject({ cell: 'A1' });
    expect(server.world.annotations.map(({ value }) => value.is).sort()).toEqual(['file', 'map', 'map']);
  });

  test.each([
    ['echo broken >&2; exit 3', 'it ended with 3: broken'],
    ['echo done', 'it named no image'],
  ])('an importer that does not work (%s) is said with what it wrote', async (script, words) => {
    const { server, provider } = await lab();
    const { 'mask.tif': path = '' } = await results({ 'mask.tif': 'pixels' });
    const files: readonly OmeroResult[] = [{ path, name: 'mask.tif', tags: {}, as: 'image' }];
    const importer = ['/bin/sh', '-c', script];
    const problem = await problemOf(provider.publish({ target: `${server.uri}/Dataset:51`, importer, files }, options));
    expect(problem.message).toContain(words);
    expect(server.world.annotations).toEqual([]);
  });

  test('the files of an object behave as files: whole or not at all, never over another, gone when removed', async () => {
    const { server, provider } = await lab();
    const { one = '', two = '' } = await results({ one: 'one', two: 'two!' });
    const uri = `${server.uri}/Project:5/a%20b.csv`;
    expect(await provider.look(uri, options)).toBeUndefined();
    const first = await provider.put(one, uri, { ...options, over: 'nothing' });
    expect(first).toMatchObject({ uri, name: 'a b.csv', size: 3 });
    expect((await problemOf(provider.put(two, uri, { ...options, over: 'nothing' }))).why).toBe('exists');
    const second = await provider.put(two, uri, { ...options, over: first.version ?? '' });
    expect((await problemOf(provider.put(one, uri, { ...options, over: first.version ?? '' }))).why).toBe('exists');
    expect((await problemOf(provider.fetch(first, join(folder, 'x'), options))).why).toBe('changed');
    await provider.fetch(second, join(folder, 'x'), options);
    expect(await readFile(join(folder, 'x'), 'utf8')).toBe('two!');
    expect((await problemOf(provider.remove(uri, { ...options, version: first.version ?? '' }))).why).toBe('changed');
    await provider.remove(uri, { ...options, version: second.version ?? '' });
    await provider.remove(uri, { ...options, version: second.version ?? '' });
    expect(server.world.annotations).toEqual([]);
    expect((await problemOf(provider.fetch(second, join(folder, 'x'), options))).why).toBe('missing');
  });

  test.each(['ünï¢ödé 細胞.csv', '😀.csv', 'hash#mark?.csv', 'percent%20sign%.csv', 'semi;colon&and=equal.csv'])(
    'a file called %j comes back under that name',
    async (name) => {
      const { server, provider } = await lab();
      const { one = '' } = await results({ one: 'one' });
      const uri = `${server.uri}/Dataset:51/${encodeURIComponent(name)}`;
      const put = await provider.put(one, uri, { ...options, over: 'nothing' });
      expect([put.uri, put.name, server.world.annotations[0]?.value]).toEqual([
        uri,
        name,
        { is: 'file', name, bytes: Buffer.from('one') },
      ]);
      expect(await provider.look(uri, options)).toEqual(put);
      expect(await provider.fetch(put, join(folder, 'back'), options)).toEqual(put);
      expect(await readFile(join(folder, 'back'), 'utf8')).toBe('one');
    },
  );

  test('a file that goes away while it is fetched is told as changed', async () => {
    const { server, provider } = await lab();
    const { one = '' } = await results({ one: 'one' });
    const uri = `${server.uri}/Dataset:51/a`;
    const put = await provider.put(one, uri, { ...options, over: 'nothing' });
    const download = server.hold(/webclient\/annotation\//);
    const fetching = provider.fetch(put, join(folder, 'back'), options);
    await download.reached;
    server.world.annotations.length = 0;
    download.release();
    expect((await problemOf(fetching)).why).toBe('changed');
    expect(await readdir(folder)).toEqual(['one']);
  });

  test('two publications of the same at once attach it once', async () => {
    const { server, provider } = await lab();
    const { one: path = '' } = await results({ one: 'one' });
    const publication: OmeroPublication = {
      target: `${server.uri}/Dataset:51`,
      files: [{ path, name: 'a.csv', tags: { n: 1 }, lineage: {}, as: 'attachment' }],
    };
    const did = await Promise.all([1, 2, 3].map(async () => await provider.publish(publication, options)));
    expect(did.flat().map((each) => each.did)).toEqual(['sent', 'there', 'there']);
    expect(server.world.annotations).toHaveLength(3);
  });

  test('a session that ends just when something is sent costs nothing', async () => {
    const { server, provider } = await lab();
    const { one: path = '' } = await results({ one: 'one' });
    const sending = server.hold(/annotate_file/);
    const publishing = provider.publish(
      { target: `${server.uri}/Dataset:51`, files: [{ path, name: 'a.csv', tags: {}, as: 'attachment' }] },
      options,
    );
    await sending.reached;
    server.expireSessions();
    sending.release();
    expect((await publishing).map((each) => each.did)).toEqual(['sent']);
    expect(server.world.annotations.map(({ value }) => value.is)).toEqual(['file', 'map']);
    expect(server.log.filter((line) => line.startsWith('POST /webclient/annotate_file/'))).toEqual([
      'POST /webclient/annotate_file/ 302',
      'POST /webclient/annotate_file/ 200',
    ]);
  });

  test('of two that put the same name at once one is told that it is there', async () => {
    const { server, provider } = await lab();
    const { one = '', two = '' } = await results({ one: 'one', two: 'two!' });
    const uri = `${server.uri}/Project:5/a.csv`;
    const ends = await Promise.allSettled(
      [one, two].map(async (from) => await provider.put(from, uri, { ...options, over: 'nothing' })),
    );
    expect(ends.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected']);
    const [kept] = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    expect(await provider.look(uri, options)).toEqual(kept);
    expect(server.world.annotations).toHaveLength(1);
  });

  test('a refused token is asked for again; one that stays refused is said', async () => {
    const { server, provider } = await lab();
    const { one = '' } = await results({ one: 'one' });
    const uri = `${server.uri}/Project:5/one`;
    await provider.look(uri, options);
    // Somebody else's login in the same place changes the cookie, and with it the token.
    server.forgetTokens();
    expect(await provider.put(one, uri, { ...options, over: 'nothing' })).toMatchObject({ size: 3 });
  });
});
