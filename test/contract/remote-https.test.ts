import { describe } from 'vitest';
import { openCredentials } from '../../src/data/credentials/index.ts';
import { openHttps } from '../../src/data/remote/https/index.ts';
import { openFileServer } from '../support/file-server.ts';
import { hostileNames, impatient, remoteContract } from './remote.contract.ts';

describe('A web server', () => {
  remoteContract(
    async () => {
      const server = await openFileServer();
      server.configure({ authorization: 'Bearer right-secret' });
      const encoded = (name: string): string => name.split('/').map(encodeURIComponent).join('/');
      return {
        port: server.port,
        open: (port, { credential }) =>
          openHttps({
            patience: impatient,
            credentials: openCredentials({
              environment: {
                BIT_KEYRING: 'off',
                HOME: '/nonexistent',
                [`BIT_HTTP_TOKEN_127_0_0_1_${port}`]: `${credential}-secret`,
              },
            }),
          }),
        uri: (port, name) => new URL(`http://127.0.0.1:${port}/files/${encoded(name)}`).href,
        write: async (name, bytes) => void server.files.set(`/files/${name}`, Buffer.from(bytes)),
        read: async (name) => server.files.get(`/files/${name}`),
        names: async () => [...server.files.keys()].map((path) => path.slice('/files/'.length)).sort(),
        clear: async () => server.files.clear(),
        close: () => server.close(),
      };
    },
    {
      ahead: 1_000_000,
      lists: false,
      folders: false,
      entries: 0,
      refusal: 'credentials',
      names: [...hostileNames, 'new\nline.tif'],
    },
  );
});
