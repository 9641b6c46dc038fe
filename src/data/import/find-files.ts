import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { breather } from '../../util/breather.ts';
import { byCodePoints } from '../../util/by-code-points.ts';
import { sortGently } from '../../util/sort-gently.ts';
import { isImageFolder } from './file-sets.ts';
import { SourceLost } from './source-lost.ts';

/** A file below the source, or a folder that is an image, as it was when it was first looked at. */
export interface FoundFile {
  /** Below the source, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'image-folder';
  /** Of a folder 0: what is in it is not looked at here. */
  readonly size: number;
  readonly mtimeMs: number;
}

/** What lies in the source and is not imported this time, though it is no mistake. */
export interface LeftFile {
  readonly path: string;
  readonly why: 'being-written' | 'gone' | 'link' | 'broken-link' | 'special';
}

export interface UnreadableFile {
  readonly path: string;
  /** In words for people: `you may not read it`. */
  readonly why: string;
}

export interface FoundFiles {
  /** Absolute: what names of items are relative to. */
  readonly root: string;
  /** The device that the source is on. Another one later means that it is not there any more, though its mount point may be. */
  readonly device: number;
  readonly files: readonly FoundFile[];
  /** Files that were named one by one, so that they are meant whatever their extension is. */
  readonly named: ReadonlySet<string>;
  readonly left: readonly LeftFile[];
  readonly unreadable: readonly UnreadableFile[];
  /** Folders that were not looked into, because that was not asked for. */
  readonly closedFolders: number;
}

/**
 * What lies at these absolute paths, in code point order, folder by folder. Names that begin with a dot are passed over. A link to a file that
 * lies in the source as well is that file under another name; links that lead out, to folders or to nothing are told and not followed, but
 * for those that were named. Rejects with `SourceLost` where what was named went away, and where it cannot be looked at.
 */
export async function findFiles(
  sources: readonly string[],
  { recursive, signal }: { readonly recursive: boolean; readonly signal: AbortSignal },
): Promise<FoundFiles> {
  const root = rootOf(sources);
  const files: FoundFile[] = [];
  const left: LeftFile[] = [];
  const unreadable: UnreadableFile[] = [];
  const named = new Set<string>();
  let closedFolders = 0;
  let real: string | undefined;
  const breath = breather(8);

  const visit = async (path: string, { mayDescend }: { readonly mayDescend: boolean }): Promise<void> => {
    signal.throwIfAborted();
    const folder = join(root, path);
    const names = namesIn(folder);
    if (typeof names === 'string') return void unreadable.push({ path: path === '' ? root : path, why: names });
    if (path !== '' && isImageFolder(names)) {
      const found = looked(path);
      if (found !== undefined) files.push({ path, kind: 'image-folder', size: 0, mtimeMs: found.mtimeMs });
      return;
    }
    if (!mayDescend) {
      closedFolders += 1;
      return;
    }
    const shown = names.filter((name) => !name.startsWith('.')).map((name) => ({ name }));
    for (const { name } of await sortGently(shown, (a, b) => byCodePoints(a.name, b.name), breath)) {
      if (breath.due()) await breath.pause();
      const own = path === '' ? name : `${path}/${name}`;
      const found = looked(own);
      if (found?.isDirectory()) await visit(own, { mayDescend: recursive });
      else if (found?.isSymbolicLink()) follow(own);
      else if (found?.isFile()) addFile(own, found);
      else if (found) left.push({ path: own, why: 'special' });
    }
  };
  const addFile = (path: string, found: Stats): void => {
    files.push({ path, kind: 'file', size: found.size, mtimeMs: found.mtimeMs });
  };
  const looked = (path: string): Stats | undefined => {
    try {
      const found = lstatSync(join(root, path), { throwIfNoEntry: false });
      if (found !== undefined) return found;
      // A name that is not UTF-8 does not survive being a text, and is then not found.
      if (path.includes('\ufffd')) unreadable.push({ path, why: 'its name is not UTF-8' });
      else left.push({ path, why: 'gone' });
    } catch (error) {
      unreadable.push({ path, why: whyUnreadable(error) });
    }
    return undefined;
  };
  const follow = (path: string): void => {
    try {
      const found = statSync(join(root, path), { throwIfNoEntry: false });
      real ??= realpathSync(root);
      if (found === undefined) left.push({ path, why: 'broken-link' });
      else if (found.isFile() && realpathSync(join(root, path)).startsWith(real === '/' ? '/' : `${real}/`))
        addFile(path, found);
      else left.push({ path, why: 'link' });
    } catch {
      left.push({ path, why: 'broken-link' });
    }
  };

  for (const source of sources) {
    const found = stillThere(source, root);
    const path = relative(root, source);
    if (found.isDirectory()) await visit(path, { mayDescend: true });
    else if (found.isFile()) {
      named.add(path);
      addFile(path, found);
    } else left.push({ path, why: 'special' });
  }
  return { root, device: stillThere(root, root).dev, files: onlyOnce(files), named, left, unreadable, closedFolders };
}

/** One folder that is no image itself; else the folder that holds all that was named. */
function rootOf(sources: readonly string[]): string {
  const [first, ...others] = sources;
  if (first === undefined) throw new Error('nothing to import was named');
  if (others.length === 0 && stillThere(first, first).isDirectory()) {
    const names = namesIn(first);
    if (typeof names === 'string' || !isImageFolder(names)) return first;
  }
  let root = dirname(first);
  for (const other of others) while (root !== '/' && !`${dirname(other)}/`.startsWith(`${root}/`)) root = dirname(root);
  return root;
}

/** It was there when the command began. */
function stillThere(path: string, root: string): Stats {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new SourceLost(root);
  return found;
}

function onlyOnce(files: readonly FoundFile[]): readonly FoundFile[] {
  const seen = new Set<string>();
  return files.filter(({ path }) => !seen.has(path) && seen.add(path));
}

function namesIn(folder: string): readonly string[] | string {
  try {
    return readdirSync(folder);
  } catch (error) {
    return whyUnreadable(error);
  }
}

export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'you may not read it';
    case 'ENOENT':
    case 'ENOTDIR':
      return 'it is not there any more';
    case 'ELOOP':
      return 'it is a link that leads to itself';
    case 'ENAMETOOLONG':
      return 'its name is too long';
    case 'EIO':
    case 'ESTALE':
    case 'ENOTCONN':
    case 'EHOSTDOWN':
    case 'ETIMEDOUT':
      return 'the disk or the network failed';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
