import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fingerprint, hostTrust, knownKinds } from '../../../../src/data/remote/sftp/known-hosts.ts';
import { sshHost } from '../../../../src/data/remote/sftp/ssh-config.ts';

const around = { home: '/home/ann', user: 'ann' };

describe('~/.ssh/config', () => {
  const text = `
User everywhere
# a comment
Host micro "two words" scope?.lab.org
    HostName microscope.lab.org
    Port=2222
    IdentityFile ~/.ssh/lab_%h
    IdentityFile "%d/.ssh/a key"
    HostKeyAlias scope
Host *.lab.org !bad.lab.org
  User guest
  Port 23
Host jump
  ProxyJump gate.lab.org
Match host micro
  Port 99
Match all
  IdentitiesOnly yes
`;
  test('the first word on a subject holds, and all identities', () => {
    expect(sshHost(text, 'micro', around)).toMatchObject({
      hostName: 'microscope.lab.org',
      user: 'everywhere',
      port: 2222,
      identityFiles: ['/home/ann/.ssh/lab_microscope.lab.org', '/home/ann/.ssh/a key'],
      hostKeyAlias: 'scope',
      identitiesOnly: true,
      detour: undefined,
    });
  });

  test('patterns', () => {
    expect(sshHost(text, 'scope7.lab.org', around).port).toBe(2222);
    expect(sshHost(text, 'scope10.lab.org', around).port).toBe(23);
    expect(sshHost(text, 'bad.lab.org', around).port).toBeUndefined();
  });

  test('a detour is told', () => expect(sshHost(text, 'jump', around).detour).toBe('ProxyJump gate.lab.org'));

  test('nothing at all', () =>
    expect(sshHost('', 'host', around)).toMatchObject({
      hostName: 'host',
      user: undefined,
      port: undefined,
      identityFiles: [],
    }));
});

describe('known_hosts, as ssh-keygen writes it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bit-known-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const make = (name: string, kind: string): { readonly line: string; readonly key: Buffer; readonly said: string } => {
    const path = join(folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', kind, '-N', '', '-f', path]);
    const line = readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    const said = execFileSync('ssh-keygen', ['-l', '-f', `${path}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
    return { line, key: Buffer.from(line.split(' ')[1] ?? '', 'base64'), said };
  };
  const mine = make('mine', 'ed25519');
  const other = make('other', 'ed25519');
  const ecdsa = make('ecdsa', 'ecdsa');
  const at22 = { name: 'host.lab.org', port: 22 };

  test('a fingerprint is the one that ssh-keygen shows', () => expect(fingerprint(mine.key)).toBe(mine.said));

  test.each([
    ['its own name', `host.lab.org ${mine.line}`, 'known'],
    ['one of several names', `other,HOST.lab.org,10.0.0.1 ${mine.line}`, 'known'],
    ['a pattern', `*.lab.org,!bad.lab.org ${mine.line}`, 'known'],
    ['another host', `other.lab.org ${mine.line}`, 'unknown'],
    ['another port', `[host.lab.org]:2222 ${mine.line}`, 'unknown'],
    ['another key of the kind', `host.lab.org ${other.line}`, 'different'],
    ['another kind alone', `host.lab.org ${ecdsa.line}`, 'unknown'],
    ['both keys of the kind', `host.lab.org ${other.line}\nhost.lab.org ${mine.line}`, 'known'],
    ['a revoked one', `host.lab.org ${mine.line}\n@revoked * ${mine.line}`, 'revoked'],
    ['an authority', `@cert-authority *.lab.org ${mine.line}`, 'unknown'],
    ['nothing', '# a comment\n\n', 'unknown'],
  ])('%s', (_, text, state) => expect(hostTrust(text, at22, mine.key).state).toBe(state));

  test('hashed names, with and without a port', () => {
    const path = join(folder, 'known_hosts');
    writeFileSync(path, `host.lab.org ${mine.line}\n[host.lab.org]:2222 ${other.line}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' });
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain('host.lab.org');
    expect(hostTrust(text, at22, mine.key).state).toBe('known');
    expect(hostTrust(text, { name: 'host.lab.org', port: 2222 }, other.key).state).toBe('known');
    expect(hostTrust(text, { name: 'host.lab.org', port: 2222 }, mine.key).state).toBe('different');
    expect(hostTrust(text, { name: 'other', port: 22 }, mine.key).state).toBe('unknown');
  });

  test('the kinds of keys that are known of a host', () => {
    expect(knownKinds(`host.lab.org ${ecdsa.line}\nhost.lab.org ${mine.line}\nx ${other.line}`, at22)).toEqual([
      'ecdsa-sha2-nistp256',
      'ssh-ed25519',
    ]);
  });
});
