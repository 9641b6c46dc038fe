import { setImmediate as letOthersIn } from 'node:timers/promises';
import type { Companion } from '../../engine/ports/catalog.ts';
import type { ContentStore, Digested } from '../../engine/ports/content-store.ts';
import type { Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { LeftFile, UnreadableFile } from './find-files.ts';
import type { FoundItem } from './found-item.ts';

/** What an item holds, by content. */
export interface ItemContent {
  readonly digest: Digest;
  readonly directory: boolean;
  readonly size: number;
  readonly mtimeMs?: number;
  /** Of a remote file. */
  readonly version?: string;
  readonly companions: readonly Companion[];
}

export interface Contents {
  /** By path of the item. */
  readonly of: ReadonlyMap<string, ItemContent>;
  readonly left: readonly LeftFile[];
  readonly unreadable: readonly UnreadableFile[];
}

/** Digests of items and of the files that belong to them; what the store remembers costs a stat. */
export async function readContents(
  items: readonly FoundItem[],
  reading: {
    readonly content: Pick<ContentStore, 'digest'>;
    readonly signal: AbortSignal;
    readonly progress: (done: { readonly files: number; readonly of: number; readonly bytes: number }) => void;
  },
): Promise<Contents> {
  const paths = [...new Set(items.flatMap((item) => [item.path, ...item.companions.map(({ path }) => path)]))];
  const digests = new Map<string, Digested>();
  let bytes = 0;
  for (const slice of chunks(paths, batchSize)) {
    reading.signal.throwIfAborted();
    for (const digested of await reading.content.digest(slice, { fingerprint: 'content', fresh: false })) {
      digests.set(digested.path, digested);
      if (digested.ok) bytes += digested.size;
    }
    reading.progress({ files: digests.size, of: paths.length, bytes });
  }
  await letOthersIn();
  const of = new Map<string, ItemContent>();
  const left: LeftFile[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const item of items) {
    const main = digests.get(item.path);
    const companions = item.companions.map(({ path }) => digests.get(path));
    const failed = [main, ...companions].find((each) => each !== undefined && !each.ok);
    if (failed !== undefined && !failed.ok) {
      if (failed.why === 'changed-while-read') left.push({ path: item.name, why: 'being-written' });
      else if (failed.why === 'missing') left.push({ path: item.name, why: 'gone' });
      else unreadable.push({ path: item.name, why: wordsOf(failed) });
    } else if (main?.ok)
      of.set(item.path, {
        digest: main.digest,
        directory: main.directory,
        size: main.size,
        mtimeMs: main.mtimeMs,
        companions: companions.flatMap((each) =>
          each?.ok ? [{ path: each.path, digest: each.digest, size: each.size }] : [],
        ),
      });
  }
  return { of, left, unreadable };
}

/** As many as the store reads in one round. */
const batchSize = 2000;

function wordsOf(failed: Extract<Digested, { ok: false }>): string {
  switch (failed.why) {
    case 'denied':
      return 'you may not read it, or something in it';
    case 'not-regular':
      return failed.message;
    default:
      return 'the disk or the network failed';
  }
}
