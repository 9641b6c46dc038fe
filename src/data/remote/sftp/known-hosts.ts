import { createHash, createHmac } from 'node:crypto';
import { matchesHost } from './ssh-config.ts';

export type HostTrust =
  | { readonly state: 'known' }
  | { readonly state: 'unknown' }
  /** Another key of this kind is known: the server was set up anew, or somebody stands in between. */
  | { readonly state: 'different'; readonly line: number }
  | { readonly state: 'revoked'; readonly line: number };

/** What the text of a `known_hosts` file says of a key. Names may be hashed. Certificates of authorities count for nothing: such a host is unknown. */
export function hostTrust(
  text: string,
  host: { readonly name: string; readonly port: number },
  key: Buffer,
): HostTrust {
  const kind = kindOf(key);
  const encoded = key.toString('base64');
  let different: HostTrust | undefined;
  let known: HostTrust | undefined;
  for (const entry of entries(text)) {
    if (!isFor(entry.names, host)) continue;
    if (entry.marker === '@revoked' && entry.key === encoded) return { state: 'revoked', line: entry.line };
    if (entry.marker !== undefined || entry.kind !== kind) continue;
    if (entry.key === encoded) known = { state: 'known' };
    else different ??= { state: 'different', line: entry.line };
  }
  return known ?? different ?? { state: 'unknown' };
}

/** Kinds of keys that are known of a host: a server that has several is asked for one of these. */
export function knownKinds(text: string, host: { readonly name: string; readonly port: number }): readonly string[] {
  const kinds = [...entries(text)]
    .filter((entry) => entry.marker === undefined && isFor(entry.names, host))
    .map((entry) => entry.kind);
  return [...new Set(kinds)];
}

/** As `ssh-keygen -l` shows it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/u, '')}`;

/** The name of its kind stands at the beginning of every public key. */
export function kindOf(key: Buffer): string {
  if (key.length < 4) return '';
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

interface Entry {
  readonly marker: string | undefined;
  readonly names: string;
  readonly kind: string;
  readonly key: string;
  readonly line: number;
}

function* entries(text: string): Generator<Entry> {
  for (const [at, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/u);
    if (words[0] === '' || words[0]?.startsWith('#') === true) continue;
    const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
    const [names, kind, key] = words;
    if (names === undefined || kind === undefined || key === undefined) continue;
    yield { marker, names, kind, key, line: at + 1 };
  }
}

function isFor(names: string, host: { readonly name: string; readonly port: number }): boolean {
  const name = host.port === 22 ? host.name.toLowerCase() : `[${host.name.toLowerCase()}]:${host.port}`;
  if (!names.startsWith('|1|')) return matchesHost(names.split(','), name);
  const [, , salt = '', hash = ''] = names.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}
