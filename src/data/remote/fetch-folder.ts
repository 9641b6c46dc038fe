import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import PQueue from 'p-queue';
import type { RemoteFile, RemoteOptions } from '../../engine/ports/remote.ts';
import { makeFolder } from '../../util/make-folder.ts';
import { shortHash } from '../../util/short-hash.ts';
import { changed, syncFolder } from './fetch-file.ts';
import { localProblem, remoteProblem } from './problem.ts';
import { summedProgress } from './summed-progress.ts';

/** Files at once. */
const atOnce = 8;

export interface FolderParts {
  /** Where the folder's path ends in its files' addresses: the rest is the path inside. */
  readonly inside: (file: RemoteFile) => string;
  readonly list: (uri: string, options: RemoteOptions) => AsyncIterable<RemoteFile>;
  readonly fetch: (file: RemoteFile, to: string, options: RemoteOptions) => Promise<RemoteFile>;
}

/** A folder as one thing: the size of all, and a version that is another one whenever a name or the version of a file is. `undefined`: there is nothing below it. */
export function folderOf(uri: string, name: string, files: readonly RemoteFile[]): RemoteFile | undefined {
  if (files.length === 0) return undefined;
  const marks = files.map((file) => file.version);
  const size = files.reduce((sum, file) => sum + (file.size ?? 0), 0);
  const known = marks.every((mark) => mark !== undefined);
  return {
    uri,
    name,
    directory: true,
    size,
    ...(known && { version: `folder:${shortHash(JSON.stringify(files.map((file) => [file.uri, file.version])))}` }),
  };
}

/** Brings all files below a folder to `to`, which is whole or not there at all. What was fetched before of the same version is not fetched again. */
export async function fetchFolder(
  folder: RemoteFile,
  to: string,
  parts: FolderParts,
  options: RemoteOptions,
): Promise<RemoteFile> {
  const { uri } = folder;
  const files = await Array.fromAsync(parts.list(uri, options));
  const found = folderOf(uri, folder.name, files);
  if (found === undefined)
    throw remoteProblem('missing', uri, `There is nothing in ${uri}`, 'Check the address; a folder ends in `/`.');
  if (folder.version !== undefined && folder.version !== found.version) throw changed(uri);
  const mark = `.bit-part-${shortHash(`${uri}\0${basename(to)}`)}-`;
  const partial = join(dirname(to), `${mark}${found.version === undefined ? 'any' : shortHash(found.version)}`);
  const names = files.map((file) => safeInside(uri, parts.inside(file)));
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const queue = new PQueue({ concurrency: atOnce });
  try {
    await makeFolder(dirname(to));
    for (const name of await readdir(dirname(to))) {
      const stale = name.startsWith(mark) && (name !== basename(partial) || found.version === undefined);
      if (stale) await rm(join(dirname(to), name), { recursive: true, force: true });
    }
    await mkdir(partial, { recursive: true });
    const here = await filesBelow(partial);
    const told = summedProgress({ uri, size: found.size }, options.progress);
    const work = files.map((file, at) => async () => {
      const name = names[at] ?? '';
      if (here.has(name)) told({ uri: file.uri, bytes: file.size ?? 0 });
      else await parts.fetch(file, join(partial, name), { signal, progress: told });
    });
    await Promise.all(
      work.map((one) =>
        queue.add(one).catch((error: unknown) => {
          // The first that goes wrong ends the others; what they say then is an echo.
          queue.clear();
          stop.abort(error);
          throw error;
        }),
      ),
    );
    const now = folderOf(uri, folder.name, await Array.fromAsync(parts.list(uri, options)));
    if (now?.version !== found.version) throw changed(uri);
    await rename(partial, to);
    await syncFolder(dirname(to));
    return found;
  } catch (error) {
    await queue.onIdle();
    const why = error instanceof Error && 'why' in error ? error.why : undefined;
    if (why === 'changed' || found.version === undefined) await rm(partial, { recursive: true, force: true });
    throw localProblem(uri, error) ?? error;
  }
}

/** A path that stays below the folder it is put in, whatever the other side calls its files. */
function safeInside(uri: string, path: string): string {
  const isSafe = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
  if (isSafe) return path;
  throw remoteProblem(
    'unsupported',
    uri,
    `${uri} holds ${JSON.stringify(path)}, which is no path of a file here`,
    'Rename it there; parts of a path are neither empty nor `.` nor `..`.',
  );
}

/** Whole files of an earlier fetch. */
async function filesBelow(folder: string): Promise<ReadonlySet<string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return new Set(
    found
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.bit-part-'))
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
  );
}
