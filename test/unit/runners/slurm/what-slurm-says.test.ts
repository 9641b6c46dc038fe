import { describe, expect, test } from 'vitest';
import { parseAssociations } from '../../../../src/runners/slurm/associations.ts';
import {
  largestOf,
  limited,
  parseConfig,
  parseDuration,
  parseGpus,
  parseNodes,
} from '../../../../src/runners/slurm/cluster.ts';
import { jobState } from '../../../../src/runners/slurm/job-state.ts';
import { isPassing, neverSent } from '../../../../src/runners/slurm/passing.ts';
import {
  parseAccount,
  parseIndices,
  parseJobs,
  parseQueue,
  type Standing,
} from '../../../../src/runners/slurm/queue.ts';

/** As `12_3 RUNNING`, with what else is known. */
const shown = (standing: Standing): readonly string[] =>
  [...standing].flatMap(([name, elements]) =>
    [...elements].map(([index, { job, state }]) =>
      [name, `${job}_${index}`, state.word, state.standing, state.reason ?? '-', state.by ?? '-'].join(' '),
    ),
  );

describe('a state of Slurm', () => {
  test.each([
    ['PENDING', 'waiting'],
    ['CONFIGURING', 'waiting'],
    ['REQUEUED', 'waiting'],
    ['REQUEUE_FED', 'waiting'],
    ['REQUEUE_HOLD', 'waiting'],
    ['RESV_DEL_HOLD', 'waiting'],
    ['SPECIAL_EXIT', 'waiting'],
    ['RUNNING', 'running'],
    ['COMPLETING', 'running'],
    ['RESIZING', 'running'],
    ['SIGNALING', 'running'],
    ['STAGE_OUT', 'running'],
    ['STOPPED', 'running'],
    ['SUSPENDED', 'running'],
    ['BOOT_FAIL', 'over'],
    ['CANCELLED', 'over'],
    ['CANCELLED by 0', 'over'],
    ['CANCELLED+', 'over'],
    ['COMPLETED', 'over'],
    ['DEADLINE', 'over'],
    ['FAILED', 'over'],
    ['NODE_FAIL', 'over'],
    ['OUT_OF_MEMORY', 'over'],
    ['OUT_OF_ME+', 'unknown'],
    ['PREEMPTED', 'over'],
    ['TIMEOUT', 'over'],
    // Another cluster of a federation has it: nothing is known of it here.
    ['REVOKED', 'unknown'],
    ['', 'unknown'],
    ['SOMETHING_NEW', 'unknown'],
  ])('%s is %s', (text, standing) => expect(jobState(text).standing).toBe(standing));

  test('who cancelled, and why it waits', () => {
    expect(jobState('CANCELLED by 1003')).toMatchObject({ word: 'CANCELLED', by: '1003' });
    expect(jobState('PENDING', 'JobHeldUser')).toMatchObject({ reason: 'JobHeldUser' });
    expect(jobState('RUNNING', 'None')).not.toHaveProperty('reason');
  });
});

test('squeue: our batches among the jobs of others', () => {
  const text = `9 PENDING wrap PartitionConfig
1_0 CANCELLED bit-x None
12_0 RUNNING bit-00112233445566aa None
12_1 COMPLETING bit-00112233445566aa None
12_[2-4] PENDING bit-00112233445566aa Resources
13_0 FAILED bit-ffeeddccbbaa0099 NonZeroExitCode
14_7 PENDING bit-0123456789abcdef (JobHeldAdmin)
slurmstepd: error: something else
`;
  expect(shown(parseQueue(text))).toEqual([
    'bit-00112233445566aa 12_0 RUNNING running - -',
    'bit-00112233445566aa 12_1 COMPLETING running - -',
    'bit-00112233445566aa 12_2 PENDING waiting Resources -',
    'bit-00112233445566aa 12_3 PENDING waiting Resources -',
    'bit-00112233445566aa 12_4 PENDING waiting Resources -',
    'bit-ffeeddccbbaa0099 13_0 FAILED over NonZeroExitCode -',
    'bit-0123456789abcdef 14_7 PENDING waiting (JobHeldAdmin) -',
  ]);
});

test('sacct: what squeue has forgotten', () => {
  const text = `12_0|COMPLETED|bit-00112233445566aa
12_1|CANCELLED by 0|bit-00112233445566aa
12_[2-3]|PENDING|bit-00112233445566aa
12_4|OUT_OF_MEMORY|bit-00112233445566aa
99|COMPLETED|wrap
`;
  expect(shown(parseAccount(text))).toEqual([
    'bit-00112233445566aa 12_0 COMPLETED over - -',
    'bit-00112233445566aa 12_1 CANCELLED over - 0',
    'bit-00112233445566aa 12_2 PENDING waiting - -',
    'bit-00112233445566aa 12_3 PENDING waiting - -',
    'bit-00112233445566aa 12_4 OUT_OF_MEMORY over - -',
  ]);
});

test('scontrol show job: an element, and a stretch that waits', () => {
  const text = `JobId=2 ArrayJobId=1 ArrayTaskId=0 JobName=bit-00112233445566aa UserId=root(0) GroupId=root(0) MCS_label=N/A Priority=4294901759 Nice=0 Account=(null) QOS=(null) JobState=CANCELLED Reason=None Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:9
JobId=1 ArrayJobId=1 ArrayTaskId=1-2 JobName=bit-00112233445566aa UserId=root(0) JobState=PENDING Reason=Resources Dependency=(null)
JobId=5 JobName=wrap UserId=root(0) JobState=RUNNING Reason=None
`;
  expect(shown(parseJobs(text))).toEqual([
    'bit-00112233445566aa 1_0 CANCELLED over - -',
    'bit-00112233445566aa 1_1 PENDING waiting Resources -',
    'bit-00112233445566aa 1_2 PENDING waiting Resources -',
  ]);
});

test.each([
  ['3', [3]],
  ['0-3', [0, 1, 2, 3]],
  ['[0-1,5]', [0, 1, 5]],
  ['[0-6:3%2]', [0, 3, 6]],
  ['N/A', []],
])('indices %s', (text, indices) => expect(parseIndices(text)).toEqual(indices));

describe('what a program says when it fails', () => {
  test.each([
    'Unable to contact slurm controller (connect failure)',
    'Batch job submission failed: Socket timed out on send/recv operation',
    'Batch job submission failed: Unable to contact slurm controller (connect failure)',
    'Slurm temporarily unable to accept job, sleeping and retrying',
    'Batch job submission failed: Resource temporarily unavailable',
    'slurm_load_jobs error: Unexpected message received; Zero Bytes were transmitted or received',
    'Batch job submission failed: Slurm backup controller in standby mode',
    'Munge encode failed: Failed to access "/run/munge/munge.socket.2": No such file or directory',
    'Batch job submission failed: Protocol authentication error',
  ])('%s: it may be otherwise in a while', (words) => expect(isPassing(words)).toBe(true));

  test.each([
    'invalid partition specified: nix; Batch job submission failed: Invalid partition name specified',
    'Memory specification can not be satisfied; Batch job submission failed: Requested node configuration is not available',
    'Invalid generic resource (gres) specification',
    'Batch job submission failed: Invalid feature specification',
    'unrecognized option \'--foo\'; Try "sbatch --help" for more information',
    'Batch job submission failed: Requested reservation is invalid',
    'Batch job submission failed: Invalid account or account/partition combination specified',
    'Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)',
    "Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
  ])('%s: the cluster will not', (words) => expect(isPassing(words)).toBe(false));

  test('only what was never sent cannot have arrived', () => {
    expect(neverSent('Unable to contact slurm controller (connect failure)')).toBe(true);
    expect(neverSent('Socket timed out on send/recv operation')).toBe(false);
  });
});

describe('a cluster', () => {
  test('its setup', () => {
    const text = `AccountingStorageType   = accounting_storage/slurmdbd
ClusterName             = bit
MaxArraySize            = 1001
MessageTimeout          = 10 sec
`;
    expect(parseConfig(text)).toEqual({ name: 'bit', arraySize: 1001, messageSeconds: 10, hasAccounting: true });
    expect(parseConfig('AccountingStorageType   = accounting_storage/none')).toMatchObject({ hasAccounting: false });
  });

  test('its partitions and nodes, and what a partition grants of them', () => {
    const partitions = parseNodes(`node1|main*|64|256000|gpu:a100:4(S:0-1)|infinite|up|host1
node1|short|64|256000|gpu:a100:4(S:0-1)|10:00|up|host1
node2|short|8|16000|(null)|10:00|up|host2
node2|closed|8|16000|(null)|1-00:00:00|down|host2
`);
    expect(largestOf(partitions.filter(({ isUp }) => !isUp))).toEqual({
      cpus: 8,
      memoryBytes: 16_000 * 2 ** 20,
      gpus: 0,
    });
    expect(
      partitions.map(({ name, isDefault, isUp, limitSeconds, nodes }) => [
        name,
        isDefault,
        isUp,
        limitSeconds,
        nodes.length,
      ]),
    ).toEqual([
      ['main', true, true, undefined, 1],
      ['short', false, true, 600, 2],
      ['closed', false, false, 86_400, 1],
    ]);
    expect(largestOf(partitions)).toEqual({ cpus: 64, memoryBytes: 256_000 * 2 ** 20, gpus: 4 });
    const granted = limited(
      partitions,
      'PartitionName=short AllowGroups=ALL MaxCPUsPerNode=4 Nodes=x MaxMemPerNode=512 TRES=cpu=2\nPartitionName=main MaxCPUsPerNode=UNLIMITED MaxMemPerNode=UNLIMITED\n',
    );
    expect(granted.map((one) => largestOf([one]).memoryBytes / 2 ** 20)).toEqual([256_000, 512, 16_000]);
    expect(granted.map((one) => largestOf([one]).cpus)).toEqual([64, 4, 8]);
  });

  test.each([
    ['gpu:4', 4],
    ['gpu:a100:2(S:0),gpu:v100:1,shard:8', 3],
    ['gpu:a100:4(S:0,2)', 4],
    ['(null)', 0],
    ['craynetwork:4', 0],
  ])('GPUs of %s', (gres, gpus) => expect(parseGpus(gres)).toBe(gpus));

  test.each([
    ['10', 600],
    ['10:00', 600],
    ['1:00:00', 3600],
    ['2-00', 172_800],
    ['2-12:30:00', 217_800],
    ['infinite', undefined],
    ['n/a', undefined],
  ])('a time of %s', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test('who may be charged', () => {
    expect(parseAssociations('lab|normal,fast\nother|normal\n')).toEqual({
      accounts: ['lab', 'other'],
      qos: ['normal', 'fast'],
    });
    expect(parseAssociations('')).toBeUndefined();
  });
});
