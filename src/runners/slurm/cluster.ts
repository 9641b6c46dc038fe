import type { Resources } from '../../engine/ports/runner.ts';
import { ask } from './slurm-programs.ts';

/** What a cluster offers and how it is set up, as far as jobs are shaped by it. */
export interface Cluster {
  readonly name: string;
  /** Elements that an array may have. */
  readonly arraySize: number;
  /** How long a program waits for an answer. */
  readonly messageSeconds: number;
  readonly hasAccounting: boolean;
  readonly partitions: readonly Partition[];
}

export interface Partition {
  readonly name: string;
  readonly isDefault: boolean;
  /** Takes jobs now. */
  readonly isUp: boolean;
  /** Absent where there is none. */
  readonly limitSeconds?: number;
  readonly nodes: readonly Node[];
}

/** What a job may have of it in this partition. */
export interface Node extends Resources {
  readonly name: string;
  /** Of the machine, which may be another name. */
  readonly host: string;
}

/** Asks the controller; in its own words where it does not answer. */
export async function askCluster(
  options: { readonly seconds: number } = { seconds: 20 },
): Promise<Cluster | { readonly words: string; readonly missing: boolean }> {
  const [config, nodes, limits] = await Promise.all([
    ask('scontrol', ['show', 'config'], options),
    ask('sinfo', nodeWords, options),
    ask('scontrol', ['--all', '--oneliner', 'show', 'partition'], options),
  ]);
  if (config.kind !== 'answered')
    return { words: config.words, missing: config.kind === 'silent' && config.missing === true };
  if (nodes.kind !== 'answered') return { words: nodes.words, missing: false };
  const partitions = parseNodes(nodes.text);
  // What a partition grants may be less than what its nodes have.
  return {
    ...parseConfig(config.text),
    partitions: limits.kind === 'answered' ? limited(partitions, limits.text) : partitions,
  };
}

const nodeWords = ['--noheader', '--Node', '--all', '--format=%N|%P|%c|%m|%G|%l|%a|%n'];

export function parseConfig(text: string): Omit<Cluster, 'partitions'> {
  const value = (name: string): string => new RegExp(`^${name}\\s*= (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return {
    name: value('ClusterName'),
    // The largest index is one less.
    arraySize: Math.max(1, Number(value('MaxArraySize')) || 1001),
    messageSeconds: Number.parseInt(value('MessageTimeout'), 10) || 10,
    hasAccounting: /slurmdbd|mysql/.test(value('AccountingStorageType')),
  };
}

/** `node1|main*|2|22899|gpu:a100:4(S:0-1)|10:00|up|host1`, a line per node and partition. */
export function parseNodes(text: string): readonly Partition[] {
  const partitions = new Map<string, Partition & { readonly nodes: Node[] }>();
  for (const line of text.split('\n')) {
    const fields = line.trim().split('|');
    const [name = '', partition = '', cpus = '', memory = '', gres = '', limit = '', state = '', host = name] = fields;
    if (partition === '') continue;
    const plain = partition.replace(/\*$/, '');
    let found = partitions.get(plain);
    if (found === undefined) {
      const limitSeconds = parseDuration(limit);
      const limited = limitSeconds === undefined ? {} : { limitSeconds };
      found = { name: plain, isDefault: plain !== partition, isUp: state === 'up', ...limited, nodes: [] };
      partitions.set(plain, found);
    }
    const bytes = Number.parseInt(memory, 10) * 2 ** 20;
    found.nodes.push({ name, host, cpus: Number.parseInt(cpus, 10), memoryBytes: bytes, gpus: parseGpus(gres) });
  }
  return [...partitions.values()];
}

/** Reads `MaxMemPerNode` and `MaxCPUsPerNode` of what `scontrol --oneliner show partition` prints. */
export function limited(partitions: readonly Partition[], text: string): readonly Partition[] {
  const lines = text.split('\n');
  return partitions.map((partition) => {
    const line = lines.find((one) => one.startsWith(`PartitionName=${partition.name} `)) ?? '';
    const field = (name: string): number => Number(new RegExp(` ${name}=(\\d+)`).exec(line)?.[1] ?? Infinity);
    const memoryBytes = field('MaxMemPerNode') * 2 ** 20;
    const cpus = field('MaxCPUsPerNode');
    const nodes = partition.nodes.map((node) => ({
      ...node,
      cpus: Math.min(node.cpus, cpus),
      memoryBytes: Math.min(node.memoryBytes, memoryBytes),
    }));
    return { ...partition, nodes };
  });
}

/** `gpu:4`, `gpu:a100:2(S:0),gpu:v100:1,shard:8`. */
export function parseGpus(gres: string): number {
  return gres.split(/,(?![^(]*\))/).reduce((sum, one) => sum + Number(/^gpu(?::[^:(]+)?:(\d+)/.exec(one)?.[1] ?? 0), 0);
}

/** `10`, `10:00`, `1:00:00`, `2-00`, `2-12:30:00`; undefined for `infinite`. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, days, first, second, third] = match;
  const numbers = [first, second, third].filter((part) => part !== undefined).map(Number);
  // Days are followed by hours; without them a lone number is minutes, and so is the first of two.
  const [hours, minutes, seconds] =
    days !== undefined
      ? [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0]
      : numbers.length === 3
        ? [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0]
        : [0, numbers[0] ?? 0, numbers[1] ?? 0];
  return ((Number(days ?? 0) * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** The most of each that some node of the partitions has. One that takes no jobs now may take them later. */
export function largestOf(partitions: readonly Partition[]): Resources {
  const nodes = partitions.flatMap((partition) => partition.nodes);
  const most = (of: (node: Node) => number): number => nodes.reduce((largest, node) => Math.max(largest, of(node)), 0);
  return {
    cpus: most((node) => node.cpus),
    memoryBytes: most((node) => node.memoryBytes),
    gpus: most((node) => node.gpus),
  };
}
