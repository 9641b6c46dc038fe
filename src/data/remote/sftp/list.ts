import type { FileEntryWithStats, Stats } from 'ssh2';
import type { RemoteFile, RemoteOptions } from '../../../engine/ports/remote.ts';
import { RemoteProblem } from '../../../engine/ports/remote.ts';
import { byCodePoints } from '../../../util/by-code-points.ts';
import { baseNameOf } from '../../../util/file-name.ts';
import { encodeText, type SftpAddress, sftpUri } from '../address.ts';
import { again, type Patience } from '../again.ts';
import { remoteProblem } from '../problem.ts';
import type { SftpAsk, SftpQuestion } from './sftp-ask.ts';
import { versionOf } from './transfer.ts';

export interface ListParts {
  readonly ask: SftpAsk;
  readonly patience: Patience;
}

/**
 * Files below a folder, in the order of their addresses. What a link leads to counts; a folder that a link leads back to does not, and neither do drafts of ours.
 * A folder that is not there has no files.
 */
export async function* listSftp(
  folder: SftpAddress,
  parts: ListParts,
  options: RemoteOptions,
): AsyncGenerator<RemoteFile> {
  yield* below(folder.path.endsWith('/') ? folder.path : `${folder.path}/`, []);

  async function* below(path: string, above: readonly string[]): AsyncGenerator<RemoteFile> {
    const uri = sftpUri({ ...folder, path });
    const entries = await ask<FileEntryWithStats[]>(uri, (sftp, done) => sftp.readdir(path, done)).catch(
      (error: unknown) => {
        if (error instanceof RemoteProblem && error.why === 'missing') return [];
        throw error;
      },
    );
    const found: {
      readonly name: string;
      readonly stats: Pick<Stats, 'size' | 'mtime'>;
      readonly isFolder: boolean;
      readonly sort: string;
    }[] = [];
    let hasLinks = false;
    for (const entry of entries) {
      const name = entry.filename;
      if (name === '.' || name === '..' || name.startsWith('.bit-tmp-')) continue;
      if (name.includes('\ufffd'))
        throw remoteProblem(
          'unsupported',
          uri,
          `${uri} holds a name that is not UTF-8: ${JSON.stringify(name)}`,
          'Rename it there.',
        );
      let stats: Pick<Stats, 'size' | 'mtime' | 'mode'> = entry.attrs;
      if (kindOf(stats.mode) === 'link') {
        hasLinks = true;
        const target = await ask<Stats>(uri, (sftp, done) => sftp.stat(`${path}${name}`, done)).catch(
          (error: unknown) => {
            // A link to nothing.
            if (error instanceof RemoteProblem) return undefined;
            throw error;
          },
        );
        if (target === undefined) continue;
        stats = target;
      }
      const kind = kindOf(stats.mode);
      if (kind === 'other') continue;
      found.push({ name, stats, isFolder: kind === 'folder', sort: encodeText(kind === 'folder' ? `${name}/` : name) });
    }
    const real =
      hasLinks || above.length > 0 ? await ask<string>(uri, (sftp, done) => sftp.realpath(path, done)) : path;
    for (const { name, stats, isFolder } of found.sort((a, b) => byCodePoints(a.sort, b.sort))) {
      const inside = `${path}${name}`;
      if (!isFolder) yield describeFile({ ...folder, path: inside }, stats);
      else if (!hasLinks || !(await leadsBack(inside, [...above, real])))
        yield* below(`${inside}/`, hasLinks ? [...above, real] : above);
    }
  }

  async function leadsBack(path: string, above: readonly string[]): Promise<boolean> {
    const real = await ask<string>(sftpUri({ ...folder, path }), (sftp, done) => sftp.realpath(path, done));
    return above.some((one) => `${one.replace(/\/$/u, '')}/`.startsWith(`${real}/`));
  }

  function ask<T>(uri: string, question: SftpQuestion<T>): Promise<T> {
    return again(() => parts.ask(uri, options.signal, question), { patience: parts.patience, signal: options.signal });
  }
}

export function describeFile(address: SftpAddress, stats: Pick<Stats, 'size' | 'mtime'>): RemoteFile {
  return {
    uri: sftpUri(address),
    name: baseNameOf(address.path),
    directory: false,
    size: stats.size,
    version: versionOf(stats),
    modifiedAt: new Date(stats.mtime * 1000).toISOString(),
  };
}

/** The bits of POSIX. A server that tells none has files only. */
export function kindOf(mode: number): 'file' | 'folder' | 'link' | 'other' {
  switch (mode & 0o170000) {
    case 0o040000:
      return 'folder';
    case 0o120000:
      return 'link';
    case 0o100000:
    case 0:
      return 'file';
    default:
      return 'other';
  }
}
