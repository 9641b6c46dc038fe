import { randomBytes } from 'node:crypto';
import { constants, existsSync, linkSync, lstatSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { copyFile, mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContentStore, KeptFile, WhyNotKept } from '../../engine/ports/content-store.ts';
import { breather } from '../../util/breather.ts';
import { inParallel } from '../../util/in-parallel.ts';
import { type Layout, objectPath } from '../layout.ts';
import { copyContent } from './move.ts';
import { fileStat, sameState } from './stat.ts';
import { syncAll } from './sync.ts';
import { isTreeFailure, type Tree, walkTree } from './tree.ts';

interface Keeping extends Pick<ContentStore, 'place' | 'present'> {
  readonly layout: Layout;
}

/** `ContentStore.keep`. */
export async function keepFiles(
  files: readonly KeptFile[],
  mode: 'copy' | 'link',
  keeping: Keeping,
): Promise<ReadonlyMap<string, WhyNotKept>> {
  const there = await keeping.present(files, { verify: false });
  const wanted = new Map(files.filter(({ digest }) => !there.has(digest)).map((file) => [file.digest, file]));
  const refused = new Map<string, WhyNotKept>();
  const drafts: { path: string; file: KeptFile; isLinked: boolean }[] = [];
  await inParallel([...wanted.values()], 4, async (file) => {
    const path = join(keeping.layout.incoming, randomBytes(12).toString('hex'));
    const took = await take(file, { path, mode });
    if (took === 'copied' || took === 'linked') drafts.push({ path, file, isLinked: took === 'linked' });
    else {
      refused.set(file.path, took);
      await rm(path, { recursive: true, force: true });
    }
  });
  const placed = (linked: boolean) =>
    drafts
      .filter(({ isLinked }) => isLinked === linked)
      .map(({ path, file: { digest, directory } }) => ({ path, digest, directory }));
  await keeping.place(placed(false));
  await placeLinks(placed(true), keeping.layout);
  return refused;
}

async function take(
  file: KeptFile,
  draft: { readonly path: string; readonly mode: 'copy' | 'link' },
): Promise<'copied' | 'linked' | WhyNotKept> {
  try {
    const before = fileStat(statSync(file.path, { bigint: true }));
    // A folder says of itself neither how much is in it nor when that changed; the caller looks at it again.
    const differs = !file.directory && (before.size !== file.size || isLater(before.mtimeNs, file.mtimeMs));
    if (differs) return 'changed';
    const how = draft.mode === 'copy' ? await copied(file, draft.path) : await shared(file, draft.path);
    if (how === 'other-disk') return how;
    // A hard link moves the change time of what it links, and nothing else may be different.
    const after = fileStat(statSync(file.path, { bigint: true }));
    const same = sameState(how === 'linked' ? { ...before, ctimeNs: after.ctimeNs } : before, after);
    return same ? how : 'changed';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' && !existsSync(file.path)) return 'gone';
    throw error;
  }
}

/** `Digested` says milliseconds, with a fraction that a double can hold. */
const isLater = (nanoseconds: bigint, mtimeMs: number | undefined): boolean =>
  mtimeMs !== undefined && Number(nanoseconds) / 1e6 !== mtimeMs;

async function copied(file: KeptFile, to: string): Promise<'copied'> {
  await copyContent(file.path, to, file);
  return 'copied';
}

async function shared(file: KeptFile, to: string): Promise<'copied' | 'linked' | 'other-disk'> {
  if (!file.directory) return shareFile(file.path, to);
  const tree = await walkTree(file.path, breather(8));
  if (isTreeFailure(tree)) throw new Error(tree.message);
  return shareTree(tree, to);
}

/** A reflink is a file of its own that shares its blocks; a hard link is the owner's file under another name. */
async function shareFile(from: string, to: string): Promise<'copied' | 'linked' | 'other-disk'> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return 'copied';
  } catch (error) {
    if (!cannotShare(error)) throw error;
    await rm(to, { force: true });
  }
  try {
    linkSync(from, to);
    return 'linked';
  } catch (error) {
    if (cannotShare(error)) return 'other-disk';
    throw error;
  }
}

async function shareTree(tree: Tree, to: string): Promise<'copied' | 'linked' | 'other-disk'> {
  await mkdir(to, { mode: 0o755 });
  let how: 'copied' | 'linked' = 'copied';
  for (const entry of tree.entries) {
    const target = `${to}/${entry.name}`;
    if (entry.kind === 'link') {
      await symlink(await readlink(entry.path), target);
      continue;
    }
    const own = entry.kind === 'directory' ? await shareTree(entry.tree, target) : await shareFile(entry.path, target);
    if (own === 'other-disk') return own;
    if (own === 'linked') how = 'linked';
  }
  return how;
}

function cannotShare(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return ['EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOTTY', 'ENOSYS', 'EPERM', 'EMLINK'].includes(code);
}

/** Under their names in the store, with the modes and times of their owner. */
async function placeLinks(
  links: readonly { readonly path: string; readonly digest: KeptFile['digest'] }[],
  layout: Layout,
): Promise<void> {
  const folders = new Set<string>();
  for (const { path, digest } of links) {
    const target = objectPath(layout, digest);
    if (mkdirSync(dirname(target), { recursive: true, mode: 0o700 }) !== undefined) folders.add(layout.objects);
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) await rm(path, { recursive: true, force: true });
    else renameSync(path, target);
    folders.add(dirname(target));
  }
  await syncAll(folders);
}
