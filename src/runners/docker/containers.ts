import type Docker from 'dockerode';
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import { labels } from './container-spec.ts';
import { isAway, saidBy, statusOf } from './daemon.ts';
import type { ContainerEnd } from './how-it-ended.ts';
import { insist } from './insist.ts';

/** What is asked of the daemon about containers: but for `start`, each question until it is answered. */
export interface Containers {
  /** The id of the container of that name, made if it is not there. */
  create(spec: ContainerCreateOptions & { readonly name: string }): Promise<string>;
  /**
   * Asked once: a daemon that goes away meanwhile may have started it, or half. `failed` is what it gave as a reason, which may be that it is
   * about to go.
   */
  start(id: string): Promise<'started' | 'unknown' | { readonly failed: unknown }>;
  /** By id or name; undefined where there is none. */
  look(container: string): Promise<ContainerLook | undefined>;
  /** Ends it if it runs; gone when this resolves. */
  remove(container: string): Promise<void>;
  kill(container: string): Promise<void>;
}

export interface ContainerLook {
  readonly id: string;
  readonly token: string | undefined;
  /** Whether it was started and has not ended. */
  readonly runs: boolean;
  /** Of one that was started and has ended. */
  readonly end?: ContainerEnd;
}

export function containersOf(docker: Docker, options: { readonly signal: AbortSignal }): Containers {
  const look: Containers['look'] = async (container) => {
    try {
      return lookOf(await insist(() => docker.getContainer(container).inspect(), options));
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };
  return {
    look,
    async create(spec) {
      return insist(async () => {
        try {
          return (await docker.createContainer(spec)).id;
        } catch (error) {
          // Made by a request whose answer was lost.
          const found = statusOf(error) === 409 ? await look(spec.name) : undefined;
          if (found?.token !== spec.Labels?.[labels.token] || found === undefined) throw error;
          return found.id;
        }
      }, options);
    },
    async start(id) {
      try {
        await docker.getContainer(id).start();
        return 'started';
      } catch (error) {
        const status = statusOf(error);
        // It runs already.
        if (status === 304) return 'started';
        if (isAway(error) || status === 404) return 'unknown';
        if (status !== undefined && status >= 500) return { failed: error };
        throw error;
      }
    },
    async remove(container) {
      await insist(async () => {
        try {
          await docker.getContainer(container).remove({ force: true, v: true });
        } catch (error) {
          // Gone, or about to be.
          const status = statusOf(error);
          if (status !== 404 && !(status === 409 && /already in progress/.test(saidBy(error)))) throw error;
        }
      }, options);
    },
    async kill(container) {
      await insist(async () => {
        try {
          await docker.getContainer(container).kill({ signal: 'SIGKILL' });
        } catch (error) {
          // It is gone, or does not run.
          const status = statusOf(error);
          if (status !== 404 && status !== 409) throw error;
        }
      }, options);
    },
  };
}

/** Reads what the daemon says about one container. */
export function lookOf(info: Pick<ContainerInspectInfo, 'Id' | 'Config' | 'State'>): ContainerLook {
  const { State } = info;
  const token = info.Config.Labels[labels.token];
  const began = isTime(State.StartedAt) && State.Status !== 'created';
  const runs = began && (State.Running || State.Paused || State.Restarting);
  return {
    id: info.Id,
    token,
    runs,
    ...(began && !runs
      ? {
          end: {
            exitCode: State.ExitCode,
            oomKilled: State.OOMKilled,
            startedAt: State.StartedAt,
            endedAt: isTime(State.FinishedAt) ? State.FinishedAt : undefined,
          },
        }
      : {}),
  };
}

/** A time that never was is the year 1. */
const isTime = (text: string): boolean => text !== '' && !text.startsWith('0001-');
