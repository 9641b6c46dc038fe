import { open } from 'node:fs/promises';
import type { SFTPWrapper, Stats } from 'ssh2';
import { type RemoteOptions, RemoteProblem } from '../../../engine/ports/remote.ts';
import type { Reading } from '../fetch-file.ts';
import type { LocalFile } from '../local-tree.ts';
import { mayPass } from '../problem.ts';
import type { SftpAsk, SftpQuestion } from './sftp-ask.ts';

/** Bytes of one request. Every server takes as many. */
const blockBytes = 32 * 1024;
/** Requests that are on their way at once: a long line is filled by asking for more before the first answer is there. */
const blocksAtOnce = 64;

/** Size and time of the last change: all that the protocol tells. A change within the same second that keeps the size is not seen. */
export const versionOf = (stats: Pick<Stats, 'size' | 'mtime'>): string => `${stats.size} bytes, ${stats.mtime}`;

export async function readSftpFile(
  uri: string,
  path: string,
  options: { readonly ask: SftpAsk; readonly offset: number; readonly signal: AbortSignal },
): Promise<Reading> {
  const { ask, offset, signal } = options;
  const opened = await openThere(uri, path, { ask, signal, flags: 'r' });
  const stats = await opened.ask<Stats>((sftp, handle, done) => sftp.fstat(handle, done));
  const version = versionOf(stats);
  const from = offset <= stats.size ? offset : 0;
  return { offset: from, size: stats.size, version, chunks: blocks(from, stats.size) };

  async function* blocks(start: number, end: number): AsyncGenerator<Uint8Array> {
    const pending: Promise<Uint8Array>[] = [];
    let next = start;
    try {
      while (next < end || pending.length > 0) {
        while (next < end && pending.length < blocksAtOnce) {
          const length = Math.min(blockBytes, end - next);
          const block = readBlock(next, length);
          block.catch(() => {});
          pending.push(block);
          next += length;
        }
        const block = await pending.shift();
        if (block !== undefined) yield block;
      }
    } finally {
      opened.close();
    }
  }

  /** A server may answer with fewer bytes than it was asked for; with none it says that the file ends here. */
  async function readBlock(position: number, length: number): Promise<Uint8Array> {
    const block = Buffer.alloc(length);
    let at = 0;
    while (at < length) {
      const got = await opened.ask<number>((sftp, handle, done) =>
        sftp.read(handle, block, at, length - at, position + at, (error, bytes) =>
          done(isEnd(error) ? undefined : error, isEnd(error) ? 0 : bytes),
        ),
      );
      if (got === 0) throw mayPass(uri, `${uri} ended after ${position + at} bytes, before it should`);
      at += got;
    }
    return block;
  }
}

const isEnd = (error: Error | null | undefined): boolean =>
  error instanceof Error && 'code' in error && error.code === 1;

/**
 * Writes a local file to a path there, from `so.bytes` on, which grows with what the server has confirmed. Resolves to what the finished file looks like.
 */
export async function writeSftpFile(
  file: LocalFile,
  to: { readonly uri: string; readonly path: string },
  options: {
    readonly ask: SftpAsk;
    readonly so: { bytes: number };
    readonly signal: AbortSignal;
    readonly progress: RemoteOptions['progress'];
  },
): Promise<Stats> {
  const { ask, so, signal } = options;
  const { uri, path } = to;
  const opened = await openThere(uri, path, { ask, signal, flags: so.bytes === 0 ? 'w' : 'r+' });
  const source = await open(file.path, 'r');
  try {
    const there = await opened.ask<Stats>((sftp, handle, done) => sftp.fstat(handle, done));
    if (there.size < so.bytes) so.bytes = 0;
    const pending: Promise<number>[] = [];
    const settle = async (): Promise<void> => {
      so.bytes += (await pending.shift()) ?? 0;
      options.progress({ uri, bytes: so.bytes, size: file.size });
    };
    for (let at = so.bytes; at < file.size; ) {
      const { bytesRead, buffer } = await source.read(
        Buffer.alloc(Math.min(blockBytes, file.size - at)),
        0,
        undefined,
        at,
      );
      // It got shorter; the look afterwards says so.
      if (bytesRead === 0) break;
      const position = at;
      const block = opened.ask<number>((sftp, handle, done) =>
        sftp.write(handle, buffer, 0, bytesRead, position, (error) => done(error, bytesRead)),
      );
      block.catch(() => {});
      pending.push(block);
      at += bytesRead;
      if (pending.length >= blocksAtOnce) await settle();
    }
    while (pending.length > 0) await settle();
    await sync();
    return await opened.ask<Stats>((sftp, handle, done) => sftp.fstat(handle, done));
  } finally {
    await source.close();
    opened.close();
  }

  /** Where the server knows how; others have it on their disk when they see fit. */
  async function sync(): Promise<void> {
    await opened
      .ask<void>((sftp, handle, done) => sftp.ext_openssh_fsync(handle, (error) => done(error, undefined)))
      .catch((error: unknown) => {
        if (!(error instanceof RemoteProblem && error.why === 'unsupported')) throw error;
      });
  }
}

/** A file that is open there. Its handle is a number of one connection; on the next one the same number is another file. */
interface Opened {
  ask<T>(question: (sftp: SFTPWrapper, handle: Buffer, done: Parameters<SftpQuestion<T>>[1]) => void): Promise<T>;
  /** Waited for by nobody: the connection may be what broke. */
  close(): void;
}

async function openThere(
  uri: string,
  path: string,
  options: { readonly ask: SftpAsk; readonly signal: AbortSignal; readonly flags: 'r' | 'w' | 'r+' },
): Promise<Opened> {
  const { ask, signal, flags } = options;
  const { sftp: own, handle } = await ask<{ readonly sftp: SFTPWrapper; readonly handle: Buffer }>(
    uri,
    signal,
    (sftp, done) => sftp.open(path, flags, (error, opened) => done(error, { sftp, handle: opened })),
  );
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    try {
      own.close(handle, () => {});
    } catch {
      // The channel is gone, and the handle with it.
    }
  };
  // Whoever stops before the first byte has nothing to read to the end.
  signal.addEventListener('abort', close, { once: true });
  return {
    ask: <T>(question: (sftp: SFTPWrapper, handle: Buffer, done: Parameters<SftpQuestion<T>>[1]) => void) =>
      ask<T>(uri, signal, (sftp, done) => {
        if (sftp !== own) throw mayPass(uri, `The connection was made anew, for ${uri}`);
        question(sftp, handle, done);
      }),
    close,
  };
}
