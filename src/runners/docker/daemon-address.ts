import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a daemon may listen, and who said so: for messages. */
export interface DaemonAddress {
  /** `unix:///run/docker.sock`, `tcp://host:2375`. */
  readonly url: string;
  readonly by: string;
}

/** What of the surroundings says where the daemon is. */
export interface AddressSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly settingsHost: string | undefined;
  exists(path: string): boolean;
  read(path: string): string | undefined;
}

/**
 * Where to ask: what DOCKER_HOST or the settings say is taken at their word; else the first socket that is there, Docker's before Podman's.
 * Where there is none, the one that Docker's own tools would ask.
 */
export function daemonAddress(around: AddressSurroundings): DaemonAddress {
  const { environment, home, settingsHost } = around;
  if (isText(environment.DOCKER_HOST)) return { url: withScheme(environment.DOCKER_HOST), by: 'DOCKER_HOST' };
  if (isText(settingsHost)) return { url: withScheme(settingsHost), by: '`docker.host` in the settings' };
  const context = contextHost(around);
  if (context !== undefined) return context;
  const own = environment.XDG_RUNTIME_DIR;
  const usual: readonly (readonly [path: string, by: string])[] = [
    ['/var/run/docker.sock', "Docker's usual socket"],
    ...(isText(own) ? [[`${own}/docker.sock`, "rootless Docker's socket"] as const] : []),
    [join(home, '.docker/run/docker.sock'), "Docker Desktop's socket"],
    ...(isText(own) ? [[`${own}/podman/podman.sock`, "Podman's socket"] as const] : []),
    ['/run/podman/podman.sock', "Podman's socket"],
  ];
  const [path, by] = usual.find(([candidate]) => around.exists(candidate)) ?? [
    '/var/run/docker.sock',
    "Docker's usual socket",
  ];
  return { url: `unix://${path}`, by };
}

/** As this process sees its surroundings. */
export const ownSurroundings = (options: {
  readonly home: string;
  readonly settingsHost: string | undefined;
}): AddressSurroundings => ({
  ...options,
  environment: process.env,
  exists: existsSync,
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
});

/** `docker context use NAME` leaves the name in Docker's settings, and the context in a folder named by its digest. */
function contextHost({ environment, home, read }: AddressSurroundings): DaemonAddress | undefined {
  const folder = isText(environment.DOCKER_CONFIG) ? environment.DOCKER_CONFIG : join(home, '.docker');
  const name = isText(environment.DOCKER_CONTEXT)
    ? environment.DOCKER_CONTEXT
    : decode<{ readonly currentContext?: string }>(read(join(folder, 'config.json')))?.currentContext;
  if (!isText(name) || name === 'default') return undefined;
  const digest = createHash('sha256').update(name).digest('hex');
  const meta = decode<{ readonly Endpoints?: { readonly docker?: { readonly Host?: string } } }>(
    read(join(folder, 'contexts/meta', digest, 'meta.json')),
  );
  const url = meta?.Endpoints?.docker?.Host;
  return isText(url) ? { url, by: `the Docker context ${name}` } : undefined;
}

function decode<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

const isText = (text: string | undefined): text is string => text !== undefined && text !== '';
const withScheme = (host: string): string => (host.startsWith('/') ? `unix://${host}` : host);
