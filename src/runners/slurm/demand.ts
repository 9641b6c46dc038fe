import type { Placed } from '../environment/place.ts';
import type { Process } from '../environment/process.ts';

/** What each task of a process asks for, as far as it is the same for all and known before anything runs. */
export interface Demand {
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly gpus?: number;
  readonly seconds?: number;
  readonly queue?: string;
  /** Words for `sbatch`. */
  readonly extra: readonly string[];
}

/** The site's word before the process's own; what is computed from inputs is left out. */
export function demandOf({ process: process_, settings }: Placed): Demand {
  const { resources } = process_;
  const queue = settings.queue ?? constant(resources.queue);
  const seconds = settings.seconds ?? scaled(constant(resources.time), 1000);
  const numbers = {
    cpus: settings.cpus ?? scaled(constant(resources.cpus), 1),
    memoryBytes: settings.memoryBytes ?? scaled(constant(resources.memory), 1),
    gpus: settings.gpus ?? scaled(constant(resources.gpus), 1),
  };
  return {
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
    ...(seconds === undefined ? {} : { seconds }),
    ...(typeof queue === 'string' ? { queue } : {}),
    extra: [...texts(resources.extra), ...(settings.extra ?? [])],
  };
}

type Expression = NonNullable<Process['resources']['cpus']>;
type Constant = Extract<Expression, { kind: 'const' }>['value'];

const constant = (of: Expression | undefined): Constant | undefined => (of?.kind === 'const' ? of.value : undefined);

const texts = (of: Expression | undefined): readonly string[] => {
  if (of?.kind === 'list') return of.items.flatMap((item) => texts(item));
  const value = constant(of);
  return [value].flat().filter((item) => typeof item === 'string');
};

/** A plain number as it is; a quantity is held in milliseconds or bytes. */
function scaled(value: Constant | undefined, perUnit: number): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'object' && value !== null ? value.magnitude.toNumber() / perUnit : undefined;
}
