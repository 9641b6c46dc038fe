import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Runner } from '../../../src/engine/ports/runner.ts';
import { openLocalRunner } from '../../../src/runners/local/index.ts';
import { openRunners } from '../../../src/runners/runners.ts';
import { asAttemptToken } from '../../../src/util/brand.ts';
import { programs } from '../../support/runner-lab.ts';

test('a task on this machine opens no other runner, and its end is heard', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bit-runners-')));
  const opened: string[] = [];
  const elsewhere = (name: string) => async (): Promise<Runner> => {
    opened.push(name);
    throw new Error(`there is no ${name} here`);
  };
  const runners = openRunners({
    local: () => openLocalRunner({ workFolder: join(folder, 'work'), slots: 1 }),
    docker: elsewhere('docker'),
    slurm: elsewhere('slurm'),
  });
  const token = asAttemptToken('one');
  const document = { input: {}, output: {}, tag: {}, tagsOf: {}, resource: {} };
  await runners.submit([
    {
      token,
      runner: 'local',
      directory: join(folder, 'work', 'one'),
      staged: [],
      folders: [],
      command: { kind: 'script', interpreter: { kind: 'language', language: 'bash' }, text: 'exit 3' },
      document,
      activation: { path: [], variables: {}, programs },
      resources: { cpus: 1, gpus: 0 },
    },
  ]);
  const heard: string[] = [];
  while (!heard.includes('ended'))
    for (const update of await runners.updates(new AbortController().signal)) heard.push(update.kind);
  expect(heard).toEqual(['started', 'ended']);
  expect(opened).toEqual([]);

  await expect(runners.capacity('slurm')).rejects.toThrow('there is no slurm here');
  await runners.close();
  rmSync(folder, { recursive: true });
});

test('what ends while others are still being taken over is heard once they are', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bit-runners-')));
  const workFolder = join(folder, 'work');
  const open = (): Promise<Runner> => openLocalRunner({ workFolder, slots: 1 });
  const absent = (): Promise<Runner> => Promise.reject(new Error('not here'));
  const token = asAttemptToken('long');
  const directory = join(workFolder, 'long');
  const before = openRunners({ local: open, docker: absent, slurm: absent });
  await before.submit([
    {
      token,
      runner: 'local',
      directory,
      staged: [],
      folders: [],
      command: {
        kind: 'script',
        interpreter: { kind: 'language', language: 'bash' },
        text: '>ready; while [[ ! -e release ]]; do sleep 0.02; done',
      },
      document: { input: {}, output: {}, tag: {}, tagsOf: {}, resource: {} },
      activation: { path: [], variables: {}, programs },
      resources: { cpus: 1, gpus: 0 },
    },
  ]);
  await vi.waitFor(() => expect(existsSync(join(directory, 'task', 'ready'))).toBe(true), 10_000);
  await before.close();

  // The other place answers only when the task on this machine has long ended.
  const answers = Promise.withResolvers<Runner>();
  const runners = openRunners({ local: open, docker: absent, slurm: () => answers.promise });
  const resources = { cpus: 1, gpus: 0 };
  const adopting = runners.adopt([
    { runner: 'local', token, directory, resources },
    { runner: 'slurm', token: asAttemptToken('other'), directory: join(workFolder, 'other'), resources },
  ]);
  const heard: string[] = [];
  const listening = new AbortController();
  const reading = runners.updates(listening.signal).then((updates) => heard.push(...updates.map(({ kind }) => kind)));
  writeFileSync(join(directory, 'task', 'release'), '');
  await vi.waitFor(() => expect(existsSync(join(directory, 'exit.json'))).toBe(true), 10_000);
  const local = await open();
  answers.resolve({ ...local, name: 'slurm' });
  expect((await adopting).map(({ state }) => state)).toEqual(['running', 'not-started']);
  expect(heard).toEqual([]);
  await reading;
  expect(heard).toEqual(['ended']);
  await runners.close();
  rmSync(folder, { recursive: true });
});
