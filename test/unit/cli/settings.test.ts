import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DiagnosticProblem } from '../../../src/cli/problem.ts';
import { readAmount } from '../../../src/cli/settings/forms.ts';
import { loadSettings, type SettingFlags } from '../../../src/cli/settings/settings.ts';
import type { Surroundings } from '../../../src/cli/verb.ts';
import { recordingTerminal } from './recording-terminal.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'bit-settings-'));
  mkdirSync(join(home, 'config', 'bitflow'), { recursive: true });
  mkdirSync(join(home, 'work'));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

const write = (path: string, text: string): void => writeFileSync(join(home, path), text);

function load(
  options: {
    readonly environment?: Record<string, string>;
    readonly flags?: SettingFlags;
    readonly profile?: string;
  } = {},
) {
  const terminal = recordingTerminal();
  const around: Surroundings = {
    global: { json: false, store: undefined, profile: options.profile, color: undefined, quiet: false },
    terminal,
    folder: join(home, 'work'),
    environment: {
      BIT_SYSTEM_CONFIG: join(home, 'system.toml'),
      XDG_CONFIG_HOME: join(home, 'config'),
      ...options.environment,
    },
    profilePlace: undefined,
  };
  return loadSettings(around, { beside: join(home, 'work'), ...(options.flags && { flags: options.flags }) });
}

const flag = (text: string) => ({ text, at: undefined });

describe('settings', () => {
  test('each layer is stronger than the one before it', async () => {
    const layers: (() => void)[] = [
      () => write('system.toml', 'cpus = 1'),
      () => write('config/bitflow/config.toml', 'cpus = 2'),
      () => write('work/bit.toml', 'cpus = 3\n[profile.big]\ncpus = 4'),
    ];
    expect((await load()).values.cpus).toBeUndefined();
    for (const [index, layer] of layers.entries()) {
      layer();
      expect((await load()).values.cpus).toBe(index + 1);
    }
    expect((await load({ profile: 'big' })).values.cpus).toBe(4);
    expect((await load({ environment: { BIT_PROFILE: 'big', BIT_CPUS: '5' } })).values.cpus).toBe(5);
    const all = await load({ profile: 'big', environment: { BIT_CPUS: '5' }, flags: { cpus: flag('6') } });
    expect(all.values.cpus).toBe(6);
    expect(all.said.cpus.map((said) => said.by.replace(home, '~'))).toEqual([
      '~/system.toml',
      '~/config/bitflow/config.toml',
      '~/work/bit.toml',
      '~/work/bit.toml [profile.big]',
      'BIT_CPUS',
      '--cpus',
    ]);
  });

  test("a profile of one's own is stronger than the plain settings beside the pipeline", async () => {
    write('config/bitflow/config.toml', '[profile.big]\ncpus = 32');
    write('work/bit.toml', 'cpus = 3');
    expect((await load({ profile: 'big' })).values.cpus).toBe(32);
  });

  test('paths are seen from the file that says them, or from the working directory', async () => {
    write('config/bitflow/config.toml', 'store = "../shared/store"');
    expect((await load()).values.store).toBe(join(home, 'config', 'shared', 'store'));
    expect((await load({ environment: { BIT_STORE: 'here' } })).values.store).toBe(join(home, 'work', 'here'));
    expect((await load()).values.outdir).toBe(join(home, 'work', 'results'));
  });

  test('an unknown name is said and ignored', async () => {
    const terminal = recordingTerminal();
    write('work/bit.toml', 'cpu = 3');
    const around: Surroundings = {
      global: { json: false, store: undefined, profile: undefined, color: undefined, quiet: false },
      terminal,
      folder: join(home, 'work'),
      environment: { BIT_SYSTEM_CONFIG: join(home, 'none'), XDG_CONFIG_HOME: join(home, 'config') },
      profilePlace: undefined,
    };
    expect((await loadSettings(around, { beside: join(home, 'work') })).values.cpus).toBeUndefined();
    expect(terminal.errors()).toContain('There is no setting `cpu`');
    expect(terminal.errors()).toContain('Did you mean `cpus`?');
  });

  test.each([
    ['memory = "8"', 'memory', 'memory', '8'],
    ['cpus = 0', 'cpus', 'cpus', '0'],
    ['on_error = "stop"', 'on_error', 'on_error', 'stop'],
    ['grace = "8 GB"', 'grace', 'grace', '8 GB'],
    ['cpus = [1, 2]', 'cpus', 'cpus', '[1,2]'],
  ])('%s is refused at its key', async (text, key, name, value) => {
    write('work/bit.toml', `# settings\n${text}\n`);
    const problem = await load().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(problem instanceof DiagnosticProblem)) throw new Error('it was taken');
    const [diagnostic] = problem.diagnostics;
    expect(diagnostic?.message).toContain(`\`${name}\` is `);
    expect(diagnostic?.message).toContain(`not \`${value}\``);
    expect(diagnostic?.at.source.text.slice(diagnostic.at.start, diagnostic.at.end)).toBe(key);
  });

  test('a file that is not TOML is refused at its line', async () => {
    write('work/bit.toml', 'cpus = 2\nmemory = = 3\n');
    const problem = await load().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(problem instanceof DiagnosticProblem)) throw new Error('it was taken');
    const [diagnostic] = problem.diagnostics;
    expect(diagnostic?.code).toBe('BIT5907');
    expect(diagnostic?.at.source.text.slice(diagnostic.at.start, diagnostic.at.end)).toBe('memory = = 3');
  });

  test('a profile that nobody wrote is an error that names the others', async () => {
    write('work/bit.toml', '[profile.cluster]\ncpus = 3');
    await expect(load({ profile: 'clustr' })).rejects.toMatchObject({
      diagnostics: [{ code: 'BIT5908', help: 'Did you mean `cluster`?' }],
    });
  });
});

test.each([
  ['8 GB', 8e9],
  ['8GB', 8e9],
  ['1.5 GiB', 1.5 * 1024 ** 3],
  ['1_000 B', 1000],
])('%s is %d bytes', (text, bytes) => {
  expect(readAmount(text, 'size')).toEqual({ ok: true, value: bytes });
});
