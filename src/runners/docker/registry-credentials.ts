import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parseImageName } from './image-name.ts';

/** What a registry wants to know of who asks. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

/** What `docker login` keeps. */
export interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Where the credentials of a registry are: in the file itself, or in the keeping of a program. */
export type Keeping =
  | { readonly kind: 'here'; readonly credentials: Credentials }
  | { readonly kind: 'program'; readonly program: string; readonly server: string };

/** Docker Hub goes by this name in files of credentials. */
const hub = 'https://index.docker.io/v1/';

export function keepingOf(config: DockerConfig, image: string): Keeping | undefined {
  const { registry } = parseImageName(image);
  const isHub = registry === undefined || registry === 'docker.io';
  const servers = isHub
    ? [hub, 'index.docker.io', 'docker.io']
    : [registry, `https://${registry}`, `https://${registry}/v1/`];
  for (const server of servers) {
    const helper = config.credHelpers?.[server];
    if (helper !== undefined) return { kind: 'program', program: `docker-credential-${helper}`, server };
  }
  for (const server of servers) {
    const auth = config.auths?.[server]?.auth;
    if (auth === undefined || auth === '') continue;
    const text = Buffer.from(auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 0) continue;
    return {
      kind: 'here',
      credentials: { username: text.slice(0, colon), password: text.slice(colon + 1), serveraddress: server },
    };
  }
  if (config.credsStore === undefined || config.credsStore === '') return undefined;
  return { kind: 'program', program: `docker-credential-${config.credsStore}`, server: servers[0] ?? hub };
}

/** What `docker login` left for the registry of an image, if anything; a registry that needs none is asked without. */
export async function credentialsFor(image: string): Promise<Credentials | undefined> {
  const keeping = keepingOf(readConfig(), image);
  if (keeping?.kind !== 'program') return keeping?.credentials;
  const said = await execa(keeping.program, ['get'], { input: keeping.server, reject: false, timeout: 10_000 });
  if (said.failed) return undefined;
  try {
    const { Username, Secret } = JSON.parse(said.stdout) as { readonly Username: string; readonly Secret: string };
    return { username: Username, password: Secret, serveraddress: keeping.server };
  } catch {
    return undefined;
  }
}

function readConfig(): DockerConfig {
  const folder = process.env.DOCKER_CONFIG;
  try {
    const path = join(folder === undefined || folder === '' ? join(homedir(), '.docker') : folder, 'config.json');
    return JSON.parse(readFileSync(path, 'utf8')) as DockerConfig;
  } catch {
    return {};
  }
}
