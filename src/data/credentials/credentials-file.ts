import { randomBytes } from 'node:crypto';
import { chmod, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { RemoteProblem } from '../../engine/ports/remote.ts';
import { makeFolder } from '../../util/make-folder.ts';
import { ownUser } from '../../util/own-user.ts';
import type { StoredCredential } from './stored-credential.ts';

/** Tables by place. `undefined`: there is no such file. Refuses one that others can read, or that is somebody else's: what stands in it is no secret. */
export async function readCredentialsFile(path: string): Promise<ReadonlyMap<string, unknown> | undefined> {
  const text = await readPrivate(path);
  switch (text.state) {
    case 'absent':
      return undefined;
    case 'open':
      throw new RemoteProblem(
        'credentials',
        path,
        `${path} holds credentials and is not for you alone: ${text.why}`,
        text.help,
      );
    case 'read':
      try {
        return new Map(Object.entries(parse(text.text)));
      } catch {
        // What the parser says quotes the line, and with it the secret.
        throw new RemoteProblem(
          'credentials',
          path,
          `${path} is no TOML`,
          'It holds a table for each place: `["https://data.lab.org"]`, and below it `token = "…"`.',
        );
      }
  }
}

/** Adds, replaces or (`undefined`) removes what is kept for a place. */
export async function writeCredentialsFile(
  path: string,
  place: string,
  stored: StoredCredential | undefined,
): Promise<void> {
  const tables = new Map(await readCredentialsFile(path));
  if (stored === undefined) tables.delete(place);
  else tables.set(place, stored);
  await makeFolder(dirname(path));
  const draft = join(dirname(path), `.credentials-${randomBytes(4).toString('hex')}`);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      // The mask of the process may have taken bits away, never added any; this says it whatever it was.
      await file.chmod(0o600);
      await file.writeFile(stringify(Object.fromEntries(tables)));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await chmod(path, 0o600);
}

export type Private =
  | { readonly state: 'absent' }
  | { readonly state: 'open'; readonly why: string; readonly help: string }
  | { readonly state: 'read'; readonly text: string };

/** The text of a file that only its owner can read, who is us. The open file is judged, not its name: nobody can put another one there in between. */
export async function readPrivate(path: string): Promise<Private> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (file === undefined) return { state: 'absent' };
  try {
    const found = await file.stat();
    const { uid } = ownUser();
    if (found.uid !== uid)
      return {
        state: 'open',
        why: `it belongs to the user ${found.uid}, and you are ${uid}`,
        help: `Remove it, or make it yours: sudo chown ${uid} ${quoted(path)}`,
      };
    if ((found.mode & 0o077) !== 0)
      return {
        state: 'open',
        why: `its mode is 0${(found.mode & 0o777).toString(8)}, so others can read or change it`,
        help: `Type: chmod 600 ${quoted(path)}`,
      };
    return { state: 'read', text: await file.readFile('utf8') };
  } finally {
    await file.close();
  }
}

const quoted = (path: string): string =>
  /^[\w@%+=:,./~-]+$/u.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
