import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BuiltEnvironment, ResolvedEnvironment } from '../../../src/engine/ports/environments.ts';
import { explicitList, readRecord } from '../../../src/runners/environment/conda-records.ts';
import { condaHash, readCondaRequest } from '../../../src/runners/environment/conda-request.ts';
import { condaArguments, findCondaTool } from '../../../src/runners/environment/conda-tool.ts';
import { EnvironmentFailure, listEnvironments, pruneEnvironments } from '../../../src/runners/environment/index.ts';
import { type CondaLab, openCondaLab, pythonPackage } from '../../support/conda-lab.ts';
import { localEnvironments } from '../../support/local-environments.ts';
import { makeWheel } from '../../support/make-wheel.ts';
import { processOf } from '../../support/process-of.ts';

vi.setConfig({ testTimeout: 60_000 });

const path = process.env.PATH ?? '';
const { MAMBA_EXE, CONDA_EXE } = process.env;
delete process.env.MAMBA_EXE;
delete process.env.CONDA_EXE;
const root = realpathSync(mkdtempSync(join(tmpdir(), 'bit-conda-')));
let folder: string;
let lab: CondaLab;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'));
  lab = openCondaLab(folder, 'micromamba');
  process.env.PATH = `${lab.bin}:${path}`;
});
afterEach(() => {
  process.env.PATH = path;
});
afterAll(() => {
  rmSync(root, { recursive: true });
  if (MAMBA_EXE !== undefined) process.env.MAMBA_EXE = MAMBA_EXE;
  if (CONDA_EXE !== undefined) process.env.CONDA_EXE = CONDA_EXE;
});

const store = (): string => join(folder, 'store');
const open = () => localEnvironments(store(), { offline: false });
const wants = (conda: readonly string[], more: object = {}) => ({
  ...processOf({ language: 'bash', environment: { conda, ...more } }),
  folder,
});

async function resolve(process_: ReturnType<typeof wants>): Promise<ResolvedEnvironment> {
  const [one] = await open().resolve([process_]);
  if (one === undefined) throw new Error('nothing resolved');
  return one;
}

async function build(process_: ReturnType<typeof wants>, lines: string[] = []): Promise<BuiltEnvironment> {
  return open().build(await resolve(process_), (line) => lines.push(line));
}

const speak = (text: string): string => `#!/bin/sh\necho ${text}\n`;
const identityOf = (built: BuiltEnvironment, part: string): string | undefined =>
  built.identity.find(([name]) => name === part)?.[1];

describe('a conda environment', () => {
  test('is built once, is active without conda, and its package files with their digests are in the key', async () => {
    lab.addPackage('libtool', '2.0', { 'lib/libtool.txt': 'lib' });
    lab.addPackage(
      'measure',
      '1.19',
      {
        'bin/measure': '#!/bin/sh\necho "$MEASURE_DATA $CONDA_PREFIX"\n',
        'etc/conda/activate.d/measure.sh':
          'export MEASURE_DATA="$CONDA_PREFIX/share/it\'s here"\nexport PATH="$CONDA_PREFIX/extra:$PATH"\n',
        'share/where.txt': '/opt/placeholder/share\n',
      },
      ['libtool'],
    );
    const process_ = { ...wants(['measure =1.19']), ...{ command: processOf({ exec: ['measure'] }).command } };
    const unbuilt = await resolve(process_);
    expect(unbuilt).toMatchObject({ state: 'unbuilt', name: expect.stringMatching(/^conda [0-9a-f]{6} \(measure\)$/) });
    const lines: string[] = [];
    const [built, again] = await Promise.all([build(process_, lines), build(process_)]);
    expect(again).toEqual(built);
    expect(lab.calls()).toHaveLength(1);
    expect(lines).toContain('Linking measure-1.19-0');

    const home = built.activation.variables.CONDA_PREFIX ?? '';
    expect(home).toMatch(new RegExp(`^${store()}/conda-[0-9a-f]{16}$`));
    expect(built.activation.path).toEqual([join(home, 'extra'), join(home, 'bin')]);
    expect(built.activation.variables.MEASURE_DATA).toBe(join(home, "share/it's here"));
    expect(readFileSync(join(home, 'share/where.txt'), 'utf8')).toBe(`${home}/share\n`);
    expect(built.activation.programs.measure).toBe(join(home, 'bin/measure'));
    const lock = identityOf(built, 'conda') ?? '';
    expect(lock).toMatch(/^libtool-2\.0-0\.tar\.bz2 md5=[0-9a-f]{32}\nmeasure-1\.19-0\.tar\.bz2 md5=[0-9a-f]{32}\n$/);
    expect(lock).not.toContain(folder);
    expect(built.identity.filter(([part]) => part.startsWith('program'))).toEqual([]);
    expect(await listEnvironments(store())).toMatchObject([{ kind: 'conda', packages: ['measure =1.19'] }]);
  });

  test('that was removed comes back with the same package files, whatever the channel has by then', async () => {
    lab.addPackage('measure', '1.19', { 'bin/measure': speak('1.19') });
    const first = await build(wants(['measure']));
    lab.addPackage('measure', '1.20', { 'bin/measure': speak('1.20') });
    const { removed } = await pruneEnvironments(store(), { keep: new Set() });
    expect(removed).toHaveLength(1);
    expect(await build(wants(['measure']))).toEqual(first);
    const name = removed[0] ?? '';
    expect(lab.calls().at(-1)).toEqual([
      'create',
      '--yes',
      '--prefix',
      join(store(), name),
      '--file',
      join(store(), 'locked', `${name}.txt`),
    ]);
    expect(readFileSync(join(store(), 'locked', `${name}.txt`), 'utf8')).toMatch(
      /^@EXPLICIT\nfile:\/\/\S+measure-1\.19-0\.tar\.bz2#[0-9a-f]{32}\n$/,
    );
  });

  test('of a file is known by what the file says, and made anew when that changes', async () => {
    lab.addPackage('measure', '1.19', { 'bin/measure': speak('1.19') });
    lab.addPackage('count', '3', { 'bin/count': speak('3') });
    const file = (packages: readonly string[]): void =>
      writeFileSync(
        join(folder, 'environment.yml'),
        `channels:\n  - ${lab.channel}\ndependencies:\n${packages.map((name) => `  - ${name}\n`).join('')}`,
      );
    file(['measure']);
    const one = await build(wants(['environment.yml']));
    expect(lab.calls().at(-1)?.slice(-2)).toEqual(['--file', join(folder, 'environment.yml')]);
    expect(await resolve(wants(['environment.yml']))).toMatchObject({ state: 'ready' });
    file(['measure', 'count']);
    expect(await resolve(wants(['environment.yml']))).toMatchObject({ state: 'unbuilt' });
    const two = await build(wants(['environment.yml']));
    expect(identityOf(two, 'conda')).toContain(identityOf(one, 'conda'));
    expect(identityOf(two, 'conda')).toContain('count-3');
  });

  test("has what the file's `pip:` part brought in its key too, and gets it again", async () => {
    lab.addPackage('python', '3.11.99', pythonPackage());
    const wheel = makeWheel(folder, 'bitflow-sample', '1.2.0');
    const parts = [`channels:`, `  - ${lab.channel}`, 'dependencies:', '  - python', '  - pip:', `    - ${wheel}`, ''];
    writeFileSync(join(folder, 'environment.yml'), parts.join('\n'));
    const first = await build(wants(['environment.yml']));
    expect(identityOf(first, 'conda')).toMatch(
      /^python-3\.11\.99-0\.tar\.bz2 md5=\w{32}\nbitflow-sample==1\.2\.0 sha256=\w{64}\n$/,
    );
    const { removed } = await pruneEnvironments(store(), { keep: new Set() });
    expect(readFileSync(join(store(), 'locked', `${removed[0]}.txt`), 'utf8')).toMatch(
      /\n# pip bitflow-sample @ file:/,
    );
    expect(await build(wants(['environment.yml']))).toEqual(first);
  });

  test('that cannot be made leaves nothing behind and says what the tool said', async () => {
    const failure = await build(wants(['no-such-package'])).catch((error: unknown) => error);
    if (!(failure instanceof EnvironmentFailure)) throw failure;
    expect(failure.diagnostic).toMatchObject({
      code: 'BIT5031',
      message: expect.stringMatching(/micromamba:[\s\S]*no-such-package does not exist/),
      help: expect.stringContaining(join(store(), 'logs')),
    });
    expect(readdirSync(store()).filter((name) => name.startsWith('conda-'))).toEqual([]);
    expect(existsSync(join(store(), 'locked'))).toBe(false);
  });

  test('brings its own Python; `pip` packages are put over it and see what it has', async () => {
    lab.addPackage('python', '3.11.99', pythonPackage());
    const wheel = makeWheel(folder, 'bitflow-sample', '1.2.0');
    const lines: string[] = [];
    const process_ = { ...processOf({ language: 'python', environment: { conda: ['python'], pip: [wheel] } }), folder };
    const built = await build(process_, lines);
    const { CONDA_PREFIX = '', VIRTUAL_ENV = '' } = built.activation.variables;
    expect(built.name).toMatch(/^conda \w+ \(python\) \+ pip \w+ \(.*\)$/);
    expect(built.activation.path).toEqual([join(VIRTUAL_ENV, 'bin'), join(CONDA_PREFIX, 'bin')]);
    expect(readFileSync(join(VIRTUAL_ENV, 'pyvenv.cfg'), 'utf8')).toMatch(/include-system-site-packages = true/);
    expect(readFileSync(join(VIRTUAL_ENV, 'pyvenv.cfg'), 'utf8')).toContain(CONDA_PREFIX);
    expect(built.identity).toEqual([
      ['conda', expect.stringMatching(/^python-3\.11\.99-0\.tar\.bz2 md5=/)],
      ['python', expect.stringMatching(/^3\./)],
      ['pip', expect.stringMatching(/^bitflow-sample==1\.2\.0 sha256=[0-9a-f]{64}\n$/)],
    ]);
    const say = ['-c', 'import bitflow_sample; print(bitflow_sample.version)'];
    expect(execFileSync(built.activation.programs.python ?? '', say, { encoding: 'utf8' })).toBe('1.2.0\n');
    expect((await listEnvironments(store())).map(({ kind, python: version }) => [kind, version !== undefined])).toEqual(
      [
        ['conda', true],
        ['pip', true],
      ],
    );
  });
});

describe('what stands in the way is said before anything runs', () => {
  test('no tool at all', async () => {
    process.env.PATH = '/usr/bin:/bin';
    expect(await resolve(wants(['numpy']))).toMatchObject({
      state: 'missing',
      diagnostics: [
        {
          code: 'BIT5030',
          message: expect.stringContaining('conda: ["numpy"]'),
          help: expect.stringContaining('micromamba'),
        },
      ],
    });
    expect(await resolve(wants(['numpy'], { system: ['bash'] }))).toMatchObject({ state: 'ready' });
  });

  test.each([
    ['a file that is not there', ['environment.yml'], /environment\.yml is not there/],
    ['a file beside packages', ['environment.yml', 'numpy'], /stands beside other entries/],
    ['an option', ['--update-all'], /`--update-all` is no package/],
    ['an empty list', [], /the list is empty/],
  ])('%s', async (_what, entries, message) => {
    expect(await resolve(wants(entries))).toMatchObject({
      diagnostics: [{ code: 'BIT5032', message: expect.stringMatching(message) }],
    });
  });
});

describe('which tool, and with which words', () => {
  test('micromamba before mamba before conda; what the shell names counts', () => {
    const bins = (['micromamba', 'mamba', 'conda'] as const).map(
      (kind) => [kind, openCondaLab(folder, kind).bin] as const,
    );
    const [micromamba = '', mamba = '', conda = ''] = bins.map(([, bin]) => bin);
    expect(findCondaTool({ PATH: `${conda}:${mamba}:${micromamba}` })).toMatchObject({ kind: 'micromamba' });
    expect(findCondaTool({ PATH: `${conda}:${mamba}` })).toMatchObject({ kind: 'mamba' });
    expect(findCondaTool({ PATH: '', CONDA_EXE: join(conda, 'conda') })).toEqual({
      kind: 'conda',
      program: join(conda, 'conda'),
    });
    expect(findCondaTool({ PATH: conda, MAMBA_EXE: join(mamba, 'mamba') })).toMatchObject({ kind: 'mamba' });
    expect(findCondaTool({ PATH: '/nowhere' })).toBeUndefined();
  });

  test.each(['mamba', 'conda'] as const)('%s makes lists, files and recorded lists too', async (kind) => {
    const other = openCondaLab(folder, kind);
    process.env.PATH = `${other.bin}:/usr/bin:/bin`;
    lab.addPackage('measure', '1.19', { 'bin/measure': speak('1.19') });
    const first = await build(wants(['measure']));
    await pruneEnvironments(store(), { keep: new Set() });
    expect(await build(wants(['measure']))).toEqual(first);
    writeFileSync(join(folder, 'env.yaml'), `channels:\n  - ${lab.channel}\ndependencies:\n  - measure\n`);
    expect(identityOf(await build(wants(['env.yaml'])), 'conda')).toBe(identityOf(first, 'conda'));
    expect(other.calls().map((words) => words.slice(0, 2).join(' '))).toEqual([
      'create --yes',
      'create --yes',
      'env create',
    ]);
  });

  test('a list says its channels in full, and offline is handed on', () => {
    const request = { kind: 'specs', specs: ['python=3.11', 'bioconda::samtools=1.19'] } as const;
    expect(condaArguments('micromamba', request, { prefix: '/p', offline: true })).toEqual(
      'create --yes --prefix /p --offline --override-channels --channel conda-forge --channel bioconda python=3.11 bioconda::samtools=1.19'.split(
        ' ',
      ),
    );
  });

  test('the order of a list does not matter, its content does', () => {
    const hash = (specs: readonly string[]) => {
      const request = readCondaRequest(specs, folder);
      return request.kind === 'wrong' ? request.why : condaHash(request);
    };
    expect(hash(['a', ' b  =2'])).toBe(hash(['b =2', 'a']));
    expect(hash(['a'])).not.toBe(hash(['b']));
  });
});

test("records of all tools are read; a channel's password is not written down", () => {
  const record = readRecord(
    JSON.stringify({
      name: 'samtools',
      version: '1.19',
      build: 'h50ea8bc_0',
      fn: 'samtools-1.19-h50ea8bc_0.tar.bz2',
      url: 'https://me:secret@lab.org/t/abc/bioconda/linux-64/samtools-1.19-h50ea8bc_0.tar.bz2',
      md5: '0123',
      depends: ['htslib >=1.19', 'libgcc-ng'],
    }),
  );
  if (record === undefined) throw new Error('no record');
  expect(explicitList([record])).toBe(
    '@EXPLICIT\nhttps://lab.org/bioconda/linux-64/samtools-1.19-h50ea8bc_0.tar.bz2#0123\n',
  );
  expect(readRecord('{"env_vars": {}}')).toBeUndefined();
});
