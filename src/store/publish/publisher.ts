import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, renameSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import PQueue from 'p-queue';
import type { ContentStore } from '../../engine/ports/content-store.ts';
import type { PlacedElsewhere, Publisher, PublishFile, PublishResult } from '../../engine/ports/publisher.ts';
import { StoreProblem } from '../../engine/ports/run-store.ts';
import { breather } from '../../util/breather.ts';
import { chunks } from '../../util/chunks.ts';
import { makeFolder } from '../../util/make-folder.ts';
import { unreachable } from '../../util/unreachable.ts';
import { copyContent, removeWhole } from '../content/move.ts';
import { isFailure, statOf } from '../content/stat.ts';
import { syncAll } from '../content/sync.ts';
import { filesOf, foldersOf, isTreeFailure, walkTree } from '../content/tree.ts';
import type { Connection } from '../database/connection.ts';
import type { JournalWriter } from '../journal/journal-writer.ts';
import { placingLine } from '../journal/line.ts';
import { storeProblem } from '../problem.ts';
import { createPlacedFiles, type PlacedFile, type PlacedFiles } from './placed-files.ts';
import { signatureOf, whose } from './whose.ts';

/** The same book of what is ours, for addresses of other places. */
export function createPlacedElsewhere(parts: Pick<PublisherParts, 'connection' | 'journal' | 'now'>): PlacedElsewhere {
  const placed = createPlacedFiles(parts.connection);
  return {
    find: async (uris) =>
      new Map(
        [...(await placed.find(uris))].map(([uri, { digest, stat }]) => [
          uri,
          { digest, ...(stat !== undefined && { version: stat }) },
        ]),
      ),
    intend: (files) =>
      intendAll(
        files.map(({ uri, ...rest }) => ({ to: uri, ...rest })),
        { ...parts, placed },
      ),
    settle: (files) => placed.settle(files.map(({ uri, version }) => ({ path: uri, stat: version }))),
    earlier: async (uri) => new Set((await placed.publishedAt([uri])).get(uri)?.map((one) => one.digest)),
  };
}

/** Into the journal first, then into the table. */
async function intendAll(
  files: readonly Pick<PublishFile, 'to' | 'digest' | 'directory'>[],
  parts: Pick<PublisherParts, 'journal' | 'now'> & { readonly placed: PlacedFiles },
): Promise<void> {
  const at = parts.now().toISOString();
  await parts.journal.write(
    placingLine({ at, files: files.map(({ to, digest, directory }) => ({ path: to, digest, directory })) }),
  );
  await parts.journal.sync();
  await parts.placed.intend(files, at);
}

export interface PublisherParts {
  readonly connection: Connection;
  readonly content: ContentStore;
  readonly journal: JournalWriter;
  readonly token: string;
  readonly isAlive: (token: string) => Promise<boolean>;
  readonly now: () => Date;
}

/** Files per batch: one row of intentions, one sync, one row of facts. */
const batchSize = 500;

/**
 * Published files are copies (reflinks where the file system has them), so that whoever opens, moves or edits one does not touch the store. A file is
 * written beside its place, synced, and renamed: nothing half-written is ever seen. That a path is ours is written down before it is taken.
 */
export function createPublisher(parts: PublisherParts): Publisher {
  const placed = createPlacedFiles(parts.connection);
  const copies = new PQueue({ concurrency: 4 });
  const swept = new Set<string>();
  const intend = (files: readonly PublishFile[]): Promise<void> => intendAll(files, { ...parts, placed });

  return {
    foreign: async (paths) => {
      const found = await whose(new Map(paths.map((path) => [path, {}])), { placed, content: parts.content });
      return paths.filter((path) => found.get(path)?.state === 'foreign');
    },
    publish: async (files) => {
      const out: PublishResult[] = [];
      for (const batch of chunks(files, batchSize)) out.push(...(await publishBatch(batch)));
      return out;
    },
    stale: async (folder, pipeline, keep) => {
      const paths = await placed.publishedBelow(folder, pipeline);
      return paths.filter((path) => !keep.has(path) && existsSync(path));
    },
    prune: async (paths) => {
      const ours = await placed.find(paths);
      const removed: string[] = [];
      for (const path of paths) {
        const file = ours.get(path);
        if (file === undefined || !(await isUnchanged(path, file))) continue;
        await removeWhole(path);
        await removeEmptyParents(path);
        removed.push(path);
      }
      await placed.forget(removed);
      return removed;
    },
  };

  async function publishBatch(files: readonly PublishFile[]): Promise<readonly PublishResult[]> {
    const results = new Map<PublishFile, PublishResult>();
    const found = await whose(new Map(files.map((file) => [file.to, file])), { placed, content: parts.content });
    const missing: PublishFile[] = [];
    const replaced = new Map<PublishFile, string>();
    const equal: PublishFile[] = [];
    for (const file of files) {
      const { to } = file;
      const there = found.get(to) ?? { state: 'missing' };
      switch (there.state) {
        case 'missing':
          missing.push(file);
          break;
        case 'ours':
          if (there.digest !== file.digest) replaced.set(file, there.signature);
          else if (there.recorded) results.set(file, { to, ok: true, unchanged: true });
          else equal.push(file);
          break;
        case 'foreign':
          if (there.digest === file.digest) equal.push(file);
          else results.set(file, { to, ok: false, why: 'foreign', message: there.message });
          break;
        case 'unreadable':
          results.set(file, { to, ok: false, why: there.why, message: there.message });
          break;
        default:
          unreachable(there);
      }
    }
    if (equal.length > 0) await adoptAll(equal, results);
    if (missing.length > 0 || replaced.size > 0) await replaceAll([...missing, ...replaced.keys()], replaced, results);
    return files.map(
      (file) => results.get(file) ?? { to: file.to, ok: false, why: 'failed', message: `${file.to} was not published` },
    );
  }

  /** What is there has the content already, whoever put it there (a folder that was copied, a run of another store): from now on it is ours. */
  async function adoptAll(files: readonly PublishFile[], results: Map<PublishFile, PublishResult>): Promise<void> {
    for (const file of files) {
      await attempt(file, results, async () => {
        await syncAll(await contents(file.to, file.directory));
        results.set(file, { to: file.to, ok: true, unchanged: true });
      });
    }
    await intend(files);
    await settle(files, results);
  }

  /** How those that are in place look. */
  async function settle(
    files: readonly PublishFile[],
    results: ReadonlyMap<PublishFile, PublishResult>,
  ): Promise<void> {
    const done: { path: string; stat: string }[] = [];
    const breath = breather(8);
    for (const file of files) {
      if (breath.due()) await breath.pause();
      const found = statOf(file.to, { follow: false });
      const stat = results.get(file)?.ok && !isFailure(found) ? await signatureOf(file.to, found) : undefined;
      if (stat !== undefined) done.push({ path: file.to, stat });
    }
    await placed.settle(done);
  }

  /** `there`: the state of what may be replaced; nothing is there for the others. */
  async function replaceAll(
    files: readonly PublishFile[],
    there: ReadonlyMap<PublishFile, string>,
    results: Map<PublishFile, PublishResult>,
  ): Promise<void> {
    await intend(files);
    const drafts = new Map<PublishFile, string>();
    await Promise.all(
      files.map((file) =>
        copies.add(() => attempt(file, results, async () => void drafts.set(file, await draft(file)))),
      ),
    );
    const folders = new Set<string>();
    const breath = breather(8);
    for (const [file, temporary] of drafts) {
      if (breath.due()) await breath.pause();
      await attempt(file, results, async () => {
        if (await takePlace(temporary, file, there.get(file))) {
          folders.add(dirname(file.to));
          results.set(file, { to: file.to, ok: true, unchanged: false });
          return;
        }
        await removeWhole(temporary);
        results.set(file, {
          to: file.to,
          ok: false,
          why: 'foreign',
          message: `${file.to} was put there or changed while it was being published`,
        });
      });
    }
    await syncAll(folders);
    await settle(files, results);
  }

  /** The content beside its place, on the disk. */
  async function draft(file: PublishFile): Promise<string> {
    const folder = dirname(file.to);
    const made = await makeFolder(folder);
    await sweep(folder);
    const temporary = join(
      folder,
      `.${basename(file.to).slice(0, 100)}.bit-tmp-${parts.token}-${randomBytes(4).toString('hex')}`,
    );
    try {
      await copyContent(file.from, temporary, { directory: file.directory });
      const inside = await contents(temporary, file.directory);
      for (const path of inside) ownMode(path);
      await syncAll(inside);
      if (made !== undefined) await syncAll([dirname(made)]);
      return temporary;
    } catch (error) {
      await removeWhole(temporary).catch(() => {});
      throw error;
    }
  }

  /** What an engine that died left behind in a folder we publish to. */
  async function sweep(folder: string): Promise<void> {
    if (swept.has(folder)) return;
    swept.add(folder);
    for (const name of await readdir(folder)) {
      const owner = /^\..*\.bit-tmp-([0-9a-f]+)-[0-9a-f]{8}$/s.exec(name)?.[1];
      if (owner === undefined || owner === parts.token || (await parts.isAlive(owner))) continue;
      await removeWhole(join(folder, name)).catch(() => {});
    }
  }

  async function attempt(
    file: PublishFile,
    results: Map<PublishFile, PublishResult>,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      results.set(file, { to: file.to, ok: false, ...failure(error, file.to) });
    }
  }

  async function isUnchanged(path: string, file: PlacedFile): Promise<boolean> {
    const found = statOf(path, { follow: false });
    if (isFailure(found) || found.kind !== (file.directory ? 'directory' : 'file')) return false;
    if (file.stat !== undefined && file.stat === (await signatureOf(path, found))) return true;
    const [digested] = await parts.content.digest([path], { fingerprint: 'content', fresh: true });
    return digested?.ok === true && digested.digest === file.digest;
  }
}

/**
 * `expected` is the state of what may be replaced, absent where nothing was there; `false` where that is not so any more. A folder cannot be renamed over
 * one that is not empty: the old one steps aside first, for as long as a rename takes.
 */
async function takePlace(temporary: string, file: PublishFile, expected: string | undefined): Promise<boolean> {
  const there = statOf(file.to, { follow: false });
  if (isFailure(there) && there.why !== 'missing') throw new Error(there.message);
  if (!isFailure(there) && (expected === undefined || (await signatureOf(file.to, there)) !== expected)) return false;
  if (isFailure(there) || (there.kind !== 'directory' && !file.directory)) {
    renameSync(temporary, file.to);
    return true;
  }
  const aside = `${temporary.slice(0, -8)}${randomBytes(4).toString('hex')}`;
  renameSync(file.to, aside);
  try {
    renameSync(temporary, file.to);
  } catch (error) {
    renameSync(aside, file.to);
    throw error;
  }
  await removeWhole(aside);
  return true;
}

/** Objects are read-only, and copies of them come out so; a published file is its owner's like any other. */
function ownMode(path: string): void {
  const { mode } = lstatSync(path);
  chmodSync(path, ((mode & 0o111) === 0 ? 0o666 : 0o777) & ~umask);
}

const umask = process.umask();

async function contents(path: string, directory: boolean): Promise<readonly string[]> {
  if (!directory) return [path];
  const tree = await walkTree(path, breather(8));
  return isTreeFailure(tree) ? [] : [...[...filesOf(tree)].map((file) => file.path), ...foldersOf(tree)];
}

async function removeEmptyParents(path: string): Promise<void> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}

function failure(
  error: unknown,
  path: string,
): { readonly why: 'full' | 'denied' | 'failed'; readonly message: string } {
  // A file where a folder has to be is no matter of permission.
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return { why: 'failed', message: `a file is where the folder of ${path} has to be` };
  const problem = storeProblem(error, { path, doing: 'publish a result' });
  if (problem instanceof StoreProblem && problem.why === 'full') return { why: 'full', message: problem.message };
  if (problem instanceof StoreProblem && (problem.why === 'denied' || problem.why === 'read-only')) {
    return { why: 'denied', message: `no permission to write ${path}` };
  }
  return { why: 'failed', message: error instanceof Error ? error.message : String(error) };
}
