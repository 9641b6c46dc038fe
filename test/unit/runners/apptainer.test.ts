import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { EnvironmentFailure, listEnvironments, pruneEnvironments } from '../../../src/runners/environment/index.ts';
import { apptainerArguments, inWordsOfApptainer } from '../../../src/runners/slurm/apptainer-arguments.ts';
import { openApptainerImages } from '../../../src/runners/slurm/apptainer-images.ts';
import { findApptainer } from '../../../src/runners/slurm/apptainer-program.ts';
import { imagePlace } from '../../../src/runners/slurm/image-place.ts';
import { askRegistry, readChallenge } from '../../../src/runners/slurm/registry-digest.ts';
import { processOf } from '../../support/process-of.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'bit-apptainer-')));
const digest = `sha256:${'ab'.repeat(32)}`;
let folder: string;
let server: Server;
let registry: string;
/** What the registry was asked, in order. */
let asked: string[] = [];
let isDown = false;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (isDown) return void request.socket.destroy();
    if (request.url?.startsWith('/token')) {
      response.setHeader('content-type', 'application/json');
      return void response.end('{"token": "let-me-in"}');
    }
    if (request.headers.authorization !== 'Bearer let-me-in') {
      const realm = `http://${request.headers.host}/token`;
      response.writeHead(401, {
        'www-authenticate': `Bearer realm="${realm}",service="here",scope="repository:lab/tool:pull"`,
      });
      return void response.end();
    }
    const isThere =
      request.url === '/v2/lab/tool/manifests/1.0' && request.headers.accept?.includes('manifest.list.v2');
    response.writeHead(isThere ? 200 : 404, isThere ? { 'docker-content-digest': digest } : {});
    response.end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'));
  asked = [];
  isDown = false;
  vi.stubEnv('PATH', `${join(folder, 'bin')}:/usr/bin:/bin`);
  mkdirSync(join(folder, 'bin'));
  // Knows `pull --force FILE docker://…` and notes its words, one call a line.
  install(
    'apptainer',
    `printf '%s\\n' "$*" >>'${join(folder, 'calls')}'
case "$*" in *broken*) echo 'FATAL:   While making image from oci registry: manifest unknown' >&2; exit 255;; esac
echo 'INFO:    Converting OCI blobs to SIF format' >&2
echo "image of $4" >"$3"`,
  );
  // This machine's own Docker, if it has one, stays out of it.
  install('docker', 'exit 1');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function install(name: string, text: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

const calls = (): readonly string[] =>
  existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n') : [];

function open(offline = false, prefix?: string) {
  const apptainer = findApptainer(process.env.PATH ?? '');
  if (apptainer === undefined) throw new Error('no apptainer');
  return openApptainerImages({
    apptainer,
    environments: join(folder, 'environments'),
    offline,
    ...(prefix === undefined ? {} : { registry: prefix }),
  });
}
const at = () => ({ ...processOf({ language: 'bash' }), folder });
const fileOf = (of: string) => join(folder, 'environments/images', `${of.replace(':', '-')}.sif`);

describe('a container on a cluster', () => {
  test('is the digest that its registry gives the name, fetched once by that digest', async () => {
    const images = open();
    const name = `${registry}/lab/tool:1.0`;
    expect(await images.find(name, at())).toEqual({ state: 'elsewhere' });
    expect(asked).toEqual([
      'HEAD /v2/lab/tool/manifests/1.0',
      'GET /token?service=here&scope=repository%3Alab%2Ftool%3Apull',
      'HEAD /v2/lab/tool/manifests/1.0',
    ]);
    const lines: string[] = [];
    await Promise.all([images.fetch(name, at(), (line) => lines.push(line)), open().fetch(name, at(), () => {})]);
    expect(calls()).toEqual([
      expect.stringMatching(`^pull --force ${folder}/\\S+\\.draft docker://${registry}/lab/tool@${digest}$`),
    ]);
    expect(lines).toContain('INFO:    Converting OCI blobs to SIF format');
    expect(await images.find(name, at())).toEqual({ state: 'here', digest, image: fileOf(digest) });
    expect(await listEnvironments(join(folder, 'environments'))).toMatchObject([{ kind: 'image', packages: [name] }]);
    expect(readdirSync(join(folder, 'environments/images')).sort()).toEqual([
      'known.json',
      `${digest.replace(':', '-')}.sif`,
    ]);
  });

  test('that nobody needs any more is removed like other environments', async () => {
    const images = open();
    const name = `${registry}/lab/tool@${digest}`;
    await images.fetch(name, at(), () => {});
    const file = `${digest.replace(':', '-')}.sif`;
    const environments = join(folder, 'environments');
    expect((await pruneEnvironments(environments, { keep: new Set([file]) })).removed).toEqual([]);
    expect((await pruneEnvironments(environments, { keep: new Set() })).removed).toEqual([file]);
    expect(await images.find(name, at())).toEqual({ state: 'elsewhere' });
  });

  test('with its digest in the name needs no answer from anybody', async () => {
    isDown = true;
    const images = open();
    const name = `${registry}/lab/tool@${digest}`;
    expect(await images.find(name, at())).toEqual({ state: 'elsewhere' });
    await images.fetch(name, at(), () => {});
    expect(await images.find(name, at())).toMatchObject({ state: 'here', digest });
    expect(asked).toEqual([]);
  });

  test('that was fetched before stays what it was while its registry does not answer', async () => {
    const name = `${registry}/lab/tool:1.0`;
    await open().fetch(name, at(), () => {});
    isDown = true;
    expect(await open().find(name, at())).toMatchObject({ state: 'here', digest });
    expect(await open(true).find(name, at())).toMatchObject({ state: 'here', digest });
    expect(await open().find(`${registry}/lab/tool:2.0`, at())).toMatchObject({
      state: 'refused',
      diagnostic: { code: 'BIT5028', message: expect.stringContaining('does not answer') },
    });
  });

  test("may be the user's own image file, known by its content", async () => {
    writeFileSync(join(folder, 'tool.sif'), 'one');
    const images = open(true);
    const first = await images.find('tool.sif', at());
    expect(first).toEqual({
      state: 'here',
      digest: expect.stringMatching(/^blake3:/),
      image: join(folder, 'tool.sif'),
    });
    writeFileSync(join(folder, 'tool.sif'), 'another');
    expect(await images.find('tool.sif', at())).not.toEqual(first);
    expect(await images.find('absent.sif', at())).toMatchObject({
      state: 'refused',
      diagnostic: { code: 'BIT5028', message: expect.stringContaining('there is no file') },
    });
  });

  test("of this machine's own Docker is the one that Docker would run", async () => {
    const id = `sha256:${'cd'.repeat(32)}`;
    install(
      'docker',
      `[ "$*" = 'image inspect --format {{json .RepoDigests}} {{.Id}} lab/own:2' ] && echo 'null ${id}'`,
    );
    const images = open();
    await images.fetch('lab/own:2', at(), () => {});
    expect(calls()[0]).toMatch(/ docker-daemon:lab\/own:2$/);
    expect(await images.find('lab/own:2', at())).toEqual({ state: 'here', digest: id, image: fileOf(id) });
  });

  test('that cannot be found or fetched is said, and leaves nothing', async () => {
    const images = open();
    expect(await images.find(`${registry}/lab/tool:9`, at())).toMatchObject({
      state: 'refused',
      diagnostic: { code: 'BIT5028', message: expect.stringContaining('has no lab/tool:9') },
    });
    const failure = await images.fetch(`${registry}/broken@${digest}`, at(), () => {}).catch((error: unknown) => error);
    if (!(failure instanceof EnvironmentFailure)) throw failure;
    expect(failure.diagnostic).toMatchObject({ code: 'BIT5029', message: expect.stringContaining('manifest unknown') });
    expect(readdirSync(join(folder, 'environments/images'))).toEqual([]);
  });

  test('takes the registry of the site where its name says none', async () => {
    await open(false, `${registry}/lab`).fetch('tool:1.0', at(), () => {});
    expect(calls()[0]).toContain(`docker://${registry}/lab/tool@${digest}`);
  });
});

test.each([
  ['busybox', { registry: 'docker.io', repository: 'library/busybox', tag: 'latest' }],
  ['lab/tool:1.0', { registry: 'docker.io', repository: 'lab/tool', tag: '1.0' }],
  ['docker://lab/tool', { registry: 'docker.io', repository: 'lab/tool', tag: 'latest' }],
  [
    'quay.io/biocontainers/samtools:1.19--h50ea8bc_0',
    { registry: 'quay.io', repository: 'biocontainers/samtools', tag: '1.19--h50ea8bc_0' },
  ],
  ['localhost:5000/a/b:1', { registry: 'localhost:5000', repository: 'a/b', tag: '1' }],
  [`quay.io/a/b:1@${digest}`, { registry: 'quay.io', repository: 'a/b', tag: '1', digest }],
  ['two words', undefined],
  ['tool@sha256:short', undefined],
  ['', undefined],
])('the name of an image: %s', (name, parts) => {
  const place = imagePlace(name, { registry: undefined });
  expect(place).toEqual(parts && { ...parts, name: expect.stringContaining(name.replace('docker://', '')) });
});

test('a registry that is not there is silent, not a refusal', async () => {
  const gone = { name: '127.0.0.1:1/a/b:1', registry: '127.0.0.1:1', repository: 'a/b', tag: '1' };
  expect(await askRegistry(gone, { milliseconds: 5000 })).toMatchObject({ kind: 'silent' });
});

test('what a registry asks for is read', () => {
  expect(readChallenge('Bearer realm="https://auth.docker.io/token",service="registry.docker.io"')).toEqual({
    scheme: 'bearer',
    fields: { realm: 'https://auth.docker.io/token', service: 'registry.docker.io' },
  });
  expect(readChallenge('Basic realm="lab"')).toEqual({ scheme: 'basic', fields: { realm: 'lab' } });
});

describe('inside, a task', () => {
  const of = {
    program: '/usr/bin/apptainer',
    image: '/s/i.sif',
    directory: '/w/a1',
    inputs: ['/data/x.tif'],
    network: false,
    gpus: 0,
    options: [],
  };

  test('sees its directory, its inputs to read, and no network', () => {
    expect(apptainerArguments(of)).toEqual([
      '/usr/bin/apptainer',
      'exec',
      '--containall',
      '--no-home',
      '--cleanenv',
      '--bind',
      '/w/a1',
      '--bind',
      '/data/x.tif:/data/x.tif:ro',
      '--pwd',
      '/w/a1/task',
      '--net',
      '--network',
      'none',
      '/s/i.sif',
    ]);
  });

  test('has the network and GPUs that it asks for', () => {
    const words = apptainerArguments({ ...of, network: true, gpus: 1 });
    expect(words).toContain('--nv');
    expect(words).not.toContain('--net');
  });

  test('reads inputs whose names mean something to `--bind`', () => {
    expect(apptainerArguments({ ...of, inputs: ['/d/a:b,c "d".tif'] })).toContain(
      'type=bind,"source=/d/a:b,c ""d"".tif","destination=/d/a:b,c ""d"".tif",ro',
    );
  });

  test('gets options in the words of Apptainer and of Docker', () => {
    expect(
      inWordsOfApptainer(['--shm-size=1g', '-v', '/ref:/ref:ro', '--env=A=1', '--gpus', 'all', '--init', '--rocm']),
    ).toEqual(['--bind', '/ref:/ref:ro', '--env', 'A=1', '--nv', '--rocm']);
  });
});
