import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A registry on this machine, which daemons ask without encryption, with one image in it. */
export interface Registry {
  /** Of the image: `127.0.0.1:40000/lab/tool:1`. */
  readonly image: string;
  /** Names the image, wherever it lies. */
  readonly digest: string;
  /** How often the image's layer was handed out. */
  fetched(): number;
  close(): Promise<void>;
}

/** `folder` is what the image holds, as its root. With `password`, only who gives it sees anything. */
export async function openRegistry(options: {
  readonly folder: string;
  readonly credentials?: { readonly username: string; readonly password: string };
}): Promise<Registry> {
  const tar = execFileSync('tar', ['--create', '--owner=0', '--group=0', '--directory', options.folder, '.'], {
    maxBuffer: 2 ** 28,
  });
  const layer = gzipSync(tar, { level: 1 });
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    }),
  );
  const blobs = new Map([layer, config].map((bytes) => [digestOf(bytes), bytes]));
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: config.length,
        digest: digestOf(config),
      },
      layers: [
        {
          mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
          size: layer.length,
          digest: digestOf(layer),
        },
      ],
    }),
  );
  const { credentials } = options;
  const wanted =
    credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  let fetched = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const send = (status: number, bytes: Buffer, contentType: string): void => {
      response.writeHead(status, {
        'Content-Type': contentType,
        'Content-Length': bytes.length,
        'Docker-Content-Digest': digestOf(bytes),
        'Docker-Distribution-Api-Version': 'registry/2.0',
        ...(status === 401 ? { 'WWW-Authenticate': 'Basic realm="lab"' } : {}),
      });
      response.end(request.method === 'HEAD' ? undefined : bytes);
    };
    const refuse = (status: number, code: string): void =>
      send(
        status,
        Buffer.from(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replace('_', ' ') }] })),
        'application/json',
      );
    if (wanted !== undefined && request.headers.authorization !== wanted) return refuse(401, 'UNAUTHORIZED');
    if (path === '/v2/' || path === '/v2') return send(200, Buffer.from('{}'), 'application/json');
    if (path === '/v2/lab/tool/manifests/1' || path === `/v2/lab/tool/manifests/${digestOf(manifest)}`)
      return send(200, manifest, type);
    const blob = blobs.get(path.replace('/v2/lab/tool/blobs/', ''));
    if (blob !== undefined) {
      if (blob === layer && request.method === 'GET') fetched += 1;
      return send(200, blob, 'application/octet-stream');
    }
    return refuse(404, path.startsWith('/v2/lab/tool/') ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    image: `127.0.0.1:${port}/lab/tool:1`,
    digest: digestOf(manifest),
    fetched: () => fetched,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
