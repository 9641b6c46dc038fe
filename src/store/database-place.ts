import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { StoreProblem } from '../engine/ports/run-store.ts';
import { blake3 } from '../util/blake3.ts';

/**
 * Where the run database of a store lies that is itself on a shared file system: in a folder on the disk of one host. Written down in the
 * store, so that every command finds it without being told again.
 */
export interface DatabasePlace {
  readonly host: string;
  readonly folder: string;
}

const fileName = 'database.json';
const prefix = 'blake3:'.length;

/** Undefined where the database lies in the store itself. */
export function readDatabasePlace(store: string): DatabasePlace | undefined {
  let text: string;
  try {
    text = readFileSync(join(store, fileName), 'utf8');
  } catch {
    return undefined;
  }
  const place = decoded(text);
  if (place !== undefined) return place;
  throw new StoreProblem(
    'damaged',
    `${join(store, fileName)} does not say where the run database of the store lies`,
    'Put it back from a copy. Without one, delete it, and `bit rebuild` makes the database again from the journal.',
  );
}

function decoded(text: string): DatabasePlace | undefined {
  try {
    const { host, folder } = JSON.parse(text) as Partial<Record<string, unknown>>;
    return typeof host === 'string' && typeof folder === 'string' ? { host, folder } : undefined;
  } catch {
    return undefined;
  }
}

/** Gives the database of a new store a folder of its own below `parent`. */
export async function placeDatabase(store: string, parent: string): Promise<void> {
  const folder = join(parent, `${basename(store)}-${blake3(store).slice(prefix, prefix + 12)}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place: DatabasePlace = { host: hostname(), folder };
  const draft = join(store, `${fileName}.${process.pid}`);
  await writeFile(draft, `${JSON.stringify(place)}\n`, { mode: 0o600 });
  await rename(draft, join(store, fileName));
}

/** A path that is on another host's disk names something else here, or nothing. */
export function refuseOtherHost(store: string): void {
  const place = readDatabasePlace(store);
  if (place === undefined || place.host === hostname()) return;
  throw new StoreProblem(
    'network',
    `The run database of the store ${store} lies on the host ${place.host} (${place.folder}), and this is ${hostname()}`,
    `Work with this store on ${place.host}. If that host is gone for good, delete ${join(store, fileName)}, and \`bit rebuild\` makes the database again from the journal.`,
  );
}
