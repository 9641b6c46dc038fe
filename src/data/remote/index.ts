import type { RemoteProvider, RemoteScheme, Remotes } from '../../engine/ports/remote.ts';
import type { Credentials } from '../credentials/credential.ts';
import type { Environment } from '../credentials/from-environment.ts';
import { type Patience, patient } from './again.ts';
import type { RemoteSettings } from './settings.ts';

export { readHttps, readS3, readSftp, s3Uri, schemeOf, sftpUri } from './address.ts';
export { type Patience, patient } from './again.ts';
export type { RemoteSettings } from './settings.ts';

export interface RemotesOptions {
  readonly credentials: Credentials;
  readonly settings: RemoteSettings;
  readonly environment: Environment;
  readonly patience?: Patience;
  /** What was decided for the user about what another place holds, and should be said. */
  readonly notice?: (notice: { readonly uri: string; readonly message: string }) => void;
}

/** Other places by scheme. Each is loaded when it is first asked for: a run on this machine reads none of their libraries. */
export function openRemotes(options: RemotesOptions): Remotes {
  const parts: ProviderParts = {
    ...options,
    patience: options.patience ?? patient,
    notice: options.notice ?? (() => {}),
  };
  const open = new Map<RemoteScheme, Promise<RemoteProvider>>();
  return {
    provider: (scheme) => {
      const found = open.get(scheme) ?? openers[scheme](parts);
      open.set(scheme, found);
      found.catch(() => open.delete(scheme));
      return found;
    },
    close: async () => {
      for (const provider of open.values()) await (await provider.catch(() => undefined))?.close();
      open.clear();
    },
  };
}

type ProviderParts = Required<RemotesOptions>;

const openers: Readonly<Record<RemoteScheme, (parts: ProviderParts) => Promise<RemoteProvider>>> = {
  https: async (parts) => (await import('./https/index.ts')).openHttps(parts),
  s3: async (parts) => (await import('./s3/index.ts')).openS3(parts),
  sftp: async (parts) => (await import('./sftp/index.ts')).openSftp(parts),
  omero: async ({ credentials, patience, environment, settings, notice }) => {
    const server = settings.omeroServer ?? environment.OMERO_SERVER;
    const { openOmeroProvider } = await import('../omero/index.ts');
    return openOmeroProvider({ credentials, patience, notice, ...(server !== undefined && { server }) });
  },
};
