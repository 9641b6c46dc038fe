import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import type { Digested, Fingerprint } from '../../engine/ports/content-store.ts';
import { asDigest } from '../../util/brand.ts';
import { breather } from '../../util/breather.ts';
import { chunks } from '../../util/chunks.ts';
import type { DigestMemo, MemoEntry } from './digest-memo.ts';
import { digestFile, digestSmall, digestStat, type Read, smallFileBytes } from './file-digest.ts';
import { type FileStat, isFailure, statFailure, statOf } from './stat.ts';
import { filesOf, isTreeFailure, type Tree, treeDigest, walkTree } from './tree.ts';

/** Longest the event loop is held by stats and small reads. */
const sliceMilliseconds = 8;
/** Files per question to the memo, and per round. */
const batchSize = 2000;

/**
 * Digests of files and directories, in the order asked. What the memo knows costs a stat; the rest is read, several at once. While one batch
 * waits for the memo the next is looked at.
 */
export function createDigester(
  memo: DigestMemo,
): (
  paths: readonly string[],
  options: { readonly fingerprint: Fingerprint; readonly fresh: boolean },
) => Promise<readonly Digested[]> {
  const rounds = new PQueue({ concurrency: 2 });
  const large = new PQueue({ concurrency: Math.max(2, Math.min(4, availableParallelism())) });

  return async (paths, options) => {
    const batches = await Promise.all(
      chunks(paths, batchSize).map((batch) => rounds.add(() => digestBatch(batch, options))),
    );
    return batches.flat();
  };

  async function digestBatch(
    paths: readonly string[],
    options: { readonly fingerprint: Fingerprint; readonly fresh: boolean },
  ): Promise<readonly Digested[]> {
    const breath = breather(sliceMilliseconds);
    const readAtNs = BigInt(Date.now()) * 1_000_000n;
    const found: Looked[] = [];
    for (const path of paths) {
      if (breath.due()) await breath.pause();
      found.push(await look(path));
    }
    const contents: Contents = { hex: new Map(), failed: new Map() };
    const files = [...filesIn(found)];
    for (const slice of chunks(files, batchSize)) await readFiles(slice, contents, { ...options, readAtNs });
    const out: Digested[] = [];
    for (const item of found) {
      if (breath.due()) await breath.pause();
      out.push(digested(item, contents, options.fingerprint));
    }
    return out;

    async function look(path: string): Promise<Looked> {
      const stat = statOf(path, { follow: true });
      if (isFailure(stat)) return { kind: 'failed', path, ...stat };
      if (stat.kind === 'file') return { kind: 'file', path, stat };
      if (stat.kind !== 'directory')
        return { kind: 'failed', path, why: 'not-regular', message: `${path} is neither a file nor a folder` };
      const tree = await walkTree(path.replace(/\/+$/, '') || '/', breath);
      return isTreeFailure(tree) ? { kind: 'failed', path, ...tree } : { kind: 'directory', path, stat, tree };
    }
  }

  async function readFiles(
    files: readonly { readonly path: string; readonly stat: FileStat }[],
    into: Contents,
    options: { readonly fingerprint: Fingerprint; readonly fresh: boolean; readonly readAtNs: bigint },
  ): Promise<void> {
    const { fingerprint } = options;
    if (fingerprint === 'stat') {
      for (const file of files) into.hex.set(file.stat, digestStat(file.path, file.stat));
      return;
    }
    const known = options.fresh
      ? []
      : await memo.find(
          files.map((file) => file.stat),
          fingerprint,
        );
    const made: MemoEntry[] = [];
    const slow: Promise<void>[] = [];
    const breath = breather(sliceMilliseconds);
    const take = (file: { readonly path: string; readonly stat: FileStat }, read: Read): void => {
      if (read.ok) {
        into.hex.set(file.stat, read.hex);
        made.push({ stat: file.stat, hex: read.hex, readAtNs: options.readAtNs });
      } else into.failed.set(file.stat, { why: read.why, message: `${file.path} changed while it was read` });
    };
    for (const [index, file] of files.entries()) {
      const hex = known[index];
      if (hex !== undefined) {
        into.hex.set(file.stat, hex);
        continue;
      }
      if (breath.due()) await breath.pause();
      try {
        if (fingerprint === 'content' && file.stat.size <= smallFileBytes)
          take(file, digestSmall(file.path, file.stat));
        else
          slow.push(
            large
              .add(() => digestFile(file.path, file.stat, fingerprint))
              .then((read) => take(file, read))
              .catch((error: unknown) => void into.failed.set(file.stat, statFailure(error, file.path))),
          );
      } catch (error) {
        into.failed.set(file.stat, statFailure(error, file.path));
      }
    }
    await Promise.all(slow);
    // Whoever asks afresh looks at files that come and go (results) or checks everything; neither is worth remembering.
    if (!options.fresh) await memo.record(made, fingerprint);
  }
}

type Looked =
  | { readonly kind: 'file'; readonly path: string; readonly stat: FileStat }
  | { readonly kind: 'directory'; readonly path: string; readonly stat: FileStat; readonly tree: Tree }
  | ({ readonly kind: 'failed'; readonly path: string } & Failure);

type Failure = { readonly why: Extract<Digested, { ok: false }>['why']; readonly message: string };

interface Contents {
  readonly hex: Map<FileStat, string>;
  readonly failed: Map<FileStat, Failure>;
}

function* filesIn(found: readonly Looked[]): Generator<{ readonly path: string; readonly stat: FileStat }> {
  for (const item of found) {
    if (item.kind === 'file') yield item;
    if (item.kind === 'directory') yield* filesOf(item.tree);
  }
}

function digested(item: Looked, contents: Contents, fingerprint: Fingerprint): Digested {
  switch (item.kind) {
    case 'failed':
      return { ok: false, path: item.path, why: item.why, message: item.message };
    case 'file': {
      const hex = contents.hex.get(item.stat);
      if (hex === undefined) return { ok: false, path: item.path, ...failureOf(item, contents) };
      return {
        ok: true,
        ...common(item),
        digest: asDigest(`blake3:${hex}`),
        size: item.stat.size,
        directory: false,
        fingerprint,
      };
    }
    case 'directory': {
      for (const file of filesOf(item.tree)) {
        if (!contents.hex.has(file.stat)) return { ok: false, path: item.path, ...failureOf(file, contents) };
      }
      const { hex, size } = treeDigest(item.tree, (file) => contents.hex.get(file.stat) ?? '');
      return { ok: true, ...common(item), digest: asDigest(`blake3:${hex}`), size, directory: true, fingerprint };
    }
  }
}

const common = (item: { readonly path: string; readonly stat: FileStat }) => ({
  path: item.path,
  mtimeMs: Number(item.stat.mtimeNs) / 1e6,
});

const failureOf = (file: { readonly path: string; readonly stat: FileStat }, contents: Contents): Failure =>
  contents.failed.get(file.stat) ?? { why: 'failed', message: `${file.path} could not be read` };
