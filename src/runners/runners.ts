import type { AdoptionResult, Capacity, Runner, RunnerName, Runners, RunnerUpdate } from '../engine/ports/runner.ts';
import type { AttemptToken } from '../util/brand.ts';
import { updateQueue } from './update-queue.ts';

/** Opens each runner when it is first needed, so that a run on this machine loads nothing of the others. */
export function openRunners(open: Readonly<Record<RunnerName, () => Promise<Runner>>>): Runners {
  const opened = new Map<RunnerName, Promise<Runner>>();
  const updates = updateQueue();
  const closing = new AbortController();
  const listening: Promise<void>[] = [];
  /** What is heard of attempts while they are taken over: nobody knows them before all of them are. */
  const early = new Map<AttemptToken, RunnerUpdate[]>();

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

  function tell(update: RunnerUpdate): void {
    const held = early.get(update.token);
    if (held === undefined) updates.push(update);
    else held.push(update);
  }

  /** Only of what runs is there more to say than the result says itself. */
  function release(results: readonly AdoptionResult[]): void {
    for (const { token, state } of results) {
      const held = early.get(token) ?? [];
      early.delete(token);
      if (state === 'running') for (const update of held) updates.push(update);
    }
  }

  async function listen(from: Runner): Promise<void> {
    try {
      while (!closing.signal.aborted) for (const update of await from.updates(closing.signal)) tell(update);
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
    async adopt(adoptions) {
      for (const { token } of adoptions) early.set(token, []);
      try {
        const results = (await each(adoptions, (by, own) => by.adopt(own))).flat();
        // After whoever asked has the results in hand.
        setImmediate(() => release(results));
        return results;
      } catch (error) {
        for (const { token } of adoptions) early.delete(token);
        throw error;
      }
    },
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
