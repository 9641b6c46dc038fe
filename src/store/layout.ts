import { join } from 'node:path';
import type { Digest } from '../util/brand.ts';
import { readDatabasePlace } from './database-place.ts';

/** What lies where in a store's folder. */
export interface Layout {
  readonly folder: string;
  readonly database: string;
  /** Content by digest, `ab/cdef…`. May be a symbolic link to a folder on a shared file system. */
  readonly objects: string;
  /** Half-copied content on its way into `objects`; same file system. */
  readonly incoming: string;
  /** Directories of attempts. */
  readonly work: string;
  /** One file per engine, locked as long as it lives. */
  readonly engines: string;
  /** Every event as a line of JSON: the database can be made again from it. */
  readonly journal: string;
  /** Content that no longer is what its name says. */
  readonly damaged: string;
  readonly environments: string;
  /** Where a database goes that another one replaces; same file system as the database. */
  readonly retired: string;
  readonly readme: string;
}

export function layoutOf(folder: string): Layout {
  const elsewhere = readDatabasePlace(folder)?.folder;
  return {
    folder,
    database: join(elsewhere ?? folder, 'bit.db'),
    objects: join(folder, 'objects'),
    incoming: join(folder, 'objects', 'incoming'),
    work: join(folder, 'work'),
    // Locks of the operating system are worth as much over a network as a database: nothing.
    engines: join(elsewhere ?? folder, 'engines'),
    journal: join(folder, 'journal'),
    damaged: join(folder, 'damaged'),
    environments: join(folder, 'environments'),
    retired: elsewhere ?? join(folder, 'damaged'),
    readme: join(folder, 'README.txt'),
  };
}

/** Two levels, so that no folder of the store has more than a few hundred entries per ten thousand objects. */
export function objectPath(layout: Layout, digest: Digest): string {
  const hex = digestHex(digest);
  return `${layout.objects}/${hex.slice(0, 2)}/${hex.slice(2)}`;
}

const prefix = 'blake3:';

/** The 64 hex digits of a digest or key; the database keeps them as 32 bytes. */
export const digestHex = (digest: string): string => (digest.startsWith(prefix) ? digest.slice(prefix.length) : digest);

export const readme = `This folder is a store of Bitflow (\`bit\`). It holds what runs of pipelines made:

  objects/       results, named by the digest of their content; read-only
  bit.db         the run database: runs, tasks, where each file came from
  journal/       the same as lines of text, from which \`bit rebuild\` makes bit.db again
  work/          directories of tasks that run or failed
  environments/  software environments that tasks use
  engines/ damaged/   locks of running engines; content that was found altered

Published results lie elsewhere and do not need it. Deleting it loses the record of where results came from and that
nothing has to be computed twice; the next run computes everything again. \`bit gc\` frees space without losing either.
`;
