import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { installHint } from '../../runners/environment/install-hint.ts';
import { findVersion } from '../../runners/environment/version.ts';
import { findProgram, realPath } from '../../util/find-program.ts';
import { bytesInWords } from '../amounts.ts';
import { askProgram, type ProgramAnswer } from './ask-program.ts';
import type { Examined } from './examined.ts';
import { type MountedAt, mountOf, readMounts } from './mounts.ts';
import { searchPath } from './search-path.ts';
import { configValue, largestOf, type PartitionLine, partitionWords, readPartitions } from './slurm-answers.ts';

/** For `--runner slurm`: its programs, its controller, what it has, whether it remembers, and whether its nodes see the store. */
export async function examineCluster(options: {
  readonly at: string;
  readonly shared: boolean;
  readonly needed: boolean;
}): Promise<readonly Examined[]> {
  const { needed } = options;
  if (findProgram('sbatch', searchPath) === undefined)
    return [{ name: 'slurm', state: 'missing', needed, found: 'not found (sbatch)', install: installHint('sbatch') }];
  const [version, config, partitions, nodes, accounting] = await Promise.all([
    askProgram('sbatch', ['--version']),
    askProgram('scontrol', ['show', 'config']),
    askProgram('sinfo', partitionWords),
    askProgram('sinfo', ['--noheader', '--format=%n']),
    askProgram('sacctmgr', ['--noheader', '--parsable2', 'show', 'cluster', 'format=cluster']),
  ]);
  const words = version.kind === 'said' ? `Slurm ${findVersion(version.text) ?? ''}`.trim() : 'Slurm';
  if (config.kind !== 'said')
    return [
      {
        name: 'slurm',
        state: 'missing',
        needed,
        found: `${words}, whose controller does not answer${config.kind === 'refused' ? `: ${config.words}` : ''}`,
        install: 'See `scontrol ping`. Here may be no login node of the cluster, or SLURM_CONF names the wrong file.',
      },
    ];
  const cluster = configValue(config.text, 'ClusterName');
  const hosts = nodes.kind === 'said' ? nodes.text.split('\n').filter((line) => line !== '') : [];
  return [
    {
      name: 'slurm',
      state: 'ok',
      needed,
      found: [words, ...(cluster === undefined ? [] : [`cluster ${cluster}`]), 'its controller answers'].join(', '),
    },
    partitionsOf(partitions, needed),
    accountingOf(configValue(config.text, 'AccountingStorageType') ?? '', accounting),
    sharedStore({ ...options, hosts }),
  ];
}

function partitionsOf(answer: ProgramAnswer, needed: boolean): Examined {
  const name = 'partitions';
  const all = answer.kind === 'said' ? largestOf(readPartitions(answer.text)) : [];
  const open = all.filter(({ isUp }) => isUp);
  if (open.length === 0)
    return {
      name,
      state: 'missing',
      needed,
      found:
        all.length === 0 ? 'the cluster tells of none' : `none takes jobs (${all.map((one) => one.name).join(', ')})`,
      install: 'See `sinfo`; ask those who run the cluster.',
    };
  return { name, state: 'ok', needed, found: open.map(partitionInWords).join('; ') };
}

/** `main (default): 4 nodes, up to 64 cores, 256 GB, 4 GPUs, 2-00:00:00` */
function partitionInWords(of: PartitionLine): string {
  const gpus = of.gpus === 0 ? [] : [`${of.gpus} ${of.gpus === 1 ? 'GPU' : 'GPUs'}`];
  const limit = of.limit === 'infinite' ? [] : [of.limit];
  const size = [`up to ${of.cpus} cores`, bytesInWords(of.memoryBytes), ...gpus, ...limit].join(', ');
  return `${of.name}${of.isDefault ? ' (default)' : ''}: ${of.nodes} ${of.nodes === 1 ? 'node' : 'nodes'}, ${size}`;
}

/** Without it a run works: how tasks ended stands in their own records, and the controller remembers the rest for minutes. */
function accountingOf(type: string, answer: ProgramAnswer): Examined {
  const name = 'accounting';
  if (/none$/.test(type) || type === '')
    return {
      name,
      state: 'ok',
      needed: false,
      found: 'none; what ended jobs is asked of the controller while it remembers',
    };
  if (answer.kind === 'said')
    return { name, state: 'ok', needed: false, found: `${type.split('/').at(-1) ?? type}, which answers` };
  return {
    name,
    state: 'weak',
    needed: false,
    found: `${type.split('/').at(-1) ?? type}, which does not answer${answer.kind === 'refused' ? `: ${answer.words}` : ''}`,
    install: 'Runs work without it; where it stays so, tell those who run the cluster.',
  };
}

function sharedStore(of: {
  readonly at: string;
  readonly shared: boolean;
  readonly needed: boolean;
  readonly hosts: readonly string[];
}): Examined {
  const name = 'shared store';
  const mount = mountOf(realPath(of.at), ownMounts());
  const where = mount === undefined ? of.at : `${of.at} on ${mount.type}${mount.isShared ? ` (${mount.source})` : ''}`;
  if (mount?.isShared === true)
    return {
      name,
      state: 'ok',
      needed: of.needed,
      found: `${where}, which nodes of the cluster can see where they mount it too`,
    };
  if (of.shared)
    return { name, state: 'ok', needed: of.needed, found: `${where}; \`slurm.shared\` says that nodes see it` };
  const short = (host: string): string => host.split('.')[0] ?? host;
  if (of.hosts.length > 0 && of.hosts.every((host) => short(host) === short(hostname())))
    return { name, state: 'ok', needed: of.needed, found: `${where}; the cluster is this machine alone` };
  return {
    name,
    state: 'weak',
    needed: of.needed,
    found: `${where}, which only this machine sees`,
    install:
      'Tasks on nodes need a store that they see: `--store DIR` on a shared file system, or `slurm.shared = true` where this one is.',
  };
}

function ownMounts(): readonly MountedAt[] {
  try {
    return readMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    return [];
  }
}
