import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ContentStore, Digested, Placement, StoredObject } from '../../engine/ports/content-store.ts';
import { StoreProblem } from '../../engine/ports/run-store.ts';
import { blake3 } from '../../util/blake3.ts';
import type { Digest } from '../../util/brand.ts';
import { breather } from '../../util/breather.ts';
import { type Layout, objectPath } from '../layout.ts';
import { storeProblem } from '../problem.ts';
import type { DigestMemo } from './digest-memo.ts';
import { createDigester } from './digest-paths.ts';
import { keepFiles } from './keep-files.ts';
import { copyContent, moveAside, removeWhole, renamed } from './move.ts';
import { sealFile, sealOf, sealTree } from './read-only.ts';
import { syncAll } from './sync.ts';
import { filesOf, foldersOf, isTreeFailure, type Tree, walkTree } from './tree.ts';

/** Objects in `objects/ab/cdef…`. Without `write`, whatever would change the store is refused. */
export function createContentStore(
  layout: Layout,
  options: { readonly memo: DigestMemo; readonly write: boolean },
): ContentStore {
  const digestPaths = createDigester(options.memo);
  const fanOut = new Set<string>();

  return {
    digest: digestPaths,
    path: (digest) => objectPath(layout, digest),
    place: (files) => guarded('store results', () => place(files)),
    keep: (files, mode) =>
      guarded('take files into the store', () => keepFiles(files, mode, { layout, place, present })),
    present,
    put: (bytes) => guarded('store a table', () => put(bytes)),
  };

  async function guarded<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      if (!options.write) throw readOnly(layout);
      return await work();
    } catch (error) {
      throw storeProblem(error, { path: layout.objects, doing });
    }
  }

  async function place(files: readonly Placement[]): Promise<void> {
    const breath = breather(8);
    const wanted = new Map<Digest, Arrival>();
    const surplus: string[] = [];
    for (const file of files) {
      if (breath.due()) await breath.pause();
      const there = existsSync(objectPath(layout, file.digest)) && (await isWhole(file));
      if (there || wanted.has(file.digest)) surplus.push(file.path);
      else wanted.set(file.digest, await arrive(file));
    }
    // Content first, names second: an object is never visible before its bytes are on the disk.
    await syncAll([...wanted.values()].flatMap((arrival) => [...contentsOf(arrival)]));
    const folders = new Set<string>();
    for (const arrival of wanted.values()) {
      if (breath.due()) await breath.pause();
      settle(arrival, folders);
    }
    await syncAll(folders);
    for (const arrival of wanted.values()) if (arrival.original !== undefined) surplus.push(arrival.original);
    for (const path of surplus) await removeWhole(path);
  }

  /** Brings an output onto the store's file system, if it is not there; the name it gets is taken later. */
  async function arrive(file: Placement): Promise<Arrival> {
    const state = lstatSync(file.path);
    const elsewhere = state.dev !== lstatSync(layout.incoming).dev;
    // Another link to the same inode would stay writable under its other name, and what a symbolic link leads to may not be ours to move.
    const shared = state.isSymbolicLink() || (!file.directory && state.nlink > 1);
    const copy = shared || elsewhere;
    const from = copy
      ? await copied(state.isSymbolicLink() ? realpathSync(file.path) : file.path, file.directory)
      : file.path;
    const arrival = { digest: file.digest, from, ...(copy && { original: file.path }) };
    if (!file.directory) return arrival;
    const tree = await walkTree(from, breather(8));
    if (isTreeFailure(tree)) throw new Error(tree.message);
    return { ...arrival, tree };
  }

  async function copied(path: string, directory: boolean): Promise<string> {
    const draft = join(layout.incoming, randomBytes(12).toString('hex'));
    await copyContent(path, draft, { directory });
    return draft;
  }

  function settle(arrival: Arrival, folders: Set<string>): void {
    const target = objectPath(layout, arrival.digest);
    const folder = dirname(target);
    if (!fanOut.has(folder)) {
      if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) folders.add(layout.objects);
      fanOut.add(folder);
    }
    folders.add(folder);
    if (arrival.tree === undefined) {
      sealFile(arrival.from);
      if (!renamed(arrival.from, target))
        throw new Error(`${arrival.from} moved to another file system while it was stored`);
      return;
    }
    // Another engine may have placed the same tree since we looked; a folder cannot be renamed over it, and needs not.
    if (existsSync(target)) return;
    renamed(arrival.from, target);
    sealTree(rebased(arrival.tree, arrival.from, target));
  }

  /** There, and as it was placed; what is not is moved aside so that the new one takes its place. */
  async function isWhole(file: Placement): Promise<boolean> {
    const path = objectPath(layout, file.digest);
    const size = file.directory ? await treeSize(file.path) : statSync(file.path).size;
    if ((await sealOf({ path, size, directory: file.directory }, breather(8))) === 'intact') return true;
    const [found] = await digestPaths([path], { fingerprint: 'content', fresh: true });
    return settled({ digest: file.digest, directory: file.directory, path }, found);
  }

  /** What the digest says about an object: whole (and sealed again), or moved to `damaged`. */
  async function settled(
    object: { readonly digest: Digest; readonly directory: boolean; readonly path: string },
    found: Digested | undefined,
  ): Promise<boolean> {
    if (found?.ok && found.digest === object.digest && found.directory === object.directory) {
      if (options.write) await sealAgain(object);
      return true;
    }
    if (found && !found.ok && found.why === 'missing') return false;
    // What cannot be read now may be readable again; what reads as something else is not what its name says.
    if (options.write && (found?.ok || found?.why === 'not-regular')) {
      await moveAside(
        object.path,
        join(
          layout.damaged,
          `${basename(dirname(object.path))}${basename(object.path)}-${randomBytes(4).toString('hex')}`,
        ),
      ).catch(() => {});
    }
    return false;
  }

  /** What the store shares with its owner by hard links carries the owner's times and modes, which are not ours to change. */
  async function sealAgain(object: { readonly directory: boolean; readonly path: string }): Promise<void> {
    try {
      if (!object.directory) return lstatSync(object.path).nlink > 1 ? undefined : sealFile(object.path);
      const tree = await walkTree(object.path, breather(8));
      if (isTreeFailure(tree)) return;
      for (const file of filesOf(tree)) if (lstatSync(file.path).nlink > 1) return;
      sealTree(tree);
    } catch {
      // Placed by another user of a shared store: it stays unsealed and is digested again the next time.
    }
  }

  async function present(
    objects: readonly StoredObject[],
    how: { readonly verify: boolean },
  ): Promise<ReadonlySet<Digest>> {
    const there = new Set<Digest>();
    const doubtful = new Map<Digest, { digest: Digest; directory: boolean; path: string }>();
    const breath = breather(8);
    for (const object of objects) {
      if (breath.due()) await breath.pause();
      if (there.has(object.digest) || doubtful.has(object.digest)) continue;
      const path = objectPath(layout, object.digest);
      const seal = await sealOf({ ...object, path }, breath);
      if (seal === 'intact' && !how.verify) {
        there.add(object.digest);
        if (options.write) confirm(path);
      } else if (seal !== 'absent')
        doubtful.set(object.digest, { digest: object.digest, directory: object.directory, path });
    }
    const asked = [...doubtful.values()];
    const found = await digestPaths(
      asked.map((object) => object.path),
      { fingerprint: 'content', fresh: true },
    );
    for (const [index, object] of asked.entries()) if (await settled(object, found[index])) there.add(object.digest);
    return there;
  }

  async function put(bytes: Uint8Array): Promise<{ digest: Digest; size: number }> {
    const digest = blake3(bytes);
    const draft = join(layout.incoming, randomBytes(12).toString('hex'));
    await writeFile(draft, bytes, { mode: 0o600 });
    await place([{ path: draft, digest, directory: false }]);
    return { digest, size: bytes.length };
  }
}

/**
 * Moves the object's change time, at most every half hour: `gc` leaves alone what a living engine may have just looked at. (The modification time is the
 * seal, and stays.)
 */
function confirm(path: string): void {
  const found = lstatSync(path);
  if (Date.now() - found.ctimeMs < 30 * 60_000) return;
  try {
    chmodSync(path, found.mode & 0o777);
  } catch {
    // Another user's object in a shared store: its owner's engines confirm it.
  }
}

/** On the store's file system, not yet under its name. */
interface Arrival {
  readonly digest: Digest;
  readonly from: string;
  readonly tree?: Tree;
  /** The output it was copied from, which is no longer needed. */
  readonly original?: string;
}

function* contentsOf(arrival: Arrival): Generator<string> {
  if (arrival.tree === undefined) return yield arrival.from;
  for (const file of filesOf(arrival.tree)) yield file.path;
  yield* foldersOf(arrival.tree);
}

async function treeSize(path: string): Promise<number> {
  const tree = await walkTree(path, breather(8));
  let size = 0;
  if (!isTreeFailure(tree)) for (const file of filesOf(tree)) size += file.stat.size;
  return size;
}

function rebased(tree: Tree, from: string, to: string): Tree {
  const moved = (path: string): string => to + path.slice(from.length);
  return {
    path: moved(tree.path),
    entries: tree.entries.map((entry) =>
      entry.kind === 'directory'
        ? { ...entry, tree: rebased(entry.tree, from, to) }
        : { ...entry, path: moved(entry.path) },
    ),
  };
}

const readOnly = (layout: Layout): StoreProblem =>
  new StoreProblem(
    'read-only',
    `The store ${layout.folder} is open for reading only`,
    'Make it writable, or use another with `--store DIR`.',
  );
