import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openCredentials } from '../../src/data/credentials/index.ts';
import { sftpUri } from '../../src/data/remote/address.ts';
import { openSftp } from '../../src/data/remote/sftp/index.ts';
import { describeWithSshServer } from '../support/daemons/daemons.ts';
import { homeFor } from '../support/ssh-home.ts';
import { hostileNames, impatient, remoteContract } from './remote.contract.ts';

describeWithSshServer('An SSH server', (server) => {
  remoteContract(
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'bit-sftp-'));
      const homes: string[] = [];
      return {
        port: server.port,
        open: (port, { credential }) => {
          const home = homeFor(server, port, { key: credential === 'right' ? 'client' : 'other' });
          homes.push(home);
          const environment = { HOME: home, BIT_KEYRING: 'off' };
          return openSftp({ patience: impatient, environment, credentials: openCredentials({ environment }) });
        },
        uri: (port, name) => sftpUri({ user: server.user, host: '127.0.0.1', port, path: `${folder}/files/${name}` }),
        write: async (name, bytes) => {
          mkdirSync(dirname(join(folder, 'files', name)), { recursive: true });
          writeFileSync(join(folder, 'files', name), bytes);
        },
        read: async (name) =>
          existsSync(join(folder, 'files', name)) ? readFileSync(join(folder, 'files', name)) : undefined,
        names: async () =>
          existsSync(join(folder, 'files'))
            ? readdirSync(join(folder, 'files'), { recursive: true, encoding: 'utf8' })
                .filter((name) => statSync(join(folder, 'files', name)).isFile())
                .sort()
            : [],
        clear: async () => rmSync(join(folder, 'files'), { recursive: true, force: true }),
        close: async () => {
          for (const path of [folder, ...homes]) rmSync(path, { recursive: true, force: true });
        },
      };
    },
    {
      ahead: 2_500_000,
      lists: true,
      folders: true,
      entries: 10_000,
      refusal: 'credentials',
      names: [...hostileNames, 'new\nline.tif', 'back\\slash.tif'],
    },
  );
});
