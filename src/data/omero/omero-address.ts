import type { RemoteProblem } from '../../engine/ports/remote.ts';
import { remoteProblem } from '../remote/problem.ts';

export const omeroKinds = ['Project', 'Dataset', 'Image', 'Screen', 'Plate', 'Well'] as const;
export type OmeroKind = (typeof omeroKinds)[number];

/** One object of one server, or a file attached to it. Written `omero://host[:port][/prefix]/Dataset:51[/file name]`. */
export interface OmeroAddress {
  /** `https://host:port`; `http:` only where the address says so (`omero+http://`). */
  readonly origin: string;
  /** The path under which the server's web pages are deployed: `''` or `/omero`. */
  readonly prefix: string;
  readonly kind: OmeroKind;
  readonly id: number;
  /** The name of a file that is attached to the object. */
  readonly file?: string;
}

/** Whether this provider is asked, `omero+http:` included. */
export const isOmeroUri = (uri: string): boolean => /^omero(?:\+http)?:/i.test(uri);

/**
 * What people write (`Dataset:51`, `omero:Dataset:51`, a whole `omero://` address, a link copied from the web client) as the address that stands in the database and in messages.
 * `server` fills in what the short forms leave out: `omero.example.org`, `https://example.org/omero`, `http://localhost:4080`. Rejects by `RemoteProblem`, why `address`.
 */
export function omeroAddress(text: string, { server }: { server: string | undefined }): string {
  const written = text.trim();
  if (/^omero(?:\+http)?:\/\//i.test(written)) return omeroUri(parseOmeroUri(written));
  const link = fromWebLink(written);
  if (link !== undefined) return omeroUri(link);
  const short = object.exec(written.replace(/^omero:/i, ''));
  const [kind, id] = [kindOf(short?.[1]), Number(short?.[2])];
  if (kind === undefined || !Number.isSafeInteger(id)) throw unreadable(written);
  if (server === undefined || server.trim() === '') {
    throw remoteProblem(
      'address',
      written,
      `\`${written}\` does not say on which OMERO server it is`,
      `Set OMERO_SERVER to the server's address (OMERO_SERVER=omero.example.org), or write it out: omero://omero.example.org/${kind}:${id}`,
    );
  }
  return omeroUri({ ...placeOf(server), kind, id });
}

/** Throws `RemoteProblem`, why `address`. */
export function parseOmeroUri(uri: string): OmeroAddress {
  const scheme = /^omero(\+http)?:\/\//i.exec(uri);
  if (scheme === null) throw unreadable(uri);
  const web = asUrl(`${scheme[1] === undefined ? 'https' : 'http'}://${uri.slice(scheme[0].length)}`);
  if (web === undefined || web.search !== '' || web.hash !== '') throw unreadable(uri);
  refuseUserInfo(web);
  const parts = web.pathname.split('/').filter((part) => part !== '');
  const at = parts.findIndex((part) => object.test(decoded(part) ?? ''));
  const found = object.exec(decoded(parts[at] ?? '') ?? '');
  const kind = kindOf(found?.[1]);
  const id = Number(found?.[2]);
  if (kind === undefined || !Number.isSafeInteger(id)) throw unreadable(hidden(uri));
  const rest = parts.slice(at + 1).map(decoded);
  const file = rest[0];
  if (rest.length > 1 || (rest.length === 1 && (file === undefined || file === ''))) throw unreadable(uri);
  const prefix = parts.slice(0, at).join('/');
  return {
    origin: web.origin,
    prefix: prefix === '' ? '' : `/${prefix}`,
    kind,
    id,
    ...(file !== undefined && { file }),
  };
}

export function omeroUri(address: OmeroAddress): string {
  return address.file === undefined ? objectUri(address) : `${objectUri(address)}/${encodeURIComponent(address.file)}`;
}

/** The object alone, without the file that is attached to it. */
export function objectUri({ origin, prefix, kind, id }: OmeroAddress): string {
  return `${serverUri({ origin, prefix })}/${kind}:${id}`;
}

/** The server alone, as messages and credentials name it: `omero://host/prefix`. */
export function serverUri({ origin, prefix }: Pick<OmeroAddress, 'origin' | 'prefix'>): string {
  const { protocol, host } = new URL(origin);
  return `${protocol === 'http:' ? 'omero+http' : 'omero'}://${host}${prefix}`;
}

/** What credentials are kept for. Always with the port where it is `http:`, so that what is kept for `omero://host` never goes over the wire in the clear. */
export function credentialUri({ origin }: Pick<OmeroAddress, 'origin'>): string {
  const { protocol, host, port } = new URL(origin);
  return `omero://${host}${protocol === 'http:' && port === '' ? ':80' : ''}`;
}

const object = new RegExp(`^(${omeroKinds.join('|')}):([1-9][0-9]{0,15})$`, 'i');

function kindOf(word: string | undefined): OmeroKind | undefined {
  return omeroKinds.find((kind) => kind.toLowerCase() === word?.toLowerCase());
}

function placeOf(server: string): Pick<OmeroAddress, 'origin' | 'prefix'> {
  const written = server
    .trim()
    .replace(/^omero\+http:/i, 'http:')
    .replace(/^omero:/i, 'https:');
  const web = asUrl(/^https?:\/\//i.test(written) ? written : `https://${written}`);
  const isOther = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) && !/^https?:/i.test(written);
  if (web === undefined || isOther || web.search !== '' || web.hash !== '') {
    throw remoteProblem(
      'address',
      hidden(server),
      `\`${hidden(server)}\` is no address of an OMERO server`,
      'Write the host and what stands before /webclient: omero.example.org, or https://example.org/omero',
    );
  }
  refuseUserInfo(web);
  return { origin: web.origin, prefix: web.pathname.replace(/\/(?:webclient\/?)?$/, '') };
}

/** `https://host/prefix/webclient/?show=image-12`: what the web client's link button gives. */
function fromWebLink(text: string): OmeroAddress | undefined {
  const web = /^https?:\/\//i.test(text) ? asUrl(text) : undefined;
  const at = web?.pathname.search(/\/webclient\/?$/) ?? -1;
  const shown = /^([a-z]+)-([1-9][0-9]*)$/.exec(web?.searchParams.get('show') ?? '');
  const kind = kindOf(shown?.[1]);
  if (web === undefined || at < 0 || kind === undefined) return undefined;
  refuseUserInfo(web);
  return { origin: web.origin, prefix: web.pathname.slice(0, at), kind, id: Number(shown?.[2]) };
}

function refuseUserInfo(web: URL): void {
  if (web.username === '' && web.password === '') return;
  throw remoteProblem(
    'address',
    `omero://${web.host}`,
    `An address on ${web.host} holds a user name or a password, which would end up in the database and in logs`,
    'Leave them out of the address; docs/omero.md says where credentials belong.',
  );
}

function unreadable(text: string): RemoteProblem {
  const shown = hidden(text);
  return remoteProblem(
    'address',
    shown,
    `\`${shown}\` is no address of something on an OMERO server`,
    `Write the kind and the number that OMERO shows: ${omeroKinds.map((kind) => `${kind}:12`).join(', ')}; with the server, omero://omero.example.org/Dataset:12`,
  );
}

/** Without what might be a password. */
const hidden = (text: string): string => text.replace(/\/\/[^/@]*@/, '//');

function asUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
