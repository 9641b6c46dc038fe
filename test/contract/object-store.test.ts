import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { openCredentials } from '../../src/data/credentials/index.ts';
import { openS3 } from '../../src/data/remote/s3/index.ts';
import type { RemoteSettings } from '../../src/data/remote/settings.ts';
import { type RemoteOptions, RemoteProblem, type RemoteProvider } from '../../src/engine/ports/remote.ts';
import { describeWithObjectStore } from '../support/daemons/daemons.ts';
import { openWire } from '../support/wire.ts';
import { impatient } from './remote.contract.ts';

describeWithObjectStore('Whose object store it is, and where', (store) => {
  const options: RemoteOptions = { signal: new AbortController().signal, progress: () => {} };
  const name = Math.random().toString(36).slice(2, 12);
  const [own, open] = [`bit-own-${name}`, `bit-open-${name}`];
  const credentials = { accessKeyId: store.key, secretAccessKey: store.secret };
  const client = new S3Client({ endpoint: store.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  let home: string;
  beforeAll(async () => {
    for (const bucket of [own, open]) {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a.tif', Body: 'pixels' }));
    }
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${open}/*` },
        { Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${open}` },
      ],
    });
    await client.send(new PutBucketPolicyCommand({ Bucket: open, Policy }));
  });
  afterAll(() => client.destroy());
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'bit-s3-home-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const none: RemoteSettings = { s3Endpoint: undefined, s3Region: undefined, s3PathStyle: undefined };
  const provider = (
    environment: Readonly<Record<string, string>>,
    settings: RemoteSettings = { ...none, s3Endpoint: store.endpoint },
  ): RemoteProvider => {
    const around = { BIT_KEYRING: 'off', HOME: home, ...environment };
    const opened = openS3({
      patience: impatient,
      environment: around,
      settings,
      credentials: openCredentials({ environment: around }),
    });
    onTestFinished(() => opened.close());
    return opened;
  };
  const keys = { AWS_ACCESS_KEY_ID: store.key, AWS_SECRET_ACCESS_KEY: store.secret };
  const problemOf = async (work: Promise<unknown>): Promise<RemoteProblem> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof RemoteProblem) return error;
    throw new Error(`no problem, but ${String(error)}`);
  };
  const local = (length: number): string => {
    writeFileSync(join(home, 'local'), Buffer.alloc(length, 1));
    return join(home, 'local');
  };

  // moto lets nobody in who brings no name, and everybody who does.
  test.runIf(store.server === 'minio')('an open bucket is read without any credential', async () => {
    const nobody = provider({});
    const file = await nobody.look(`s3://${open}/a.tif`, options);
    if (file === undefined) throw new Error('not there');
    await nobody.fetch(file, join(home, 'fetched'), options);
    expect(readFileSync(join(home, 'fetched'), 'utf8')).toBe('pixels');
    expect(await Array.fromAsync(nobody.list(`s3://${open}/`, options))).toHaveLength(1);
  });

  test.runIf(store.server === 'minio')(
    'one that is not open says that there is no credential, and how to have one',
    async () => {
      const problem = await problemOf(provider({}).look(`s3://${own}/a.tif`, options));
      expect(problem.why).toBe('credentials');
      expect(problem.help).toContain(`bit login s3://${own}`);
      expect((await problemOf(Array.fromAsync(provider({}).list(`s3://${own}/`, options)))).why).toBe('credentials');
    },
  );

  test('a credential that is kept for one bucket is used for it', async () => {
    mkdirSync(join(home, '.config', 'bitflow'), { recursive: true });
    const text = `["s3://${own}"]\nid = "${store.key}"\nkey = "${store.secret}"\n`;
    writeFileSync(join(home, '.config', 'bitflow', 'credentials.toml'), text, { mode: 0o600 });
    expect(await provider({}).look(`s3://${own}/a.tif`, options)).toMatchObject({ size: 6 });
  });

  test('the endpoint comes from the environment where settings say nothing', async () => {
    for (const variable of ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'])
      expect(
        await provider({ ...keys, [variable]: store.endpoint }, none).look(`s3://${own}/a.tif`, options),
      ).toMatchObject({ size: 6 });
  });

  test('a bucket that is not there is told by name', async () => {
    const problem = await problemOf(Array.fromAsync(provider(keys).list('s3://no-such-bucket-here/', options)));
    expect(problem).toMatchObject({
      why: 'missing',
      message: `There is no bucket no-such-bucket-here at ${new URL(store.endpoint).host}`,
    });
    expect(await provider(keys).look('s3://no-such-bucket-here/a.tif', options)).toBeUndefined();
  });

  test('parts of what was called off are not left to be paid for', async () => {
    const stop = new AbortController();
    const putting = provider(keys).put(local(60_000_000), `s3://${own}/big.tif`, {
      signal: stop.signal,
      over: 'nothing',
      progress: ({ bytes }) => {
        if (bytes > 8_000_000) stop.abort();
      },
    });
    await expect(putting).rejects.toThrow();
    const left = await client.send(new ListMultipartUploadsCommand({ Bucket: own, Prefix: 'big.tif' }));
    expect(left.Uploads ?? []).toEqual([]);
  });

  test('an answer that was lost is found out, and the object is not taken for somebody else’s', async () => {
    const wire = await openWire({ port: store.port });
    onTestFinished(wire.close);
    const through = provider(keys, { ...none, s3Endpoint: `http://127.0.0.1:${wire.port}` });
    await through.look(`s3://${own}/a.tif`, options);
    const path = local(500_000);
    // All bytes get there; the word that they did does not come back.
    wire.cutSendingAfter(500_500);
    expect(await through.put(path, `s3://${own}/lost.tif`, { ...options, over: 'nothing' })).toMatchObject({
      size: 500_000,
    });
  });

  test('no endpoint at all', async () => {
    const problem = await problemOf(
      provider(keys, { ...none, s3Endpoint: 'not an address' }).look(`s3://${own}/a.tif`, options),
    );
    expect(problem).toMatchObject({ why: 'address' });
    const nowhere = await problemOf(
      provider(keys, { ...none, s3Endpoint: 'http://no-such-host.invalid' }).look(`s3://${own}/a.tif`, options),
    );
    expect(nowhere).toMatchObject({ why: 'unreachable' });
  });
});
