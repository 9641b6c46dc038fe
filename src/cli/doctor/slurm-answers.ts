/** A partition as `sinfo --noheader --format=%P|%a|%c|%m|%G|%D|%l` tells of it; one with nodes of several kinds has a line for each. */
export interface PartitionLine {
  readonly name: string;
  readonly isDefault: boolean;
  readonly isUp: boolean;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  readonly nodes: number;
  /** As Slurm writes it, `infinite` or `2-00:00:00`. */
  readonly limit: string;
}

export const partitionWords = ['--noheader', '--format=%P|%a|%c|%m|%G|%D|%l'] as const;

/** Lines that are no partition are left out: Slurm's programs print remarks among their answers. */
export function readPartitions(text: string): readonly PartitionLine[] {
  return text.split('\n').flatMap((line) => {
    const [name, up, cpus, memory, gres, nodes, limit] = line.trim().split('|');
    if (name === undefined || limit === undefined) return [];
    return [
      {
        name: name.replace(/\*$/, ''),
        isDefault: name.endsWith('*'),
        isUp: up === 'up',
        // `64+` where nodes differ: the least of them.
        cpus: Number.parseInt(cpus ?? '', 10) || 0,
        memoryBytes: (Number.parseInt(memory ?? '', 10) || 0) * 2 ** 20,
        gpus: readGpus(gres ?? ''),
        nodes: Number.parseInt(nodes ?? '', 10) || 0,
        limit,
      },
    ];
  });
}

/** `gpu:a100:4(S:0-1),gpu:v100:2` is 6. */
function readGpus(gres: string): number {
  return [...gres.matchAll(/(?:^|,)gpu(?::[^:,(]+)?:(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Of partitions with their lines, the largest node of each. */
export function largestOf(lines: readonly PartitionLine[]): readonly PartitionLine[] {
  return [...Map.groupBy(lines, ({ name }) => name).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const most = (of: (line: PartitionLine) => number): number => Math.max(...group.map(of));
    return [
      {
        ...first,
        isUp: group.some(({ isUp }) => isUp),
        cpus: most(({ cpus }) => cpus),
        memoryBytes: most(({ memoryBytes }) => memoryBytes),
        gpus: most(({ gpus }) => gpus),
        nodes: group.reduce((sum, { nodes }) => sum + nodes, 0),
      },
    ];
  });
}

/** A value of `scontrol show config`. */
export const configValue = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}\\s*=\\s*(.*?)\\s*$`, 'm').exec(text)?.[1];
