import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Which GPUs each attempt has, so that two tasks that ask for one each do not meet on the first. Tasks see theirs as `CUDA_VISIBLE_DEVICES`.
 * Written into the attempt's directory, where an engine that takes it over finds it.
 */
export interface GpuShares {
  /** Indices for a new attempt: free ones first, then those with the fewest attempts. */
  take(attempt: { readonly token: string; readonly directory: string; readonly count: number }): readonly number[];
  /** An attempt that another engine started. */
  adopt(attempt: { readonly token: string; readonly directory: string }): void;
  release(token: string): void;
}

export function gpuShares(present: number): GpuShares {
  const held = new Map<string, readonly number[]>();
  return {
    take({ token, directory, count }) {
      const load = Array.from(
        { length: present },
        (_, index) => [...held.values()].filter((indices) => indices.includes(index)).length,
      );
      const indices = load
        .map((users, index) => ({ users, index }))
        .sort((a, b) => a.users - b.users || a.index - b.index)
        .slice(0, count)
        .map(({ index }) => index)
        .sort((a, b) => a - b);
      held.set(token, indices);
      writeFileSync(`${directory}/gpus`, `${indices.join(',')}\n`);
      return indices;
    },
    adopt({ token, directory }) {
      try {
        const text = readFileSync(`${directory}/gpus`, 'utf8').trim();
        if (text !== '') held.set(token, text.split(',').map(Number));
      } catch {
        // It asked for none.
      }
    },
    release: (token) => void held.delete(token),
  };
}
