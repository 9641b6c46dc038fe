import type Docker from 'dockerode';
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import { labels } from './container-spec.ts';
import { saidBy, statusOf } from './daemon.ts';
import type { ContainerEnd } from './how-it-ended.ts';
import { insist } from './insist.ts';

/** What is asked of the daemon about containers, each question until it is answered. */
export interface Containers {
  /** The id of the container of that name, made if it is not there. */
  create(spec: ContainerCreateOptions & { readonly name: string }): Promise<string>;
  start(id: string): Promise<void>;
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
    // A container that runs already answers 304, which is no failure; one that has run and ended must not run again.
    async start(id) {
      let tries = 0;
      await insist(async () => {
        tries += 1;
        if (tries > 1) {
          const found = await look(id);
          if (found === undefined || found.runs || found.end !== undefined) return;
        }
        await docker
          .getContainer(id)
          .start()
          .catch((error: unknown) => {
            if (statusOf(error) !== 304) throw error;
          });
      }, options);
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
