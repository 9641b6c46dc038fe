import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ResolvedEnvironment } from '../../../src/engine/ports/environments.ts';
import type { ProcessSettings } from '../../../src/engine/ports/process-settings.ts';
import type { RunnerName } from '../../../src/engine/ports/runner.ts';
import type { Environment } from '../../../src/parser/index.ts';
import {
  type ContainerImages,
  EnvironmentFailure,
  listEnvironments,
  openEnvironments,
  type Place,
  pruneEnvironments,
} from '../../../src/runners/environment/index.ts';
import { whileOwning } from '../../../src/runners/environment/owned-lock.ts';
import { bootId } from '../../../src/util/process-table.ts';
import { localEnvironments } from '../../support/local-environments.ts';
import { makeWheel } from '../../support/make-wheel.ts';
import { processOf } from '../../support/process-of.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bit-environments-')));
const path = process.env.PATH ?? '';
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  process.env.PATH = path;
});

const open = (name: string, offline = true) => localEnvironments(join(folder, name), { offline });

async function resolveOne(options: Parameters<typeof processOf>[0], name = 'store'): Promise<ResolvedEnvironment> {
  const [resolved] = await open(name).resolve([processOf(options)]);
  if (resolved === undefined) throw new Error('nothing resolved');
  return resolved;
}

/** A program that says a version and counts how often it was asked. */
function program(name: string, says: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/sh\necho asked >>'${join(folder, `${name}.asked`)}'\n${says}\n`);
  chmodSync(join(bin, name), 0o755);
  process.env.PATH = `${bin}:${path}`;
  return join(bin, name);
}

const asked = (name: string): number =>
  existsSync(join(folder, `${name}.asked`))
    ? readFileSync(join(folder, `${name}.asked`), 'utf8').split('\n').length - 1
    : 0;

describe('what this machine has', () => {
  test('bash, with its version in the key', async () => {
    const resolved = await resolveOne({ language: 'bash' });
    expect(resolved).toMatchObject({
      state: 'ready',
      diagnostics: [],
      identity: [['bash', expect.stringMatching(/^\d+\.\d+/)]],
    });
  });

  test('Python is the binary itself, never a shim', async () => {
    const resolved = await resolveOne({ language: 'python' });
    if (resolved.state !== 'ready') throw new Error(resolved.state);
    expect(resolved.activation.programs.python).not.toContain('shims');
    expect(resolved.identity).toEqual([['python', expect.stringMatching(/^3\.\d+\.\d+/)]]);
  });

  test('a program is asked once, until its file changes', async () => {
    program('measure', 'echo measure 2.1.0');
    const options = { language: 'bash', environment: { system: ['measure >=2'] } };
    const first = await resolveOne(options);
    expect(first).toMatchObject({
      state: 'ready',
      identity: [
        ['program measure', 'measure 2.1.0'],
        ['bash', expect.anything()],
      ],
    });
    expect(first).toMatchObject({
      activation: { path: [join(folder, 'bin')], programs: { measure: join(folder, 'bin/measure') } },
    });
    await resolveOne(options);
    expect(asked('measure')).toBe(1);
    program('measure', 'echo measure 2.2.0-beta');
    expect(await resolveOne(options)).toMatchObject({
      identity: [
        ['program measure', 'measure 2.2.0-beta'],
        ['bash', expect.anything()],
      ],
    });
    expect(asked('measure')).toBe(2);
  });

  test("somebody's own script as the program of `exec` is not started: its content stands for it", async () => {
    program('own-tool', 'echo version 1.0; rm -rf everything');
    const one = await resolveOne({ exec: ['own-tool', '--flag'] });
    expect(one).toMatchObject({ state: 'ready', identity: [['program own-tool', expect.stringMatching(/^blake3:/)]] });
    expect(asked('own-tool')).toBe(0);
    program('own-tool', 'echo changed');
    expect(await resolveOne({ exec: ['own-tool', '--flag'] })).not.toMatchObject({
      identity: one.state === 'ready' ? one.identity : [],
    });
  });

  test('variables are in the key, secrets are handed over and are not', async () => {
    process.env.BIT_TEST_PASSWORD = 'hunter2';
    const resolved = await resolveOne({
      language: 'bash',
      environment: { variables: [{ name: 'MODE', value: 'a' }], secrets: ['BIT_TEST_PASSWORD'] },
    });
    delete process.env.BIT_TEST_PASSWORD;
    expect(resolved).toMatchObject({
      identity: [
        ['bash', expect.anything()],
        ['variable MODE', 'a'],
      ],
      activation: { variables: { MODE: 'a', BIT_TEST_PASSWORD: 'hunter2' }, secrets: ['BIT_TEST_PASSWORD'] },
    });
    expect(JSON.stringify(resolved.state === 'ready' ? resolved.identity : '')).not.toContain('hunter2');
  });
});

describe('what it does not have is said before anything runs, with what to do', () => {
  test.each([
    ['an interpreter', { language: 'julia' }, 'BIT5001', /no `julia` on this machine/],
    ['a program of exec', { exec: ['no-such-tool'] }, 'BIT5002', /needs the program `no-such-tool`/],
    [
      'a program of system',
      { language: 'bash', environment: { system: ['no-such-tool >=1'] } },
      'BIT5002',
      /needs the program `no-such-tool`/,
    ],
    [
      'a version',
      { language: 'bash', environment: { system: ['bash >=99'] } },
      'BIT5003',
      /needs `bash >=99`, and this machine has \d/,
    ],
    ['sense', { language: 'bash', environment: { system: ['bash latest please'] } }, 'BIT5004', /bash latest please/],
    [
      'a Python',
      { language: 'python', environment: { python: '2.9' } },
      'BIT5005',
      /needs Python 2\.9, and this machine has 3\./,
    ],
    [
      'a container',
      { language: 'bash', environment: { container: 'example.org/x:1' } },
      'BIT5006',
      /only in a container \(`example.org\/x:1`\)/,
    ],
    [
      'conda',
      { language: 'bash', environment: { conda: ['numpy'] } },
      'BIT5030',
      /none of micromamba, mamba and conda/,
    ],
    ['a secret', { language: 'bash', environment: { secrets: ['BIT_TEST_ABSENT'] } }, 'BIT5007', /BIT_TEST_ABSENT/],
  ])('%s', async (_what, options, code, message) => {
    process.env.PATH = '/usr/bin:/bin';
    const resolved = await resolveOne(options);
    expect(resolved.state).toBe('missing');
    expect(resolved.diagnostics).toHaveLength(1);
    expect(resolved.diagnostics[0]).toMatchObject({
      code,
      message: expect.stringMatching(message),
      help: expect.stringMatching(/\w/),
    });
  });

  test('where several ways are listed, the one that this machine can do is used', async () => {
    const resolved = await resolveOne({
      language: 'bash',
      environment: { container: 'example.org/x:1', conda: ['x'], system: ['bash'] },
    });
    expect(resolved.state).toBe('ready');
  });
});

describe('where a process runs decides which of its ways is used', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  const images: ContainerImages = {
    find: async (name) => ({ state: 'here', digest, image: `/images/${name}` }),
    fetch: () => Promise.reject(new Error('it is here')),
  };
  const where = async (
    runner: RunnerName,
    environment: Partial<Environment>,
    of: { readonly settings?: ProcessSettings; readonly images?: ContainerImages } = {},
  ): Promise<ResolvedEnvironment> => {
    const place = (name: RunnerName) => async (): Promise<Place> => ({
      runner: name,
      ...(of.images === undefined ? {} : { images: of.images }),
      check: async () => [],
    });
    const [one] = await openEnvironments({
      folder: join(folder, 'ways'),
      offline: true,
      runner,
      settingsOf: () => of.settings ?? {},
      places: { docker: place('docker'), slurm: place('slurm') },
    }).resolve([processOf({ language: 'bash', environment })]);
    if (one === undefined) throw new Error('nothing resolved');
    return one;
  };
  const several = { container: 'lab/tool:1', system: ['bash'] } as const;

  test('a container where one can be run, else what the machine has', async () => {
    expect(await where('docker', several, { images })).toMatchObject({ name: 'container lab/tool:1' });
    expect(await where('slurm', several, { images })).toMatchObject({
      name: 'container lab/tool:1',
      identity: [['container', digest]],
      activation: { path: [], container: { image: '/images/lab/tool:1' } },
    });
    expect(await where('slurm', several)).toMatchObject({ name: 'system', runner: 'slurm' });
    expect(await where('local', several, { images })).toMatchObject({ name: 'system', runner: 'local' });
  });

  test('the container that the site names comes before its own', async () => {
    const settings = { container: 'site/tool:2', containerOptions: ['--shm-size=1g'] };
    expect(await where('slurm', several, { images, settings })).toMatchObject({
      name: 'container site/tool:2',
      activation: { container: { options: ['--shm-size=1g'] } },
    });
  });

  test.each([
    ['local', /tasks of this machine run without one/, /--runner docker.*--runner slurm.*`conda` or `pip`/],
    ['slurm', /no Apptainer \(or Singularity\) in `PATH`/, /Apptainer.*--runner docker.*`conda` or `pip`/],
  ] as const)('only a container, and none can be run: %s', async (runner, message, help) => {
    expect(await where(runner, { container: 'lab/tool:1' })).toMatchObject({
      state: 'missing',
      diagnostics: [{ code: 'BIT5006', message: expect.stringMatching(message), help: expect.stringMatching(help) }],
    });
  });

  test('what the site says of containers does not keep a process from running here', async () => {
    const settings = { container: 'site/tool:2' };
    expect(await where('local', {}, { settings })).toMatchObject({ name: 'system' });
    expect(await where('slurm', {}, { settings })).toMatchObject({ diagnostics: [{ code: 'BIT5006' }] });
    expect(await where('slurm', {}, { settings: { defaultContainer: 'site/tool:2' } })).toMatchObject({
      name: 'system',
    });
  });

  test('conda and modules that this machine lacks are passed over where there is another way, and said where there is none', async () => {
    vi.stubEnv('PATH', '/usr/bin:/bin');
    expect(await where('local', { conda: ['x'], system: ['bash'] })).toMatchObject({ name: 'system' });
    expect(await where('local', { container: 'lab/tool:1', conda: ['x'] })).toMatchObject({
      diagnostics: [{ code: 'BIT5030' }],
    });
    vi.unstubAllEnvs();
  });

  test('nothing but a container will do with Docker', async () => {
    expect(await where('docker', { system: ['bash'] }, { images })).toMatchObject({
      diagnostics: [{ code: 'BIT5010' }],
    });
  });
});

describe('pip', () => {
  let wheel: string;
  let wheelhouse: string;
  beforeAll(() => {
    wheelhouse = join(folder, 'wheels');
    mkdirSync(wheelhouse);
    wheel = makeWheel(wheelhouse, 'bitflow-sample', '1.2.0');
  });
  const needs = (packages: readonly string[]) => ({ language: 'python', environment: { pip: packages } });

  test('one environment per list: built once by all who ask at once, also from other processes', async () => {
    const lines: string[] = [];
    const environments = open('pip');
    const [unbuilt] = await environments.resolve([processOf(needs([wheel]))]);
    if (unbuilt === undefined) throw new Error('nothing');
    expect(unbuilt).toMatchObject({ state: 'unbuilt', name: expect.stringMatching(/^pip [0-9a-f]{6}/) });
    const others = Array.from({ length: 2 }, () =>
      spawn(process.execPath, [buildElsewhere, join(folder, 'pip'), wheel], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const [built, again, ...told] = await Promise.all([
      environments.build(unbuilt, (line) => lines.push(line)),
      environments.build(unbuilt, () => {}),
      ...others.map(async (other) => (await other.stdout.toArray()).join('')),
    ]);
    expect(built).toEqual(again);
    for (const text of told) expect(JSON.parse(text)).toEqual(built.identity);
    expect(
      readFileSync(join(folder, 'pip/logs', readdirSync(join(folder, 'pip/logs'))[0] ?? ''), 'utf8').match(
        /Successfully installed/g,
      ),
    ).toHaveLength(1);
    expect(built.identity).toEqual([
      ['python', expect.stringMatching(/^3\./)],
      ['pip', expect.stringMatching(/^bitflow-sample==1\.2\.0 sha256=[0-9a-f]{64}\n$/)],
    ]);
    expect(
      execFileSync(
        built.activation.programs.python ?? '',
        ['-c', 'import bitflow_sample; print(bitflow_sample.version)'],
        { encoding: 'utf8' },
      ),
    ).toBe('1.2.0\n');
    expect(await environments.resolve([processOf(needs([wheel]))])).toMatchObject([
      { state: 'ready', identity: built.identity },
    ]);
    expect((await listEnvironments(join(folder, 'pip'))).map(({ packages }) => packages)).toEqual([[wheel]]);

    // Another store, another machine: the same versions are the same environment.
    const elsewhere = open('pip-elsewhere');
    const [there] = await elsewhere.resolve([processOf(needs([wheel]))]);
    if (there === undefined) throw new Error('nothing');
    expect((await elsewhere.build(there, () => {})).identity).toEqual(built.identity);

    const { removed } = await pruneEnvironments(join(folder, 'pip'), { keep: new Set() });
    expect(removed).toHaveLength(1);
    expect(await environments.resolve([processOf(needs([wheel]))])).toMatchObject([{ state: 'unbuilt' }]);
  }, 60_000);

  test("what cannot be installed leaves nothing behind, and shows the installer's last words", async () => {
    const environments = open('pip-broken');
    const [unbuilt] = await environments.resolve([processOf(needs(['no-such-package-here ==9']))]);
    if (unbuilt === undefined) throw new Error('nothing');
    const failure = await environments.build(unbuilt, () => {}).catch((error: unknown) => error);
    if (!(failure instanceof EnvironmentFailure)) throw failure;
    expect(failure.diagnostic).toMatchObject({
      code: 'BIT5008',
      message: expect.stringMatching(/no-such-package-here/),
      help: expect.stringContaining(join(folder, 'pip-broken/logs')),
    });
    expect(await listEnvironments(join(folder, 'pip-broken'))).toEqual([]);
    expect(readdirSync(join(folder, 'pip-broken')).filter((name) => name.startsWith('pip-'))).toEqual([]);
  }, 60_000);
});

describe('a lock', () => {
  test('of an owner that is gone is taken over', async () => {
    const file = join(folder, 'a.lock');
    writeFileSync(file, `${execFileSync('hostname', { encoding: 'utf8' }).trim()} ${bootId()} 999999999 1\n`);
    expect(await whileOwning(file, { onWait: () => {} }, async () => 'done')).toBe('done');
    expect(existsSync(file)).toBe(false);
  });

  test('of an owner on another host is waited for while there are signs of it, and no longer', async () => {
    const file = join(folder, 'c.lock');
    writeFileSync(file, `node7 ${bootId()} 999999999 1\n`);
    const begun = performance.now();
    let beats = 0;
    const beating = setInterval(() => {
      const time = new Date(1_000_000_000_000 + ++beats);
      if (beats <= 5) utimesSync(file, time, time);
    }, 100);
    const hosts: string[] = [];
    const done = await whileOwning(
      file,
      { onWait: ({ host }) => hosts.push(host), silentMilliseconds: 1000 },
      async () => performance.now() - begun,
    );
    clearInterval(beating);
    expect(done).toBeGreaterThan(1400);
    expect(hosts).toEqual(['node7']);
    expect(existsSync(file)).toBe(false);
  });

  test('lets one in at a time, and the next after a failure too', async () => {
    const file = join(folder, 'b.lock');
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = whileOwning(file, { onWait: () => {} }, async () => {
      seen.push('first in');
      await gate.promise;
      seen.push('first out');
      throw new Error('failed');
    });
    const second = whileOwning(file, { onWait: () => gate.resolve() }, async () => void seen.push('second in'));
    await expect(first).rejects.toThrow('failed');
    await second;
    expect(seen).toEqual(['first in', 'first out', 'second in']);
  });
});

const buildElsewhere = fileURLToPath(new URL('../../support/build-environment.ts', import.meta.url));
