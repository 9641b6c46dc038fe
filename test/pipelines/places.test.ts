import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithDocker, describeWithSlurm, eitherCluster } from '../support/daemons/daemons.ts';
import { type Bench, bench, type Ran } from './pipeline-run.ts';

const MINUTES = 60_000;
const pipelines = ['nuclei', 'lightsheet'] as const;
const path = (name: string): string => `pipelines/${name}/${name}.bit`;

let at: Bench;
const here = new Map<string, Ran>();

/** Once for all places: what this machine makes of the pipelines, and the environment that they have in common. */
async function onThisMachine(name: (typeof pipelines)[number]): Promise<Ran> {
  const known = here.get(name);
  if (known !== undefined) return known;
  const ran = await at.run(path(name), { into: `here/${name}`, args: [] });
  expect(ran.exitCode, ran.text).toBe(0);
  here.set(name, ran);
  return ran;
}

async function expectSameBytes(ran: Ran, like: Ran): Promise<void> {
  const files = await like.files();
  expect(files.length).toBeGreaterThan(3);
  expect(await ran.files()).toEqual(files);
  for (const file of files)
    expect((await ran.bytes(file)).equals(await like.bytes(file)), `${file} is the same to the byte`).toBe(true);
}

beforeAll(async () => {
  at = await bench();
});
afterAll(() => at.dispose());

describeWithSlurm('the pipelines on a cluster', eitherCluster, (slurm) => {
  test.each(pipelines)(
    '%s: what this machine made is wholly reused there',
    async (name) => {
      await onThisMachine(name);
      const ran = await at.run(path(name), { into: `reused/${name}`, args: ['--runner', 'slurm'], env: slurm.env });
      expect(ran.exitCode, ran.text).toBe(0);
      expect(ran.tasks).toMatchObject({ ran: 0, failed: 0, reused: ran.tasks.total });
    },
    5 * MINUTES,
  );

  test.each(pipelines)(
    '%s: run there from nothing, it publishes the same bytes',
    async (name) => {
      const like = await onThisMachine(name);
      const args = ['--runner', 'slurm', '--no-cache'];
      const ran = await at.run(path(name), { into: `slurm/${name}`, args, env: slurm.env });
      expect(ran.exitCode, ran.text).toBe(0);
      expect(ran.tasks).toEqual(like.tasks);
      await expectSameBytes(ran, like);
    },
    10 * MINUTES,
  );
});

describeWithDocker('the pipelines in containers', (docker) => {
  const image = 'bit-test/pipelines:1';

  test.each(pipelines)(
    '%s: with the same packages in an image, it publishes the same bytes',
    async (name) => {
      const like = await onThisMachine(name);
      await docker.imageOfVenv(image, virtualEnvironment());
      const env = { ...docker.env, BIT_CONTAINER: image };
      const ran = await at.run(path(name), { into: `docker/${name}`, args: ['--runner', 'docker'], env });
      expect(ran.exitCode, ran.text).toBe(0);
      expect(ran.tasks).toEqual(like.tasks);
      await expectSameBytes(ran, like);

      const again = await at.run(path(name), { into: `again/${name}`, args: ['--runner', 'docker'], env });
      expect(again.tasks).toMatchObject({ ran: 0, failed: 0, reused: ran.tasks.total });
    },
    10 * MINUTES,
  );
});

/** The one that the pipelines' processes share. */
function virtualEnvironment(): string {
  const folder = join(at.folder, 'store', 'environments');
  const found = readdirSync(folder).filter(
    (name) => name.startsWith('pip-') && existsSync(join(folder, name, 'complete.json')),
  );
  const [only, ...more] = found;
  if (only === undefined || more.length > 0) throw new Error(`one environment was expected: ${found.join(', ')}`);
  return join(folder, only);
}
