import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openCredentials } from '../../src/data/credentials/index.ts';
import { openSftp } from '../../src/data/remote/sftp/index.ts';
import { type RemoteOptions, RemoteProblem } from '../../src/engine/ports/remote.ts';
import { describeWithSshServer } from '../support/daemons/daemons.ts';
import { homeFor } from '../support/ssh-home.ts';
import { openWire } from '../support/wire.ts';
import { impatient } from './remote.contract.ts';

describeWithSshServer('Who is who over SSH', (server) => {
  const options: RemoteOptions = { signal: new AbortController().signal, progress: () => {} };
  let folder: string;
  let home: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bit-trust-'));
    writeFileSync(join(folder, 'a.tif'), 'pixels');
    home = homeFor(server, server.port, { key: 'client' });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    rmSync(home, { recursive: true });
  });

  const look = async (uri: string, environment: Readonly<Record<string, string>> = {}) => {
    const around = { HOME: home, BIT_KEYRING: 'off', ...environment };
    const provider = openSftp({
      patience: impatient,
      environment: around,
      credentials: openCredentials({ environment: around }),
    });
    try {
      return await provider.look(uri, options);
    } catch (error) {
      return error;
    } finally {
      await provider.close();
    }
  };
  const uri = (): string => `sftp://${server.user}@127.0.0.1:${server.port}${folder}/a.tif`;
  const known = (): string => join(home, '.ssh', 'known_hosts');
  const config = (text: string): void => writeFileSync(join(home, '.ssh', 'config'), text);
  const refused = (found: unknown): RemoteProblem => {
    if (found instanceof RemoteProblem) return found;
    throw new Error(`no problem, but ${String(found)}`);
  };

  test('a host that nobody knows is refused, with its key and the command that accepts it, and is refused again', async () => {
    writeFileSync(known(), '');
    const said = execFileSync('ssh-keygen', ['-l', '-f', join(server.folder, 'host.pub')], { encoding: 'utf8' }).split(
      ' ',
    )[1];
    for (let time = 0; time < 2; time += 1) {
      const problem = refused(await look(uri()));
      expect(problem.why).toBe('credentials');
      expect(problem.message).toContain(said);
      expect(problem.help).toContain(`ssh-keyscan -p ${server.port} 127.0.0.1 >> ${known()}`);
    }
    expect(readFileSync(known(), 'utf8')).toBe('');
  });

  test('what the message says to type makes it known', async () => {
    writeFileSync(known(), '');
    appendFileSync(
      known(),
      execFileSync('ssh-keyscan', ['-p', String(server.port), '127.0.0.1'], { stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    expect(await look(uri())).toMatchObject({ size: 6 });
  });

  test('hashed names are known too', async () => {
    execFileSync('ssh-keygen', ['-q', '-H', '-f', known()], { stdio: 'ignore' });
    expect(readFileSync(known(), 'utf8')).toMatch(/^\|1\|/u);
    expect(await look(uri())).toMatchObject({ size: 6 });
  });

  test('a host that shows another key than the one that is known is refused, as loudly as can be', async () => {
    const other = readFileSync(join(server.folder, 'other.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    writeFileSync(known(), `[127.0.0.1]:${server.port} ${other}\n`);
    const problem = refused(await look(uri()));
    expect(problem.message).toContain('somebody may stand in between');
    expect(problem.help).toContain(`ssh-keygen -R '[127.0.0.1]:${server.port}'`);
  });

  test('no byte that proves who we are is sent to a host that is not known', async () => {
    const wire = await openWire({ port: server.port });
    onTestFinished(wire.close);
    const around = { BIT_SFTP_PASSWORD_127_0_0_1: 'right-secret' };
    refused(await look(uri().replace(`:${server.port}`, `:${wire.port}`), around));
    // The handshake alone: the client's greeting, its algorithms and half of a key exchange.
    expect(wire.sent()).toBeLessThan(4000);
  });

  test('a name of ~/.ssh/config, with its host, user, port and key', async () => {
    mkdirSync(join(home, 'keys'));
    execFileSync('mv', [join(home, '.ssh', 'id_ed25519'), join(home, 'keys', 'scope')]);
    config(
      `Host scope\n  HostName 127.0.0.1\n  Port ${server.port}\n  User ${server.user}\n  IdentityFile ~/keys/scope\n`,
    );
    expect(await look(`sftp://scope${folder}/a.tif`)).toMatchObject({ size: 6, uri: `sftp://scope${folder}/a.tif` });
  });

  test('a way there that is not taken is told', async () => {
    config('Host *\n  ProxyJump gate.lab.org\n');
    expect(refused(await look(uri())).message).toContain('ProxyJump gate.lab.org');
  });

  test('a key that is not let in is told, with what was tried', async () => {
    const other = homeFor(server, server.port, { key: 'other' });
    onTestFinished(() => rmSync(other, { recursive: true }));
    const problem = refused(await look(uri(), { HOME: other }));
    expect(problem.why).toBe('credentials');
    expect(problem.message).toContain(`tried: ${join(other, '.ssh', 'id_ed25519')}`);
  });

  test('a locked key works with its passphrase, and is told without', async () => {
    const key = join(home, '.ssh', 'id_ed25519');
    execFileSync('ssh-keygen', ['-q', '-p', '-f', key, '-P', '', '-N', 'open sesame']);
    expect(refused(await look(uri())).message).toContain(`ssh-add ${key}`);
    const variable = `BIT_SFTP_PASSWORD_127_0_0_1_${server.port}`;
    expect(await look(uri(), { [variable]: 'open sesame' })).toMatchObject({ size: 6 });
    const wrong = refused(await look(uri(), { [variable]: 'wrong sesame' }));
    expect(`${wrong.message} ${wrong.help}`).not.toContain('sesame');
  });

  test('the keys of ssh-agent', async () => {
    const socket = join(home, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void agent.kill());
    await once(agent.stdout, 'data');
    execFileSync('ssh-add', ['-q', join(home, '.ssh', 'id_ed25519')], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: 'ignore',
    });
    rmSync(join(home, '.ssh', 'id_ed25519'));
    refused(await look(uri()));
    expect(await look(uri(), { SSH_AUTH_SOCK: socket })).toMatchObject({ size: 6 });
  });

  describe('links', () => {
    const list = async (): Promise<string[]> => {
      const around = { HOME: home, BIT_KEYRING: 'off' };
      const provider = openSftp({
        patience: impatient,
        environment: around,
        credentials: openCredentials({ environment: around }),
      });
      try {
        const found = await Array.fromAsync(
          provider.list(`sftp://${server.user}@127.0.0.1:${server.port}${folder}/`, options),
        );
        return found.map((file) => file.uri.slice(file.uri.indexOf(folder) + folder.length + 1));
      } finally {
        await provider.close();
      }
    };

    test('to files and folders count, in circles and to nothing do not', async () => {
      mkdirSync(join(folder, 'real'));
      writeFileSync(join(folder, 'real', 'b.tif'), 'b');
      symlinkSync('a.tif', join(folder, 'link.tif'));
      symlinkSync('real', join(folder, 'linked'));
      symlinkSync('..', join(folder, 'real', 'up'));
      symlinkSync('nowhere', join(folder, 'dangling'));
      expect(await list()).toEqual(['a.tif', 'link.tif', 'linked/b.tif', 'real/b.tif']);
    });
  });
});
