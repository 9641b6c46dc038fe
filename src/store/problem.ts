import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreProblem } from '../engine/ports/run-store.ts';

/** Turns a failure of the file system or of SQLite into one that says what to do; anything else is passed on as it is. */
export function storeProblem(error: unknown, at: { readonly path: string; readonly doing: string }): unknown {
  if (error instanceof StoreProblem || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'SQLITE_FULL':
      return full(at, error);
    case 'EROFS':
    case 'SQLITE_READONLY':
      return readOnly(at);
    case 'EACCES':
    case 'EPERM':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM':
    case 'SQLITE_AUTH':
      return isReadOnlyDisk(at.path) ? readOnly(at) : denied(at);
    case 'EEXIST':
    case 'ENOTDIR':
      return inTheWay(at) ?? error;
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return new StoreProblem(
        'busy',
        `Cannot ${at.doing}: another process has held ${at.path} for too long`,
        'Try again when it has ended.',
      );
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return damaged(at, error);
    case 'SQLITE_IOERR':
      return roomAt(at.path) ? damaged(at, error) : full(at, error);
    default:
      return error;
  }
}

const readOnly = (at: { readonly path: string; readonly doing: string }): StoreProblem =>
  new StoreProblem(
    'read-only',
    `Cannot ${at.doing}: ${at.path} is read-only`,
    'Make it writable, or put the store elsewhere with `--store DIR` or BIT_STORE.',
  );

const denied = (at: { readonly path: string; readonly doing: string }): StoreProblem =>
  new StoreProblem(
    'denied',
    `Cannot ${at.doing}: no permission to use ${at.path}`,
    'Stores are private to the user who made them. Use one of your own with `--store DIR` or BIT_STORE.',
  );

/** Undefined where no file is found: then it was something else. */
const inTheWay = (at: { readonly path: string; readonly doing: string }): StoreProblem | undefined => {
  const file = fileAtOrAbove(at.path);
  if (file === undefined) return undefined;
  return new StoreProblem(
    'denied',
    `Cannot ${at.doing}: ${file} is a file, and a folder has to be there`,
    'Move it away, or put the store elsewhere with `--store DIR` or BIT_STORE.',
  );
};

function fileAtOrAbove(path: string): string | undefined {
  for (let at = path; ; at = dirname(at)) {
    try {
      return statSync(at).isDirectory() ? undefined : at;
    } catch {
      if (at === dirname(at)) return undefined;
    }
  }
}

const full = (at: { readonly path: string; readonly doing: string }, error: Error): StoreProblem =>
  new StoreProblem(
    'full',
    `Cannot ${at.doing}: no space is left for ${at.path} (${error.message})`,
    'Free space (`bit gc` clears what no kept run needs), or put the store elsewhere with `--store DIR` or BIT_STORE; then run the same command again: it goes on where it stopped.',
  );

const damaged = (at: { readonly path: string; readonly doing: string }, error: Error): StoreProblem =>
  new StoreProblem(
    'damaged',
    `Cannot ${at.doing}: ${at.path} is damaged (${error.message})`,
    '`bit rebuild` makes the database again from the journal and the stored content.',
  );

/** SQLite says only "unable to open" where it cannot make a file beside the database. */
function isReadOnlyDisk(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}

/** SQLite says only "I/O error" where a full disk stops it from growing its shared index. */
function roomAt(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize > 64 * 1024;
  } catch {
    return true;
  }
}
