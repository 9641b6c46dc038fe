import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Launch } from '../../src/engine/ports/runner.ts';
import { openSlurmRunner, type SlurmSettings } from '../../src/runners/slurm/index.ts';
import { type FakeSlurm, openFakeSlurm } from '../support/fake-slurm/fake-slurm.ts';
import { appears, type Lab, type LaunchParts, openLab, programs } from '../support/runner-lab.ts';
import { endLaunchers, launcherOf } from '../support/slurm-cluster.ts';
import { slurmSettings } from '../support/slurm-settings.ts';

vi.setConfig({ testTimeout: 60_000 });

/** What Slurm may say and do that no cluster can be made to: tasks are real processes, and the scheduler is a folder. */
let slurm: FakeSlurm;
let lab: Lab;
const open = (settings: Partial<SlurmSettings> = {}, existing?: string): Promise<Lab> =>
  openLab((workFolder) => openSlurmRunner({ workFolder, settings: { ...slurmSettings, ...settings } }), {
    place: { runner: 'slurm', activation: { path: [], variables: {}, programs } },
    ...(existing === undefined ? {} : { existing }),
  });
beforeEach(async () => {
  slurm = openFakeSlurm();
  lab = await open();
});
afterEach(async () => {
  await lab.close();
  endLaunchers(lab.workFolder);
  slurm.close();
});

const untilReleased = '>ready; while [[ ! -e release ]]; do sleep 0.02; done';

/** Submits one and waits until it runs. */
async function running(parts: LaunchParts = {}): Promise<Launch> {
  const launch = lab.launch({ bash: untilReleased, ...parts });
  await lab.submit([launch]);
  await appears(`${launch.directory}/task/ready`);
  return launch;
}

/** What a node does that is gone from one moment to the next. */
async function vanish(launch: Launch, state: string, reason?: string): Promise<void> {
  const launcher = await launcherOf(launch.token);
  slurm.setState('1_0', state, reason);
  process.kill(launcher, 'SIGKILL');
}

describe('a job that is over and left no record', () => {
  test.each([
    ['TIMEOUT', { kind: 'timed-out' }],
    ['DEADLINE', { kind: 'timed-out' }],
    ['OUT_OF_MEMORY', { kind: 'out-of-memory' }],
    ['PREEMPTED', { kind: 'preempted', why: 'job 1_0 had to make room for another' }],
    ['CANCELLED', { kind: 'cancelled', why: 'job 1_0 was cancelled outside this run' }],
  ])('%s', async (state, how) => {
    const launch = await running();
    await vanish(launch, state);
    const { record } = await lab.last(launch.token, 'ended');
    expect(record.how).toEqual(how);
    expect(JSON.parse(readFileSync(`${launch.directory}/exit.json`, 'utf8'))).toMatchObject({ how });
  });

  test('a tool that ends well when it is told to end has not done what it was to do', async () => {
    const launch = await running({ bash: 'trap "exit 0" TERM; >ready; while :; do sleep 0.02; done' });
    await lab.update(launch.token, 'started');
    const launcher = await launcherOf(launch.token);
    slurm.setState('1_0', 'PREEMPTED');
    process.kill(launcher, 'SIGTERM');
    expect((await lab.last(launch.token, 'ended')).record.how).toMatchObject({ kind: 'preempted' });
  });

  test('a tool that does not listen when its job is told to end is looked after as before', async () => {
    const launch = await running({ bash: 'trap "" TERM; >ready; while :; do sleep 0.02; done', timeoutSeconds: 8 });
    process.kill(await launcherOf(launch.token), 'SIGTERM');
    expect((await lab.last(launch.token, 'ended')).record.how).toEqual({ kind: 'timed-out' });
  });

  test.each([
    ['NODE_FAIL', 'the node of job 1_0 failed (NODE_FAIL)'],
    ['BOOT_FAIL', 'the node of job 1_0 failed (BOOT_FAIL)'],
    ['FAILED', 'job 1_0 ended as FAILED (NonZeroExitCode) and left no record'],
    ['COMPLETED', 'job 1_0 ended as COMPLETED (NonZeroExitCode) and left no record'],
  ])('%s is lost, and never a success', async (state, why) => {
    const launch = await running();
    await vanish(launch, state, 'NonZeroExitCode');
    expect((await lab.update(launch.token, 'lost')).why).toBe(why);
  });

  test('what its launcher had noted before it was killed stands, for whoever takes it over too', async () => {
    const [seen, found] = [await running(), await running()];
    await lab.runner.close();
    const next = await open({}, lab.folder);
    const adoption = ({ runner, token, directory, resources }: Launch) => ({ runner, token, directory, resources });
    expect(await next.runner.adopt([adoption(seen)])).toMatchObject([{ state: 'running' }]);
    for (const launch of [seen, found]) {
      const launcher = await launcherOf(launch.token);
      // As a launcher notes it; a moment later it would act on it.
      writeFileSync(`${launch.directory}/ending`, 'out-of-memory\n');
      process.kill(launcher, 'SIGKILL');
    }
    for (const job of ['1_0', '2_0']) slurm.setState(job, 'FAILED');
    expect(await next.runner.adopt([adoption(found)])).toMatchObject([
      { state: 'ended', record: { how: { kind: 'out-of-memory' } } },
    ]);
    expect((await next.update(seen.token, 'ended')).record.how).toEqual({ kind: 'out-of-memory' });
    await next.runner.close();
  });

  test('one that Slurm has forgotten is lost', async () => {
    const launch = await running();
    await vanish(launch, 'FAILED');
    slurm.forget('1_0');
    expect((await lab.update(launch.token, 'lost')).why).toContain('Slurm knows nothing of job 1_0 any more');
  });

  test('where accounts are kept they say what squeue has forgotten, and who cancelled', async () => {
    slurm.keepAccounts();
    const launch = await running();
    await vanish(launch, 'CANCELLED', 'uid:1003');
    slurm.forget('1_0');
    const { record } = await lab.last(launch.token, 'ended');
    expect(record.how).toEqual({ kind: 'cancelled', why: 'job 1_0 was cancelled by uid 1003' });
  });
});

test('a state that nobody knows is "cannot say", and the record is still the truth', async () => {
  const launch = await running();
  slurm.setState('1_0', 'WOBBLING');
  expect((await lab.update(launch.token, 'unreachable')).why).toContain('WOBBLING');
  await release(launch);
  expect((await lab.last(launch.token, 'ended')).record.how).toEqual({ kind: 'exited', code: 0 });
});

test('a controller that is silent is said once, and the record needs no controller', async () => {
  const launch = await running();
  slurm.always('squeue', 'fail Unable to contact slurm controller (connect failure)');
  expect((await lab.update(launch.token, 'unreachable')).why).toContain('Unable to contact slurm controller');
  await release(launch);
  expect((await lab.last(launch.token, 'ended')).record.how).toEqual({ kind: 'exited', code: 0 });
});

describe('an answer of sbatch that was lost', () => {
  test('the job is found by its name and not submitted again', async () => {
    slurm.says('sbatch', 'lose Batch job submission failed: Socket timed out on send/recv operation');
    const launch = lab.launch({ bash: 'exit 3' });
    await lab.submit([launch]);
    const { record } = await lab.last(launch.token, 'ended');
    expect(record.how).toEqual({ kind: 'exited', code: 3 });
    expect(slurm.calls('sbatch')).toHaveLength(1);
    expect(Object.keys(slurm.states())).toEqual(['1_0']);
  });

  test('a request that never arrived is submitted again, once that is certain', async () => {
    slurm.says('sbatch', 'fail Batch job submission failed: Socket timed out on send/recv operation');
    const launch = lab.launch({ bash: 'exit 3' });
    await lab.submit([launch]);
    const { record } = await lab.last(launch.token, 'ended');
    expect(record.how).toEqual({ kind: 'exited', code: 3 });
    expect(slurm.calls('sbatch')).toHaveLength(2);
    expect(Object.keys(slurm.states())).toEqual(['1_0']);
  });

  test('a job that came late is looked after, though Slurm refused to have it a second time', async () => {
    slurm.says(
      'sbatch',
      'lose Batch job submission failed: Socket timed out on send/recv operation',
      'fail Batch job submission failed: Job violates accounting/QOS policy (job submit limit)',
    );
    slurm.forget('1_0');
    const launch = lab.launch({ bash: untilReleased });
    await lab.submit([launch]);
    await vi.waitFor(() => expect(slurm.calls('sbatch')).toHaveLength(2), 20_000);
    slurm.remember('1_0');
    await release(launch);
    expect((await lab.last(launch.token, 'ended')).record.how).toEqual({ kind: 'exited', code: 0 });
  });

  test('while the controller is away, it is tried for as long as it takes', async () => {
    const words = 'fail Unable to contact slurm controller (connect failure)';
    slurm.says('sbatch', words, words, words);
    const launch = lab.launch({ bash: 'exit 3' });
    await lab.submit([launch]);
    const { record } = await lab.last(launch.token, 'ended');
    expect(record.how).toEqual({ kind: 'exited', code: 3 });
    expect(Object.keys(slurm.states())).toEqual(['1_0']);
  });
});

test.each([
  'invalid partition specified: nix',
  'Batch job submission failed: Invalid account or account/partition combination specified',
  'Batch job submission failed: Requested node configuration is not available',
])('a job that Slurm refuses was not started: %s', async (words) => {
  slurm.says('sbatch', `fail ${words}`);
  const launch = lab.launch({ bash: 'true' });
  await lab.submit([launch]);
  expect((await lab.update(launch.token, 'not-started')).why).toBe(`Slurm refuses the job: ${words}`);
  expect(batches()).toEqual([]);
});

test('a job that is held waits, which is said once; cancelled, it leaves the queue and never ran', async () => {
  slurm.hold(true);
  const launch = lab.launch({ bash: 'true' });
  await lab.submit([launch]);
  await vi.waitFor(() => expect(slurm.states()).toEqual({ '1_0': 'PENDING' }), 10_000);
  slurm.setState('1_0', 'PENDING', 'JobHeldUser');
  const held = await lab.last(launch.token, 'held');
  expect(held.why).toBe('job 1 is held in the queue (JobHeldUser): `scontrol release 1` lets it go');
  await lab.runner.cancel([launch.token], { force: false, graceSeconds: 5 });
  await lab.update(launch.token, 'not-started');
  await vi.waitFor(() => expect(slurm.states()).toEqual({ '1_0': 'CANCELLED' }), 10_000);
});

test('what never began in a job that ended is put into another one, under the same token', async () => {
  slurm.hold(true);
  const launch = lab.launch({ bash: 'exit 4' });
  await lab.submit([launch]);
  await vi.waitFor(() => expect(slurm.states()).toEqual({ '1_0': 'PENDING' }), 10_000);
  slurm.hold(false);
  slurm.setState('1_0', 'NODE_FAIL');
  expect((await lab.last(launch.token, 'ended')).record.how).toEqual({ kind: 'exited', code: 4 });
  expect(slurm.states()).toMatchObject({ '1_0': 'NODE_FAIL' });
  expect(slurm.calls('sbatch')).toHaveLength(2);
});

test('a job that is put back into the queue: what ran was preempted, what waited in it runs when it comes again', async () => {
  await lab.close();
  lab = await open({ packSeconds: 100 });
  const first = lab.launch({ bash: untilReleased, timeoutSeconds: 40 });
  const second = lab.launch({ bash: 'exit 5', timeoutSeconds: 40 });
  await lab.submit([first, second]);
  await appears(`${first.directory}/task/ready`);
  await lab.update(first.token, 'started');
  await vanish(first, 'PENDING', 'BeginTime');
  expect((await lab.update(first.token, 'ended')).record.how).toMatchObject({ kind: 'preempted' });
  slurm.run('1_0', 1);
  expect((await lab.update(second.token, 'ended')).record.how).toEqual({ kind: 'exited', code: 5 });
  expect(slurm.calls('sbatch')).toHaveLength(1);
});

test('an engine that died before it heard the number finds the job by its name', async () => {
  const launch = await running();
  await lab.update(launch.token, 'started');
  const [batch = ''] = batches();
  rmSync(join(lab.workFolder, '.slurm', batch, 'job'));
  const next = await open({}, lab.folder);
  const adoption = {
    runner: launch.runner,
    token: launch.token,
    directory: launch.directory,
    resources: launch.resources,
  };
  expect(await next.runner.adopt([adoption])).toEqual([{ token: launch.token, state: 'running' }]);
  await release(launch);
  expect((await next.update(launch.token, 'ended')).record.how).toEqual({ kind: 'exited', code: 0 });
  expect(slurm.calls('sbatch')).toHaveLength(1);
});

test('what of a batch is not taken over yet keeps its orders', async () => {
  const [first, second] = [lab.launch({ bash: untilReleased }), lab.launch({ bash: untilReleased })] as const;
  await lab.submit([first, second]);
  for (const { directory } of [first, second]) await appears(`${directory}/task/ready`);
  expect(batches()).toHaveLength(1);
  const next = await open({}, lab.folder);
  const adoption = ({ runner, token, directory, resources }: Launch) => ({ runner, token, directory, resources });
  expect(await next.runner.adopt([adoption(first)])).toEqual([{ token: first.token, state: 'running' }]);
  await release(first);
  await next.update(first.token, 'ended');
  await next.runner.close();
  expect(batches()).toHaveLength(1);
  await release(second);
  await lab.update(second.token, 'ended');
});

test('an engine that died before Slurm heard of the job: it never began', async () => {
  slurm.always('sbatch', 'fail Unable to contact slurm controller (connect failure)');
  const launch = lab.launch({ bash: 'true' });
  await lab.submit([launch]);
  await lab.update(launch.token, 'unreachable');
  const next = await open({}, lab.folder);
  const adoption = {
    runner: launch.runner,
    token: launch.token,
    directory: launch.directory,
    resources: launch.resources,
  };
  expect(await next.runner.adopt([adoption])).toEqual([{ token: launch.token, state: 'not-started' }]);
});

const arraySizes = (): readonly number[] =>
  slurm.calls('sbatch').map((call) => Number(/--array=0-(\d+)/.exec(call)?.[1]) + 1);

test('an array is no larger than the cluster takes, and short tasks share its elements', async () => {
  const many = Array.from({ length: 14 }, () => lab.launch({ bash: 'true' }));
  await lab.submit(many);
  for (const { token } of many) await lab.update(token, 'ended');
  // Which of them come in one moment, the machine decides.
  const sizes = arraySizes();
  expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(14);
  const packing = await open({ packSeconds: 60 });
  const short = Array.from({ length: 7 }, () => packing.launch({ bash: 'true', timeoutSeconds: 20 }));
  await packing.submit(short);
  for (const { token } of short) await packing.update(token, 'ended');
  expect(arraySizes().reduce((sum, size) => sum + size)).toBeLessThan(14 + 7);
  await packing.close();
});

test('nothing of a batch stays on disk when all of it is told', async () => {
  await lab.run({ bash: 'true' });
  await vi.waitFor(() => expect(batches()).toEqual([]), 10_000);
});

const batches = (): readonly string[] => {
  const folder = join(lab.workFolder, '.slurm');
  return existsSync(folder) ? readdirSync(folder) : [];
};

async function release(launch: Launch): Promise<void> {
  writeFileSync(`${launch.directory}/task/release`, '');
}
