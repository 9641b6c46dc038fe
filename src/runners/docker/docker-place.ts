import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { ownUser } from '../../util/own-user.ts';
import type { Place, Placed } from '../environment/place.ts';
import { readableOptions, readContainerOptions } from './container-options.ts';
import { type Daemon, daemonOf, saidBy } from './daemon.ts';
import { dockerErrors as errors } from './docker-errors.ts';
import type { DockerSettings } from './docker-settings.ts';
import { imagesOf } from './images.ts';

export interface DockerPlaceOptions {
  /** `<store>/environments`. */
  readonly environments: string;
  readonly offline: boolean;
  readonly settings: DockerSettings;
}

/** What Docker or Podman on this machine has to say before anything runs. */
export async function openDockerPlace(options: DockerPlaceOptions): Promise<Place> {
  const { environments, offline, settings } = options;
  const daemon = daemonOf(settings);
  return {
    runner: 'docker',
    images: imagesOf(daemon.docker, {
      folder: environments,
      offline,
      registry: settings.registry,
      address: daemon.address,
    }),
    async check(placed) {
      const [first] = placed;
      if (first === undefined) return [];
      const missing = await askDaemon(daemon, first);
      return missing === undefined ? placed.flatMap(unreadOption) : [missing];
    },
  };
}

/** One word about the daemon is enough, however many processes need it. */
async function askDaemon(
  { docker, address, refused }: Daemon,
  { process: process_ }: Placed,
): Promise<Diagnostic | undefined> {
  const { span, name } = process_;
  if (refused !== undefined) return errors.noDaemon(span, { process: name, ...address, said: refused });
  try {
    await docker.ping();
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      return errors.noPermission(span, {
        process: name,
        socket: address.url.replace('unix://', ''),
        user: ownUser().name,
      });
    }
    return errors.noDaemon(span, { process: name, url: address.url, by: address.by, said: reason(error) });
  }
}

function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such socket';
  if (code === 'ECONNREFUSED') return 'nobody listens there';
  return saidBy(error);
}

function unreadOption({ process: process_, settings }: Placed): readonly Diagnostic[] {
  const words = [...(process_.environment.container_options ?? []), ...(settings.containerOptions ?? [])];
  const read = readContainerOptions(words);
  if (read.ok) return [];
  return [
    errors.unknownOption(process_.span, {
      process: process_.name,
      word: read.word,
      expected: read.why === 'value' ? read.expected : undefined,
      known: readableOptions(),
    }),
  ];
}
