import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogItem } from '../../engine/ports/catalog.ts';
import type { ContentStore } from '../../engine/ports/content-store.ts';
import type { FileInfo } from '../../engine/ports/formats.ts';
import type { Drafts, FetchAnswer, RemoteContent, RemoteFile, RemoteProblem } from '../../engine/ports/remote.ts';
import { chunks } from '../../util/chunks.ts';
import { baseNameOf } from '../../util/file-name.ts';
import { shortHash } from '../../util/short-hash.ts';
import type { FoundItem } from './found-item.ts';
import type { ItemContent } from './read-contents.ts';
import { type HeaderReading, readHeaders } from './read-headers.ts';

export interface RemoteItems {
  /** By path of the item. */
  readonly contents: ReadonlyMap<string, ItemContent>;
  readonly infos: ReadonlyMap<string, FileInfo>;
  readonly damaged: readonly { readonly path: string; readonly problem: string }[];
  readonly problems: readonly RemoteProblem[];
}

/**
 * Content and headers of items in other places. Only the bytes themselves say what they are, so each is fetched into the store, once for each of its versions; what has the
 * version that the catalog knows is not even asked for.
 */
export async function readRemoteItems(
  items: readonly FoundItem[],
  reading: Omit<HeaderReading, 'progress'> & {
    readonly known: ReadonlyMap<string, CatalogItem>;
    readonly remote: RemoteContent;
    readonly content: Pick<ContentStore, 'path'>;
    readonly drafts: Drafts;
    readonly progress: (done: { readonly files: number; readonly of: number; readonly bytes: number }) => void;
  },
): Promise<RemoteItems> {
  const contents = new Map<string, ItemContent>();
  const infos = new Map<string, FileInfo>();
  const damaged: { path: string; problem: string }[] = [];
  const problems: RemoteProblem[] = [];
  const wanted: FoundItem[] = [];
  for (const item of items) {
    const before = reading.known.get(item.path);
    if (before === undefined || !isKnownVersion(item, before)) wanted.push(item);
    else {
      contents.set(item.path, contentOf(before));
      infos.set(item.path, before.info);
    }
  }
  let [files, bytes] = [0, 0];
  // A few hundred at a time: what was fetched is remembered, whatever becomes of the next ones.
  for (const slice of chunks(wanted, 200)) {
    const asked = slice.flatMap((item) => filesOf(item).map((file) => ({ file })));
    const answers = await reading.remote.fetch(asked, { signal: reading.signal, progress: () => undefined });
    const byUri = new Map<string, FetchAnswer>(
      asked
        .map(({ file }, at) => [file.uri, answers[at]] as const)
        .flatMap(([uri, answer]) => (answer === undefined ? [] : [[uri, answer] as const])),
    );
    for (const item of slice) {
      const fetched = fetchedContent(item, byUri);
      if ('why' in fetched) problems.push(fetched);
      else {
        contents.set(item.path, fetched);
        bytes += fetched.size;
      }
      files += 1;
    }
    reading.progress({ files, of: wanted.length, bytes });
    for (const item of slice) {
      const content = contents.get(item.path);
      if (content === undefined) continue;
      const header = await headerOf(item, { content, reading });
      if (header.info !== undefined) infos.set(item.path, header.info);
      else damaged.push({ path: item.name, problem: header.problem ?? 'it cannot be read' });
    }
  }
  return { contents, infos, damaged, problems };
}

const filesOf = (item: FoundItem): readonly RemoteFile[] =>
  [item.remote, ...item.companions.map(({ remote }) => remote)].filter((file) => file !== undefined);

/** Whether a place says of an item what it said when it was imported. */
export function isKnownVersion(item: FoundItem, before: CatalogItem | undefined): boolean {
  const version = versionOf(item);
  return version !== undefined && before?.version === version;
}

/** Of all its files together; none where a place does not say. */
function versionOf(item: FoundItem): string | undefined {
  const files = filesOf(item);
  const [first] = files;
  if (files.some(({ version }) => version === undefined)) return undefined;
  return files.length === 1
    ? first?.version
    : shortHash(JSON.stringify(files.map(({ uri, version }) => [uri, version])));
}

const contentOf = (item: CatalogItem): ItemContent => ({
  digest: item.digest,
  directory: item.directory,
  size: item.size,
  ...(item.mtimeMs !== undefined && { mtimeMs: item.mtimeMs }),
  ...(item.version !== undefined && { version: item.version }),
  companions: item.companions,
});

function fetchedContent(item: FoundItem, answers: ReadonlyMap<string, FetchAnswer>): ItemContent | RemoteProblem {
  const found: { uri: string; answer: Extract<FetchAnswer, { ok: true }> }[] = [];
  for (const { uri } of filesOf(item)) {
    const answer = answers.get(uri);
    if (answer?.ok) found.push({ uri, answer });
    else if (answer !== undefined && 'problem' in answer) return answer.problem;
    else throw new Error(`nothing was said about ${uri}`);
  }
  const [main, ...companions] = found;
  if (main === undefined) throw new Error(`${item.path} is nowhere`);
  const { digest, directory, size } = main.answer;
  const version = versionOf(item);
  return {
    digest,
    directory,
    size,
    ...(item.mtimeMs !== undefined && { mtimeMs: item.mtimeMs }),
    ...(version !== undefined && { version }),
    companions: companions.map(({ uri, answer }) => ({ path: uri, digest: answer.digest, size: answer.size })),
  };
}

/** Headers are told by names, too, which objects of the store do not have: the files of the item are put together under theirs. */
async function headerOf(
  item: FoundItem,
  of: {
    readonly content: ItemContent;
    readonly reading: Omit<HeaderReading, 'progress'> & {
      readonly content: Pick<ContentStore, 'path'>;
      readonly drafts: Drafts;
    };
  },
): Promise<{ readonly info?: FileInfo; readonly problem?: string }> {
  const { content, reading } = of;
  const name = `header-${shortHash(item.path)}`;
  await reading.drafts.remove(name);
  const folder = await reading.drafts.take(name);
  const link = async (file: string, target: Parameters<ContentStore['path']>): Promise<string> => {
    const path = join(folder, file);
    await symlink(reading.content.path(...target), path);
    return path;
  };
  try {
    const path = await link(baseNameOf(item.remote?.name ?? item.name), [content.digest, content.directory]);
    const companions: { path: string; size: number }[] = [];
    for (const companion of content.companions)
      companions.push({
        path: await link(baseNameOf(companion.path), [companion.digest, false]),
        size: companion.size,
      });
    const { mtimeMs: _, ...rest } = item;
    const headers = await readHeaders([{ ...rest, path, directory: content.directory, companions }], {
      ...reading,
      progress: () => undefined,
    });
    const info = headers.infos.get(path);
    const problem = headers.damaged[0]?.problem ?? headers.unreadable[0]?.why;
    return { ...(info !== undefined && { info }), ...(problem !== undefined && { problem }) };
  } finally {
    await reading.drafts.remove(name);
  }
}
