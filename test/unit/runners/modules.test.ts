import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProcessSettings } from '../../../src/engine/ports/process-settings.ts';
import { openEnvironments } from '../../../src/runners/environment/index.ts';
import { moduleErrors } from '../../../src/runners/environment/module-errors.ts';
import { findModules, loadModules, readAvailable } from '../../../src/runners/environment/modules.ts';
import { processOf } from '../../support/process-of.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 300_000 });

/** Both commands, as Debian ships them, beside each other. */
const commands = join(process.env.BIT_TEST_STATE ?? '/tmp/bit-test-daemons', 'module-commands');
const homes = {
  'Environment Modules': join(commands, 'environment-modules/usr/share/modules'),
  Lmod: join(commands, 'lmod/usr/share/lmod/lmod'),
} as const;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bit-modules-')));
const files = join(folder, 'modulefiles');
const tool = (version: string): string => join(folder, 'tools', version);

beforeAll(() => {
  const script = fileURLToPath(new URL('../../support/module-commands.sh', import.meta.url));
  execFileSync(script, [commands], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const version of ['1.0', '2.0']) {
    mkdirSync(join(tool(version), 'bin'), { recursive: true });
    // Like many programs of clusters, it does not start without what its module sets.
    const text = `#!/bin/sh\n[ -n "$LD_LIBRARY_PATH" ] || exit 127\necho "measure ${version}"\n`;
    writeFileSync(join(tool(version), 'bin/measure'), text);
    chmodSync(join(tool(version), 'bin/measure'), 0o755);
    write(`measure/${version}`, [
      `prepend-path PATH ${tool(version)}/bin`,
      `prepend-path LD_LIBRARY_PATH ${tool(version)}/lib`,
      `setenv MEASURE_HOME "${tool(version)}/with space"`,
    ]);
  }
  write('needy/1', ['prereq absent']);
  write('broken/1', ['error-of-this-file now']);
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, lines: readonly string[]): void {
  mkdirSync(join(files, name, '..'), { recursive: true });
  writeFileSync(join(files, name), ['#%Module1.0', ...lines, ''].join('\n'));
}

describe.each(['Environment Modules', 'Lmod'] as const)('with %s', (kind) => {
  const surroundings = { MODULESHOME: homes[kind], MODULEPATH: files, USER: 'someone' };

  test('modules are loaded once, and what they set is what tasks get', async () => {
    expect(await loadModules(['measure/1.0'], surroundings)).toEqual({
      state: 'loaded',
      names: ['measure/1.0'],
      change: expect.objectContaining({
        path: [join(tool('1.0'), 'bin')],
        variables: { LD_LIBRARY_PATH: join(tool('1.0'), 'lib'), MEASURE_HOME: join(tool('1.0'), 'with space') },
      }),
    });
    expect(await loadModules(['measure'], surroundings)).toMatchObject({ names: ['measure/2.0'] });
  });

  test.each([
    ['measur', 'unknown'],
    ['measure/3.0', 'unknown'],
    ['--force', 'unknown'],
    ['needy/1', 'other'],
    ['broken', 'other'],
  ])('%s does not load: %s', async (module, cause) => {
    const failed = await loadModules(['measure/1.0', module], surroundings);
    expect(failed).toMatchObject({ state: 'failed', module, cause });
    if (failed.state !== 'failed' || module === '--force') return;
    expect(failed.said.join('\n')).toMatch(/\w/);
    if (cause === 'unknown') expect(failed.known).toEqual(expect.arrayContaining(['measure/1.0', 'measure/2.0']));
  });

  test('doctor knows which one it is', async () => {
    expect(await findModules(surroundings)).toMatchObject({ kind, modules: 4, init: join(homes[kind], 'init/bash') });
  });
});

test('where there is no module command, that is the answer; what a removed package left behind is none', async () => {
  expect(await loadModules(['measure'], {}, [])).toEqual({ state: 'none' });
  writeFileSync(join(folder, 'left.sh'), '. /nowhere/init/bash\n');
  expect(await loadModules(['measure'], {}, [join(folder, 'left.sh')])).toEqual({ state: 'none' });
  const at = processOf({}).span;
  const { code, help } = moduleErrors.none(at, { process: 'p', value: '["x"]', install: 'Install it with `x`.' });
  expect(code).toBe('BIT5033');
  expect(help).toContain('or: install it with `x`.');
});

describe('a process with modules', () => {
  beforeEach(() => {
    vi.stubEnv('MODULESHOME', homes.Lmod);
    vi.stubEnv('MODULEPATH', files);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  const resolve = async (options: Parameters<typeof processOf>[0], settings: ProcessSettings = {}) => {
    const environments = openEnvironments({
      folder: join(folder, 'store'),
      offline: true,
      runner: 'local',
      settingsOf: () => settings,
      places: { docker: () => Promise.reject(new Error()), slurm: () => Promise.reject(new Error()) },
    });
    const [one] = await environments.resolve([processOf(options)]);
    if (one === undefined) throw new Error('nothing resolved');
    return one;
  };

  test('finds its programs there first, and starts them with what the modules set', async () => {
    const resolved = await resolve({
      language: 'bash',
      environment: { modules: ['measure/1.0'], system: ['measure >=1'] },
    });
    expect(resolved).toMatchObject({
      state: 'ready',
      name: 'modules measure/1.0',
      activation: {
        path: [join(tool('1.0'), 'bin')],
        variables: { LD_LIBRARY_PATH: join(tool('1.0'), 'lib') },
        programs: { measure: join(tool('1.0'), 'bin/measure') },
      },
    });
    if (resolved.state !== 'ready') return;
    expect(resolved.identity.slice(0, 3)).toEqual([
      ['modules', 'measure/1.0'],
      ['modules set', expect.stringContaining('LD_LIBRARY_PATH')],
      ['program measure', 'measure 1.0'],
    ]);
  });

  test('gets those that the site names for it instead of its own', async () => {
    const resolved = await resolve(
      { exec: ['measure'], environment: { modules: ['measure/1.0'] } },
      { modules: ['measure/2.0'] },
    );
    expect(resolved).toMatchObject({
      state: 'ready',
      activation: { programs: { measure: join(tool('2.0'), 'bin/measure') } },
    });
  });

  test('is told what is wrong before anything runs', async () => {
    expect(await resolve({ language: 'bash', environment: { modules: ['measure/3.0'] } })).toMatchObject({
      diagnostics: [{ code: 'BIT5034', help: 'There is `measure/1.0`, `measure/2.0`.' }],
    });
    expect(await resolve({ language: 'bash', environment: { modules: ['mesure'] } })).toMatchObject({
      diagnostics: [{ code: 'BIT5034', help: expect.stringContaining('`measure`') }],
    });
    expect(await resolve({ language: 'bash', environment: { modules: ['needy'] } })).toMatchObject({
      diagnostics: [{ code: 'BIT5035', message: expect.stringContaining('absent') }],
    });
  });
});

test('what `module -t avail` prints is read, of both kinds', () => {
  const text =
    '/usr/share/modules/modulefiles:\ndot\ngcc/12.3(default)\nuse.own\n\n/opt/mods:\ngcc/\ngcc/13.1(L)\nmeasure/1.0\n';
  expect(readAvailable(text)).toEqual(['dot', 'gcc/12.3', 'use.own', 'gcc/13.1', 'measure/1.0']);
});
