import { expect, test } from 'vitest';
import { type KeptCredential, omeroCredentials } from '../../../../src/data/omero/index.ts';

const hidden = { reveal: () => 'x' };
const kept = (credential: KeptCredential | undefined) =>
  omeroCredentials({ for: async () => credential, help: (uri) => `store one for ${uri}` })('omero://h');

test('a user with a password and a session log in; nothing is a guest', async () => {
  expect(await kept({ kind: 'password', user: 'ann', password: hidden })).toEqual({ user: 'ann', password: hidden });
  expect(await kept({ kind: 'session', session: hidden })).toEqual({ session: hidden });
  expect(await kept(undefined)).toBeUndefined();
});

test.each([{ kind: 'token' }, { kind: 'keys' }, { kind: 'password', password: hidden }] as const)(
  'what cannot log in ($kind) is said, with what to do',
  async (credential) => {
    await expect(kept(credential)).rejects.toMatchObject({ why: 'credentials', help: 'store one for omero://h' });
  },
);
