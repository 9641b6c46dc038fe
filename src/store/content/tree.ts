import { readdirSync, readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { hashing } from '../../util/blake3.ts';
import type { Breather } from '../../util/breather.ts';
import { byCodePoints } from '../../util/by-code-points.ts';
import { type FileStat, isFailure, type StatFailure, statFailure, statOf } from './stat.ts';

/** A directory as it is on the disk; what it holds is digested by the caller, then `treeDigest` sums it up. */
export interface Tree {
  readonly path: string;
  readonly entries: readonly TreeEntry[];
}

export type TreeEntry = { readonly name: string } & (
  | { readonly kind: 'file'; readonly path: string; readonly stat: FileStat }
  | { readonly kind: 'directory'; readonly tree: Tree }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
);

export type TreeFailure = StatFailure | { readonly why: 'not-regular'; readonly message: string };

/**
 * Everything below `path`. A symbolic link that stays inside is kept as a link; one that leads out would make the digest say less than what a
 * reader sees, so it is refused, as are pipes and devices.
 */
export async function walkTree(path: string, breath: Breather): Promise<Tree | TreeFailure> {
  return walk(path, path);

  async function walk(folder: string, root: string): Promise<Tree | TreeFailure> {
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch (error) {
      return statFailure(error, folder);
    }
    const entries: TreeEntry[] = [];
    for (const name of names.sort(byCodePoints)) {
      if (breath.due()) await breath.pause();
      const path = `${folder}/${name}`;
      const stat = statOf(path, { follow: false });
      if (isFailure(stat)) {
        // A name that is not UTF-8 does not survive being a string, and is then not found.
        return name.includes('\ufffd') ? notRegular(path, 'has a name that is not UTF-8') : stat;
      }
      switch (stat.kind) {
        case 'file':
          entries.push({ name, kind: 'file', path, stat });
          break;
        case 'directory': {
          const tree = await walk(path, root);
          if (isTreeFailure(tree)) return tree;
          entries.push({ name, kind: 'directory', tree });
          break;
        }
        case 'link': {
          const target = readlinkSync(path);
          const end = resolve(dirname(path), target);
          if (target.startsWith('/') || !`${end}/`.startsWith(`${root}/`))
            return notRegular(path, `is a symbolic link that leads out of the folder (to ${target})`);
          entries.push({ name, kind: 'link', path, target });
          break;
        }
        case 'other':
          return notRegular(path, 'is neither a file nor a folder (a pipe, socket or device)');
      }
    }
    return { path: folder, entries };
  }
}

export const isTreeFailure = (found: Tree | TreeFailure): found is TreeFailure => 'why' in found;

/** Merkle digest over name, type, whether it is executable, size and digest of each entry, by name in byte order. */
export function treeDigest(
  tree: Tree,
  hexOf: (file: { readonly path: string; readonly stat: FileStat }) => string,
): { readonly hex: string; readonly size: number } {
  let text = 'bit/tree/1\0';
  let size = 0;
  for (const entry of tree.entries) {
    const name = `${Buffer.byteLength(entry.name)}:${entry.name}`;
    switch (entry.kind) {
      case 'file':
        text += `${name} ${(entry.stat.mode & 0o111) !== 0 ? 'x' : 'f'} ${entry.stat.size} ${hexOf(entry)}\n`;
        size += entry.stat.size;
        break;
      case 'directory': {
        const below = treeDigest(entry.tree, hexOf);
        text += `${name} d ${below.size} ${below.hex}\n`;
        size += below.size;
        break;
      }
      case 'link':
        text += `${name} l ${Buffer.byteLength(entry.target)}:${entry.target}\n`;
        break;
    }
  }
  return { hex: hashing.hash(text), size };
}

export function* filesOf(tree: Tree): Generator<{ readonly path: string; readonly stat: FileStat }> {
  for (const entry of tree.entries) {
    if (entry.kind === 'file') yield entry;
    if (entry.kind === 'directory') yield* filesOf(entry.tree);
  }
}

/** Folders of a tree, innermost first. */
export function* foldersOf(tree: Tree): Generator<string> {
  for (const entry of tree.entries) if (entry.kind === 'directory') yield* foldersOf(entry.tree);
  yield tree.path;
}

const notRegular = (path: string, what: string): TreeFailure => ({ why: 'not-regular', message: `${path} ${what}` });
