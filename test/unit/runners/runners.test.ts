import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
