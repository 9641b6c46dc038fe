import type { LaunchResources } from '../../engine/ports/runner.ts';
import type { Partition } from './cluster.ts';
import type { SlurmSettings } from './slurm-settings.ts';

/** What an array is submitted with, beside its script. What stands later counts: the site's words before those of the process. */
export function sbatchWords(of: {
  readonly name: string;
  /** Of the batch, where sbatch is started. */
  readonly folder: string;
  readonly elements: number;
  /** Attempts in the largest element. */
  readonly longest: number;
  readonly resources: LaunchResources;
  readonly seconds?: number;
  readonly settings: SlurmSettings;
  readonly partitions: readonly Partition[];
}): readonly string[] {
  const { resources, settings } = of;
  const queue = resources.queue ?? settings.queue;
  const partition = of.partitions.find((one) => (queue === undefined ? one.isDefault : one.name === queue));
  const output = asItStands(`${of.folder}/output`);
  const words = [
    '--parsable',
    '--no-requeue',
    // Of the little that sbatch itself is given. Tasks begin with an environment of their own.
    '--export=ALL',
    `--job-name=${of.name}`,
    `--array=0-${of.elements - 1}`,
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${Math.max(1, Math.ceil(resources.cpus))}`,
    `--output=${output}`,
    `--error=${output}`,
    '--open-mode=append',
  ];
  if (resources.memoryBytes !== undefined) words.push(`--mem=${memoryMiB(resources.memoryBytes, partition)}M`);
  if (resources.gpus > 0) words.push(`--gres=gpu:${resources.gpus}`);
  if (resources.diskBytes !== undefined) words.push(`--tmp=${Math.ceil(resources.diskBytes / 2 ** 20)}M`);
  if (of.seconds !== undefined)
    words.push(`--time=${minutes(of.seconds, { ...of, limitSeconds: partition?.limitSeconds })}`);
  if (queue !== undefined) words.push(`--partition=${queue}`);
  for (const option of ['account', 'qos', 'constraint', 'reservation'] as const) {
    const value = settings[option];
    if (value !== undefined) words.push(`--${option}=${value}`);
  }
  return [...words, ...settings.extra, ...(resources.extra ?? [])];
}

/** Slurm puts numbers in place of `%A` and the like, in a folder's name too, unless there is a backslash anywhere; backslashes it takes away. */
const asItStands = (path: string): string =>
  /[%\\]/.test(path) ? `/\\${path.slice(1).replaceAll('\\', '\\\\')}` : path;

/** The shells that look after a task need a little, which must not be what makes it too large for every node. */
function memoryMiB(bytes: number, partition: Partition | undefined): number {
  const own = Math.ceil(bytes / 2 ** 20);
  const nodes = partition?.nodes ?? [];
  const largest = Math.floor(Math.max(0, ...nodes.map((node) => node.memoryBytes)) / 2 ** 20);
  return largest >= own ? Math.min(own + shellsMiB, largest) : own + shellsMiB;
}
const shellsMiB = 32;

/** Each task is ended by its launcher when its time is up, with a grace: Slurm's limit is for when that fails. */
function minutes(seconds: number, of: { readonly longest: number; readonly limitSeconds: number | undefined }): number {
  const wanted = Math.ceil((seconds + 60 + 10 * of.longest) / 60);
  const { limitSeconds } = of;
  if (limitSeconds === undefined || seconds > limitSeconds) return wanted;
  return Math.min(wanted, Math.floor(limitSeconds / 60));
}
