import { describe, expect, test } from 'vitest';
import { readVariables, taskVariables } from '../../../../src/runners/docker/container-spec.ts';
import { endedToken } from '../../../../src/runners/docker/container-watch.ts';
import { lookOf } from '../../../../src/runners/docker/containers.ts';
import { type AddressSurroundings, daemonAddress } from '../../../../src/runners/docker/daemon-address.ts';
import {
  completeName,
  digestOf,
  isImageName,
  namesOf,
  parseImageName,
} from '../../../../src/runners/docker/image-name.ts';
import { answerOf } from '../../../../src/runners/docker/images.ts';
import { pullProgress } from '../../../../src/runners/docker/pull-progress.ts';
import { keepingOf } from '../../../../src/runners/docker/registry-credentials.ts';
import { parseLdd } from '../../../../src/runners/docker/shared-libraries.ts';

describe('where the daemon is', () => {
  const around = (
    parts: Partial<Omit<AddressSurroundings, 'read' | 'exists'>> & { readonly files?: Record<string, string> },
  ) =>
    daemonAddress({
      environment: {},
      home: '/home/ada',
      settingsHost: undefined,
      ...parts,
      exists: (path) => parts.files?.[path] !== undefined,
      read: (path) => parts.files?.[path],
    }).url;

  test.each<readonly [string, Parameters<typeof around>[0], string]>([
    ['nothing is there', {}, 'unix:///var/run/docker.sock'],
    ['DOCKER_HOST', { environment: { DOCKER_HOST: 'unix:///x' }, settingsHost: 'unix:///y' }, 'unix:///x'],
    ['DOCKER_HOST as a path', { environment: { DOCKER_HOST: '/x' } }, 'unix:///x'],
    ['the settings', { settingsHost: '/run/y.sock', files: { '/var/run/docker.sock': '' } }, 'unix:///run/y.sock'],
    ['an empty DOCKER_HOST', { environment: { DOCKER_HOST: '' }, settingsHost: 'tcp://h:1' }, 'tcp://h:1'],
    [
      'Docker before Podman',
      { files: { '/run/podman/podman.sock': '', '/var/run/docker.sock': '' } },
      'unix:///var/run/docker.sock',
    ],
    [
      "one's own Podman before the machine's",
      {
        environment: { XDG_RUNTIME_DIR: '/run/user/1' },
        files: { '/run/podman/podman.sock': '', '/run/user/1/podman/podman.sock': '' },
      },
      'unix:///run/user/1/podman/podman.sock',
    ],
    ['Podman', { files: { '/run/podman/podman.sock': '' } }, 'unix:///run/podman/podman.sock'],
    [
      'a context that is not there',
      { files: { '/home/ada/.docker/config.json': '{"currentContext":"other"}' } },
      'unix:///var/run/docker.sock',
    ],
    ['a config that is broken', { files: { '/home/ada/.docker/config.json': '{' } }, 'unix:///var/run/docker.sock'],
  ])('%s', (_, parts, url) => {
    expect(around(parts)).toBe(url);
  });

  test('a context that is there', () => {
    const meta = '/home/ada/.docker/contexts/meta/';
    const url = daemonAddress({
      environment: {},
      home: '/home/ada',
      settingsHost: undefined,
      exists: () => true,
      read: (path) => {
        if (path === '/home/ada/.docker/config.json') return '{"currentContext":"rootless"}';
        return path.startsWith(meta) ? '{"Endpoints":{"docker":{"Host":"unix:///run/user/1/docker.sock"}}}' : undefined;
      },
    });
    expect(url).toEqual({ url: 'unix:///run/user/1/docker.sock', by: 'the Docker context rootless' });
  });
});

describe('names of images', () => {
  test.each([
    ['debian', { repository: 'debian' }],
    ['debian:12', { repository: 'debian', tag: '12' }],
    ['bio/sam', { repository: 'bio/sam' }],
    ['localhost/x:1', { registry: 'localhost', repository: 'x', tag: '1' }],
    ['quay.io/bio/sam:1.2', { registry: 'quay.io', repository: 'bio/sam', tag: '1.2' }],
    ['lab:5000/x', { registry: 'lab:5000', repository: 'x' }],
    ['x@sha256:ab', { repository: 'x', digest: 'sha256:ab' }],
    ['ghcr.io/x:1@sha256:ab', { registry: 'ghcr.io', repository: 'x', tag: '1', digest: 'sha256:ab' }],
  ])('%s', (text, name) => {
    expect(parseImageName(text)).toEqual(name);
  });

  test.each([
    'debian',
    'debian:12.5-slim',
    'bio/sam_tools.x--y:V1',
    'localhost/x:1',
    'lab:5000/x',
    'Registry.Lab.org:443/a/b/c:1',
    '[::1]:5000/x:1',
    '583931c7bcdb',
    `sha256:${'0a'.repeat(32)}`,
    `ghcr.io/x:1@sha256:${'0a'.repeat(32)}`,
  ])('%s is one', (text) => expect(isImageName(text)).toBe(true));

  test.each([
    '',
    ':latest',
    'a b:1',
    'Lab/Tool:1',
    'débian:1',
    'debian/../../containers/json?x=:1',
    'debian:1:2',
    'debian:',
    'debian:-1',
    'x@sha256:ab',
    '-rf',
    '/x',
    'x/',
    'x\ny',
  ])('%j is none', (text) => expect(isImageName(text)).toBe(false));

  test.each([
    ['debian', undefined, 'debian:latest'],
    ['debian:12', 'mirror.lab.org/hub/', 'mirror.lab.org/hub/debian:12'],
    ['quay.io/x:1', 'mirror.lab.org', 'quay.io/x:1'],
    ['x@sha256:ab', 'mirror.lab.org', 'mirror.lab.org/x@sha256:ab'],
    ['x:1', '', 'x:1'],
  ])('%s with the registry %s is asked for as %s', (text, registry, name) => {
    expect(completeName(text, { registry })).toBe(name);
  });

  test.each([
    ['debian:12', ['debian@sha256:aa'], 'sha256:aa'],
    ['debian:12', ['docker.io/library/debian@sha256:aa'], 'sha256:aa'],
    ['quay.io/x:1', ['x@sha256:bb', 'quay.io/x@sha256:aa'], 'sha256:aa'],
    ['mine:1', [], 'sha256:id'],
    ['mine:1', ['other@sha256:aa'], 'sha256:id'],
  ])('the digest of %s with %j', (name, RepoDigests, digest) => {
    expect(digestOf(name, { Id: 'sha256:id', RepoDigests })).toBe(digest);
  });

  test('of all images, each once', () => {
    expect(
      namesOf([
        { RepoTags: ['a:1', 'b:1'] },
        { RepoTags: ['<none>:<none>'] },
        { RepoTags: null },
        { RepoTags: ['a:1'] },
      ]),
    ).toEqual(['a:1', 'b:1']);
  });
});

describe('why a registry was of no use', () => {
  test.each([
    [500, 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host', false],
    [500, 'Get "https://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused', false],
    [403, 'errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n', true],
    [500, 'Head "http://lab:5000/v2/x/manifests/1": no basic auth credentials', true],
    [404, 'manifest unknown: manifest unknown', true],
    [401, 'pull access denied, repository does not exist or may require authorization', true],
  ])('%i %s', (statusCode, message, known) => {
    expect(answerOf({ statusCode, json: { message } })).toMatchObject({ there: false, known });
  });

  test('a daemon that does not know the question leaves it to fetching', () => {
    expect(answerOf({ statusCode: 404, json: { message: 'Not Found' } })).toEqual({ there: true });
  });
});

describe('credentials', () => {
  const auth = Buffer.from('ada:pass:word').toString('base64');
  test.each<readonly [string, Parameters<typeof keepingOf>[0], string, object | undefined]>([
    ['none', {}, 'quay.io/x:1', undefined],
    [
      'of a registry',
      { auths: { 'quay.io': { auth } } },
      'quay.io/x:1',
      { kind: 'here', credentials: { username: 'ada', password: 'pass:word', serveraddress: 'quay.io' } },
    ],
    ['of another registry', { auths: { 'quay.io': { auth } } }, 'ghcr.io/x:1', undefined],
    ['of Docker Hub', { auths: { 'https://index.docker.io/v1/': { auth } } }, 'x:1', { kind: 'here' }],
    [
      'kept by a program',
      { credsStore: 'pass', auths: { 'quay.io': {} } },
      'quay.io/x',
      { program: 'docker-credential-pass', server: 'quay.io' },
    ],
    [
      'kept by a program for one',
      { credHelpers: { 'ghcr.io': 'gh' }, credsStore: 'pass' },
      'ghcr.io/x',
      { program: 'docker-credential-gh' },
    ],
  ])('%s', (_, config, image, expected) => {
    const keeping = keepingOf(config, image);
    if (expected === undefined) expect(keeping).toBeUndefined();
    else expect(keeping).toMatchObject(expected);
  });
});

test('progress of a fetch is a line for each tenth, however many chunks are told of', () => {
  const progress = pullProgress('x:1');
  const said = [
    progress.hear({ status: 'Pulling from x', id: '1' }),
    progress.hear({ status: 'Pulling fs layer', id: 'a' }),
    progress.hear({ status: 'Already exists', id: 'b' }),
    ...Array.from({ length: 1000 }, (_, index) =>
      progress.hear({
        status: 'Downloading',
        id: 'a',
        progressDetail: { current: (index + 1) * 20_000, total: 20_000_000 },
      }),
    ),
    progress.hear({ status: 'Pull complete', id: 'a' }),
    progress.hear({ status: 'Status: Downloaded newer image for x:1' }),
  ].filter((line) => line !== undefined);
  expect(said).toHaveLength(12);
  expect(said[0]).toBe('x:1: 1 of 2 layers');
  expect(said[1]).toBe('x:1: 0.0 of 20 MB, 1 of 2 layers');
  expect(said.at(-1)).toBe('x:1: 20 of 20 MB, 1 of 2 layers');
});

describe('what ldd prints', () => {
  test.each([
    [
      'glibc',
      `	linux-vdso.so.1 (0x00007fdc00c31000)
	libtinfo.so.6 => /lib/x86_64-linux-gnu/libtinfo.so.6 (0x00007fdc00aad000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fdc008cb000)
	/lib64/ld-linux-x86-64.so.2 (0x00007fdc00c33000)
`,
      {
        loader: '/lib64/ld-linux-x86-64.so.2',
        libraries: ['/lib/x86_64-linux-gnu/libtinfo.so.6', '/lib/x86_64-linux-gnu/libc.so.6'],
      },
    ],
    [
      'glibc on ARM',
      `	linux-vdso.so.1 (0x0000ffff9a1d0000)
	libc.so.6 => /lib/aarch64-linux-gnu/libc.so.6 (0x0000ffff99e00000)
	/lib/ld-linux-aarch64.so.1 (0x0000ffff9a193000)
`,
      { loader: '/lib/ld-linux-aarch64.so.1', libraries: ['/lib/aarch64-linux-gnu/libc.so.6'] },
    ],
    [
      'musl',
      `	/lib/ld-musl-x86_64.so.1 (0x7f1bb0a6c000)
	libreadline.so.8 => /usr/lib/libreadline.so.8 (0x7f1bb0919000)
	libc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f1bb0a6c000)
	libncursesw.so.6 => /usr/lib/libncursesw.so.6 (0x7f1bb08c1000)
`,
      {
        loader: '/lib/ld-musl-x86_64.so.1',
        libraries: ['/usr/lib/libreadline.so.8', '/usr/lib/libncursesw.so.6'],
      },
    ],
    [
      'a store of its own',
      `	linux-vdso.so.1 (0x00007ffd3d3f2000)
	libc.so.6 => /nix/store/abc-glibc-2.38/lib/libc.so.6 (0x00007f0000000000)
	/nix/store/abc-glibc-2.38/lib/ld-linux-x86-64.so.2 => /nix/store/abc-glibc-2.38/lib64/ld-linux-x86-64.so.2 (0x00007f0000000000)
`,
      {
        loader: '/nix/store/abc-glibc-2.38/lib64/ld-linux-x86-64.so.2',
        libraries: ['/nix/store/abc-glibc-2.38/lib/libc.so.6'],
      },
    ],
    ['a program that needs none', '', { libraries: [] }],
    ['one whose library is missing', '	libx.so.1 => not found\n', undefined],
  ])('%s', (_, text, expected) => {
    expect(parseLdd(text)).toEqual(expected);
  });
});

describe("the daemon's words about a container", () => {
  const state = {
    Status: 'exited',
    Running: false,
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: 0,
    ExitCode: 0,
    Error: '',
    StartedAt: '2026-11-24T06:00:00.1Z',
    FinishedAt: '2026-11-24T06:00:01.1Z',
  };
  const look = (parts: Partial<typeof state>) =>
    lookOf({
      Id: 'c1',
      Config: { Labels: { 'bit.token': 't' } } as unknown as Parameters<typeof lookOf>[0]['Config'],
      State: { ...state, ...parts },
    });

  test.each<readonly [string, Partial<typeof state>, object]>([
    ['exited', { ExitCode: 3 }, { runs: false, end: { exitCode: 3, oomKilled: false } }],
    [
      'ended by the kernel',
      { ExitCode: 137, OOMKilled: true },
      { runs: false, end: { exitCode: 137, oomKilled: true } },
    ],
    ['running', { Status: 'running', Running: true, FinishedAt: '0001-01-01T00:00:00Z' }, { runs: true }],
    ['paused', { Status: 'paused', Running: true, Paused: true }, { runs: true }],
  ])('%s', (_, parts, expected) => {
    expect(look(parts)).toMatchObject({ id: 'c1', token: 't', ...expected });
  });

  test('one that was made and never started has neither run nor ended', () => {
    expect(look({ Status: 'created', StartedAt: '0001-01-01T00:00:00Z' })).toEqual({
      id: 'c1',
      token: 't',
      runs: false,
    });
  });

  test.each([
    [
      '{"status":"die","id":"c","Type":"container","Action":"die","Actor":{"ID":"c","Attributes":{"bit.token":"t","exitCode":"0"}}}',
      't',
    ],
    ['{"status":"died","Type":"container","Actor":{"ID":"c","Attributes":{"bit.token":"t"}}}', 't'],
    [
      '{"status":"start","Type":"container","Action":"start","Actor":{"ID":"c","Attributes":{"bit.token":"t"}}}',
      undefined,
    ],
    ['{"Type":"container","Action":"die","Actor":{"ID":"c","Attributes":{}}}', undefined],
    ['half a li', undefined],
  ])('%s', (line, token) => {
    expect(endedToken(line)).toBe(token);
  });

  test('variables of an image, but for what is the same for every task', () => {
    const image = readVariables(['PATH=/opt/bin', 'A=b=c', 'EMPTY=', 'LANG=de_DE.UTF-8', '=odd']);
    expect(image).toEqual({ PATH: '/opt/bin', A: 'b=c', EMPTY: '', LANG: 'de_DE.UTF-8' });
    expect(taskVariables(image, { variables: { A: 'mine' } })).toEqual({
      PATH: '/opt/bin',
      A: 'mine',
      EMPTY: '',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
    });
  });
});
