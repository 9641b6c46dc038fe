import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshServer } from './daemons/daemons.ts';

/** The home of somebody who knows the server at this port, and has a key that it lets in or another one. */
export function homeFor(server: SshServer, port: number, options: { readonly key: 'client' | 'other' }): string {
  const home = mkdtempSync(join(tmpdir(), 'bit-ssh-home-'));
  mkdirSync(join(home, '.ssh'));
  cpSync(join(server.folder, options.key), join(home, '.ssh', 'id_ed25519'));
  chmodSync(join(home, '.ssh', 'id_ed25519'), 0o600);
  const known = readFileSync(join(server.folder, 'known_hosts'), 'utf8').replace(`:${server.port}`, `:${port}`);
  writeFileSync(join(home, '.ssh', 'known_hosts'), known);
  return home;
}
