import type { Stats } from 'ssh2';
import {
  type RemoteFile,
  type RemoteOptions,
  RemoteProblem,
  type RemoteProvider,
} from '../../../engine/ports/remote.ts';
import { baseNameOf } from '../../../util/file-name.ts';
import type { Credentials } from '../../credentials/credential.ts';
import type { Environment } from '../../credentials/from-environment.ts';
import { readSftp, type SftpAddress, sftpUri } from '../address.ts';
import { again, type Patience } from '../again.ts';
import { fetchFile } from '../fetch-file.ts';
import { fetchFolder, folderOf } from '../fetch-folder.ts';
import { remoteProblem } from '../problem.ts';
import { describeFile, kindOf, listSftp } from './list.ts';
import { putSftp, removeTree } from './put.ts';
import { sftpConnections } from './sftp-ask.ts';
import { readSftpFile, versionOf } from './transfer.ts';

export interface SftpProviderParts {
  readonly credentials: Credentials;
  readonly environment: Environment;
  readonly patience: Patience;
}

/** Files of a server that is reached by SSH, over one connection for each server and user. */
export function openSftp(parts: SftpProviderParts): RemoteProvider {
  const { patience } = parts;
  const connections = sftpConnections(parts);
  const { ask } = connections;
  const list = (address: SftpAddress, options: RemoteOptions) => listSftp(address, { ask, patience }, options);

  const provider: RemoteProvider = {
    scheme: 'sftp',
    list: (uri, options) => list(readSftp(uri), options),
    look: async (uri, options) => {
      const address = readSftp(uri);
      const stats = await statsOf(address, options);
      if (stats === undefined) return undefined;
      if (kindOf(stats.mode) === 'folder') {
        const folder = { ...address, path: address.path.endsWith('/') ? address.path : `${address.path}/` };
        const found = folderOf(
          sftpUri(folder),
          baseNameOf(folder.path) || folder.host,
          await Array.fromAsync(list(folder, options)),
        );
        return (
          found ?? {
            uri: sftpUri(folder),
            name: baseNameOf(folder.path),
            directory: true,
            size: 0,
            version: 'folder:empty',
          }
        );
      }
      return describeFile(address, stats);
    },
    fetch: async (file, to, options) => {
      const address = readSftp(file.uri);
      if (!file.directory) return fetchOne(file, to, options);
      const inside = (one: RemoteFile): string => readSftp(one.uri).path.slice(address.path.length);
      return fetchFolder(file, to, { inside, list: (uri, how) => list(readSftp(uri), how), fetch: fetchOne }, options);
    },
    put: (from, uri, options) => putSftp({ from, address: readSftp(uri), ask, patience, look: provider.look }, options),
    remove: async (uri, options) => {
      const { signal, version } = options;
      const address = readSftp(uri);
      const there = await provider.look(uri, options);
      if (there === undefined) return;
      if (there.version !== version)
        throw remoteProblem(
          'changed',
          uri,
          `${uri} is not what was put there; it is kept`,
          'Look at what is there now.',
        );
      const path = address.path.replace(/\/+$/u, '');
      await again(() => removeTree(path, { ask, uri, signal }), { patience, signal });
    },
    close: () => connections.close(),
  };
  return provider;

  async function statsOf(address: SftpAddress, options: Pick<RemoteOptions, 'signal'>): Promise<Stats | undefined> {
    const { signal } = options;
    try {
      return await again(() => ask<Stats>(sftpUri(address), signal, (sftp, done) => sftp.stat(address.path, done)), {
        patience,
        signal,
      });
    } catch (error) {
      if (error instanceof RemoteProblem && error.why === 'missing') return undefined;
      throw error;
    }
  }

  function fetchOne(file: RemoteFile, to: string, options: RemoteOptions): Promise<RemoteFile> {
    const address = readSftp(file.uri);
    return fetchFile(
      file,
      to,
      {
        patience,
        read: (offset, _version, signal) => readSftpFile(file.uri, address.path, { ask, offset, signal }),
        lookAgain: async () => {
          const stats = await statsOf(address, options);
          return stats === undefined ? 'gone' : versionOf(stats);
        },
      },
      options,
    );
  }
}
