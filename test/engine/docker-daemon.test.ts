import { chmodSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { root } from '../cli/bit.ts';
import { describeWithDocker, type OwnDocker, ownDocker } from '../support/daemons/daemons.ts';
import { clientOf, containersBelow, dockerLab } from '../support/docker-lab.ts';
import { makePipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts';
import { appears } from '../support/runner-lab.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const places: PipelinePlace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

const tasks = 8;
/** Each task lasts long enough to be met by what happens to the daemon. */
const pipeline = `
process wait {
  input { n: Int }
  output { out: Text = "out.txt" }
  environment { container: "bit-test/debian:1" }
  script bash """
    sleep 0.7
    echo "$n" >"$out"
  """
}
workflow { publish wait(n: values(range(0, ${tasks}))).out to "{value}.txt" }
`;
const expected = Object.fromEntries(Array.from({ length: tasks }, (_, index) => [`${index}.txt`, `${index}\n`]));

function place(daemon: OwnDocker): PipelinePlace {
  const made = makePipelinePlace({ 'main.bit': pipeline });
  places.push(made);
  return { ...made, environment: Object.assign(made.environment, daemon.env) };
}

/** Resolves when some task of the place is at work. */
async function firstTask(of: PipelinePlace): Promise<void> {
  const work = join(of.folder, '.bit/work');
  await appears(work);
  for (;;) {
    for (const group of readdirSync(work)) {
      if (group.startsWith('.')) continue;
      for (const token of readdirSync(join(work, group))) if (existsSync(join(work, group, token, 'stdout'))) return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

// The suite has a daemon of its own; whether one can be had here shows by the common one.
describeWithDocker('a daemon that goes away while tasks run', () => {
  let daemon: OwnDocker;
  beforeAll(async () => {
    daemon = await ownDocker();
    await daemon.images('bit-test/debian:1');
  });
  afterAll(() => daemon.close());

  test.each<readonly [string, (own: OwnDocker) => Promise<void>]>([
    ['restarted, which ends its containers', (own) => own.restart({ liveRestore: false })],
    [
      'killed and started, which ends its containers',
      async (own) => {
        await own.kill();
        await own.start({ liveRestore: false });
      },
    ],
    ['restarted as a daemon that keeps containers', (own) => own.restart({ liveRestore: true })],
    ['restarted again, which keeps its containers', (own) => own.restart({ liveRestore: true })],
    [
      'killed and started, which keeps its containers',
      async (own) => {
        await own.kill();
        await own.start({ liveRestore: true });
      },
    ],
  ])('%s: no task fails, all results are there, no container remains', async (_, disturb) => {
    const here = place(daemon);
    const run = here.run('--runner', 'docker');
    await firstTask(here);
    await disturb(daemon);
    const { status, report, err } = await run;
    expect(status, `${JSON.stringify(report)}\n${err}`).toBe(0);
    expect(report.tasks).toMatchObject({ total: tasks, ran: tasks, failed: 0 });
    expect(here.results()).toEqual(expected);
    expect(await containersBelow(clientOf(daemon), here.folder)).toEqual([]);
  });

  test('while it is away it is said once, and nothing is called lost', async () => {
    const lab = await dockerLab(daemon, { image: 'bit-test/debian:1', slots: 2 });
    const launch = lab.launch({ bash: '>ready; sleep 2; echo on' });
    await lab.submit([launch]);
    await appears(`${launch.directory}/task/ready`);
    await daemon.kill();
    expect((await lab.update(launch.token, 'unreachable')).why).toMatch(/daemon/);
    await daemon.start({ liveRestore: true });
    const { record } = await lab.last(launch.token, 'ended');
    expect(record.how).toEqual({ kind: 'exited', code: 0 });
    await lab.close();
  });

  describe.runIf(process.getuid?.() === 0)('as somebody else than root', () => {
    /** Of `nobody`, whom every machine has. */
    const person = 65_534;

    /** Runs as a person who owns the place. */
    async function runAs(here: PipelinePlace): Promise<{ readonly status: number | undefined; readonly err: string }> {
      for (const folder of [here.folder, here.environment.HOME ?? ''])
        await execa('chown', ['-R', `${person}:${person}`, folder]);
      const command = [
        process.execPath,
        join(root, 'bin/bit.js'),
        'run',
        'main.bit',
        '--runner',
        'docker',
        '--cpus',
        '2',
      ];
      const ended = await execa(
        'setpriv',
        ['--reuid', `${person}`, '--regid', `${person}`, '--clear-groups', ...command],
        {
          cwd: here.folder,
          env: { ...here.environment, XDG_CACHE_HOME: join(here.environment.HOME ?? '', 'cache') },
          extendEnv: false,
          reject: false,
        },
      );
      return { status: ended.exitCode, err: ended.stderr };
    }

    test('results and what a task left behind belong to that person', async () => {
      const here = place(daemon);
      await opened(daemon);
      const { status, err } = await runAs(here);
      expect(status, err).toBe(0);
      expect(here.results()).toEqual(expected);
      expect(ownersBelow(here.folder)).toEqual([person]);
    });

    test('who may not talk to the daemon hears it before anything runs', async () => {
      const here = place(daemon);
      chmodSync(daemon.socket, 0o600);
      const { status, err } = await runAs(here);
      expect(status).toBe(3);
      expect(err).toMatch(/BIT5012.*may not talk to the daemon at/);
      expect(err).toContain('usermod -aG docker');
    });
  });
});

/** Lets everybody talk to the daemon. */
async function opened(daemon: OwnDocker): Promise<void> {
  chmodSync(daemon.socket, 0o666);
  for (let folder = dirname(daemon.socket); folder !== tmpdir() && folder !== '/'; folder = dirname(folder))
    chmodSync(folder, 0o755);
}

function ownersBelow(folder: string): readonly number[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return [...new Set(paths.map((path) => lstatSync(join(folder, path)).uid))];
}
