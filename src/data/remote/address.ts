import type { RemoteScheme } from '../../engine/ports/remote.ts';
import { remoteProblem } from './problem.ts';

/** Which kind of place an address is of; `undefined`: of none. */
export function schemeOf(uri: string): RemoteScheme | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//iu.exec(uri)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'http':
    case 'https':
      return 'https';
    case 's3':
    case 'sftp':
    case 'omero':
      return scheme;
    case 'omero+http':
      return 'omero';
    default:
      return undefined;
  }
}

/** A bucket and a key as they are: nothing in an `s3://` address is encoded, so that it is what other tools print and take. */
export interface S3Address {
  readonly bucket: string;
  readonly key: string;
}

export function readS3(uri: string): S3Address {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?([\s\S]*)$/iu.exec(uri) ?? [];
  if (!/^[a-z0-9][a-z0-9.-]{1,62}$/u.test(bucket)) {
    throw remoteProblem(
      'address',
      uri,
      `${uri} names no bucket`,
      'An address of an object store is `s3://bucket/path/file.tif`; a bucket has 3 to 63 small letters, digits, dots and hyphens.',
    );
  }
  return { bucket, key };
}

export const s3Uri = (address: S3Address): string => `s3://${address.bucket}/${address.key}`;

export interface SftpAddress {
  /** Absent: as `~/.ssh/config` says, else one's own name. */
  readonly user?: string;
  readonly host: string;
  readonly port?: number;
  /** Absolute, as the server has it: decoded. */
  readonly path: string;
}

/** `sftp://user@host:port/path`. In the path `%XX` stands for a byte; a `%` that is followed by something else, `#`, `?` and spaces are themselves. */
export function readSftp(uri: string): SftpAddress {
  const [, user, v6, name, port, path = ''] =
    /^sftp:\/\/(?:([^@/]*)@)?(?:\[([0-9a-f:.]+)\]|([^/:@[\]]+))(?::(\d{1,5}))?(\/[\s\S]*)?$/iu.exec(uri) ?? [];
  const host = v6 ?? name;
  if (host === undefined || (port !== undefined && Number(port) > 65535)) {
    throw remoteProblem(
      'address',
      uri,
      `${uri} is no address of a server`,
      'Write `sftp://user@host/absolute/path`, with `:port` after the host where it is not 22.',
    );
  }
  if (user?.includes(':') === true) throw holdsCredential(uri, 'a password', `sftp://${user.split(':')[0]}@${host}`);
  if (host.startsWith('-') || user?.startsWith('-') === true)
    throw remoteProblem('address', uri, `${uri} has a name that begins with a hyphen`, 'Check the address.');
  return {
    ...(user !== undefined && user !== '' && { user: decodeText(user) }),
    host,
    ...(port !== undefined && { port: Number(port) }),
    path: decodeText(path === '' ? '/' : path),
  };
}

export function sftpUri(address: SftpAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const user =
    address.user === undefined ? '' : `${encodeText(address.user).replaceAll('@', '%40').replaceAll('/', '%2F')}@`;
  const port = address.port === undefined || address.port === 22 ? '' : `:${address.port}`;
  return `sftp://${user}${host}${port}${encodeText(address.path)}`;
}

/** `user@host:/path`, with `port:` before the path where it is not 22, as pipelines write it; `undefined` for what names no server and absolute path. */
export function readSsh(text: string): SftpAddress | undefined {
  const [, user, host, port, path] = /^(?:([^@:/]+)@)?([^:/]+):(?:(\d+):)?(\/[\s\S]*)$/u.exec(text) ?? [];
  if (host === undefined || path === undefined) return undefined;
  return { ...(user !== undefined && { user }), host, ...(port !== undefined && { port: Number(port) }), path };
}

/** Only what would be read as something else, or cannot be seen, is encoded: people read these. */
export const encodeText = (text: string): string =>
  text.replace(/[\u0000-\u0020%#?\u007f]/gu, (character) => encodeURIComponent(character));

export function decodeText(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/giu, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

/** A credential in an address would get into the database and into keys with it. */
export function readHttps(uri: string): URL {
  const url = URL.parse(uri);
  if (url === null || !/^https?:$/u.test(url.protocol) || url.hostname === '')
    throw remoteProblem('address', uri, `${uri} is no web address`, 'Write `https://host/path/file.tif`.');
  if (url.password !== '') throw holdsCredential(uri, 'a password', `${url.protocol}//${url.host}`);
  const secret = [...url.searchParams.keys()].find((name) => secretNames.test(name));
  if (secret !== undefined) throw holdsCredential(uri, `a credential, \`${secret}\``, `${url.protocol}//${url.host}`);
  url.username = '';
  url.hash = '';
  return url;
}

const secretNames =
  /^(?:x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)|sig|signature|access_?token|auth_?token|token|api_?key|password|secret)$/iu;

function holdsCredential(uri: string, what: string, place: string) {
  const shown = uri.replace(/:\/\/[^/@]*@/u, '://').replace(/\?[\s\S]*$/u, '?…');
  return remoteProblem(
    'address',
    shown,
    `The address ${shown} holds ${what}; it would be written down wherever the address is`,
    `Leave it out, and store it where others cannot read it: \`bit login ${place}\`.`,
  );
}

/** The path of a file below the address of a folder, as its place has it. */
export function pathBelow(root: string, uri: string): string {
  const path = uri.slice(root.length);
  return schemeOf(uri) === 's3' ? path : decodeText(path);
}
