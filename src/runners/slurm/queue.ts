import { type JobState, jobState } from './job-state.ts';

/** Where a batch's elements stand: by its name, then by the index in the array. */
export type Standing = ReadonlyMap<string, ReadonlyMap<number, Seen>>;

export interface Seen {
  /** Of the whole array. */
  readonly job: string;
  readonly state: JobState;
}

export const batchNamePrefix = 'bit-';

/** One line per element: `12_3 PENDING bit-… Resources`. */
export const queueWords = ['--noheader', '--array', '--states=all', '--format=%i %T %j %r'] as const;

/** Reads what `squeue` prints with `queueWords`; jobs of others, and what cannot be read, are left out. */
export function parseQueue(text: string): Standing {
  return collect(text.split('\n'), (line) => {
    const match = /^(\d+)_(\S+) (\S+) (bit-[0-9a-f]+) ?(.*)$/.exec(line.trim());
    if (match === null) return undefined;
    const [, job = '', index = '', state = '', name = '', reason = ''] = match;
    return { job, indices: parseIndices(index), name, state: jobState(state, reason) };
  });
}

export const accountWords = ['--allocations', '--parsable2', '--noheader', '--format=JobID,State,JobName'] as const;

/** Reads what `sacct` prints with `accountWords`: `12_3|CANCELLED by 0|bit-…`. */
export function parseAccount(text: string): Standing {
  return collect(text.split('\n'), (line) => {
    const [id = '', state = '', name = ''] = line.trim().split('|');
    const match = /^(\d+)_(\S+)$/.exec(id);
    if (match === null || !name.startsWith(batchNamePrefix)) return undefined;
    return { job: match[1] ?? '', indices: parseIndices(match[2] ?? ''), name, state: jobState(state) };
  });
}

/** Reads what `scontrol --oneliner show job` prints: one line of `Name=value` per element, or per stretch of those that wait. */
export function parseJobs(text: string): Standing {
  return collect(text.split('\n'), (line) => {
    const field = (name: string): string | undefined => new RegExp(`(?:^| )${name}=(\\S+)`).exec(line)?.[1];
    const job = field('ArrayJobId');
    const name = field('JobName');
    if (job === undefined || name === undefined || !name.startsWith(batchNamePrefix)) return undefined;
    const state = jobState(field('JobState') ?? '', field('Reason'));
    return { job, indices: parseIndices(field('ArrayTaskId') ?? ''), name, state };
  });
}

/** `3`, `0-4,7`, `[5-9%2]`. */
export function parseIndices(text: string): readonly number[] {
  const inner = text.replace(/^\[|\]$/g, '').replace(/%\d+$/, '');
  return inner.split(',').flatMap((part) => {
    const match = /^(\d+)(?:-(\d+))?(?::(\d+))?$/.exec(part);
    if (match === null) return [];
    const [first, last, step] = [Number(match[1]), Number(match[2] ?? match[1]), Number(match[3] ?? 1)];
    return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, at) => first + at * step);
  });
}

interface Line extends Seen {
  readonly name: string;
  readonly indices: readonly number[];
}

function collect(lines: readonly string[], read: (line: string) => Line | undefined): Standing {
  const standing = new Map<string, Map<number, Seen>>();
  for (const text of lines) {
    const line = read(text);
    if (line === undefined) continue;
    let elements = standing.get(line.name);
    if (elements === undefined) {
      elements = new Map();
      standing.set(line.name, elements);
    }
    for (const index of line.indices) elements.set(index, { job: line.job, state: line.state });
  }
  return standing;
}
