import { fileURLToPath } from 'node:url';
import Docker from 'dockerode';
import { openDockerRunner } from '../../src/runners/docker/index.ts';
import type { DockerDaemon } from './daemons/daemons.ts';
import { type Lab, type LabPlace, openLab } from './runner-lab.ts';

/** A lab whose launches run in containers of an image. */
export function dockerLab(
  daemon: Pick<DockerDaemon, 'env'>,
  options: { readonly image: string; readonly slots: number },
): Promise<Lab> {
  const settings = { host: daemon.env.DOCKER_HOST };
  return openLab((workFolder) => openDockerRunner({ workFolder, slots: options.slots, settings }), {
    place: placeIn(options.image),
  });
}

export const placeIn = (image: string, options: readonly string[] = []): LabPlace => ({
  runner: 'docker',
  activation: { path: [], variables: {}, programs: {}, container: { image, network: false, options } },
});

/** The daemon as somebody beside us talks to it. */
export const clientOf = (daemon: Pick<DockerDaemon, 'socket'>): Docker => new Docker({ socketPath: daemon.socket });

/** Names of containers whose attempts lie below a folder, in whatever state. */
export async function containersBelow(docker: Docker, folder: string): Promise<readonly string[]> {
  const all = await docker.listContainers({ all: true, filters: { label: ['bit.work'] } });
  return all
    .filter(({ Labels }) => Labels['bit.work']?.startsWith(folder))
    .map(({ Names, State }) => `${Names[0] ?? ''} ${State}`);
}

/** A process like an engine, for tests that kill it: a file of launches and the daemon's address are its arguments. */
export const dockerEngine = fileURLToPath(new URL('./docker-engine.ts', import.meta.url));
