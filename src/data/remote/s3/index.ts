import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import {
  type RemoteFile,
  type RemoteOptions,
  RemoteProblem,
  type RemoteProvider,
} from '../../../engine/ports/remote.ts';
import { baseNameOf } from '../../../util/file-name.ts';
import { readS3, type S3Address, s3Uri } from '../address.ts';
import { again } from '../again.ts';
import { fetchFile, type Reading } from '../fetch-file.ts';
import { fetchFolder, folderOf } from '../fetch-folder.ts';
import { mayPass, remoteProblem } from '../problem.ts';
import { putS3 } from './put.ts';
import { type S3ProviderParts, s3Clients } from './s3-ask.ts';

/** Amazon's object store, and any that speaks as it does. The version of an object is its ETag. */
export function openS3(parts: S3ProviderParts): RemoteProvider {
  const { patience } = parts;
  const { ask, problemOf, close } = s3Clients(parts);

  const provider: RemoteProvider = {
    scheme: 's3',
    list: (uri, options) => list(readS3(uri), options),
    look: async (uri, options) => {
      const address = readS3(uri);
      if (address.key === '' || address.key.endsWith('/')) return lookAtFolder(uri, address, options);
      return lookAtFile(address, options);
    },
    fetch: async (file, to, options) => {
      const address = readS3(file.uri);
      if (file.directory) {
        const inside = (one: RemoteFile): string => readS3(one.uri).key.slice(address.key.length);
        return fetchFolder(
          file,
          to,
          { inside, list: (uri, how) => list(readS3(uri), how), fetch: (one, at, how) => fetchOne(one, at, how) },
          options,
        );
      }
      return fetchOne(file, to, options);
    },
    put: (from, uri, options) =>
      putS3(
        {
          from,
          address: readS3(uri),
          ask,
          patience,
          look: provider.look,
          list: (at, how) => list(readS3(at), how),
        },
        options,
      ),
    remove: async (uri, options) => {
      const { signal, version } = options;
      const { bucket, key } = readS3(uri);
      const there = await provider.look(uri, options);
      if (there === undefined) return;
      if (there.version !== version)
        throw remoteProblem(
          'changed',
          uri,
          `${uri} is not what was put there; it is kept`,
          'Look at what is there now.',
        );
      const files = there.directory ? await Array.fromAsync(list({ bucket, key }, options)) : [there];
      for (const file of files) {
        const input = { Bucket: bucket, Key: readS3(file.uri).key };
        await again(
          () =>
            ask(file.uri, signal, ({ client }) => client.send(new DeleteObjectCommand(input), { abortSignal: signal })),
          { patience, signal },
        );
      }
    },
    close,
  };
  return provider;

  async function* list(address: S3Address, options: RemoteOptions): AsyncGenerator<RemoteFile> {
    const { signal } = options;
    const uri = s3Uri(address);
    let next: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await again(
        () =>
          ask(uri, signal, ({ client }) =>
            client.send(
              new ListObjectsV2Command({
                Bucket: address.bucket,
                Prefix: address.key,
                // Keys may hold characters that XML does not.
                EncodingType: 'url',
                ...(next !== undefined && { ContinuationToken: next }),
              }),
              { abortSignal: signal },
            ),
          ),
        { patience, signal },
      );
      for (const object of page.Contents ?? []) {
        const key = decodeKey(object.Key ?? '', page.EncodingType);
        // What consoles put where a folder is to be seen.
        if (key === '' || (key.endsWith('/') && object.Size === 0)) continue;
        yield {
          uri: s3Uri({ bucket: address.bucket, key }),
          name: baseNameOf(key),
          directory: false,
          ...(object.Size !== undefined && { size: object.Size }),
          ...(object.ETag !== undefined && { version: object.ETag }),
          ...(object.LastModified !== undefined && { modifiedAt: atSecond(object.LastModified) }),
        };
      }
      next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (next !== undefined);
  }

  async function lookAtFolder(
    uri: string,
    address: S3Address,
    options: RemoteOptions,
  ): Promise<RemoteFile | undefined> {
    try {
      return folderOf(uri, baseNameOf(address.key) || address.bucket, await Array.fromAsync(list(address, options)));
    } catch (error) {
      if (error instanceof RemoteProblem && error.why === 'missing') return undefined;
      throw error;
    }
  }

  async function lookAtFile(address: S3Address, options: RemoteOptions): Promise<RemoteFile | undefined> {
    const { signal } = options;
    const uri = s3Uri(address);
    try {
      const input = { Bucket: address.bucket, Key: address.key };
      const head = await again(
        () => ask(uri, signal, ({ client }) => client.send(new HeadObjectCommand(input), { abortSignal: signal })),
        { patience, signal },
      );
      return {
        uri,
        name: baseNameOf(address.key),
        directory: false,
        ...(head.ContentLength !== undefined && { size: head.ContentLength }),
        ...(head.ETag !== undefined && { version: head.ETag }),
        ...(head.LastModified !== undefined && { modifiedAt: atSecond(head.LastModified) }),
      };
    } catch (error) {
      if (error instanceof RemoteProblem && error.why === 'missing') return undefined;
      // The answer to a look has no words in it; the one to a question for the first byte says whether it is the key that is wrong.
      if (error instanceof RemoteProblem && error.why === 'denied') await firstByte(uri, address, signal);
      throw error;
    }
  }

  async function firstByte(uri: string, address: S3Address, signal: AbortSignal): Promise<void> {
    const input = { Bucket: address.bucket, Key: address.key, Range: 'bytes=0-0' };
    const found = await ask(uri, signal, ({ client }) =>
      client.send(new GetObjectCommand(input), { abortSignal: signal }),
    );
    if (found.Body instanceof Readable) found.Body.destroy();
  }

  function fetchOne(file: RemoteFile, to: string, options: RemoteOptions): Promise<RemoteFile> {
    return fetchFile(
      file,
      to,
      { patience, read: (offset, version, signal) => read(file.uri, offset, version, signal) },
      options,
    );
  }

  async function read(uri: string, offset: number, version: string | undefined, signal: AbortSignal): Promise<Reading> {
    const { bucket, key } = readS3(uri);
    const range = offset > 0 ? { Range: `bytes=${offset}-` } : {};
    const input = { Bucket: bucket, Key: key, ...range, ...(version !== undefined && { IfMatch: version }) };
    const found = await ask(uri, signal, ({ client }) =>
      client.send(new GetObjectCommand(input), { abortSignal: signal }),
    );
    const body = found.Body;
    if (!(body instanceof Readable)) throw remoteProblem('failed', uri, `${uri} came without its bytes`, 'Try again.');
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/u.exec(found.ContentRange ?? '') ?? [];
    const begins = start === undefined ? 0 : Number(start);
    const size = total === undefined ? found.ContentLength : Number(total);
    return { offset: begins, size, version: found.ETag, chunks: chunksOf(uri, body, signal) };
  }

  async function* chunksOf(uri: string, body: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body) yield chunk;
    } catch (error) {
      signal.throwIfAborted();
      const problem = await problemOf(uri, error);
      throw problem instanceof RemoteProblem && problem.why === 'failed' ? mayPass(uri, problem.message) : problem;
    } finally {
      body.destroy();
    }
  }
}

/** Keys of a list come percent-encoded, with `+` for spaces, from servers that heed the wish; MinIO says so, and others too. */
function decodeKey(key: string, encoding: string | undefined): string {
  if (encoding !== 'url') return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

/** Lists know more of the second than a look does. */
const atSecond = (time: Date): string => new Date(Math.floor(time.getTime() / 1000) * 1000).toISOString();
