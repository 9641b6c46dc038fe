import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Credential } from '../../../../src/data/credentials/credential.ts';
import { credentialPlaces, variableHost } from '../../../../src/data/credentials/credential-place.ts';
import { openCredentials } from '../../../../src/data/credentials/index.ts';
import { forgetCredential, keepCredential, keptCredentials } from '../../../../src/data/credentials/keep.ts';
import type { Keyring } from '../../../../src/data/credentials/keyring.ts';
import { netrcEntry } from '../../../../src/data/credentials/netrc.ts';
import type { StoredCredential } from '../../../../src/data/credentials/stored-credential.ts';
import { RemoteProblem } from '../../../../src/engine/ports/remote.ts';

let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'bit-home-'));
  file = join(home, '.config', 'bitflow', 'credentials.toml');
});
afterEach(() => rmSync(home, { recursive: true }));

/** A keyring of the test's own: the desktop of whoever runs the tests is left alone. */
function memoryKeyring(): Keyring {
  const kept = new Map<string, StoredCredential>();
  return {
    get: async (place) => kept.get(place),
    set: async (place, stored) => {
      kept.set(place, stored);
      return true;
    },
    remove: async (place) => kept.delete(place),
    places: async () => [...kept.keys()],
  };
}

const open = (environment: Readonly<Record<string, string>> = {}, keyring?: Keyring) =>
  openCredentials({
    environment: { BIT_KEYRING: 'off', HOME: home, ...environment },
    ...(keyring !== undefined && { keyring }),
  });
const write = (text: string, mode = 0o600): void => {
  mkdirSync(join(home, '.config', 'bitflow'), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
};
const revealed = (found: Credential | undefined) => {
  switch (found?.kind) {
    case 'token':
      return found.token.reveal();
    case 'password':
      return `${found.user ?? ''}:${found.password.reveal()}`;
    case 'keys':
      return `${found.id}:${found.key.reveal()}:${found.session?.reveal() ?? ''}`;
    case 'session':
      return found.session.reveal();
    case undefined:
      return undefined;
  }
};

describe('the environment', () => {
  test.each([
    ['https://data-hub.lab.org/a.tif', { BIT_HTTP_TOKEN_DATA__HUB_LAB_ORG: 't' }, 't'],
    ['https://data.lab.org:8443/a.tif', { BIT_HTTP_TOKEN_DATA_LAB_ORG_8443: 't' }, 't'],
    ['https://h/a', { BIT_HTTP_USER_H: 'ann', BIT_HTTP_PASSWORD_H: 'p' }, 'ann:p'],
    ['s3://raw/a', { AWS_ACCESS_KEY_ID: 'i', AWS_SECRET_ACCESS_KEY: 'k', AWS_SESSION_TOKEN: 's' }, 'i:k:s'],
    ['s3://raw/a', { AWS_ACCESS_KEY_ID: 'i', AWS_SECRET_ACCESS_KEY: '' }, undefined],
    ['sftp://ann@h/a', { BIT_SFTP_PASSWORD_H: 'p' }, ':p'],
    ['omero://h/Image:1', { OMERO_SERVER: 'h', OMERO_USER: 'ann', OMERO_PASSWORD: 'p' }, 'ann:p'],
    ['omero://h/Image:1', { OMERO_SERVER: 'h', OMERO_SESSION: 's', OMERO_USER: 'ann', OMERO_PASSWORD: 'p' }, 's'],
    ['omero://h/Image:1', { OMERO_SERVER: 'https://H/omero', OMERO_SESSION: 's' }, 's'],
    ['omero://h:80', { OMERO_SERVER: 'http://h', OMERO_SESSION: 's' }, 's'],
    ['omero://localhost:4080', { OMERO_SERVER: 'http://localhost:4080', OMERO_SESSION: 's' }, 's'],
    ['omero://h:80', { OMERO_SERVER: 'h', OMERO_SESSION: 's' }, undefined],
    ['omero://evil/Image:1', { OMERO_SERVER: 'h', OMERO_USER: 'ann', OMERO_PASSWORD: 'p' }, undefined],
    ['omero://evil/Image:1', { OMERO_SESSION: 's', OMERO_USER: 'ann', OMERO_PASSWORD: 'p' }, undefined],
    ['omero://h.evil/Image:1', { OMERO_SERVER: 'h', OMERO_SESSION: 's' }, undefined],
    ['omero://evil/Image:1', { OMERO_SERVER: 'h', BIT_OMERO_SESSION_EVIL: 's' }, 's'],
    ['https://other/a', { BIT_HTTP_TOKEN_H: 't' }, undefined],
  ])('%s from %j', async (uri, environment, expected) => {
    expect(revealed(await open(environment as Record<string, string>).for(uri))).toBe(expected);
  });

  test('no two hosts have the same variable', () => {
    const hosts = ['a-b.c', 'a.b.c', 'a.b-c', 'a-b-c', 'a--b', 'a.b:1', 'a.b.1'].filter((host) => host !== 'a.b.1');
    expect(new Set(hosts.map((host) => variableHost(`https://${host}`))).size).toBe(hosts.length);
  });
});

describe('the credentials file', () => {
  const text =
    '["https://data.lab.org"]\ntoken = "t1"\n["s3://raw"]\nid = "i"\nkey = "k"\n["s3://"]\nid = "i2"\nkey = "k2"\n["sftp://ann@h"]\npassword = "p"\n';

  test('is read by place, the most specific first', async () => {
    write(text);
    expect(revealed(await open().for('https://data.lab.org/x/y.tif'))).toBe('t1');
    expect(revealed(await open().for('s3://raw/x'))).toBe('i:k:');
    expect(revealed(await open().for('s3://other/x'))).toBe('i2:k2:');
    expect(revealed(await open().for('sftp://ann@h/x'))).toBe(':p');
    expect(await open().for('sftp://bob@h/x')).toBeUndefined();
    expect(await open().for('https://data.lab.org:8443/')).toBeUndefined();
    expect(await open().for('http://data.lab.org/')).toBeUndefined();
  });

  test.each([0o640, 0o604, 0o644, 0o660, 0o620])(
    'with mode %o it is refused, with the command that puts it right',
    async (mode) => {
      write(text, mode);
      const problem = await open()
        .for('https://data.lab.org/x')
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      expect(problem).toBeInstanceOf(RemoteProblem);
      if (problem instanceof RemoteProblem) expect(problem.help).toBe(`Type: chmod 600 ${file}`);
    },
  );

  test('what is wrong in it is not repeated', async () => {
    write('["https://h"]\ntoken = "pa55word" oops\n');
    const problem = await open()
      .for('https://h/x')
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(problem).toBeInstanceOf(RemoteProblem);
    expect(`${problem} ${JSON.stringify(problem)}`).not.toContain('pa55word');
  });

  test('the environment goes before the keyring, the keyring before the file, and the file before ~/.netrc', async () => {
    const keyring = memoryKeyring();
    writeFileSync(join(home, '.netrc'), 'machine data.lab.org login ann password n\n', { mode: 0o600 });
    expect(revealed(await open({}, keyring).for('https://data.lab.org/'))).toBe('ann:n');
    write(text);
    expect(revealed(await open({}, keyring).for('https://data.lab.org/'))).toBe('t1');
    await keyring.set('https://data.lab.org', { token: 't2' });
    expect(revealed(await open({}, keyring).for('https://data.lab.org/'))).toBe('t2');
    expect(revealed(await open({ BIT_HTTP_TOKEN_DATA_LAB_ORG: 't3' }, keyring).for('https://data.lab.org/'))).toBe(
      't3',
    );
  });
});

describe('~/.netrc', () => {
  test.each([
    ['machine a login u password p', 'a', { user: 'u', password: 'p' }],
    [
      'machine a\n  login u # the user\n  password "p \\"q"\nmachine b login x password y',
      'a',
      { user: 'u', password: 'p "q' },
    ],
    ['default login d password e\n', 'z', { user: 'd', password: 'e' }],
    ['machine b login x password y', 'a', undefined],
    [
      'macdef init\nmachine a login u password wrong\n\nmachine a login u password p',
      'a',
      { user: 'u', password: 'p' },
    ],
    ['machine a login machine password login', 'a', { user: 'machine', password: 'login' }],
    ['machine a login u', 'a', undefined],
  ])('%j', (text, host, expected) => expect(netrcEntry(text, host)).toEqual(expected));

  test('one that others can read is passed over, and said where it matters', async () => {
    writeFileSync(join(home, '.netrc'), 'machine h login u password p\n');
    chmodSync(join(home, '.netrc'), 0o644);
    const credentials = open();
    expect(await credentials.for('https://h/a')).toBeUndefined();
    expect(credentials.help('https://h/a')).toContain(`chmod 600 ${join(home, '.netrc')}`);
  });

  test('it is for encrypted connections alone', async () => {
    writeFileSync(join(home, '.netrc'), 'machine h login u password p\n', { mode: 0o600 });
    expect(await open().for('http://h/a')).toBeUndefined();
  });
});

describe('keeping', () => {
  test('without a keyring, in a file that only its owner can read, and nothing is left beside it', async () => {
    const none: Keyring = { ...memoryKeyring(), set: async () => false };
    expect(await keepCredential('https://h', { token: 't' }, { keyring: none, file })).toBe('file');
    await keepCredential('https://i', { token: 'u' }, { keyring: none, file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(home, '.config', 'bitflow'))).toEqual(['credentials.toml']);
    expect(revealed(await open().for('https://h/'))).toBe('t');
    expect(await forgetCredential('https://h', { keyring: none, file })).toBe(true);
    expect(await forgetCredential('https://h', { keyring: none, file })).toBe(false);
    expect(await keptCredentials({ keyring: none, file })).toEqual([{ place: 'https://i', where: 'file' }]);
  });

  test('with one, in it, and no longer in the file', async () => {
    write('["https://h"]\ntoken = "old"\n');
    const keyring = memoryKeyring();
    expect(await keepCredential('https://h', { token: 'new' }, { keyring, file })).toBe('keyring');
    expect(readFileSync(file, 'utf8')).not.toContain('old');
    expect(revealed(await open({}, keyring).for('https://h/'))).toBe('new');
  });
});

test('places', () => {
  expect(credentialPlaces('https://Data.Lab.org:443/a?b')).toEqual(['https://data.lab.org']);
  expect(credentialPlaces('s3://raw/key')).toEqual(['s3://raw', 's3://']);
  expect(credentialPlaces('sftp://ann@h:22/a')).toEqual(['sftp://ann@h', 'sftp://h']);
  expect(credentialPlaces('omero://h:4080/Image:1')).toEqual(['omero://h:4080']);
  expect(credentialPlaces('/data/a.tif')).toEqual([]);
});
