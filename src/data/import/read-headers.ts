import { accessSync, constants } from 'node:fs';
import type { FileInfo } from '../../engine/ports/formats.ts';
import { inParallel } from '../../util/in-parallel.ts';
import { formats } from '../formats/index.ts';
import { inspectItem } from '../formats/item.ts';
import type { MetadataReader } from '../readers/metadata-reader.ts';
import { type LeftFile, type UnreadableFile, whyUnreadable } from './find-files.ts';
import type { FoundItem } from './found-item.ts';

export interface Headers {
  /** By path of the item. One whose content is damaged has none. */
  readonly infos: ReadonlyMap<string, FileInfo>;
  readonly damaged: readonly { readonly path: string; readonly problem: string }[];
  readonly unreadable: readonly UnreadableFile[];
  readonly left: readonly LeftFile[];
}

export interface HeaderReading {
  /** Milliseconds since 1970: whoever writes a file may not be done with it ten minutes later. */
  readonly now: () => number;
  /** For what the built-in readers do not read. */
  readonly reader: MetadataReader | undefined;
  readonly signal: AbortSignal;
  readonly progress: (done: number) => void;
}

/** What the items are, from their own headers; no pixels are read. All that is wrong is told, not only the first of it. */
export async function readHeaders(items: readonly FoundItem[], reading: HeaderReading): Promise<Headers> {
  const infos = new Map<string, FileInfo>();
  const damaged = new Map<string, string>();
  const unreadable: UnreadableFile[] = [];
  const left: LeftFile[] = [];
  let done = 0;
  await inParallel(items, 8, async (item) => {
    reading.signal.throwIfAborted();
    const header = await headerOf(item, reading.now());
    if (header.how === 'read') infos.set(item.path, header.info);
    else if (header.how === 'damaged') damaged.set(item.path, header.problem);
    else if (header.how === 'unreadable') unreadable.push(header.file);
    else left.push(header.file);
    done += 1;
    if (done % 256 === 0) reading.progress(done);
  });
  const { reader } = reading;
  if (reader !== undefined) {
    const asked = items.filter(
      ({ path }) => damaged.has(path) || (infos.has(path) && infos.get(path)?.image === undefined),
    );
    for await (const finding of reader.read(
      asked.map(({ path }) => path),
      reading.signal,
    )) {
      if ('info' in finding) {
        infos.set(finding.path, finding.info);
        damaged.delete(finding.path);
      } else damaged.set(finding.path, finding.problem);
    }
  }
  return {
    infos,
    damaged: items.flatMap(({ path, name }) => {
      const problem = damaged.get(path);
      return problem === undefined ? [] : [{ path: name, problem }];
    }),
    unreadable,
    left,
  };
}

type Header =
  | { readonly how: 'read'; readonly info: FileInfo }
  | { readonly how: 'damaged'; readonly problem: string }
  | { readonly how: 'unreadable'; readonly file: UnreadableFile }
  | { readonly how: 'left'; readonly file: LeftFile };

/** An image that is not whole and was written to this recently may still be on its way. */
const youngMilliseconds = 10 * 60_000;

async function headerOf(item: FoundItem, now: number): Promise<Header> {
  const { path, name } = item;
  try {
    for (const each of [path, ...item.companions.map((companion) => companion.path)]) accessSync(each, constants.R_OK);
    const finding =
      item.kind === 'image'
        ? await inspectItem({ path, companions: item.companions.map((companion) => companion.path) })
        : await formats.inspect(path, { format: 'File' });
    if (finding.ok) return { how: 'read', info: finding.info };
    if (item.mtimeMs !== undefined && Math.abs(now - item.mtimeMs) < youngMilliseconds)
      return { how: 'left', file: { path: name, why: 'being-written' } };
    return { how: 'damaged', problem: finding.problems[0]?.message ?? 'it cannot be read' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return { how: 'left', file: { path: name, why: 'gone' } };
    if (code === undefined) throw error;
    return { how: 'unreadable', file: { path: name, why: whyUnreadable(error) } };
  }
}
