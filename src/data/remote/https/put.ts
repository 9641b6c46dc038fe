import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type RemoteFile, type RemoteOptions, RemoteProblem } from '../../../engine/ports/remote.ts';
import { again, type Patience } from '../again.ts';
import type { Reading } from '../fetch-file.ts';
import { type LocalFile, unchangedHere } from '../local-tree.ts';
import { exists, MayPass, mayPass, remoteProblem } from '../problem.ts';
import type { Request } from './request.ts';

export interface PutParts {
  readonly file: LocalFile;
  readonly url: URL;
  readonly request: Request;
  readonly patience: Patience;
  readonly look: (signal: AbortSignal) => Promise<RemoteFile | undefined>;
  readonly read: (signal: AbortSignal) => Promise<Reading>;
}

/**
 * PUT with a precondition, which a server that knows it checks in the moment it puts the file in place. For one that does not, a look goes before, so that only
 * what appears in between is lost. When the answer is lost it is found out whether the file is there, before anything is sent again.
 */
export async function putHttps(
  parts: PutParts,
  options: RemoteOptions & { readonly over: string | 'nothing' },
): Promise<RemoteFile> {
  const { file, url, patience } = parts;
  const { signal, over } = options;
  const uri = url.href;
  let isUnsure = false;
  await again(
    async () => {
      const there = await parts.look(signal);
      if (isUnsure && there !== undefined && (await isOurs())) return;
      if (over === 'nothing' ? there !== undefined : there?.version !== over) throw exists(uri, over);
      try {
        await send();
      } catch (error) {
        if (error instanceof MayPass) isUnsure = true;
        if (error instanceof RemoteProblem && error.why === 'changed') throw exists(uri, over);
        throw error;
      }
    },
    { patience, signal },
  );
  await unchangedHere(uri, file);
  const put = await again(() => parts.look(signal), { patience, signal });
  if (put === undefined || (put.size !== undefined && put.size !== file.size))
    throw remoteProblem(
      'failed',
      uri,
      `${url.host} took ${uri} and now has ${put === undefined ? 'nothing' : `${put.size} bytes`} there instead of ${file.size} bytes`,
      'Ask who runs the server whether files may be put there.',
    );
  return put;

  async function send(): Promise<void> {
    const condition: Readonly<Record<string, string>> =
      over === 'nothing' ? { 'if-none-match': '*' } : over.startsWith('"') ? { 'if-match': over } : {};
    const headers = { ...condition, 'content-type': 'application/octet-stream' };
    const stop = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    let isSilent = false;
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isSilent = true;
        stop.abort();
      }, patience.idleMs);
    };
    const body = { size: file.size, open: () => bytesOf(file, heard, options.progress, uri) };
    const put = () =>
      parts.request('PUT', url, { headers, signal: AbortSignal.any([signal, stop.signal]), body, also: [409] });
    try {
      heard();
      let { response } = await put();
      await response.body?.cancel().catch(() => {});
      if (response.status === 409) {
        await makeCollections();
        ({ response } = await put());
        await response.body?.cancel().catch(() => {});
        if (response.status === 409)
          throw remoteProblem(
            'failed',
            uri,
            `${url.host} cannot put ${uri} there: its folder is missing`,
            'Make the folder there first.',
          );
      }
    } catch (error) {
      signal.throwIfAborted();
      if (isSilent) throw mayPass(uri, `${url.host} stopped taking ${uri}`);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** WebDAV wants the folders first. One that is there already is answered 405. */
  async function makeCollections(): Promise<void> {
    const segments = url.pathname.split('/').slice(1, -1);
    for (let depth = 1; depth <= segments.length; depth += 1) {
      const folder = new URL(url.href);
      folder.pathname = `/${segments.slice(0, depth).join('/')}/`;
      const { response } = await parts.request('MKCOL', folder, { headers: {}, signal, also: [403, 405, 409, 501] });
      await response.body?.cancel().catch(() => {});
    }
  }

  async function isOurs(): Promise<boolean> {
    const reading = await parts.read(signal);
    if (reading.size !== undefined && reading.size !== file.size) return false;
    const [here, there] = [createHash('sha256'), createHash('sha256')];
    await pipeline(createReadStream(file.path), here);
    for await (const chunk of reading.chunks) there.update(chunk);
    return here.digest('hex') === there.digest('hex');
  }
}

function bytesOf(
  file: LocalFile,
  heard: () => void,
  progress: RemoteOptions['progress'],
  uri: string,
): ReadableStream<Uint8Array> {
  let bytes = 0;
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(file.path, { highWaterMark: 256 * 1024 })) {
      heard();
      bytes += chunk.length;
      progress({ uri, bytes, size: file.size });
      yield chunk;
    }
    heard();
  };
  return Readable.toWeb(Readable.from(chunks(), { objectMode: false })) as ReadableStream<Uint8Array>;
}
