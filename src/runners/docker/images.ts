import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { suggestions } from '../../diagnostics/suggest.ts';
import { shortHash } from '../../util/short-hash.ts';
import { EnvironmentFailure } from '../environment/environment-failure.ts';
import { whileOwning } from '../environment/owned-lock.ts';
import type { ContainerImages, ImageFinding } from '../environment/place.ts';
import { saidBy, statusOf } from './daemon.ts';
import type { DaemonAddress } from './daemon-address.ts';
import { dockerErrors as errors } from './docker-errors.ts';
import { completeName, digestOf, isImageName, namesOf } from './image-name.ts';
import { type PullLine, pullProgress } from './pull-progress.ts';
import { type Credentials, credentialsFor } from './registry-credentials.ts';

export interface ImageOptions {
  /** Locks lie in it. */
  readonly folder: string;
  readonly offline: boolean;
  readonly registry: string | undefined;
  readonly address: DaemonAddress;
}

/** Images of a daemon. What is there already is used as it is; no registry is asked about it. */
export function imagesOf(docker: Docker, options: ImageOptions): ContainerImages {
  const found = new Map<string, Promise<ImageFinding>>();

  async function here(name: string): Promise<ImageFinding | undefined> {
    try {
      const image = await docker.getImage(name).inspect();
      return { state: 'here', digest: digestOf(name, image), image: image.Id };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  async function elsewhere(name: string, at: Parameters<ContainerImages['find']>[1]): Promise<ImageFinding> {
    const of = { process: at.name, image: name };
    const asked = options.offline ? offlineAnswer : await askRegistry(docker, name, await credentialsFor(name));
    if (asked.there) return { state: 'elsewhere' };
    const near = suggestions(name, namesOf(await docker.listImages()));
    const why = asked.known ? errors.noImage : errors.noRegistry;
    return { state: 'refused', diagnostic: why(at.span, { ...of, said: asked.said, near }) };
  }

  return {
    async find(text, at) {
      const name = completeName(text, options);
      if (!isImageName(name)) {
        return { state: 'refused', diagnostic: errors.noImageName(at.span, { process: at.name, image: name }) };
      }
      try {
        const known = await here(name);
        if (known !== undefined) return known;
      } catch (error) {
        const { url, by } = options.address;
        return {
          state: 'refused',
          diagnostic: errors.noDaemon(at.span, { process: at.name, url, by, said: saidBy(error) }),
        };
      }
      // What a registry says is asked once in a run, and said at each process in its own words.
      let one = found.get(`${at.id}\0${name}`);
      if (one === undefined) {
        one = elsewhere(name, at);
        found.set(`${at.id}\0${name}`, one);
      }
      return one;
    },
    async fetch(text, at, progress) {
      const name = completeName(text, options);
      const lock = join(options.folder, 'locks', `image-${shortHash(name)}.lock`);
      const onWait = (): void => progress(`waiting for another run that fetches ${name}`);
      await whileOwning(lock, { onWait }, async () => {
        try {
          if ((await here(name)) !== undefined) return;
          await pull(docker, name, { credentials: await credentialsFor(name), progress });
        } catch (error) {
          throw new EnvironmentFailure(
            errors.pullFailed(at.span, { process: at.name, image: name, said: saidBy(error) }),
          );
        }
      });
      found.delete(`${at.id}\0${name}`);
    },
  };
}

type RegistryAnswer =
  | { readonly there: true }
  /** `known`: the registry said so itself. */
  | { readonly there: false; readonly known: boolean; readonly said: string };

const offlineAnswer: RegistryAnswer = { there: false, known: false, said: 'this run fetches nothing (`offline`)' };

/** Long enough for a registry far away, short enough for a person who waits. */
const registrySeconds = 15;

/** Whether a registry has an image, asked through the daemon, whose proxies and certificates are those that fetching would use. */
async function askRegistry(
  docker: Docker,
  name: string,
  credentials: Credentials | undefined,
): Promise<RegistryAnswer> {
  const waiting = new AbortController();
  const late = delay(registrySeconds * 1000, undefined, { ref: false, signal: waiting.signal }).then(
    (): RegistryAnswer => ({ there: false, known: false, said: `no answer within ${registrySeconds} seconds` }),
  );
  late.catch(() => undefined);
  const asked = docker
    .getImage(name)
    .distribution(credentials === undefined ? {} : { authconfig: credentials })
    .then((): RegistryAnswer => ({ there: true }), answerOf);
  const answer = await Promise.race([asked, late]);
  waiting.abort();
  return answer;
}

/** Reads why the daemon could not say that a registry has an image. Daemons without the question (Podman) find out by fetching. */
export function answerOf(error: unknown): RegistryAnswer {
  const said = saidBy(error);
  const status = statusOf(error);
  if (status === 404 && /^(page )?not found|no such (route|endpoint)/i.test(said.trim())) return { there: true };
  const known =
    /manifest unknown|name unknown|not found|repository does not exist|denied|unauthorized|authentication required|no basic auth credentials/i.test(
      said,
    ) && !/no such host|dial tcp|lookup /i.test(said);
  return { there: false, known, said };
}

async function pull(
  docker: Docker,
  name: string,
  options: { readonly credentials: Credentials | undefined; readonly progress: (line: string) => void },
): Promise<void> {
  const { credentials, progress } = options;
  const stream: NodeJS.ReadableStream = await docker.pull(
    name,
    credentials === undefined ? {} : { authconfig: credentials },
  );
  const heard = pullProgress(name);
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error: Error | null) => (error === null || error === undefined ? resolve() : reject(error)),
      (line: PullLine) => {
        const said = heard.hear(line);
        if (said !== undefined) progress(said);
      },
    );
  });
}
