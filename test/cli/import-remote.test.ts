import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test } from 'vitest';
import { describeWithObjectStore } from '../support/daemons/daemons.ts';
import { openFileServer } from '../support/file-server.ts';
import { omeroServer } from '../support/omero-server/omero-server.ts';
import { annotate, omeroWorld, worldImage } from '../support/omero-server/omero-world.ts';
import { importPlace, smallImage, zarrFiles } from './import-rig.ts';

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

describe('files of the web', () => {
  test('are items by their address, fetched once, and known again by what the server calls their version', async () => {
    const server = await openFileServer();
    servers.push(server);
    server.files.set('/data/A1_ctl.tif', smallImage('A1'));
    server.files.set('/data/B2_drug.tif', smallImage('B2'));
    const place = importPlace();
    const uris = ['A1_ctl.tif', 'B2_drug.tif'].map((name) => `${server.origin}/data/${name}`);
    const words = [...uris, '--pattern', '{cell}_{condition}.tif'];

    expect((await place.imports(...words, '--dry-run')).report).toMatchObject({ added: 2, change: null });
    expect(server.sent()).toBe(0);
    expect(await place.imports(...words)).toMatchObject({ status: 0, report: { added: 2, problems: [] } });
    expect((await place.items())[uris[0] ?? '']).toMatchObject({
      tags: { cell: 'A1', condition: 'ctl' },
      image: { axes: 'yx', shape: [6, 8] },
    });
    const sent = server.sent();
    expect((await place.imports(...words)).report).toMatchObject({ added: 0, unchanged: 2 });
    expect(server.sent()).toBe(sent);

    server.files.set('/data/A1_ctl.tif', smallImage('another'));
    expect((await place.imports(...words)).report).toMatchObject({ changed: 1, problems: [{ code: 'BIT5307' }] });
    expect((await place.imports(...words, '--update')).report).toMatchObject({ changed: 1, problems: [] });
  });

  test('that are not there, not whole, or in folders that cannot be listed are told, and nothing is imported', async () => {
    const server = await openFileServer();
    servers.push(server);
    server.files.set('/half.tif', smallImage('half').subarray(0, 60));
    const place = importPlace();
    const gone = await place.bit(['import', `${server.origin}/gone.tif`, '-e', 'E', '--json']);
    expect({ status: gone.status, out: JSON.parse(gone.out) }).toMatchObject({
      status: 2,
      out: { diagnostics: [{ code: 'BIT5401' }] },
    });
    expect(await place.imports(`${server.origin}/half.tif`)).toMatchObject({
      status: 2,
      report: { problems: [{ code: 'BIT5303' }] },
    });
    expect(await place.items()).toEqual({});
  });

  test('are kept by gc where they were copied', async () => {
    const server = await openFileServer();
    servers.push(server);
    server.files.set('/a.tif', smallImage('a'));
    const place = importPlace();
    await place.imports(`${server.origin}/a.tif`, '--copy');
    expect((await place.bit(['gc'])).status).toBe(0);
    const { status, out } = await place.bit(['verify']);
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringContaining('1 of 1 imported files') });
  });
});

/** Contract-tested: the server is built from OMERO's published documentation. */
describe('images of an OMERO server', () => {
  test('come with their key-value pairs as tags', async () => {
    const world = omeroWorld();
    world.images.push(worldImage({ id: 12 }), worldImage({ id: 13 }));
    annotate(
      world,
      { kind: 'image', id: 12 },
      {
        is: 'map',
        pairs: [
          ['cell line', 'HeLa'],
          ['dose', '5'],
        ],
      },
    );
    const server = await omeroServer({ world });
    servers.push(server);
    const place = importPlace();
    const environment = {
      OMERO_SERVER: server.origin,
      OMERO_USER: 'ben',
      OMERO_PASSWORD: 'Grün & wide?',
      BIT_KEYRING: 'off',
    };
    const words = ['import', 'omero:Dataset:51', '-e', 'E', '--json'];
    const { status, out, err } = await place.bit(words, { environment });
    expect(status, out + err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ added: 2 });
    const items = await place.items();
    expect(Object.values(items).map(({ tags }) => tags)).toContainEqual(expect.objectContaining({ dose: 5 }));
    expect(Object.values(items).every(({ image }) => image !== null)).toBe(true);
    expect(JSON.parse((await place.bit(words, { environment })).out)).toMatchObject({ added: 0, unchanged: 2 });
    expect(JSON.stringify(items)).not.toContain('wide?');
  });
});

describeWithObjectStore('A folder of an object store', (store) => {
  async function bucketWith(files: readonly (readonly [key: string, body: string | Uint8Array])[]): Promise<string> {
    const bucket = `bit-${Math.random().toString(36).slice(2, 12)}`;
    const client = new S3Client({
      endpoint: store.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: store.key, secretAccessKey: store.secret },
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    for (const [Key, Body] of files) await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    client.destroy();
    return bucket;
  }
  const environment = {
    AWS_ACCESS_KEY_ID: store.key,
    AWS_SECRET_ACCESS_KEY: store.secret,
    BIT_S3_ENDPOINT: store.endpoint,
    BIT_S3_REGION: 'us-east-1',
    BIT_KEYRING: 'off',
  };

  test('is imported as a folder of this machine is', async () => {
    const bucket = await bucketWith([
      ['plate/A1_ctl.tif', smallImage('A1')],
      ['plate/B2_drug.tif', smallImage('B2')],
      ['plate/notes.txt', 'x'],
      ['plate/below/C3_ctl.tif', smallImage('C3')],
    ]);
    const place = importPlace();
    const words = ['import', `s3://${bucket}/plate/`, '-e', 'E', '--pattern', '{cell}_{condition}.tif', '--json'];
    const { status, out, err } = await place.bit(words, { environment });
    expect(status, out + err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ added: 2, leftOut: [{ extension: '.txt', count: 1 }] });
    const again = await place.bit([...words, '--recursive'], { environment });
    expect(JSON.parse(again.out)).toMatchObject({ added: 1, unchanged: 2 });
    expect(Object.keys(await place.items()).sort()).toEqual(
      ['A1_ctl.tif', 'B2_drug.tif', 'below/C3_ctl.tif'].map((name) => `s3://${bucket}/plate/${name}`),
    );
  });

  test('that is an image is one item, with all that is in it, and is known again', async () => {
    const zarr = Object.entries({ ...zarrFiles, '.DS_Store': 'x' });
    const bucket = await bucketWith(zarr.map(([name, text]) => [`plate/two cells.zarr/${name}`, text]));
    const place = importPlace();
    const words = ['import', `s3://${bucket}/plate/`, '-e', 'E', '--json'];
    const { status, out, err } = await place.bit(words, { environment });
    expect(status, out + err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ added: 1 });
    expect(await place.items()).toMatchObject({
      [`s3://${bucket}/plate/two cells.zarr/`]: { image: { axes: 'yx', shape: [4, 4] } },
    });
    expect(JSON.parse((await place.bit(words, { environment })).out)).toMatchObject({ added: 0, unchanged: 1 });
  });
});
