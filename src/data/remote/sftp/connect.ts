import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import ssh2, { type AnyAuthMethod, type Client, type ServerHostKeyAlgorithm, type SFTPWrapper } from 'ssh2';
import type { Credential, Credentials } from '../../credentials/credential.ts';
import type { Patience } from '../again.ts';
import { mayPass, remoteProblem } from '../problem.ts';
import { fingerprint, hostTrust, kindOf, knownKinds } from './known-hosts.ts';
import type { SshPlace } from './ssh-place.ts';

/** A connection with one channel for files, which any number of transfers share. */
export interface SftpLink {
  readonly sftp: SFTPWrapper;
  readonly place: SshPlace;
  isAlive(): boolean;
  close(): void;
}

export interface ConnectOptions {
  readonly uri: string;
  readonly place: SshPlace;
  readonly credentials: Credentials;
  readonly patience: Patience;
}

/** Connects, trusting no host that `known_hosts` does not name with this very key, and proves who we are with the agent, key files or a password. */
export async function connectSftp(options: ConnectOptions): Promise<SftpLink> {
  const { uri, place, patience } = options;
  const credential = await options.credentials.for(`sftp://${place.user}@${place.host}:${place.port}`);
  const { methods, tried } = await authMethods(place, credential);
  const client = new ssh2.Client();
  let alive = true;
  let distrust: Error | undefined;
  const link = await new Promise<SftpLink>((resolve, reject) => {
    const fail = (error: Error): void => {
      alive = false;
      client.destroy();
      reject(distrust ?? connectProblem(error, { ...options, tried, credential }));
    };
    client.on('error', (error: Error & { readonly level?: string }) => {
      // The next way to prove who we are is tried.
      if (error.level === 'agent') return;
      fail(error);
    });
    client.on('close', () => fail(new Error('the connection was closed')));
    client.on('ready', () => {
      // Questions are small, and each waits for its answer.
      client.setNoDelay(true);
      client.sftp((error, sftp) => {
        if (error !== undefined) return fail(error);
        sftp.on('close', () => {
          alive = false;
          client.end();
        });
        sftp.on('error', () => {});
        resolve({ sftp, place, isAlive: () => alive, close: () => end(client) });
      });
    });
    const known = { name: place.knownAs, port: place.port };
    client.connect({
      host: place.hostName,
      port: place.port,
      username: place.user,
      readyTimeout: patience.idleMs,
      keepaliveInterval: 15_000,
      authHandler: methods,
      algorithms: { serverHostKey: hostKeyAlgorithms(knownKinds(place.knownHosts, known)) },
      hostVerifier: (key: Buffer): boolean => {
        distrust = trustProblem(key, { uri, place });
        return distrust === undefined;
      },
    });
  });
  return link;
}

function end(client: Client): void {
  client.end();
  client.destroy();
}

/** Ways to prove who we are, and what they are called in a message when none of them works. */
async function authMethods(
  place: SshPlace,
  credential: Credential | undefined,
): Promise<{ readonly methods: AnyAuthMethod[]; readonly tried: readonly string[] }> {
  const { user: username } = place;
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  const password = credential?.kind === 'password' ? credential.password.reveal() : undefined;
  if (place.agent !== undefined && existsSync(place.agent)) {
    methods.push({ type: 'agent', username, agent: place.agent });
    tried.push('the keys of ssh-agent');
  }
  for (const path of place.keyFiles) {
    const text = await readFile(path).catch(() => undefined);
    if (text === undefined) continue;
    // A stored password may be what a key is locked with.
    const [open, locked] = [
      ssh2.utils.parseKey(text),
      password === undefined ? undefined : ssh2.utils.parseKey(text, password),
    ];
    const key = open instanceof Error ? locked : open;
    if (key === undefined || key instanceof Error)
      tried.push(`not ${path}, which is locked with a passphrase (\`ssh-add ${path}\` unlocks it)`);
    else {
      methods.push({ type: 'publickey', username, key });
      tried.push(path);
    }
  }
  if (password !== undefined && credential !== undefined) {
    methods.push({ type: 'password', username, password });
    // Servers that ask in a dialogue ask for the same.
    methods.push({
      type: 'keyboard-interactive',
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    });
    tried.push(`the password from ${credential.from}`);
  }
  // Without any, the server says what it would take.
  if (methods.length === 0) methods.push({ type: 'none', username });
  return { methods, tried };
}

function trustProblem(key: Buffer, of: { readonly uri: string; readonly place: SshPlace }): Error | undefined {
  const { uri, place } = of;
  const trust = hostTrust(place.knownHosts, { name: place.knownAs, port: place.port }, key);
  const what = `a key ${fingerprint(key)} (${kindOf(key)})`;
  const port = place.port === 22 ? '' : `-p ${place.port} `;
  switch (trust.state) {
    case 'known':
      return undefined;
    case 'unknown':
      return remoteProblem(
        'credentials',
        uri,
        `${place.host} is not known here; it shows ${what}`,
        `Compare the key with what its administrator says, then accept it with \`ssh ${port}${place.host}\`, or \`ssh-keyscan ${port}${place.hostName} >> ${place.knownHostsFile}\`.`,
      );
    case 'different':
      return remoteProblem(
        'credentials',
        uri,
        `${place.host} shows ${what}, and is known here by another one (line ${trust.line} of what is known): somebody may stand in between`,
        `Ask its administrator. If the server was set up anew: \`ssh-keygen -R ${place.port === 22 ? place.knownAs : `'[${place.knownAs}]:${place.port}'`}\`, then \`ssh ${port}${place.host}\`.`,
      );
    case 'revoked':
      return remoteProblem(
        'credentials',
        uri,
        `${place.host} shows ${what}, which was revoked`,
        'Ask its administrator.',
      );
  }
}

interface Failed extends ConnectOptions {
  readonly tried: readonly string[];
  readonly credential: Credential | undefined;
}

function connectProblem(error: Error & { readonly level?: string; readonly code?: unknown }, of: Failed): Error {
  const { uri, place, tried, credentials } = of;
  if (error.level === 'client-authentication')
    return remoteProblem(
      'credentials',
      uri,
      `${place.host} does not let ${place.user} in; tried: ${tried.length === 0 ? 'nothing, because no key and no password was found' : tried.join(', ')}`,
      `See whether \`ssh ${place.port === 22 ? '' : `-p ${place.port} `}${place.user}@${place.host}\` works; a key goes there with \`ssh-copy-id\`. ${credentials.help(`sftp://${place.host}:${place.port}`)}`,
    );
  if (error.code === 'ENOTFOUND')
    return remoteProblem(
      'unreachable',
      uri,
      `There is no host called ${place.hostName}`,
      'Check the address, and whether this machine is connected.',
    );
  if (error.level === 'handshake' || error.level === 'protocol')
    return remoteProblem(
      'failed',
      uri,
      `${place.host} and bit have no way of encryption in common: ${error.message}`,
      'The server may be very old; ask its administrator.',
    );
  return mayPass(
    uri,
    `The connection to ${place.host} broke (${typeof error.code === 'string' ? error.code : error.message})`,
  );
}

/** What is known comes first, so that the server shows a key that can be compared. */
function hostKeyAlgorithms(kinds: readonly string[]): ServerHostKeyAlgorithm[] {
  const known = kinds.flatMap((kind) => (kind === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [kind]));
  const isKnown = (one: string): boolean => known.includes(one);
  return [...algorithms.filter(isKnown), ...algorithms.filter((one) => !isKnown(one))];
}

const algorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];
