import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { labels } from './container-spec.ts';
import { isAway, saidBy } from './daemon.ts';

export interface WatchListener {
  /** The container of this attempt does not run any more. */
  onEnded(token: string): void;
  /** All there are, by attempt, after a time in which nothing was heard: what is not among them is gone. */
  onListed(running: ReadonlyMap<string, ContainerState>): void;
  /** The daemon is not heard any more. Once per outage. */
  onAway(why: string): void;
}

/** `created`, `running`, `paused`, `restarting`, `removing`, `exited`, `dead`; Podman has further ones. */
export type ContainerState = string;

export interface ContainerWatch {
  /** Resolves as soon as nothing that ends from now on is missed; at once while that is so. */
  heard(): Promise<void>;
  close(): void;
}

/**
 * Listens to the daemon about all containers of a work folder over one connection. Where it breaks, it is made again, however long that takes,
 * and all containers are listed then.
 */
export function watchContainers(
  docker: Docker,
  options: WatchListener & { readonly workFolder: string },
): ContainerWatch {
  const closing = new AbortController();
  const { signal } = closing;
  const filter = { label: [`${labels.work}=${options.workFolder}`] };
  let heard = Promise.withResolvers<void>();
  let isHeard = false;

  async function listen(): Promise<void> {
    // What happens between the answer's first byte and the daemon's own beginning to listen is in its memory of the last moments.
    const since = Math.floor(Date.now() / 1000) - 1;
    const answered = docker.getEvents({
      since,
      filters: JSON.stringify({ ...filter, type: ['container'] }),
      abortSignal: signal,
    }) as Promise<Readable>;
    try {
      // Podman's first byte comes with the first event.
      await Promise.race([answered, delay(300, undefined, { ref: false })]);
      const listed = await docker.listContainers({ all: true, filters: filter });
      options.onListed(new Map(listed.map(({ Labels, State }) => [Labels[labels.token] ?? '', State])));
      isHeard = true;
      heard.resolve();
      for await (const line of createInterface({ input: await answered })) {
        const token = endedToken(line);
        if (token !== undefined) options.onEnded(token);
      }
    } finally {
      answered.then(
        (stream) => stream.destroy(),
        () => undefined,
      );
    }
  }

  async function go(): Promise<void> {
    let pause = 50;
    while (!signal.aborted) {
      let why = 'the daemon ended the connection';
      try {
        await listen();
      } catch (error) {
        if (signal.aborted) return;
        why = isAway(error) ? 'the Docker daemon does not answer' : saidBy(error);
      }
      if (signal.aborted) return;
      if (isHeard) {
        pause = 50;
        isHeard = false;
        heard = Promise.withResolvers();
      }
      options.onAway(why);
      await delay(pause, undefined, { signal }).catch(() => undefined);
      pause = Math.min(2000, pause * 2);
    }
  }
  void go();

  return {
    heard: () => heard.promise,
    close() {
      closing.abort();
      heard.resolve();
    },
  };
}

/** Reads one line of the daemon's events: the attempt whose container ended by it. */
export function endedToken(line: string): string | undefined {
  let event: RawEvent;
  try {
    event = JSON.parse(line) as RawEvent;
  } catch {
    return undefined;
  }
  const action = event.Action ?? event.status;
  return action === 'die' || action === 'died' ? event.Actor?.Attributes?.[labels.token] : undefined;
}

interface RawEvent {
  readonly Action?: string;
  readonly status?: string;
  readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> };
}
