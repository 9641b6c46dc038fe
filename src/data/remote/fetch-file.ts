import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type RemoteFile, type RemoteOptions, RemoteProblem } from '../../engine/ports/remote.ts';
import { makeFolder } from '../../util/make-folder.ts';
import { shortHash } from '../../util/short-hash.ts';
import { again, type Patience, unlessIdle } from './again.ts';
import { localProblem, mayPass, remoteProblem } from './problem.ts';

/** The bytes of a file from `offset` on. A place that cannot begin in the middle begins at 0, whatever it was asked for. */
export interface Reading {
  readonly offset: number;
  /** As it is now, which need not be as it was when it was looked at. */
  readonly size: number | undefined;
  readonly version: string | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface FetchParts {
  readonly patience: Patience;
  /** Rejects with `MayPass` for what may pass. `version`: what it has to be, where that is known. */
  readonly read: (offset: number, version: string | undefined, signal: AbortSignal) => Promise<Reading>;
  /** What it is when all bytes are here, where the place says that only when asked. */
  readonly lookAgain?: () => Promise<string | undefined>;
}

/**
 * Brings one file to `to`, which is whole or not there at all. Bytes lie beside it, under a name that says of which address and version they are, until all
 * are there: a later fetch of the same version goes on with them, one of another begins anew and removes them.
 */
export async function fetchFile(
  file: RemoteFile,
  to: string,
  parts: FetchParts,
  options: RemoteOptions,
): Promise<RemoteFile> {
  const { patience, read } = parts;
  const { uri } = file;
  const folder = dirname(to);
  const mark = `.bit-part-${shortHash(`${uri}\0${basename(to)}`)}-`;
  const partial = join(folder, `${mark}${file.version === undefined ? 'any' : shortHash(file.version)}`);
  try {
    await makeFolder(folder);
    await removeOthers(folder, mark, basename(partial));
    const draft = await open(partial, file.version === undefined ? 'w+' : 'a+');
    await draft.close();
    const handle = await open(partial, 'r+');
    try {
      const done = await fill(handle);
      await handle.sync();
      await rename(partial, to);
      await syncFolder(folder);
      return done;
    } finally {
      await handle.close();
    }
  } catch (error) {
    // What is of no version cannot be gone on with, and what is of an old one need not.
    const useless = file.version === undefined || (error instanceof RemoteProblem && error.why === 'changed');
    if (useless) await rm(partial, { force: true });
    throw localProblem(uri, error) ?? error;
  }

  async function fill(handle: FileHandle): Promise<RemoteFile> {
    let here = (await handle.stat()).size;
    let version = file.version;
    let size = file.version === undefined ? undefined : file.size;
    if (size !== undefined && here > size) here = await cut(handle, 0);
    let moved = 0;
    const told = (): void => options.progress({ uri, bytes: here, ...(size !== undefined && { size }) });
    told();
    await again(
      async () => {
        if (size !== undefined && here === size && here > 0) return;
        const stop = new AbortController();
        const signal = AbortSignal.any([options.signal, stop.signal]);
        try {
          const reading = await read(here, version, signal);
          if (version !== undefined && reading.version !== undefined && reading.version !== version) throw changed(uri);
          if (size !== undefined && reading.size !== undefined && reading.size !== size)
            throw version === undefined ? changed(uri) : miscounted(uri, size, reading.size);
          version ??= reading.version;
          size = reading.size ?? size;
          if (reading.offset !== here) here = await cut(handle, reading.offset);
          const silent = () => mayPass(uri, `Nothing came from ${uri} for ${Math.round(patience.idleMs / 1000)} s`);
          for await (const chunk of unlessIdle(reading.chunks, { ms: patience.idleMs, signal, late: silent })) {
            if (size !== undefined && here + chunk.length > size) {
              here = await cut(handle, 0);
              throw mayPass(uri, `${uri} sent more than the ${size} bytes that it promised`);
            }
            await writeAll(handle, chunk, here);
            here += chunk.length;
            moved += chunk.length;
            told();
          }
        } finally {
          stop.abort();
        }
        if (size !== undefined && here < size) {
          const message = `${uri} ended after ${here} of ${size} bytes`;
          // Of no version: nobody can say that the rest belongs to the same bytes.
          if (version === undefined) here = await cut(handle, 0);
          throw mayPass(uri, message);
        }
      },
      { patience, signal: options.signal, moved: () => moved },
    );
    const now = await parts.lookAgain?.();
    if (now !== undefined && version !== undefined && now !== version) throw changed(uri);
    return { ...file, size: here, ...(version !== undefined && { version }) };
  }
}

export const changed = (uri: string): RemoteProblem =>
  remoteProblem(
    'changed',
    uri,
    `${uri} became another file while it was being fetched`,
    'Try again once nobody writes to it.',
  );

const miscounted = (uri: string, first: number, then: number): RemoteProblem =>
  remoteProblem(
    'failed',
    uri,
    `The server says that ${uri} has ${first} bytes, and then that it has ${then}, and calls it the same file`,
    'Ask who runs the server.',
  );

async function cut(handle: FileHandle, length: number): Promise<number> {
  await handle.truncate(length);
  return length;
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, position + at);
    at += bytesWritten;
  }
}

async function removeOthers(folder: string, mark: string, own: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(mark) && name !== own) await rm(join(folder, name), { force: true });
  }
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
