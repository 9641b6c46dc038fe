import type { Credential } from './credential.ts';
import { Secret } from './secret.ts';

/** A credential as it is kept in the keyring (as JSON) and in the credentials file (as a table): `{ token }`, `{ user, password }`, `{ id, key, session }`, `{ session }`. */
export type StoredCredential = Readonly<Record<string, string>>;

/** `undefined` for a record that is none of these. */
export function fromStored(stored: unknown, from: string): Credential | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const read = (name: string): string | undefined => {
    const value = name in stored ? Object.entries(stored).find(([key]) => key === name)?.[1] : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [token, user, password] = [read('token'), read('user'), read('password')];
  const [id, key, session] = [read('id'), read('key'), read('session')];
  if (token !== undefined) return { kind: 'token', token: new Secret(token), from };
  if (password !== undefined)
    return { kind: 'password', ...(user !== undefined && { user }), password: new Secret(password), from };
  if (id !== undefined && key !== undefined)
    return {
      kind: 'keys',
      id,
      key: new Secret(key),
      ...(session !== undefined && { session: new Secret(session) }),
      from,
    };
  if (session !== undefined) return { kind: 'session', session: new Secret(session), from };
  return undefined;
}
