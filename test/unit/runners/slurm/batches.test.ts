import { describe, expect, test } from 'vitest';
import { planBatches, type Waiting } from '../../../../src/runners/slurm/batches.ts';
import { withVariables } from '../../../../src/runners/slurm/job-script.ts';
import { ownWord } from '../../../../src/runners/slurm/own-words.ts';
import { sbatchWords } from '../../../../src/runners/slurm/sbatch-words.ts';
import { environmentFor } from '../../../../src/runners/slurm/slurm-programs.ts';
import { slurmSettings as settings } from '../../../support/slurm-settings.ts';

const waiting = (token: string, more: Partial<Waiting> = {}): Waiting => ({
  token,
  directory: `/work/${token}`,
  resources: { cpus: 1, gpus: 0 },
  guards: [],
  ...more,
});
const tokens = (all: ReturnType<typeof planBatches<Waiting>>): readonly (readonly string[])[] =>
  all.map(({ elements }) => elements.map((element) => element.map(({ token }) => token).join('+')));

describe('batches', () => {
  test('like goes with like, in the order in which it came', () => {
    const large = { resources: { cpus: 8, gpus: 0, queue: 'fat' } };
    const plans = planBatches([waiting('a'), waiting('b', large), waiting('c'), waiting('d', large)], {
      arraySize: 1000,
      packSeconds: 0,
    });
    expect(tokens(plans)).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });

  test('none is larger than the cluster takes', () => {
    const plans = planBatches(
      ['a', 'b', 'c', 'd', 'e'].map((token) => waiting(token)),
      { arraySize: 2, packSeconds: 0 },
    );
    expect(tokens(plans)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test('those that say how long they take share an element, up to the time it is given', () => {
    const short = ['a', 'b', 'c', 'd', 'e'].map((token) => waiting(token, { timeoutSeconds: 50 }));
    const [plan] = planBatches([...short, waiting('untimed')], { arraySize: 1000, packSeconds: 120 });
    expect(plan?.elements.map((element) => element.length)).toEqual([2, 2, 1]);
    expect(plan?.seconds).toBe(100);
    expect(tokens(planBatches([...short, waiting('untimed')], { arraySize: 1000, packSeconds: 120 }))).toEqual([
      ['a+b', 'c+d', 'e'],
      ['untimed'],
    ]);
  });

  test('one that takes longer than that has an element of its own', () => {
    const plans = planBatches([waiting('a', { timeoutSeconds: 500 }), waiting('b', { timeoutSeconds: 500 })], {
      arraySize: 1000,
      packSeconds: 300,
    });
    expect(tokens(plans)).toEqual([['a', 'b']]);
  });

  test('what must be read-only for one is so for all of the array', () => {
    const plans = planBatches([waiting('a', { guards: ['/tmp/x'] }), waiting('b', { guards: ['/tmp/y', '/tmp/x'] })], {
      arraySize: 10,
      packSeconds: 0,
    });
    expect(plans[0]?.guards).toEqual(['/tmp/x', '/tmp/y']);
  });
});

describe('the words of sbatch', () => {
  const node = { name: 'n', host: 'n', cpus: 64, memoryBytes: 1000 * 2 ** 20, gpus: 4 };
  const partitions = [{ name: 'main', isDefault: true, isUp: true, limitSeconds: 600, nodes: [node] }];
  const words = (of: Partial<Parameters<typeof sbatchWords>[0]>): readonly string[] =>
    sbatchWords({
      name: 'bit-0',
      folder: '/s/b',
      elements: 3,
      longest: 1,
      resources: { cpus: 1, gpus: 0 },
      settings,
      partitions,
      ...of,
    });

  test('an array that is not requeued, one task per element', () => {
    expect(words({})).toEqual([
      '--parsable',
      '--no-requeue',
      '--export=ALL',
      '--job-name=bit-0',
      '--array=0-2',
      '--nodes=1',
      '--ntasks=1',
      '--cpus-per-task=1',
      '--output=/s/b/output',
      '--error=/s/b/output',
      '--open-mode=append',
    ]);
  });

  test.each([
    ['/s/100%', '/\\s/100%/output'],
    ['/s/%A\\b', '/\\s/%A\\\\b/output'],
    ["/s/a 'b'\n", "/s/a 'b'\n/output"],
  ])('what it prints goes to %j, whatever Slurm reads into such a name', (folder, output) => {
    expect(words({ folder })).toContain(`--output=${output}`);
  });

  test('what a task asks for', () => {
    const resources = { cpus: 2.5, gpus: 2, memoryBytes: 300 * 2 ** 20, diskBytes: 5 * 2 ** 30, queue: 'gpu' };
    expect(words({ resources }).slice(7)).toEqual([
      '--cpus-per-task=3',
      '--output=/s/b/output',
      '--error=/s/b/output',
      '--open-mode=append',
      '--mem=332M',
      '--gres=gpu:2',
      '--tmp=5120M',
      '--partition=gpu',
    ]);
  });

  test('the little that shells need makes nothing too large for the largest node, nor too long for its partition', () => {
    const resources = { cpus: 1, gpus: 0, memoryBytes: 990 * 2 ** 20 };
    expect(words({ resources })).toContain('--mem=1000M');
    expect(words({ seconds: 120 })).toContain('--time=4');
    expect(words({ seconds: 590 })).toContain('--time=10');
    expect(words({ seconds: 700 })).toContain('--time=13');
  });

  test("the site's words come before those of the process, of which the later counts", () => {
    const site = {
      ...settings,
      account: 'lab',
      qos: 'fast',
      constraint: 'avx2',
      reservation: 'course',
      extra: ['--mail-type=FAIL'],
    };
    expect(words({ settings: site, resources: { cpus: 1, gpus: 0, extra: ['--account=other'] } }).slice(11)).toEqual([
      '--account=lab',
      '--qos=fast',
      '--constraint=avx2',
      '--reservation=course',
      '--mail-type=FAIL',
      '--account=other',
    ]);
  });
});

test.each([
  ['--job-name=mine', '--job-name=mine'],
  ['-Jmine', '-Jmine'],
  ['--array=1-9', '--array=1-9'],
  ['-W', '-W'],
  ['--mail-type=FAIL', undefined],
  ['--account=lab', undefined],
  ['-A lab', undefined],
  ['--job-nameless', undefined],
])("whether %s is bit's own word", (word, found) => {
  expect(ownWord(['--gres=gpu:1', word])).toBe(found);
});

test('sbatch is given nothing of the engine but who asks and which cluster', () => {
  const all = {
    PATH: '/bin',
    HOME: '/root',
    SLURM_CONF: '/s',
    SLURM_JOB_ID: '7',
    AWS_SECRET: 'x',
    SBATCH_ACCOUNT: 'lab',
    SBATCH_WAIT: '1',
    SBATCH_CLUSTERS: 'other',
  };
  expect(environmentFor('sbatch', all)).toEqual({
    PATH: '/bin',
    HOME: '/root',
    SLURM_CONF: '/s',
    SBATCH_ACCOUNT: 'lab',
    LC_ALL: 'C',
  });
});

test.each(['squeue', 'sinfo', 'scancel'] as const)(
  'nothing that a user set for %s by hand narrows what it is asked',
  (program) => {
    const all = {
      PATH: '/bin',
      SQUEUE_PARTITION: 'gpu',
      SCANCEL_INTERACTIVE: 'true',
      SINFO_PARTITION: 'gpu',
      SLURM_CLUSTERS: 'c',
    };
    expect(environmentFor(program, all)).toEqual({ PATH: '/bin', SLURM_CLUSTERS: 'c', LC_ALL: 'C' });
  },
);

test.each([
  ['$TMPDIR/bit', `"$TMPDIR"'/bit'`],
  ['/scratch/${USER}', `'/scratch/'"\${USER}"`],
  ["/it's $(rm -rf ~) `x`", `'/it'\\''s $(rm -rf ~) \`x\`'`],
])('a scratch folder %s', (text, bash) => expect(withVariables(text)).toBe(bash));
