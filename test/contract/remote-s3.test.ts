import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { openCredentials } from '../../src/data/credentials/index.ts';
import { openS3 } from '../../src/data/remote/s3/index.ts';
import { describeWithObjectStore } from '../support/daemons/daemons.ts';
import { hostileNames, impatient, remoteContract } from './remote.contract.ts';

// MinIO takes no empty part in a key. moto takes no line break, and lets everybody in.
describeWithObjectStore('An object store', (store) => {
  remoteContract(
    async () => {
      const bucket = `bit-${Math.random().toString(36).slice(2, 12)}`;
      const credentials = { accessKeyId: store.key, secretAccessKey: store.secret };
      const client = new S3Client({ endpoint: store.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      const keys = async (): Promise<string[]> => {
        const found: string[] = [];
        let next: string | undefined;
        do {
          const page = await client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              EncodingType: 'url',
              ...(next !== undefined && { ContinuationToken: next }),
            }),
          );
          for (const object of page.Contents ?? [])
            found.push(decodeURIComponent((object.Key ?? '').replaceAll('+', ' ')));
          next = page.NextContinuationToken;
        } while (next !== undefined);
        return found;
      };
      return {
        port: store.port,
        open: (port, { credential }) =>
          openS3({
            patience: impatient,
            environment: {},
            settings: { s3Endpoint: `http://127.0.0.1:${port}`, s3Region: 'us-east-1', s3PathStyle: undefined },
            credentials: openCredentials({
              environment: {
                BIT_KEYRING: 'off',
                HOME: '/nonexistent',
                AWS_ACCESS_KEY_ID: store.key,
                AWS_SECRET_ACCESS_KEY: credential === 'right' ? store.secret : 'wrong-secret',
              },
            }),
          }),
        uri: (_, name) => `s3://${bucket}/files/${name}`,
        write: async (name, bytes) =>
          void (await client.send(new PutObjectCommand({ Bucket: bucket, Key: `files/${name}`, Body: bytes }))),
        read: async (name) => {
          const found = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `files/${name}` }));
          return found.Body?.transformToByteArray();
        },
        names: async () => (await keys()).map((key) => key.slice('files/'.length)).sort(),
        clear: async () => {
          const found = await keys();
          for (let at = 0; at < found.length; at += 1000)
            await client.send(
              new DeleteObjectsCommand({
                Bucket: bucket,
                Delete: { Objects: found.slice(at, at + 1000).map((Key) => ({ Key })) },
              }),
            );
        },
        close: async () => client.destroy(),
      };
    },
    {
      ahead: 1_000_000,
      lists: true,
      folders: true,
      entries: 10_000,
      refusal: store.server === 'moto' ? undefined : 'credentials',
      names: [...hostileNames, ...(store.server === 'moto' ? ['empty//part.tif'] : ['new\nline.tif'])],
    },
  );
});
