import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Placed } from '../environment/place.ts';
import { type Cluster, largestOf, type Partition } from './cluster.ts';
import { type Demand, demandOf } from './demand.ts';
import { ownWord } from './own-words.ts';
import { slurmErrors as errors } from './slurm-errors.ts';

/** What of a process does not fit this cluster: its partition, its size, its time. */
export function misfits(
  placed: Placed,
  of: { readonly cluster: Cluster; readonly queue: string | undefined; readonly extra: readonly string[] },
): readonly Diagnostic[] {
  const { name: process_, span } = placed.process;
  const demand = demandOf(placed);
  const { partitions } = of.cluster;
  const word = ownWord([...of.extra, ...demand.extra]);
  if (word !== undefined) return [errors.ownWord(span, { process: process_, word })];
  const queue = demand.queue ?? of.queue;
  // Several may be listed; Slurm takes the one that starts first.
  const names = queue?.split(',') ?? [];
  const unknown = names.find((name) => !partitions.some((one) => one.name === name));
  if (unknown !== undefined)
    return [errors.noPartition(span, { process: process_, queue: unknown, known: partitions.map(({ name }) => name) })];
  const own = partitions.filter((one) => (queue === undefined ? one.isDefault : names.includes(one.name)));
  // Without a default Slurm decides; then it is the one to say no.
  if (own.length === 0) return [];
  const partition = own.map(({ name }) => name).join(',');
  const others = (fits: (one: Partition) => boolean): readonly string[] =>
    partitions.filter((one) => one.isUp && !own.includes(one) && fits(one)).map(({ name }) => name);
  return [
    ...tooMuch(demand, own).map(({ asked, most }) =>
      errors.tooMuch(span, {
        process: process_,
        asked,
        most,
        partition,
        elsewhere: others((one) => tooMuch(demand, [one]).length === 0 && !isTooLong(demand, one)),
      }),
    ),
    ...(own.every((one) => isTooLong(demand, one))
      ? [
          errors.tooLong(span, {
            process: process_,
            asked: timeInWords(demand.seconds ?? 0),
            limit: timeInWords(Math.max(...own.map((one) => one.limitSeconds ?? 0))),
            partition,
            elsewhere: others((one) => tooMuch(demand, [one]).length === 0 && !isTooLong(demand, one)),
          }),
        ]
      : []),
  ];
}

const isTooLong = ({ seconds }: Demand, { limitSeconds }: Partition): boolean =>
  seconds !== undefined && limitSeconds !== undefined && seconds > limitSeconds;

interface Excess {
  readonly asked: string;
  readonly most: string;
}

/** Of each alone; whether one node has all of it together is Slurm's to say. */
function tooMuch(demand: Demand, partitions: readonly Partition[]): readonly Excess[] {
  const most = largestOf(partitions);
  const excess = (of: 'cpus' | 'memoryBytes' | 'gpus', words: (amount: number) => string): readonly Excess[] => {
    const asked = demand[of];
    return asked !== undefined && asked > most[of] ? [{ asked: words(asked), most: words(most[of]) }] : [];
  };
  return [
    ...excess('cpus', (cpus) => `${cpus} ${cpus === 1 ? 'core' : 'cores'}`),
    ...excess('memoryBytes', memoryInWords),
    ...excess('gpus', (gpus) => `${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}`),
  ];
}

/** In the language's units, whole where the number is: `512 MiB`, `22.4 GiB`. */
function memoryInWords(bytes: number): string {
  const gibibytes = bytes / 2 ** 30;
  if (gibibytes < 1) return `${Math.round(bytes / 2 ** 20)} MiB of memory`;
  return `${Math.round(gibibytes * 10) / 10} GiB of memory`;
}

/** `10 min`, `36 h`. */
function timeInWords(seconds: number): string {
  if (seconds >= 2 * 3600) return `${Math.round(seconds / 360) / 10} h`;
  return seconds >= 60 ? `${Math.round(seconds / 6) / 10} min` : `${seconds} s`;
}
