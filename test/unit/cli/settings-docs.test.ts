import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { placementOf } from '../../../src/cli/settings/placement.ts';
import { processKeys } from '../../../src/cli/settings/process-table.ts';
import { loadSettings } from '../../../src/cli/settings/settings.ts';
import { settingNames, settingTable } from '../../../src/cli/settings/table.ts';
import { recordingTerminal } from './recording-terminal.ts';

const read = (page: string): string =>
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../../../docs', page), 'utf8');
const docs = read('settings.md');
const files = [...(docs + read('containers-and-clusters.md')).matchAll(/^```toml.*\n([\s\S]*?)^```$/gmu)].map(
  ([, text = '']) => text,
);
const folder = mkdtempSync(join(tmpdir(), 'bit-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load(text: string, profile: string | undefined) {
  const terminal = recordingTerminal();
  writeFileSync(join(folder, 'bit.toml'), text);
  mkdirSync(join(folder, 'home'), { recursive: true });
  const settings = await loadSettings(
    {
      global: { json: false, store: undefined, profile, color: undefined, quiet: false },
      terminal,
      folder,
      environment: { BIT_SYSTEM_CONFIG: join(folder, 'none.toml'), XDG_CONFIG_HOME: join(folder, 'home') },
      profilePlace: undefined,
    },
    { beside: folder },
  );
  return { ...placementOf(settings), told: terminal.errors() };
}

describe('docs/settings.md', () => {
  test('every file in it, and in the page on clusters, is read without a word, under each of its profiles', async () => {
    expect(files.length).toBeGreaterThan(1);
    for (const text of files) {
      const profiles = new Set([...text.matchAll(/^\[profile\.(\w+)/gmu)].map(([, name]) => name));
      for (const profile of [undefined, ...profiles]) expect((await load(text, profile)).told).toBe('');
    }
  });

  test('the facility sends small steps, heavy ones and everything where it says', async () => {
    const facility = files.find((text) => text.includes('facility')) ?? '';
    const rename = { name: 'rename', labels: [] };
    const fit = { name: 'fit', labels: ['heavy'] };
    const segment = { name: 'segment', labels: ['heavy', 'gpu'] };
    const plain = await load(facility, undefined);
    expect(plain.runner).toBe('local');
    expect([rename, fit, segment].map(plain.settingsOf)).toEqual([
      {},
      { runner: 'slurm', memoryBytes: 64e9, seconds: 7200, retry: 1 },
      {
        runner: 'slurm',
        memoryBytes: 64e9,
        seconds: 7200,
        retry: 1,
        cpus: 16,
        gpus: 1,
        queue: 'gpu',
        extra: ['--constraint=a100|h100'],
        modules: ['cuda/12.4'],
      },
    ]);
    expect(plain.slurm).toMatchObject({ account: 'imaging', queue: 'short', scratch: '$TMPDIR', shared: true });
    expect(plain.docker).toEqual({ registry: 'registry.facility.org/mirror' });

    const cluster = await load(facility, 'cluster');
    expect(cluster.runner).toBe('slurm');
    expect(cluster.slurm).toMatchObject({ account: 'imaging', qos: 'batch', maxTasks: 20_000 });
    expect(cluster.settingsOf(rename)).toEqual({ defaultContainer: 'facility/tools:4' });
    expect(cluster.settingsOf(segment).runner).toBe('slurm');

    const workstation = await load(facility, 'workstation');
    expect([rename, fit, segment].map((process) => workstation.settingsOf(process).runner)).toEqual([
      'docker',
      'docker',
      'docker',
    ]);
    expect(workstation.settingsOf(segment)).toMatchObject({ cpus: 4, gpus: 0, memoryBytes: 8e9 });
  });

  test('every setting is in its table with what is built in, and every key of a process', () => {
    const rows = docs.split('\n').filter((line) => line.startsWith('| `'));
    const namesIn = (row: string): string[] =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/gu)].map(([, name = '']) => name);
    for (const name of settingNames) {
      const row = rows.find((one) => namesIn(one).includes(name));
      expect(row, name).toBeDefined();
      const { builtIn } = settingTable[name];
      expect(row?.split('|')[2]?.trim(), name).toBe(builtIn === undefined ? '' : `\`${builtIn}\``);
    }
    const documented = new Set(rows.flatMap(namesIn));
    expect([...documented].sort()).toEqual([...new Set<string>([...settingNames, ...processKeys])].sort());
  });
});
