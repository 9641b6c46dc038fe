import { chmodSync, lstatSync, utimesSync } from 'node:fs';
import type { Breather } from '../../util/breather.ts';
import { type FileStat, isFailure, statOf } from './stat.ts';
import { filesOf, foldersOf, isTreeFailure, type Tree, walkTree } from './tree.ts';

/**
 * Everything in the store carries this modification time (2001-09-09T01:46:40Z). Whoever writes into an object moves it, so a stat alone says whether
 * an object is as it was placed, without asking the database.
 */
const placedSeconds = 1_000_000_000;
const placedNs = BigInt(placedSeconds) * 1_000_000_000n;

export function sealFile(path: string): void {
  chmodSync(path, (lstatSync(path).mode & 0o111) === 0 ? 0o444 : 0o555);
  utimesSync(path, placedSeconds, placedSeconds);
}

/** Files first, each folder after what is in it: sealing what is inside does not move the folder's own time. */
export function sealTree(tree: Tree): void {
  for (const file of filesOf(tree)) sealFile(file.path);
  for (const folder of foldersOf(tree)) {
    utimesSync(folder, placedSeconds, placedSeconds);
    chmodSync(folder, 0o555);
  }
}

export type Seal = 'intact' | 'absent' | 'touched';

/** By stat alone: size, time and mode are as they were placed. A directory is looked at whole. */
export async function sealOf(
  object: { readonly path: string; readonly directory: boolean; readonly size: number },
  breath: Breather,
): Promise<Seal> {
  const stat = statOf(object.path, { follow: false });
  if (isFailure(stat)) return stat.why === 'missing' ? 'absent' : 'touched';
  if (!object.directory)
    return stat.kind === 'file' && stat.size === object.size && isSealed(stat) ? 'intact' : 'touched';
  if (stat.kind !== 'directory') return 'touched';
  const tree = await walkTree(object.path, breath);
  if (isTreeFailure(tree)) return 'touched';
  let size = 0;
  for (const file of filesOf(tree)) {
    if (!isSealed(file.stat)) return 'touched';
    size += file.stat.size;
  }
  for (const folder of foldersOf(tree)) {
    const state = statOf(folder, { follow: false });
    if (isFailure(state) || !isSealed(state)) return 'touched';
  }
  return size === object.size ? 'intact' : 'touched';
}

const isSealed = (stat: FileStat): boolean => stat.mtimeNs === placedNs && (stat.mode & 0o222) === 0;
