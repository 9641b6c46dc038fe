import { join } from 'node:path';
import { ownUser } from '../../util/own-user.ts';
import type { Credential, Credentials } from './credential.ts';
import { credentialPlaces } from './credential-place.ts';
import { readCredentialsFile, readPrivate } from './credentials-file.ts';
import { type Environment, fromEnvironment, variablesFor } from './from-environment.ts';
import { type Keyring, systemKeyring } from './keyring.ts';
import { netrcEntry } from './netrc.ts';
import { Secret } from './secret.ts';
import { fromStored } from './stored-credential.ts';

export type { Credential, Credentials } from './credential.ts';
export { credentialPlaces } from './credential-place.ts';
export type { Environment } from './from-environment.ts';
export { Secret, withoutSecrets } from './secret.ts';

export interface CredentialSources {
  readonly environment: Environment;
  readonly keyring?: Keyring;
  /** The one server that `OMERO_USER` and its like are for; what `OMERO_SERVER` names unless said. */
  readonly omeroServer?: string | undefined;
}

/** Looks in the environment, the keyring, the credentials file and, for `https`, `~/.netrc`, in this order; the first that has one decides. */
export function openCredentials(sources: CredentialSources): Credentials {
  const { environment } = sources;
  const omeroServer = sources.omeroServer ?? environment.OMERO_SERVER;
  const keyring = sources.keyring ?? systemKeyring(environment);
  const file = credentialsFile(environment);
  const netrc = netrcFile(environment);
  const notes = new Map<string, string>();

  async function fromKeyring(places: readonly string[]): Promise<Credential | undefined> {
    for (const place of places) {
      const found = fromStored(await keyring.get(place), 'the keyring');
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async function fromFile(places: readonly string[]): Promise<Credential | undefined> {
    const tables = await readCredentialsFile(file);
    for (const place of places) {
      const found = fromStored(tables?.get(place), file);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async function fromNetrc(places: readonly string[]): Promise<Credential | undefined> {
    const host = /^https:\/\/([^:/]+)/u.exec(places[0] ?? '')?.[1];
    if (host === undefined) return undefined;
    const text = await readPrivate(netrc).catch((): { readonly state: 'absent' } => ({ state: 'absent' }));
    // Other programs read it too; one that is open is theirs to complain about, and here it counts as absent, with a word where that matters.
    if (text.state === 'open') notes.set(host, `${netrc} is passed over, because ${text.why}. ${text.help}`);
    if (text.state !== 'read') return undefined;
    const entry = netrcEntry(text.text, host);
    return entry && { kind: 'password', user: entry.user, password: new Secret(entry.password), from: netrc };
  }

  return {
    for: async (uri) => {
      const places = credentialPlaces(uri);
      if (places.length === 0) return undefined;
      return (
        fromEnvironment(uri, environment, { omeroServer }) ??
        (await fromKeyring(places)) ??
        (await fromFile(places)) ??
        (await fromNetrc(places))
      );
    },
    help: (uri) => {
      const [place] = credentialPlaces(uri);
      if (place === undefined) return '';
      const host = /^https:\/\/([^:/]+)/u.exec(place)?.[1] ?? '';
      const note = notes.get(host);
      const variables = variablesFor(uri);
      return `Store one with \`bit login ${place}\`, or set ${listed(variables)}.${note === undefined ? '' : ` ${note}.`}`;
    },
  };
}

const listed = (names: readonly string[]): string =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' and ');

/** `$XDG_CONFIG_HOME/bitflow/credentials.toml`. */
export function credentialsFile(environment: Environment): string {
  const { XDG_CONFIG_HOME: config } = environment;
  const folder = config === undefined || config === '' ? join(homeOf(environment), '.config') : config;
  return join(folder, 'bitflow', 'credentials.toml');
}

function netrcFile(environment: Environment): string {
  const { NETRC: named } = environment;
  return named === undefined || named === '' ? join(homeOf(environment), '.netrc') : named;
}

function homeOf(environment: Environment): string {
  const { HOME: home } = environment;
  return home === undefined || home === '' ? ownUser().home : home;
}
