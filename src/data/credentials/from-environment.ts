import type { Credential } from './credential.ts';
import { credentialPlaces, variableHost } from './credential-place.ts';
import { Secret } from './secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables that hold a credential for an address, and what they hold. An empty one counts as absent. `OMERO_USER`, `OMERO_PASSWORD` and `OMERO_SESSION` name no host:
 * they are for `omeroServer` alone, so that a pipeline that names another one is not given them.
 */
export function fromEnvironment(
  uri: string,
  environment: Environment,
  { omeroServer }: { readonly omeroServer: string | undefined },
): Credential | undefined {
  const read = (name: string): string | undefined => {
    const value = environment[name];
    return value === undefined || value === '' ? undefined : value;
  };
  const places = credentialPlaces(uri);
  const host = variableHost(places.at(-1) ?? '');
  const scheme = (places[0] ?? '').split(':')[0];
  switch (scheme) {
    case 's3': {
      const id = read('AWS_ACCESS_KEY_ID');
      const key = read('AWS_SECRET_ACCESS_KEY');
      const session = read('AWS_SESSION_TOKEN');
      if (id === undefined || key === undefined) return undefined;
      return {
        kind: 'keys',
        id,
        key: new Secret(key),
        ...(session !== undefined && { session: new Secret(session) }),
        from: 'AWS_ACCESS_KEY_ID',
      };
    }
    case 'http':
    case 'https': {
      const token = read(`BIT_HTTP_TOKEN_${host}`);
      if (token !== undefined) return { kind: 'token', token: new Secret(token), from: `BIT_HTTP_TOKEN_${host}` };
      const user = read(`BIT_HTTP_USER_${host}`);
      const password = read(`BIT_HTTP_PASSWORD_${host}`);
      if (user === undefined || password === undefined) return undefined;
      return { kind: 'password', user, password: new Secret(password), from: `BIT_HTTP_PASSWORD_${host}` };
    }
    case 'sftp': {
      const password = read(`BIT_SFTP_PASSWORD_${host}`);
      if (password === undefined) return undefined;
      return { kind: 'password', password: new Secret(password), from: `BIT_SFTP_PASSWORD_${host}` };
    }
    case 'omero': {
      const own = read(`BIT_OMERO_SESSION_${host}`);
      if (own !== undefined) return { kind: 'session', session: new Secret(own), from: `BIT_OMERO_SESSION_${host}` };
      if (!isServer(places.at(-1) ?? '', omeroServer)) return undefined;
      const session = read('OMERO_SESSION');
      if (session !== undefined) return { kind: 'session', session: new Secret(session), from: 'OMERO_SESSION' };
      const user = read('OMERO_USER');
      const password = read('OMERO_PASSWORD');
      if (user === undefined || password === undefined) return undefined;
      return { kind: 'password', user, password: new Secret(password), from: 'OMERO_PASSWORD' };
    }
    default:
      return undefined;
  }
}

/** Whether `omero://host` is the server that is named as `host`, `https://host/omero` or `http://localhost:4080`. */
function isServer(place: string, server: string | undefined): boolean {
  const [, plain, named] =
    /^(?:(?:https|omero|(http|omero\+http)):\/\/)?(?:[^@/]*@)?([^/?#]+)/iu.exec(server?.trim() ?? '') ?? [];
  if (named === undefined) return false;
  const host = named.toLowerCase().replace(plain === undefined ? /:443$/u : /:80$/u, '');
  // A server over http without a port is `omero://host:80`: what is kept for https is not for it.
  return place === `omero://${plain !== undefined && !/:\d+$/u.test(host) ? `${host}:80` : host}`;
}

/** The variables that are looked at for an address, for messages. */
export function variablesFor(uri: string): readonly string[] {
  const places = credentialPlaces(uri);
  const host = variableHost(places.at(-1) ?? '');
  switch ((places[0] ?? '').split(':')[0]) {
    case 's3':
      return ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    case 'http':
    case 'https':
      return [`BIT_HTTP_TOKEN_${host}`];
    case 'sftp':
      return [`BIT_SFTP_PASSWORD_${host}`];
    case 'omero':
      return ['OMERO_SERVER', 'OMERO_USER', 'OMERO_PASSWORD'];
    default:
      return [];
  }
}
