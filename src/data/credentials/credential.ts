import type { Secret } from './secret.ts';

/** What opens a place. `from` says in words where it was found: `BIT_HTTP_TOKEN_DATA_LAB_ORG`, `the keyring`. */
export type Credential =
  | { readonly kind: 'token'; readonly token: Secret; readonly from: string }
  | { readonly kind: 'password'; readonly user?: string; readonly password: Secret; readonly from: string }
  /** Of object stores. */
  | {
      readonly kind: 'keys';
      readonly id: string;
      readonly key: Secret;
      readonly session?: Secret;
      readonly from: string;
    }
  /** Of a session that somebody has opened already, on an image server. */
  | { readonly kind: 'session'; readonly session: Secret; readonly from: string };

/** Where credentials are found. Asked for every time they are needed, so that nothing is kept that was forgotten meanwhile. */
export interface Credentials {
  /** `undefined`: looked everywhere, and there is none. Rejects with `RemoteProblem` where one may be kept in a file that others can read. */
  for(uri: string): Promise<Credential | undefined>;
  /** What to do where there is none or the one that was found is refused, in one or two sentences. */
  help(uri: string): string;
}
