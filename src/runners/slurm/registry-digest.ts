import { credentialsFor } from '../docker/registry-credentials.ts';
import type { ImagePlace } from './image-place.ts';

export type RegistryAnswer =
  | { readonly kind: 'digest'; readonly digest: string }
  /** The registry answered, and has no such image or shows it to nobody unknown. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Nobody answered. */
  | { readonly kind: 'silent'; readonly why: string };

/** Manifests of one machine, and of several under one name, whose digest is the one that Docker notes too. */
const accepted = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** What a tag stands for now, asked of its registry; nothing is fetched. */
export async function askRegistry(
  image: ImagePlace,
  options: { readonly milliseconds: number },
): Promise<RegistryAnswer> {
  const { registry, repository, tag } = image;
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(host);
  const url = `${isLocal ? 'http' : 'https'}://${host}/v2/${repository}/manifests/${tag}`;
  const signal = AbortSignal.timeout(options.milliseconds);
  const login = await loginFor(image.name);
  const ask = (authorization?: string): Promise<Response> =>
    fetch(url, {
      method: 'HEAD',
      headers: { accept: accepted, ...(authorization === undefined ? {} : { authorization }) },
      signal,
    });
  try {
    let answer = await ask();
    if (answer.status === 401) {
      const way = readChallenge(answer.headers.get('www-authenticate') ?? '');
      const authorization =
        way.scheme === 'bearer' ? await tokenFrom(way, { image, login, signal }) : login && `Basic ${login}`;
      if (authorization !== undefined) answer = await ask(authorization);
    }
    const digest = answer.headers.get('docker-content-digest');
    if (answer.ok && digest !== null && /^sha256:[0-9a-f]{64}$/.test(digest)) return { kind: 'digest', digest };
    if (answer.status === 404) return { kind: 'refused', why: `${registry} has no ${repository}:${tag}` };
    if (answer.status === 401 || answer.status === 403)
      return {
        kind: 'refused',
        why: `${registry} shows ${repository}:${tag} only to those it knows, or has no such image`,
      };
    if (answer.status >= 500 || answer.status === 429)
      return { kind: 'silent', why: `${registry} answers with status ${answer.status}` };
    return { kind: 'refused', why: `${registry} answers with status ${answer.status} and no digest` };
  } catch (error) {
    return { kind: 'silent', why: `${registry} does not answer (${reasonOf(error)})` };
  }
}

interface Challenge {
  readonly scheme: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** `Bearer realm="https://auth.docker.io/token",service="registry.docker.io"` */
export function readChallenge(text: string): Challenge {
  const scheme = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? '';
  const fields = [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value] as const);
  return { scheme, fields: Object.fromEntries(fields) };
}

async function tokenFrom(
  challenge: Challenge,
  of: { readonly image: ImagePlace; readonly login: string | undefined; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { realm, service, scope = `repository:${of.image.repository}:pull` } = challenge.fields;
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  const answer = await fetch(url, {
    headers: of.login === undefined ? {} : { authorization: `Basic ${of.login}` },
    signal: of.signal,
  });
  if (!answer.ok) return undefined;
  const told = (await answer.json()) as { readonly token?: unknown; readonly access_token?: unknown };
  const token = told.token ?? told.access_token;
  return typeof token === 'string' ? `Bearer ${token}` : undefined;
}

/** What `docker login` left for the registry of an image, as it is sent. */
async function loginFor(name: string): Promise<string | undefined> {
  const found = await credentialsFor(name);
  return found && Buffer.from(`${found.username}:${found.password}`).toString('base64');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'in time';
  return error.cause instanceof Error ? error.cause.message : error.message;
}
