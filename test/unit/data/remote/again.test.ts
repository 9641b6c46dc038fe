import { describe, expect, test } from 'vitest';
import { again } from '../../../../src/data/remote/again.ts';
import { mayPass } from '../../../../src/data/remote/problem.ts';

function lab(options: { readonly failures: number; readonly afterMs?: number }) {
  const waits: number[] = [];
  const stop = new AbortController();
  let left = options.failures;
  let tries = 0;
  const patience = {
    pausesMs: [10, 20, 40],
    longestMs: 1000,
    idleMs: 1000,
    wait: async (ms: number) => void waits.push(ms),
  };
  const work = async (): Promise<string> => {
    tries += 1;
    if (left > 0) {
      left -= 1;
      throw mayPass('s3://b/k', 'busy', { afterMs: options.afterMs });
    }
    return 'done';
  };
  return { waits, stop, patience, work, tries: () => tries };
}

describe('what may pass is tried again', () => {
  test('with growing pauses, until it works', async () => {
    const { waits, patience, stop, work } = lab({ failures: 3 });
    expect(await again(work, { patience, signal: stop.signal })).toBe('done');
    expect(waits).toEqual([10, 20, 40]);
  });

  test('a limited number of times, and then the problem is told', async () => {
    const { patience, stop, work, tries } = lab({ failures: 9 });
    await expect(again(work, { patience, signal: stop.signal })).rejects.toMatchObject({
      name: 'RemoteProblem',
      why: 'unreachable',
    });
    expect(tries()).toBe(4);
  });

  test('as late as the server asks', async () => {
    const { waits, patience, stop, work } = lab({ failures: 2, afterMs: 30 });
    await again(work, { patience, signal: stop.signal });
    expect(waits).toEqual([30, 30]);
  });

  test('not at all where it asks for longer than anybody waits', async () => {
    const { waits, patience, stop, work } = lab({ failures: 2, afterMs: 100_000 });
    await expect(again(work, { patience, signal: stop.signal })).rejects.toThrow('busy');
    expect(waits).toEqual([]);
  });

  test('as often as it takes, while there is more each time', async () => {
    const { patience, stop, work, tries } = lab({ failures: 20 });
    expect(await again(work, { patience, signal: stop.signal, moved: () => tries() })).toBe('done');
  });

  test('what does not pass is told at once', async () => {
    const { waits, patience, stop } = lab({ failures: 0 });
    const work = async () => Promise.reject(new Error('no'));
    await expect(again(work, { patience, signal: stop.signal })).rejects.toThrow('no');
    expect(waits).toEqual([]);
  });

  test('the signal ends it, during a pause too', async () => {
    const { patience, stop, work, tries } = lab({ failures: 9 });
    const wait = async () => stop.abort(new Error('stopped'));
    await expect(again(work, { patience: { ...patience, wait }, signal: stop.signal })).rejects.toThrow('stopped');
    expect(tries()).toBe(1);
  });
});
