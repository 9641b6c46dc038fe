import type { SFTPWrapper } from 'ssh2';
import type { Environment } from '../../credentials/from-environment.ts';
import { readSftp } from '../address.ts';
import { within } from '../again.ts';
import { localProblem, MayPass, mayPass, remoteProblem } from '../problem.ts';
import { type ConnectOptions, connectSftp, type SftpLink } from './connect.ts';
import { sshPlace } from './ssh-place.ts';

/** One question to the server that an address names, over the connection that is there or is made for it. */
export type SftpAsk = <T>(uri: string, signal: AbortSignal, question: SftpQuestion<T>) => Promise<T>;

export type SftpQuestion<T> = (sftp: SFTPWrapper, done: (error: Error | null | undefined, value: T) => void) => void;

export interface SftpConnections {
  readonly ask: SftpAsk;
  close(): Promise<void>;
}

/** A connection for each server and user. One that broke is made again when it is next needed. */
export function sftpConnections(
  parts: Omit<ConnectOptions, 'uri' | 'place'> & { readonly environment: Environment },
): SftpConnections {
  const links = new Map<string, Promise<SftpLink>>();

  const linkTo = async (uri: string, signal: AbortSignal): Promise<SftpLink> => {
    const { user, host, port } = readSftp(uri);
    const name = JSON.stringify([user, host, port]);
    const found = await links.get(name)?.catch(() => undefined);
    if (found?.isAlive() === true) return found;
    // Others may have come to the same conclusion meanwhile.
    const current = links.get(name);
    const before = await current?.catch(() => undefined);
    if (current === undefined || before?.isAlive() !== true) {
      if (links.get(name) === current) {
        const opening = sshPlace(uri, parts.environment).then((place) => connectSftp({ ...parts, uri, place }));
        links.set(name, opening);
        opening.catch(() => {
          if (links.get(name) === opening) links.delete(name);
        });
      }
    }
    const link = links.get(name);
    if (link === undefined) return linkTo(uri, signal);
    return within(link, { ms: 2 * parts.patience.idleMs, signal, late: () => mayPass(uri, `${host} does not answer`) });
  };

  return {
    ask: async <T>(uri: string, signal: AbortSignal, question: SftpQuestion<T>): Promise<T> => {
      const link = await linkTo(uri, signal);
      const asked = new Promise<T>((resolve, reject) => {
        question(link.sftp, (error, value) => (error === null || error === undefined ? resolve(value) : reject(error)));
      });
      try {
        return await within(asked, {
          ms: parts.patience.idleMs,
          signal,
          late: () => {
            // Nothing that is still asked over it will be answered.
            link.close();
            return mayPass(uri, `${link.place.host} does not answer, for ${uri}`);
          },
        });
      } catch (error) {
        signal.throwIfAborted();
        throw sftpProblem(error, { uri, link });
      }
    },
    close: async () => {
      for (const link of links.values()) (await link.catch(() => undefined))?.close();
      links.clear();
    },
  };
}

/** What the server said, as one of ours. Numbers as in version 3 of the protocol, with what later ones added. */
function sftpProblem(error: unknown, of: { readonly uri: string; readonly link: SftpLink }): unknown {
  if (!(error instanceof Error) || error instanceof MayPass || error.name === 'RemoteProblem') return error;
  const { uri, link } = of;
  const local = 'syscall' in error ? localProblem(uri, error) : undefined;
  if (local !== undefined) return local;
  const code = 'code' in error ? error.code : undefined;
  const { host, user } = link.place;
  switch (code) {
    case 2:
    case 10:
      return remoteProblem('missing', uri, `${uri} is not there`, 'Check the address.');
    case 3:
    case 12:
      return remoteProblem(
        'denied',
        uri,
        `${host} does not allow ${user} that, for ${uri}`,
        'Ask its administrator, or the owner of the folder.',
      );
    case 8:
      return remoteProblem('unsupported', uri, `${host} cannot do that, for ${uri}`, 'Use another place.');
    case 11:
      return remoteProblem(
        'exists',
        uri,
        `${uri} is there already; it is kept`,
        'Choose another name, or remove it there first.',
      );
    case 14:
    case 15:
      return remoteProblem('full', uri, `There is no room for ${uri}`, 'Make room there.');
    case 4:
      return remoteProblem(
        'failed',
        uri,
        `${host} failed, for ${uri}: ${error.message}`,
        'The disk there may be full, or the file system may not allow it.',
      );
    default:
  }
  if (/does not support this extended request/iu.test(error.message))
    return remoteProblem('unsupported', uri, `${host} cannot do that, for ${uri}`, 'Use another place.');
  // Anything else comes from the connection.
  return mayPass(uri, `The connection to ${host} broke, for ${uri}`);
}
