import { type BigIntStats, lstatSync, statSync } from 'node:fs';

/** What tells one state of a file from the next, exactly. */
export interface FileStat {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly mode: number;
}

export type StatFailure = { readonly why: 'missing' | 'denied' | 'failed'; readonly message: string };

/** Synchronous: a stat in the kernel's cache costs a microsecond, an asynchronous one ten times that. Callers take breath. */
export function statOf(path: string, options: { readonly follow: boolean }): FileStat | StatFailure {
  try {
    const found = (options.follow ? statSync : lstatSync)(path, { bigint: true, throwIfNoEntry: false });
    return found ? fileStat(found) : { why: 'missing', message: `${path} does not exist` };
  } catch (error) {
    return statFailure(error, path);
  }
}

export function fileStat(found: BigIntStats): FileStat {
  return {
    kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'link' : 'other',
    device: found.dev,
    inode: found.ino,
    size: Number(found.size),
    mtimeNs: found.mtimeNs,
    ctimeNs: found.ctimeNs,
    mode: Number(found.mode),
  };
}

export function statFailure(error: unknown, path: string): StatFailure {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return { why: 'missing', message: `${path} does not exist` };
  if (code === 'EACCES' || code === 'EPERM') return { why: 'denied', message: `no permission to read ${path}` };
  return { why: 'failed', message: `${path}: ${error instanceof Error ? error.message : String(error)}` };
}

export const sameState = (a: FileStat, b: FileStat): boolean =>
  a.device === b.device &&
  a.inode === b.inode &&
  a.size === b.size &&
  a.mtimeNs === b.mtimeNs &&
  a.ctimeNs === b.ctimeNs;

export const isFailure = <T extends object>(found: T | StatFailure): found is StatFailure => 'why' in found;
