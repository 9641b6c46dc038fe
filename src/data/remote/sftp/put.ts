import { randomBytes } from 'node:crypto';
import PQueue from 'p-queue';
import type { FileEntryWithStats, Stats } from 'ssh2';
import { type RemoteFile, type RemoteOptions, RemoteProblem } from '../../../engine/ports/remote.ts';
import { type SftpAddress, sftpUri } from '../address.ts';
import { again, type Patience } from '../again.ts';
import { type LocalFile, localTree, unchangedHere } from '../local-tree.ts';
import { exists, MayPass, remoteProblem } from '../problem.ts';
import { summedProgress } from '../summed-progress.ts';
import { kindOf } from './list.ts';
import type { SftpAsk, SftpQuestion } from './sftp-ask.ts';
import { versionOf, writeSftpFile } from './transfer.ts';

export interface PutParts {
  readonly from: string;
  readonly address: SftpAddress;
  readonly ask: SftpAsk;
  readonly patience: Patience;
  readonly look: (uri: string, options: RemoteOptions) => Promise<RemoteFile | undefined>;
}

type PutOptions = RemoteOptions & { readonly over: string | 'nothing' };

const filesAtOnce = 4;
/** For taking away what is not to stay. */
const lastMs = 5000;

/**
 * A draft beside the place, synced, and renamed: a plain rename keeps what is there, the `posix-rename` of OpenSSH replaces it. A folder is a folder of drafts;
 * one that is replaced is moved aside first, so for a moment there is none.
 */
export async function putSftp(parts: PutParts, options: PutOptions): Promise<RemoteFile> {
  const { address, patience } = parts;
  const { over, signal } = options;
  const tree = await localTree(parts.from);
  const path = address.path.replace(/\/+$/u, '');
  if (path === '')
    throw remoteProblem('address', sftpUri(address), `${sftpUri(address)} names no file`, 'Give it a name.');
  const at = (inside: string): string => sftpUri({ ...address, path: inside });
  const uri = at(tree.directory ? `${path}/` : path);
  const parent = path.slice(0, path.lastIndexOf('/'));
  const draft = `${parent}/.bit-tmp-${randomBytes(8).toString('hex')}`;
  await refuseOthers();
  try {
    await makeFolders(parent);
    const written = tree.directory ? await writeFolder() : await writeOne(tree.files[0], draft, options.progress);
    await place(written);
  } catch (error) {
    await discard(draft);
    throw error;
  }
  const put = await parts.look(uri, options);
  if (put === undefined) throw remoteProblem('failed', uri, `${uri} was put there and is gone`, 'Try again.');
  return put;

  /** What lies there has to be what may be replaced. A link to nothing is something too. */
  async function refuseOthers(): Promise<void> {
    const there = await parts.look(uri, options);
    const isThere = there !== undefined || (await stats(path, 'lstat')) !== undefined;
    if (over === 'nothing' ? isThere : there?.version !== over) throw exists(uri, over);
  }

  async function writeFolder(): Promise<undefined> {
    await makeFolder(draft);
    const folders = new Set(tree.files.flatMap((file) => foldersAbove(file.inside)));
    for (const folder of [...folders].sort()) await makeFolder(`${draft}/${folder}`);
    const stop = new AbortController();
    const ends = AbortSignal.any([signal, stop.signal]);
    const size = tree.files.reduce((sum, file) => sum + file.size, 0);
    const told = summedProgress({ uri, size }, options.progress);
    const queue = new PQueue({ concurrency: filesAtOnce });
    const work = tree.files.map((file) =>
      queue
        .add(() => writeOne(file, `${draft}/${file.inside}`, (one) => told({ ...one, uri: file.inside }), ends))
        .catch((error: unknown) => {
          queue.clear();
          stop.abort(error);
          throw error;
        }),
    );
    try {
      await Promise.all(work);
    } finally {
      await queue.onIdle();
    }
  }

  async function writeOne(
    file: LocalFile | undefined,
    to: string,
    progress: RemoteOptions['progress'],
    ends: AbortSignal = signal,
  ): Promise<Stats | undefined> {
    if (file === undefined) return undefined;
    const so = { bytes: 0 };
    const write = () =>
      writeSftpFile(
        file,
        { uri: at(to), path: to },
        { ask: parts.ask, so, signal: ends, progress: (one) => progress({ ...one, uri }) },
      );
    const written = await again(write, { patience, signal: ends, moved: () => so.bytes });
    await unchangedHere(uri, file);
    if (written.size !== file.size)
      throw remoteProblem(
        'failed',
        uri,
        `${uri} has ${written.size} bytes there instead of ${file.size}`,
        'Try again.',
      );
    return written;
  }

  /** An answer that was lost is found out by looking: the draft is gone, and what lies there is what was written. */
  async function place(written: Stats | undefined): Promise<void> {
    let isUnsure = false;
    await again(
      async () => {
        try {
          if (isUnsure && (await parts.ask(uri, signal, lookAt(draft))) === undefined) return;
          if (over === 'nothing')
            await parts.ask<void>(uri, signal, (sftp, done) =>
              sftp.rename(draft, path, (error) => done(error, undefined)),
            );
          else if (written === undefined) await replaceFolder();
          else await replaceFile();
        } catch (error) {
          if (error instanceof MayPass) isUnsure = true;
          if (error instanceof RemoteProblem && ['failed', 'exists'].includes(error.why) && over === 'nothing') {
            if ((await stats(path, 'lstat')) !== undefined) throw exists(uri, over);
          }
          throw error;
        }
      },
      { patience, signal },
    );
  }

  async function replaceFile(): Promise<void> {
    const there = await stats(path, 'stat');
    if (there === undefined || versionOf(there) !== over) throw exists(uri, over);
    await parts.ask<void>(uri, signal, (sftp, done) =>
      sftp.ext_openssh_rename(draft, path, (error) => done(error, undefined)),
    );
  }

  async function replaceFolder(): Promise<void> {
    await refuseOthers();
    const aside = `${draft}-old`;
    await parts.ask<void>(uri, signal, (sftp, done) => sftp.rename(path, aside, (error) => done(error, undefined)));
    try {
      await parts.ask<void>(uri, signal, (sftp, done) => sftp.rename(draft, path, (error) => done(error, undefined)));
    } catch (error) {
      const last = AbortSignal.timeout(lastMs);
      await parts
        .ask<void>(uri, last, (sftp, done) => sftp.rename(aside, path, (failed) => done(failed, undefined)))
        .catch(() => {});
      throw error;
    }
    await discard(aside);
  }

  async function makeFolders(folder: string): Promise<void> {
    if (folder === '' || (await stats(folder, 'stat')) !== undefined) return;
    await makeFolders(folder.slice(0, folder.lastIndexOf('/')));
    await makeFolder(folder);
  }

  async function makeFolder(folder: string): Promise<void> {
    await tell<void>((sftp, done) => sftp.mkdir(folder, (error) => done(error, undefined))).catch(
      async (error: unknown) => {
        // Made by somebody else meanwhile, or by us before the answer was lost.
        if ((await stats(folder, 'stat')) === undefined) throw error;
      },
    );
  }

  function stats(of: string, how: 'stat' | 'lstat'): Promise<Stats | undefined> {
    return tell<Stats | undefined>(
      how === 'stat' ? (sftp, done) => sftp.stat(of, done) : (sftp, done) => sftp.lstat(of, done),
    ).catch((error: unknown) => {
      if (error instanceof RemoteProblem && error.why === 'missing') return undefined;
      throw error;
    });
  }

  function tell<T>(question: SftpQuestion<T>): Promise<T> {
    return again(() => parts.ask(uri, signal, question), { patience, signal });
  }

  /** Whatever ended the putting must not end this, and nobody waits long for it. */
  async function discard(what: string): Promise<void> {
    const last = AbortSignal.timeout(lastMs);
    await removeTree(what, { ask: parts.ask, uri, signal: last }).catch(() => {});
  }
}

const lookAt =
  (path: string): SftpQuestion<Stats | undefined> =>
  (sftp, done) =>
    sftp.lstat(path, (error, stats) =>
      error !== undefined && 'code' in error && error.code === 2 ? done(undefined, undefined) : done(error, stats),
    );

function foldersAbove(inside: string): string[] {
  const segments = inside.split('/').slice(0, -1);
  return segments.map((_, at) => segments.slice(0, at + 1).join('/'));
}

/** Removes a file, or a folder with all that is in it. */
export async function removeTree(
  path: string,
  options: { readonly ask: SftpAsk; readonly uri: string; readonly signal: AbortSignal },
): Promise<void> {
  const { ask, uri, signal } = options;
  const found = await ask(uri, signal, lookAt(path));
  if (found === undefined) return;
  if (kindOf(found.mode) !== 'folder') {
    await ask<void>(uri, signal, (sftp, done) => sftp.unlink(path, (error) => done(error, undefined)));
    return;
  }
  for (const entry of await ask<FileEntryWithStats[]>(uri, signal, (sftp, done) => sftp.readdir(path, done))) {
    if (entry.filename !== '.' && entry.filename !== '..') await removeTree(`${path}/${entry.filename}`, options);
  }
  await ask<void>(uri, signal, (sftp, done) => sftp.rmdir(path, (error) => done(error, undefined)));
}
