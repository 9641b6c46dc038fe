import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openSlurmRunner, type SlurmSettings } from '../../src/runners/slurm/index.ts';
import { type FakeSlurm, openFakeSlurm } from '../support/fake-slurm/fake-slurm.ts';
import { type Lab, openLab, programs } from '../support/runner-lab.ts';
import { endLaunchers } from '../support/slurm-cluster.ts';
import { slurmSettings } from '../support/slurm-settings.ts';

vi.setConfig({ testTimeout: 60_000 });

/** What nodes of a cluster may lack or have: namespaces, a disk of their own, files that others see late. */
let slurm: FakeSlurm;
const labs: Lab[] = [];
beforeEach(() => {
  slurm = openFakeSlurm();
});
afterEach(async () => {
  for (const lab of labs.splice(0)) {
    await lab.close();
    endLaunchers(lab.workFolder);
  }
  slurm.close();
});

async function open(settings: Partial<SlurmSettings> = {}): Promise<Lab> {
  const lab = await openLab(
    (workFolder) => openSlurmRunner({ workFolder, settings: { ...slurmSettings, ...settings } }),
    {
      place: { runner: 'slurm', activation: { path: [], variables: {}, programs } },
    },
  );
  labs.push(lab);
  mkdirSync(join(lab.folder, 'in/set.zarr/deep'), { recursive: true });
  writeFileSync(join(lab.folder, 'in/it.txt'), 'pixels');
  writeFileSync(join(lab.folder, 'in/set.zarr/deep/part'), 'chunk');
  return lab;
}

const inputs = (lab: Lab) => ({
  staged: [
    { source: join(lab.folder, 'in/it.txt'), directory: false, target: "it's a name.txt" },
    { source: join(lab.folder, 'in/set.zarr'), directory: true, target: 'sets/set.zarr' },
  ],
  folders: ['out'],
  document: {
    input: { image: { path: "it's a name.txt" }, set: { path: 'sets/set.zarr' } },
    output: { copy: { kind: 'path', path: 'out/copy.txt' } as const },
  },
});

describe('nodes with bash and coreutils alone', () => {
  test('tasks work on copies of their inputs, and the record says so', async () => {
    slurm.bareNodes();
    const lab = await open();
    const { record, file, stderr } = await lab.run({
      ...inputs(lab),
      bash: 'cat "$image" "$set/deep/part" >"$copy"; [[ ! -L $image && ! -L $set ]]',
    });
    expect(stderr).toBe('');
    expect(record).toMatchObject({ how: { kind: 'exited', code: 0 }, isolation: 'copy' });
    expect(file('out/copy.txt')).toBe('pixelschunk');
  });

  test('what a task does to them does not reach the originals', async () => {
    slurm.bareNodes();
    const lab = await open();
    await lab.run({ ...inputs(lab), bash: 'echo more >>"$image" || true; rm -rf "$set"/*; echo x >"$set/new"' });
    expect(readFileSync(join(lab.folder, 'in/it.txt'), 'utf8')).toBe('pixels');
    expect(readdirSync(join(lab.folder, 'in/set.zarr'))).toEqual(['deep']);
  });

  test('an input that is gone is told, and the task does not begin', async () => {
    slurm.bareNodes();
    slurm.hold(true);
    const lab = await open();
    const launch = lab.launch({ ...inputs(lab), bash: 'true' });
    await lab.submit([launch]);
    await vi.waitFor(() => expect(slurm.states()).toEqual({ '1_0': 'PENDING' }), 10_000);
    rmSync(join(lab.folder, 'in/it.txt'));
    slurm.run('1_0', 0);
    const { record } = await lab.update(launch.token, 'ended');
    expect(record.how).toEqual({ kind: 'not-started', why: 'its inputs could not be copied' });
  });
});

describe.each([
  ['with namespaces', false],
  ['without', true],
])('a disk of the node, %s', (_what, isBare) => {
  test('the task works there, and what it made comes back before its record; nothing stays there', async () => {
    if (isBare) slurm.bareNodes();
    const scratch = join(slurm.folder, 'node disk');
    const lab = await open({ scratch });
    const { record, file, stdout, stderr } = await lab.run({
      ...inputs(lab),
      bash: 'pwd; echo "$HOME"; echo "$TMPDIR"; >"$TMPDIR/temporary"; cat "$image" "$set/deep/part" >"$copy"; ln copy out/link 2>/dev/null || true; chmod 640 "$copy"',
    });
    expect(stderr).toBe('');
    expect(record.how).toEqual({ kind: 'exited', code: 0 });
    const [folder = '', home, temporary] = stdout.split('\n');
    expect(folder).toMatch(/node disk\/bit-token-.*\/task$/);
    expect([home, temporary]).toEqual([folder.replace(/task$/, 'tmp'), folder.replace(/task$/, 'tmp')]);
    expect(file('out/copy.txt')).toBe('pixelschunk');
    expect(statSync(join(lab.workFolder, 'a', record.token, 'task/out/copy.txt')).mode & 0o777).toBe(0o640);
    expect(file("it's a name.txt")).toBe('pixels');
    await vi.waitFor(() => expect(existsSync(scratch) ? readdirSync(scratch) : []).toEqual([]), 10_000);
  });

  test('a Python task finds its values there too', async () => {
    if (isBare) slurm.bareNodes();
    const lab = await open({ scratch: join(slurm.folder, 'node disk') });
    const { record, file, stderr } = await lab.run({
      ...inputs(lab),
      python: 'from bitflow import task\ntask.output.copy.write_text(task.input.image.read_text())\n',
    });
    expect(stderr).toBe('');
    expect(record.how).toEqual({ kind: 'exited', code: 0 });
    expect(file('out/copy.txt')).toBe('pixels');
  });
});

test('on a file system that the nodes share, a record names the files that have to arrive', async () => {
  const lab = await open({ shared: true });
  const { record, directory } = await lab.run({ ...inputs(lab), bash: 'echo words; echo made >"$copy"' });
  expect(record.how).toEqual({ kind: 'exited', code: 0 });
  const made = readFileSync(join(directory, 'made'), 'utf8').split('\0');
  expect(made).toContain('6\tstdout');
  expect(made).toContain('5\ttask/out/copy.txt');
  expect(made.at(-2)).toBe('end');
});

test('containers run with Apptainer, which is shown the task and its inputs alone', async () => {
  // Says what it was called with, and goes on as if inside.
  writeFileSync(
    join(slurm.folder, 'bin/apptainer'),
    `#!/bin/bash
printf '%s\\n' "$@" >"${slurm.folder}/said"
while [[ $1 != /images/tool.sif ]]; do shift; done
shift
exec "$@"
`,
    { mode: 0o755 },
  );
  const lab = await open();
  const { record, file, stderr } = await lab.run({
    ...inputs(lab),
    activation: {
      path: [],
      variables: {},
      programs: {},
      container: { image: '/images/tool.sif', network: false, options: ['--shm-size=1g'] },
    },
    bash: 'cat "$image" >"$copy"',
  });
  expect(stderr).toBe('');
  expect(record.how).toEqual({ kind: 'exited', code: 0 });
  expect(file('out/copy.txt')).toBe('pixels');
  const said = readFileSync(join(slurm.folder, 'said'), 'utf8');
  expect(said).toContain(`${lab.folder}/in/it.txt:${lab.folder}/in/it.txt:ro\n`);
  expect(said).toContain('--network\nnone\n');
});
