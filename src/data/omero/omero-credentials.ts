import { RemoteProblem } from '../../engine/ports/remote.ts';
import { unreachable } from '../../util/unreachable.ts';

/** A secret that no message, log or inspection shows: only who calls `reveal` reads it. */
export interface Hidden {
  reveal(): string;
}

/** A user's password, or the id of an OMERO session that someone opened (`omero sessions login` prints it). */
export type OmeroLogin = { readonly user: string; readonly password: Hidden } | { readonly session: Hidden };

/** Looks up how to log in at `omero://host[:port]`; `undefined`: nothing is kept for it, and the server is asked as a guest. Asked at every login. */
export type OmeroCredentials = (serverUri: string) => Promise<OmeroLogin | undefined>;

/** What is kept for any kind of place, as far as an image server can use it. */
export type KeptCredential =
  | { readonly kind: 'password'; readonly user?: string; readonly password: Hidden }
  | { readonly kind: 'session'; readonly session: Hidden }
  | { readonly kind: 'token' | 'keys' };

/** Logins out of the credentials that are kept for all places. */
export function omeroCredentials(kept: {
  for(uri: string): Promise<KeptCredential | undefined>;
  help(uri: string): string;
}): OmeroCredentials {
  return async (serverUri) => {
    const found = await kept.for(serverUri);
    switch (found?.kind) {
      case undefined:
        return undefined;
      case 'session':
        return { session: found.session };
      case 'password':
        if (found.user !== undefined) return { user: found.user, password: found.password };
        break;
      case 'token':
      case 'keys':
        break;
      default:
        return unreachable(found);
    }
    throw new RemoteProblem(
      'credentials',
      serverUri,
      `What is kept for ${serverUri} is neither a user with a password nor a session id`,
      kept.help(serverUri),
    );
  };
}
