import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DiagnosticProblem } from '../../../src/cli/problem.ts';
import { placementOf } from '../../../src/cli/settings/placement.ts';
import { loadSettings } from '../../../src/cli/settings/settings.ts';
import { renderAll } from '../../../src/diagnostics/render.ts';
import { recordingTerminal } from './recording-terminal.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'bit-settings-'));
  mkdirSync(join(home, 'config', 'bitflow'), { recursive: true });
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

const write = (path: string, text: string): void => writeFileSync(join(home, path), text);

async function load(options: { readonly environment?: Record<string, string>; readonly profile?: string } = {}) {
  const terminal = recordingTerminal();
  const settings = await loadSettings(
    {
      global: { json: false, store: undefined, profile: options.profile, color: undefined, quiet: false },
      terminal,
      folder: home,
      environment: {
        BIT_SYSTEM_CONFIG: join(home, 'system.toml'),
        XDG_CONFIG_HOME: join(home, 'config'),
        ...options.environment,
      },
      profilePlace: undefined,
    },
    { beside: home },
  );
  return { ...placementOf(settings), values: settings.values, said: settings.said, told: terminal.errors() };
}

const segment = { name: 'segment', labels: ['heavy', 'gpu'] };

describe('[slurm] and [docker]', () => {
  test('are built in as the documentation says', async () => {
    const { runner, docker, slurm } = await load();
    expect({ runner, docker, slurm }).toEqual({
      runner: 'local',
      docker: {},
      slurm: { extra: [], packSeconds: 300, maxTasks: 5000, lateFilesSeconds: 120, shared: false },
    });
  });

  test('are tables in files, and variables with their name in front', async () => {
    write(
      'bit.toml',
      `[docker]
host = "unix:///run/podman/podman.sock"
registry = "registry.lab.org/mirror"
[slurm]
queue = "short"
account = "lab"
qos = "normal"
constraint = "avx512"
reservation = "course"
extra = ["--mail-type=FAIL", "--comment=two words"]
pack = "0 s"
scratch = "$TMPDIR/bit"
max_tasks = 200
late_files = "1 min"
shared = true
[profile.night.slurm]
account = "night"
`,
    );
    const { docker, slurm } = await load();
    expect(docker).toEqual({ host: 'unix:///run/podman/podman.sock', registry: 'registry.lab.org/mirror' });
    expect(slurm).toEqual({
      queue: 'short',
      account: 'lab',
      qos: 'normal',
      constraint: 'avx512',
      reservation: 'course',
      extra: ['--mail-type=FAIL', '--comment=two words'],
      packSeconds: 0,
      scratch: '$TMPDIR/bit',
      maxTasks: 200,
      lateFilesSeconds: 60,
      shared: true,
    });
    expect((await load({ profile: 'night' })).slurm.account).toBe('night');
    const { slurm: other, said } = await load({
      profile: 'night',
      environment: { BIT_SLURM_ACCOUNT: 'mine', BIT_SLURM_EXTRA: `--exclusive --comment='two words' --x="a b"` },
    });
    expect(other).toMatchObject({ account: 'mine', extra: ['--exclusive', '--comment=two words', '--x=a b'] });
    expect(said['slurm.account'].map(({ by }) => by.replace(`${home}/`, ''))).toEqual([
      'bit.toml',
      'bit.toml [profile.night]',
      'BIT_SLURM_ACCOUNT',
    ]);
  });
});

describe('[process.NAME] and [label.NAME]', () => {
  test('say all that can be said of a process', async () => {
    write(
      'bit.toml',
      `[process.segment]
runner = "slurm"
cpus = 8
memory = "32 GB"
gpus = 1
disk = "100 GB"
time = "2 h"
retry = 2
queue = "gpu"
account = "lab"
qos = "high"
constraint = "a100&nvlink"
gres = "gpu:a100:1"
reservation = "course"
extra = "--exclusive"
container = "lab/segment:3"
container_options = ["--shm-size=2g"]
modules = ["cuda/12.4", "gcc"]
`,
    );
    const { settingsOf } = await load();
    expect(settingsOf(segment)).toEqual({
      runner: 'slurm',
      cpus: 8,
      memoryBytes: 32e9,
      gpus: 1,
      diskBytes: 100e9,
      seconds: 7200,
      retry: 2,
      queue: 'gpu',
      extra: [
        '--account=lab',
        '--qos=high',
        '--constraint=a100&nvlink',
        '--gres=gpu:a100:1',
        '--reservation=course',
        '--exclusive',
      ],
      container: 'lab/segment:3',
      containerOptions: ['--shm-size=2g'],
      modules: ['cuda/12.4', 'gcc'],
    });
    expect(settingsOf({ name: 'other', labels: [] })).toEqual({});
    expect(settingsOf(segment), 'is put together once').toBe(settingsOf({ ...segment }));
  });

  test.each<[why: string, text: string, cpus: number]>([
    ['all processes', '[process."*"]\ncpus = 1', 1],
    ['a label before all processes', '[label.heavy]\ncpus = 2\n[process."*"]\ncpus = 1', 2],
    ['the label that the process lists later', '[label.gpu]\ncpus = 3\n[label.heavy]\ncpus = 2', 3],
    ['its own name before any label', '[process.segment]\ncpus = 4\n[label.gpu]\ncpus = 3', 4],
    ['a profile before everything plain', '[profile.p.process."*"]\ncpus = 5\n[process.segment]\ncpus = 4', 5],
    ['its name under a profile', '[profile.p.process.segment]\ncpus = 6\n[profile.p.label.gpu]\ncpus = 5', 6],
    [
      'another profile not at all',
      '[profile.p]\n[profile.q.process.segment]\ncpus = 7\n[process.segment]\ncpus = 4',
      4,
    ],
    ['a label that it does not have not at all', '[process."*"]\ncpus = 1\n[label.small]\ncpus = 9', 1],
  ])('%s', async (_, text, cpus) => {
    write('bit.toml', text);
    const profile = text.includes('profile.p') ? { profile: 'p' } : {};
    expect((await load(profile)).settingsOf(segment).cpus).toBe(cpus);
  });

  test('are put together key by key, from all files', async () => {
    write('system.toml', '[process."*"]\nretry = 1\naccount = "site"\n');
    write('config/bitflow/config.toml', '[label.heavy]\naccount = "me"\n[profile.p.label.heavy]\nqos = "high"\n');
    write('bit.toml', '[label.heavy]\nmemory = "64 GB"\n[process.segment]\ncpus = 8\nextra = ["--exclusive"]\n');
    expect((await load({ profile: 'p' })).settingsOf(segment)).toEqual({
      retry: 1,
      memoryBytes: 64e9,
      cpus: 8,
      extra: ['--account=me', '--qos=high', '--exclusive'],
    });
  });

  test('names may be quoted, and are the names of processes and labels alone', async () => {
    write('bit.toml', `[process.'segment']\ncpus = 4\n[label."segment"]\ncpus = 2\n[process.heavy]\ncpus = 3\n`);
    expect((await load()).settingsOf(segment).cpus).toBe(4);
  });

  test('an image for processes that name none is weaker than one that is set for a process', async () => {
    write('bit.toml', '[profile.one]\ncontainer = "lab/tools:1"\n[profile.all.process."*"]\ncontainer = "lab/all:1"\n');
    expect((await load({ profile: 'one' })).settingsOf(segment)).toEqual({ defaultContainer: 'lab/tools:1' });
    expect((await load({ profile: 'all' })).settingsOf(segment)).toEqual({ container: 'lab/all:1' });
  });
});

/** Messages as people see them: all of one file. */
const told = async (text: string): Promise<string> => {
  write('bit.toml', text);
  try {
    return (await load()).told;
  } catch (error) {
    if (error instanceof DiagnosticProblem) return renderAll(error.diagnostics, { colors: createColors(false) });
    throw error;
  }
};

describe('what is wrong in a file', () => {
  test('is told at its line, with what is expected', async () => {
    const text = `memory = "8 GB"

[slurm]
pack = "5"
max_tasks = 0
shared = "yes"
extra = [1, 2]
account = ["a"]
scratch = ""

[docker]
host = 1

[process."*"]
retry = -1

[process.segment]
runner = "cluster"
cpus = 0.5
memory = 8
time = "0 s"
gpus = "many"
modules = { cuda = 12 }

[label.heavy]
memory = "16 GB"
disk = "16"
`;
    await expect(await told(text)).toMatchFileSnapshot('golden/wrong-values.txt');
  });

  test('is told where a table stands for a value, or a value for a table', async () => {
    const text = `slurm = "lab"
label = 3
profile = "night"
cpus = { most = 8 }

[process]
cpus = 4
`;
    await expect(await told(text)).toMatchFileSnapshot('golden/wrong-tables.txt');
  });

  test('is a warning where nobody knows the name', async () => {
    const text = `account = "lab"
retry = 2

[slurm]
acount = "lab"

[slurn]
account = "lab"

[process.segment]
cpu = 4
on_error = "finish"

[process.segment.slurm]
account = "lab"

[profile.night.label.heavy]
memmory = "16 GB"
`;
    await expect(await told(text)).toMatchFileSnapshot('golden/unknown-names.txt');
  });

  test('stands in the profile that is asked for', async () => {
    write('bit.toml', '[process.a]\ncpus = 1\n[profile.p.process.a]\ncpus = 1\n[profile.q.process.a]\ncpus = "x"\n');
    await expect(load({ profile: 'p' })).resolves.toMatchObject({ told: '' });
    const problem = await load({ profile: 'q' }).catch((error: unknown) => error);
    if (!(problem instanceof DiagnosticProblem)) throw new Error('it was taken');
    const [diagnostic] = problem.diagnostics;
    expect(diagnostic?.at.source.text.slice(0, diagnostic.at.start).split('\n')).toHaveLength(6);
  });
});
