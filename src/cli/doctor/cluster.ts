import { hostname } from 'node:os';
import { installHint } from '../../runners/environment/install-hint.ts';
import { findVersion } from '../../runners/environment/version.ts';
import { askCluster, largestOf, type Partition } from '../../runners/slurm/cluster.ts';
import { fileSystemOf } from '../../runners/slurm/file-system.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { findProgram, realPath } from '../../util/find-program.ts';
import { askProgram, type ProgramAnswer } from './ask-program.ts';
import { type Examined, patience } from './examined.ts';
import { searchPath } from './search-path.ts';

/** For `--runner slurm`: its programs, its controller, what it has, whether it remembers, and whether its nodes see the store. */
export async function examineCluster(options: {
  readonly at: string;
  readonly shared: boolean;
  readonly needed: boolean;
}): Promise<readonly Examined[]> {
  const { needed } = options;
  if (findProgram('sbatch', searchPath) === undefined)
    return [{ name: 'slurm', state: 'missing', needed, found: 'not found (sbatch)', install: installHint('sbatch') }];
  const [version, cluster, nodes, accounting] = await Promise.all([
    askProgram('sbatch', ['--version']),
    askCluster({ seconds: patience / 1000 }),
    // A node's name may be another than its machine's.
    askProgram('sinfo', ['--noheader', '--Node', '--format=%n']),
    askProgram('sacctmgr', ['--noheader', '--parsable2', 'show', 'cluster', 'format=cluster']),
  ]);
  const words = version.kind === 'said' ? `Slurm ${findVersion(version.text) ?? ''}`.trim() : 'Slurm';
  if ('words' in cluster)
    return [
      {
        name: 'slurm',
        state: 'missing',
        needed,
        found: `${words}, whose controller does not answer: ${cluster.words}`,
        install: 'See `scontrol ping`. Here may be no login node of the cluster, or SLURM_CONF names the wrong file.',
      },
    ];
  const hosts = nodes.kind === 'said' ? nodes.text.split('\n').map((line) => line.trim()) : [];
  return [
    { name: 'slurm', state: 'ok', needed, found: `${words}, cluster ${cluster.name}, its controller answers` },
    partitionsOf(cluster.partitions, needed),
    accountingOf(cluster.hasAccounting, accounting),
    sharedStore({ ...options, hosts }),
  ];
}

function partitionsOf(all: readonly Partition[], needed: boolean): Examined {
  const name = 'partitions';
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

/** `main (default): 4 nodes, up to 64 cores, 256 GB, 4 GPUs; 2 d` */
function partitionInWords(of: Partition): string {
  const { cpus, memoryBytes, gpus } = largestOf([of]);
  const most = [`up to ${cpus} ${cpus === 1 ? 'core' : 'cores'}`, bytesInWords(memoryBytes)];
  if (gpus > 0) most.push(`${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}`);
  if (of.limitSeconds !== undefined) most.push(`for ${limitInWords(of.limitSeconds)}`);
  const count = of.nodes.length;
  return `${of.name}${of.isDefault ? ' (default)' : ''}: ${count} ${count === 1 ? 'node' : 'nodes'}, ${most.join(', ')}`;
}

/** `30 min`, `1 h`, `2 d`; sites set round ones, and others are shown to the minute. */
function limitInWords(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const parts = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60] as const;
  const words = parts.flatMap((part, at) => (part === 0 ? [] : [`${part} ${['d', 'h', 'min'][at] ?? ''}`]));
  return words.length === 0 ? `${seconds} s` : words.join(' ');
}

/** Without it a run works: how tasks ended stands in their own records, and the controller remembers the rest for minutes. */
function accountingOf(isKept: boolean, answer: ProgramAnswer): Examined {
  const name = 'accounting';
  if (!isKept)
    return {
      name,
      state: 'ok',
      needed: false,
      found: 'none; what ended jobs is asked of the controller while it remembers',
    };
  if (answer.kind === 'said') return { name, state: 'ok', needed: false, found: 'kept, and it answers' };
  return {
    name,
    state: 'weak',
    needed: false,
    found: `kept, and it does not answer${answer.kind === 'refused' ? `: ${answer.words}` : ''}`,
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
  const { kind, isShared } = fileSystemOf(realPath(of.at));
  const where = `${of.at} on ${kind}`;
  if (isShared)
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
