import type { RemoteFile, RemoteOptions, RemoteProvider } from '../../../engine/ports/remote.ts';
import { RemoteProblem } from '../../../engine/ports/remote.ts';
import { baseNameOf } from '../../../util/file-name.ts';
import { readHttps } from '../address.ts';
import { again } from '../again.ts';
import { fetchFile, type Reading } from '../fetch-file.ts';
import { localTree } from '../local-tree.ts';
import { remoteProblem } from '../problem.ts';
import { putHttps } from './put.ts';
import { httpsRequest, networkProblem, type RequestParts } from './request.ts';

/** Files of a web server: fetched in ranges, put where it takes that, never listed. */
export function openHttps(parts: RequestParts): RemoteProvider {
  const { patience } = parts;
  const request = httpsRequest(parts);

  const provider: RemoteProvider = {
    scheme: 'https',
    // biome-ignore lint/correctness/useYield: it rejects before there is anything to yield.
    list: async function* (uri) {
      throw remoteProblem(
        'unsupported',
        readHttps(uri).href,
        `A web server does not say which files it has: ${uri} cannot be listed`,
        'Name each file with `url("https://…")`, or in a column of a sheet.',
      );
    },
    look: (uri, options) => {
      const url = readHttps(uri);
      return again(() => look(url, options), { patience, signal: options.signal });
    },
    fetch: async (file, to, options) => {
      const url = readHttps(file.uri);
      return fetchFile(
        file,
        to,
        { patience, read: (offset, version, signal) => read(url, offset, version, signal) },
        options,
      );
    },
    put: async (from, uri, options) => {
      const url = readHttps(uri);
      const tree = await localTree(from);
      const [file] = tree.files;
      if (tree.directory || file === undefined)
        throw remoteProblem(
          'unsupported',
          uri,
          `${from} is a folder, and ${url.host} takes single files`,
          'Publish to `s3(…)` or `ssh(…)`, or archive it first.',
        );
      return putHttps(
        {
          file,
          url,
          request,
          patience,
          look: (at) => look(url, { ...options, signal: at }),
          read: (at) => read(url, 0, undefined, at),
        },
        options,
      );
    },
    remove: async (uri, options) => {
      const url = readHttps(uri);
      await again(() => remove(url, options), { patience, signal: options.signal });
    },
    close: async () => {},
  };
  return provider;

  async function look(url: URL, options: Pick<RemoteOptions, 'signal'>): Promise<RemoteFile | undefined> {
    const { signal } = options;
    try {
      const { response } = await request('HEAD', url, { headers: {}, signal, also: [403, 405, 501] });
      if (response.ok) return described(url, response, sizeOf(response));
      // A range of one byte says as much, where HEAD is not answered or not allowed.
      const { response: ranged } = await request('GET', url, { headers: { range: 'bytes=0-0' }, signal, also: [416] });
      await ranged.body?.cancel().catch(() => {});
      return described(url, ranged, ranged.status === 200 ? sizeOf(ranged) : contentRange(ranged)?.size);
    } catch (error) {
      if (error instanceof RemoteProblem && error.why === 'missing') return undefined;
      throw error;
    }
  }

  async function read(url: URL, offset: number, version: string | undefined, signal: AbortSignal): Promise<Reading> {
    const strong = version === undefined ? undefined : conditionOf(version);
    const canResume = offset > 0 && strong !== undefined;
    const { response } = await request('GET', url, {
      headers: canResume ? { range: `bytes=${offset}-`, 'if-range': strong } : {},
      signal,
      also: [416],
    });
    if (response.status === 416) {
      await response.body?.cancel().catch(() => {});
      // Shorter than what is here: another file, or a server that counts wrong. From the beginning then.
      if (offset > 0) return read(url, 0, version, signal);
      throw remoteProblem(
        'failed',
        url.href,
        `${url.host} was asked for all of ${url.href} and answers that it has no such part`,
        'Ask who runs the server.',
      );
    }
    const range = response.status === 206 ? contentRange(response) : undefined;
    if (response.status === 206 && (range === undefined || range.start !== offset)) {
      await response.body?.cancel().catch(() => {});
      throw remoteProblem(
        'failed',
        url.href,
        `${url.host} was asked for the bytes from ${offset} on and sent others`,
        'Ask who runs the server.',
      );
    }
    const size = response.status === 206 ? range?.size : sizeOf(response);
    return {
      offset: response.status === 206 ? offset : 0,
      size,
      version: versionOf(response, size),
      chunks: chunksOf(url, response, signal),
    };
  }

  async function* chunksOf(url: URL, response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (response.body === null) return;
    try {
      yield* response.body;
    } catch (error) {
      signal.throwIfAborted();
      throw networkProblem(url, error);
    }
  }

  async function remove(url: URL, options: RemoteOptions & { readonly version: string }): Promise<void> {
    const { version, signal } = options;
    const there = await look(url, options);
    if (there === undefined) return;
    if (there.version !== version)
      throw remoteProblem(
        'changed',
        url.href,
        `${url.href} is not what was put there; it is kept`,
        'Look at what is there now.',
      );
    const headers: Record<string, string> = version.startsWith('"') ? { 'if-match': version } : {};
    await request('DELETE', url, { headers, signal, also: [404, 410] });
  }
}

function described(url: URL, response: Response, size: number | undefined): RemoteFile {
  const version = versionOf(response, size);
  const modified = Date.parse(response.headers.get('last-modified') ?? '');
  return {
    uri: url.href,
    name: decoded(baseNameOf(url.pathname)) || url.hostname,
    directory: false,
    ...(size !== undefined && { size }),
    ...(version !== undefined && { version }),
    ...(!Number.isNaN(modified) && { modifiedAt: new Date(modified).toISOString() }),
  };
}

/** The ETag, else the time of the last change and the size. */
function versionOf(response: Response, size: number | undefined): string | undefined {
  const etag = response.headers.get('etag');
  if (etag !== null && etag !== '') return etag;
  const modified = response.headers.get('last-modified');
  return modified === null ? undefined : `${modified}, ${size ?? 'unknown'} bytes`;
}

/** What `If-Range` takes. A weak ETag may stand for other bytes that mean the same. */
function conditionOf(version: string): string | undefined {
  if (version.startsWith('W/')) return undefined;
  if (version.startsWith('"')) return version;
  return /^(.*), (?:\d+|unknown) bytes$/u.exec(version)?.[1];
}

/** The length of what is sent as it is; of what is packed on the way nobody knows how long it will be. */
function sizeOf(response: Response): number | undefined {
  const encoding = response.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') return undefined;
  const text = response.headers.get('content-length');
  return text !== null && /^\d+$/u.test(text) ? Number(text) : undefined;
}

function contentRange(response: Response): { readonly start: number; readonly size: number | undefined } | undefined {
  const [, start, size] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/u.exec(response.headers.get('content-range') ?? '') ?? [];
  if (size === undefined) return undefined;
  return { start: Number(start ?? 0), size: size === '*' ? undefined : Number(size) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
