import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What a file server may do wrong, each a number of times. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'short-length'; readonly by: number }
  | { readonly kind: 'redirect'; readonly to: string };

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** A web server that keeps files in memory: ranges, ETags, preconditions, PUT, DELETE and collections as RFC 9110 and WebDAV have them, and faults on demand. */
export interface FileServer {
  readonly port: number;
  readonly origin: string;
  readonly files: Map<string, Buffer>;
  /** Every request so far. */
  readonly seen: Seen[];
  /** Bytes of files that were sent. */
  sent(): number;
  /** The next `times` requests of a method, or of any, go wrong. */
  fail(fault: Fault, options?: { readonly times?: number; readonly method?: string }): void;
  /** What it can, unless it is all. */
  configure(options: Partial<Configuration>): void;
  close(): Promise<void>;
}

export interface Configuration {
  ranges: boolean;
  etags: 'strong' | 'weak' | 'none';
  /** `Last-Modified`; fixed, so that only the size tells versions apart where there is no ETag. */
  modified: string | undefined;
  head: boolean;
  put: boolean;
  preconditions: boolean;
  /** Folders have to be made before something is put into them. */
  collections: boolean;
  /** Responses without `Content-Length`, in chunks. */
  chunked: boolean;
  encoding: string | undefined;
  authorization: string | undefined;
}

export async function openFileServer(): Promise<FileServer> {
  const files = new Map<string, Buffer>();
  const seen: Seen[] = [];
  const folders = new Set<string>(['/']);
  let sent = 0;
  const faults: { readonly fault: Fault; left: number; readonly method: string | undefined }[] = [];
  const how: Configuration = {
    ranges: true,
    etags: 'strong',
    modified: undefined,
    head: true,
    put: true,
    preconditions: true,
    collections: false,
    chunked: false,
    encoding: undefined,
    authorization: undefined,
  };
  const etagOf = (bytes: Buffer): string | undefined => {
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 20);
    return how.etags === 'none' ? undefined : how.etags === 'weak' ? `W/"${hash}"` : `"${hash}"`;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://here').pathname);
    const method = request.method ?? 'GET';
    seen.push({ method, path, headers: request.headers });
    const at = faults.findIndex((one) => one.left > 0 && (one.method === undefined || one.method === method));
    const fault = faults[at];
    if (fault !== undefined) {
      fault.left -= 1;
      if (fault.fault.kind === 'status') {
        request.resume();
        response.writeHead(fault.fault.status, fault.fault.headers ?? {});
        return void response.end();
      }
      if (fault.fault.kind === 'redirect') {
        request.resume();
        response.writeHead(307, { location: fault.fault.to });
        return void response.end();
      }
    }
    if (how.authorization !== undefined && request.headers.authorization !== how.authorization) {
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="files"' });
      return void response.end(`you sent ${request.headers.authorization ?? 'nothing'}`);
    }
    const bytes = files.get(path);
    switch (method) {
      case 'HEAD':
      case 'GET': {
        if (method === 'HEAD' && !how.head) return void response.writeHead(405).end();
        if (bytes === undefined) return void response.writeHead(404).end();
        return send(request, response, bytes, { body: method === 'GET', fault: fault?.fault });
      }
      case 'PUT':
        return put(request, response, path);
      case 'DELETE':
        if (how.preconditions && bytes !== undefined && !matches(request, bytes))
          return void response.writeHead(412).end();
        response.writeHead(files.delete(path) ? 204 : 404);
        return void response.end();
      case 'MKCOL':
        if (folders.has(path)) return void response.writeHead(405).end();
        folders.add(path);
        return void response.writeHead(201).end();
      default:
        response.writeHead(405).end();
    }
  };

  const matches = (request: IncomingMessage, bytes: Buffer | undefined): boolean => {
    const { 'if-match': match, 'if-none-match': none } = request.headers;
    if (none === '*' && bytes !== undefined) return false;
    return match === undefined || (bytes !== undefined && etagOf(bytes) === match);
  };

  const send = (
    request: IncomingMessage,
    response: ServerResponse,
    bytes: Buffer,
    options: { readonly body: boolean; readonly fault: Fault | undefined },
  ): void => {
    const etag = etagOf(bytes);
    if (etag !== undefined) response.setHeader('etag', etag);
    if (how.modified !== undefined) response.setHeader('last-modified', how.modified);
    if (how.encoding !== undefined) response.setHeader('content-encoding', how.encoding);
    const [, from] = /^bytes=(\d+)-/u.exec(request.headers.range ?? '') ?? [];
    const to = /^bytes=\d+-(\d+)$/u.exec(request.headers.range ?? '')?.[1];
    const condition = request.headers['if-range'];
    const isSame = condition === undefined || condition === etag || condition === how.modified;
    let start = 0;
    let end = bytes.length;
    if (how.ranges && from !== undefined && isSame) {
      start = Number(from);
      end = to === undefined ? bytes.length : Math.min(Number(to) + 1, bytes.length);
      if (start >= bytes.length)
        return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      response.statusCode = 206;
      response.setHeader('content-range', `bytes ${start}-${end - 1}/${bytes.length}`);
    }
    const part = bytes.subarray(start, end);
    const promised = part.length - (options.fault?.kind === 'short-length' ? -options.fault.by : 0);
    if (!how.chunked) response.setHeader('content-length', promised);
    if (!options.body) return void response.end();
    sent += part.length;
    response.write(part, () => {
      if (promised > part.length) response.destroy();
      else response.end();
    });
  };

  const put = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    if (!how.put) {
      request.resume();
      return void response.writeHead(405).end();
    }
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (how.collections && !folders.has(folder)) return void response.writeHead(409).end();
    if (how.preconditions && !matches(request, files.get(path))) return void response.writeHead(412).end();
    const isNew = !files.has(path);
    files.set(path, Buffer.concat(chunks));
    response.writeHead(isNew ? 201 : 204).end();
  };

  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    files,
    seen,
    sent: () => sent,
    fail: (fault, { times = 1, method } = {}) => void faults.push({ fault, left: times, method }),
    configure: (options) => void Object.assign(how, options),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
