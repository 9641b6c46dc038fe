import type { Capacity, Runner, RunnerName, Runners } from '../engine/ports/runner.ts';
import { updateQueue } from './update-queue.ts';

/** Opens each runner when it is first needed, so that a run on this machine loads nothing of the others. */
export function openRunners(open: Readonly<Record<RunnerName, () => Promise<Runner>>>): Runners {
  const opened = new Map<RunnerName, Promise<Runner>>();
  const updates = updateQueue();
  const closing = new AbortController();
  const listening: Promise<void>[] = [];

  function runner(name: RunnerName): Promise<Runner> {
    let found = opened.get(name);
    if (found === undefined) {
      found = open[name]();
      opened.set(name, found);
      listening.push(found.then(listen));
      // Whoever asked for the runner hears why it could not be opened.
      listening.at(-1)?.catch(() => undefined);
    }
    return found;
  }

  async function listen(from: Runner): Promise<void> {
    try {
      while (!closing.signal.aborted) for (const update of await from.updates(closing.signal)) updates.push(update);
    } catch (error) {
      updates.fail(error);
    }
  }

  /** Hands to each runner what names it, all at once. */
  async function each<T extends { readonly runner: RunnerName }, R>(
    all: readonly T[],
    act: (runner: Runner, own: readonly T[]) => Promise<R>,
  ): Promise<readonly R[]> {
    const groups = new Map<RunnerName, T[]>();
    for (const one of all) {
      const group = groups.get(one.runner);
      if (group) group.push(one);
      else groups.set(one.runner, [one]);
    }
    return Promise.all([...groups].map(async ([name, own]) => act(await runner(name), own)));
  }

  return {
    capacity: async (name): Promise<Capacity> => (await runner(name)).capacity(),
    submit: async (launches) => void (await each(launches, (to, own) => to.submit(own))),
    updates: (signal) => updates.take(signal),
    adopt: async (adoptions) => (await each(adoptions, (by, own) => by.adopt(own))).flat(),
    async cancel(tokens, how) {
      await Promise.all([...opened.values()].map(async (one) => (await one).cancel(tokens, how)));
    },
    async close() {
      const all = await Promise.allSettled(opened.values());
      await Promise.all(all.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
      closing.abort();
      await Promise.allSettled(listening);
    },
  };
}
