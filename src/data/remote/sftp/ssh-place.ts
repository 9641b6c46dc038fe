import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownUser } from '../../../util/own-user.ts';
import type { Environment } from '../../credentials/from-environment.ts';
import { readSftp } from '../address.ts';
import { remoteProblem } from '../problem.ts';
import { type SshHost, sshHost } from './ssh-config.ts';

/** Where an address leads, with what the person's own files of OpenSSH say about it. */
export interface SshPlace {
  /** As it was written, for messages and for `ssh`. */
  readonly host: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly keyFiles: readonly string[];
  readonly agent: string | undefined;
  /** The text of all `known_hosts` files, one after the other. */
  readonly knownHosts: string;
  readonly knownHostsFile: string;
  readonly knownAs: string;
}

const defaultKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

export async function sshPlace(uri: string, environment: Environment): Promise<SshPlace> {
  const address = readSftp(uri);
  const own = ownUser();
  const { HOME: named, SSH_AUTH_SOCK: socket } = environment;
  const home = named === undefined || named === '' ? own.home : named;
  const folder = join(home, '.ssh');
  const around = { home, user: own.name };
  const texts = await Promise.all([readText(join(folder, 'config')), readText('/etc/ssh/ssh_config')]);
  const config: SshHost = sshHost(texts.join('\nHost *\n'), address.host, around);
  if (config.detour !== undefined)
    throw remoteProblem(
      'unsupported',
      uri,
      `${address.host} is reached by a detour, \`${config.detour}\` in ~/.ssh/config, which is not taken here`,
      `Open a tunnel and name its end: \`ssh -N -L 2222:localhost:22 ${address.host}\`, then sftp://localhost:2222/….`,
    );
  const knownHostsFiles =
    config.knownHostsFiles.length > 0
      ? config.knownHostsFiles
      : [join(folder, 'known_hosts'), join(folder, 'known_hosts2')];
  const known = await Promise.all([...knownHostsFiles, '/etc/ssh/ssh_known_hosts'].map(readText));
  const agent = config.identityAgent ?? (socket === '' ? undefined : socket);
  return {
    host: address.host,
    hostName: config.hostName,
    port: address.port ?? config.port ?? 22,
    user: address.user ?? config.user ?? own.name,
    keyFiles: config.identityFiles.length > 0 ? config.identityFiles : defaultKeys.map((name) => join(folder, name)),
    agent: config.identitiesOnly || agent === 'none' ? undefined : agent === 'SSH_AUTH_SOCK' ? socket : agent,
    knownHosts: known.join('\n'),
    knownHostsFile: knownHostsFiles[0] ?? join(folder, 'known_hosts'),
    knownAs: config.hostKeyAlias ?? config.hostName,
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
