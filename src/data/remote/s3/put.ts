import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import PQueue from 'p-queue';
import { type RemoteFile, type RemoteOptions, RemoteProblem } from '../../../engine/ports/remote.ts';
import { readS3, type S3Address, s3Uri } from '../address.ts';
import { again, type Patience } from '../again.ts';
import { type LocalFile, localTree, unchangedHere } from '../local-tree.ts';
import { exists, MayPass, remoteProblem } from '../problem.ts';
import { summedProgress } from '../summed-progress.ts';
import type { S3Ask } from './s3-ask.ts';

export interface PutParts {
  readonly from: string;
  readonly address: S3Address;
  readonly ask: S3Ask;
  readonly patience: Patience;
  readonly look: (uri: string, options: RemoteOptions) => Promise<RemoteFile | undefined>;
  readonly list: (uri: string, options: RemoteOptions) => AsyncIterable<RemoteFile>;
}

type PutOptions = RemoteOptions & { readonly over: string | 'nothing' };

/** Files up to this size go in one request. */
const partBytes = 8 * 1024 * 1024;
const mostParts = 10_000;
const partsAtOnce = 4;
const filesAtOnce = 8;
/** For taking away what is not to stay. */
const lastMs = 5000;

/**
 * An object appears whole, by one request or when its parts are put together, and only where the store still has what may be replaced. A folder is many
 * objects: they appear one by one, its top last, and are taken away again when one of them cannot be put.
 */
export async function putS3(parts: PutParts, options: PutOptions): Promise<RemoteFile> {
  const { address, look } = parts;
  const tree = await localTree(parts.from);
  const [only] = tree.files;
  const uri = s3Uri(address);
  if (!tree.directory && only !== undefined) {
    if (address.key === '' || address.key.endsWith('/'))
      throw remoteProblem('address', uri, `${uri} names no file`, 'Give the file a name: `s3://bucket/path/file.tif`.');
    await putFile(only, uri, parts, { ...options, there: await look(uri, options) });
    const put = await look(uri, options);
    if (put === undefined) throw remoteProblem('failed', uri, `${uri} was put there and is gone`, 'Try again.');
    return put;
  }
  const folder = uri.endsWith('/') ? uri : `${uri}/`;
  if (only === undefined)
    throw remoteProblem(
      'unsupported',
      folder,
      `${parts.from} is empty, and an object store has no empty folders`,
      'Publish it elsewhere, or put a file into it.',
    );
  return putFolder(tree.files, folder, parts, options);
}

async function putFolder(
  files: readonly LocalFile[],
  folder: string,
  parts: PutParts,
  options: PutOptions,
): Promise<RemoteFile> {
  const { over } = options;
  const there = await parts.look(folder, options);
  if (over === 'nothing' ? there !== undefined : there?.version !== over) throw exists(folder, over);
  const before = new Map((await Array.fromAsync(parts.list(folder, options))).map((file) => [file.uri, file]));
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const queue = new PQueue({ concurrency: filesAtOnce });
  const done: { readonly uri: string; readonly version: string }[] = [];
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const progress = summedProgress({ uri: folder, size }, options.progress);
  const putOne = async (file: LocalFile): Promise<void> => {
    const uri = `${folder}${file.inside}`;
    const there = before.get(uri);
    const version = await putFile(file, uri, parts, { signal, progress, over: there?.version ?? 'nothing', there });
    if (!before.has(uri)) done.push({ uri, version });
  };
  const isTop = (file: LocalFile): boolean => !file.inside.includes('/');
  try {
    for (const some of [files.filter((file) => !isTop(file)), files.filter(isTop)]) {
      await Promise.all(
        some.map((file) =>
          queue
            .add(() => putOne(file))
            .catch((error: unknown) => {
              queue.clear();
              stop.abort(error);
              throw error;
            }),
        ),
      );
    }
    const now = new Set(files.map((file) => `${folder}${file.inside}`));
    for (const uri of before.keys()) if (!now.has(uri)) await removeOne(uri, parts, signal);
  } catch (error) {
    await queue.onIdle();
    for (const { uri, version } of done) await removeOurs(uri, version.replaceAll('"', ''), parts);
    throw error;
  }
  const put = await parts.look(folder, options);
  if (put === undefined) throw remoteProblem('failed', folder, `${folder} was put there and is gone`, 'Try again.');
  return put;
}

/** Resolves to the ETag that the object has now. `there`: what lay there a moment ago. */
async function putFile(
  file: LocalFile,
  uri: string,
  parts: PutParts,
  options: PutOptions & { readonly there: RemoteFile | undefined },
): Promise<string> {
  const { over, signal, there } = options;
  const { patience } = parts;
  // A store that does not know preconditions would replace whatever is there; one that knows them needs no look, but who can tell.
  if (over === 'nothing' ? there !== undefined : there?.version !== over) throw exists(uri, over);
  const made =
    file.size <= partBytes ? await putWhole(file, uri, parts, options) : await putParts(file, uri, parts, options);
  const place = async (): Promise<void> => {
    try {
      await made.place();
    } catch (error) {
      const isUnsure = error instanceof MayPass;
      if (!isUnsure && !(error instanceof RemoteProblem && ['changed', 'missing'].includes(error.why))) throw error;
      // The answer may have been lost on the way, and then the object is there, with the very ETag that ours has.
      if (etagOf(await parts.look(uri, options)) === made.etag) return;
      throw !isUnsure && error.why === 'changed' ? exists(uri, over) : error;
    }
  };
  try {
    await again(place, { patience, signal });
  } catch (error) {
    await made.abandon();
    // Called off, it may have got there all the same.
    if (over === 'nothing' && signal.aborted) await removeOurs(uri, made.etag, parts);
    throw error;
  }
  options.progress({ uri, bytes: file.size, size: file.size });
  return `"${made.etag}"`;
}

/** The signal that ended the putting must not end this too; and nobody waits long for what was called off. */
async function removeOurs(uri: string, etag: string, parts: PutParts): Promise<void> {
  const signal = AbortSignal.timeout(lastMs);
  const found = await parts.look(uri, { signal, progress: () => {} }).catch(() => undefined);
  if (etagOf(found) === etag) await removeOne(uri, parts, signal).catch(() => {});
}

const etagOf = (file: RemoteFile | undefined): string | undefined => file?.version?.replaceAll('"', '');

/** Bytes that the store has, or is about to get, and that nobody sees before `place`. */
interface Made {
  readonly etag: string;
  place(): Promise<unknown>;
  abandon(): Promise<void>;
}

async function putWhole(file: LocalFile, uri: string, parts: PutParts, options: PutOptions): Promise<Made> {
  const { bucket, key } = readS3(uri);
  const [bytes] = await slices(file, [{ start: 0, length: file.size }]);
  const body = bytes ?? Buffer.alloc(0);
  await unchangedHere(uri, file);
  const md5 = createHash('md5').update(body).digest();
  const input = {
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentLength: body.length,
    ContentMD5: md5.toString('base64'),
    ...conditions(options.over),
  };
  const { signal } = options;
  return {
    etag: md5.toString('hex'),
    place: () =>
      parts.ask(uri, signal, ({ client }) => client.send(new PutObjectCommand(input), { abortSignal: signal })),
    abandon: async () => {},
  };
}

async function putParts(file: LocalFile, uri: string, parts: PutParts, options: PutOptions): Promise<Made> {
  const { ask, patience } = parts;
  const { signal } = options;
  const { bucket, key } = readS3(uri);
  const base = { Bucket: bucket, Key: key };
  const created = await again(
    () =>
      ask(uri, signal, ({ client }) => client.send(new CreateMultipartUploadCommand(base), { abortSignal: signal })),
    { patience, signal },
  );
  const UploadId = created.UploadId;
  if (UploadId === undefined)
    throw remoteProblem('failed', uri, `${uri} could not be begun`, 'Ask the owner of the bucket.');
  // Parts that nobody puts together are paid for, and seen by nobody.
  const abandon = async (): Promise<void> => {
    const last = AbortSignal.timeout(lastMs);
    await ask(uri, last, ({ client }) =>
      client.send(new AbortMultipartUploadCommand({ ...base, UploadId }), { abortSignal: last }),
    ).catch(() => {});
  };
  const length = Math.max(partBytes, Math.ceil(file.size / mostParts / 1024) * 1024);
  const starts = Array.from({ length: Math.ceil(file.size / length) }, (_, at) => at * length);
  const stop = new AbortController();
  const ends = AbortSignal.any([signal, stop.signal]);
  const queue = new PQueue({ concurrency: partsAtOnce });
  const md5s: Buffer[] = [];
  const sent: CompletedPart[] = [];
  let bytes = 0;
  try {
    await Promise.all(
      starts.map((start, at) =>
        queue
          .add(async () => {
            const [body = Buffer.alloc(0)] = await slices(file, [
              { start, length: Math.min(length, file.size - start) },
            ]);
            const md5 = createHash('md5').update(body).digest();
            const input = {
              ...base,
              UploadId,
              PartNumber: at + 1,
              Body: body,
              ContentLength: body.length,
              ContentMD5: md5.toString('base64'),
            };
            const part = await again(
              () => ask(uri, ends, ({ client }) => client.send(new UploadPartCommand(input), { abortSignal: ends })),
              { patience, signal: ends },
            );
            md5s[at] = md5;
            sent[at] = { PartNumber: at + 1, ETag: part.ETag };
            bytes += body.length;
            options.progress({ uri, bytes, size: file.size });
          })
          .catch((error: unknown) => {
            queue.clear();
            stop.abort(error);
            throw error;
          }),
      ),
    );
    await unchangedHere(uri, file);
  } catch (error) {
    await queue.onIdle();
    await abandon();
    throw error;
  }
  const input = { ...base, UploadId, MultipartUpload: { Parts: sent }, ...conditions(options.over) };
  return {
    etag: `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${starts.length}`,
    place: () =>
      ask(uri, signal, ({ client }) => client.send(new CompleteMultipartUploadCommand(input), { abortSignal: signal })),
    abandon,
  };
}

const conditions = (over: string | 'nothing') => (over === 'nothing' ? { IfNoneMatch: '*' } : { IfMatch: over });

async function removeOne(uri: string, parts: PutParts, signal: AbortSignal): Promise<void> {
  const { bucket, key } = readS3(uri);
  await again(
    () =>
      parts.ask(uri, signal, ({ client }) =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal }),
      ),
    { patience: parts.patience, signal },
  );
}

async function slices(
  file: LocalFile,
  of: readonly { readonly start: number; readonly length: number }[],
): Promise<Buffer[]> {
  const handle = await open(file.path, 'r');
  try {
    const found: Buffer[] = [];
    for (const { start, length } of of) {
      const buffer = Buffer.alloc(length);
      let at = 0;
      while (at < length) {
        const { bytesRead } = await handle.read(buffer, at, length - at, start + at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      found.push(buffer.subarray(0, at));
    }
    return found;
  } finally {
    await handle.close();
  }
}
