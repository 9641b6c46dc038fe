import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import PQueue from 'p-queue';
import type { ContentStore } from '../../engine/ports/content-store.ts';
import {
  type Drafts,
  type FetchAnswer,
  type FetchedContent,
  type FetchedMemo,
  type RemoteContent,
  type RemoteFile,
  type RemoteOptions,
  RemoteProblem,
  type RemoteProvider,
  type Remotes,
} from '../../engine/ports/remote.ts';
import { shortHash } from '../../util/short-hash.ts';
import { schemeOf } from './address.ts';
import { remoteProblem } from './problem.ts';

/** So many files at once: enough to keep a line busy, not so many that a server turns away. */
const atOnce = 4;

/** Fetched files as objects of the store. A file of which its place gives no version is fetched each time: nobody can tell whether it is the same. */
export function createRemoteContent(world: {
  readonly remotes: Remotes;
  readonly memo: FetchedMemo;
  readonly content: ContentStore;
  readonly drafts: Drafts;
}): RemoteContent {
  const { remotes, memo, content, drafts } = world;
  const queue = new PQueue({ concurrency: atOnce });
  // The same file under several items, or in several sources, is fetched once.
  const asked = new Map<string, Promise<FetchAnswer>>();
  const busy = new Map<string, Promise<unknown>>();

  /** Two fetches from one address (another version; with a digest and without) share a draft, and go one after the other. */
  async function afterOthers<T>(uri: string, work: () => Promise<T>): Promise<T> {
    const own = (busy.get(uri) ?? Promise.resolve()).then(work, work);
    busy.set(uri, own);
    try {
      return await own;
    } finally {
      if (busy.get(uri) === own) busy.delete(uri);
    }
  }

  async function here(files: readonly RemoteFile[]): Promise<ReadonlyMap<string, FetchedContent>> {
    const versioned = files.flatMap(({ uri, version }) => (version === undefined ? [] : [{ uri, version }]));
    const known = await memo.find(versioned);
    const there = await content.present([...known.values()], { verify: false });
    return new Map([...known].filter(([, one]) => there.has(one.digest)));
  }

  async function fetchOne(
    { file, sha256 }: { readonly file: RemoteFile; readonly sha256?: string },
    options: RemoteOptions,
  ): Promise<FetchAnswer> {
    const { uri } = file;
    const scheme = schemeOf(uri);
    if (scheme === undefined) throw remoteProblem('address', uri, `${uri} is no address`, 'Check how it is written.');
    const provider = await remotes.provider(scheme);
    // One that is named by its digest has that for a version; what the place calls it is asked of the place.
    const asked = sha256 === undefined ? file : await provider.look(uri, options);
    if (asked === undefined) throw remoteProblem('missing', uri, `There is nothing at ${uri}`, 'Check the address.');
    const name = shortHash(uri);
    const folder = await drafts.take(name);
    const draft = join(folder, 'content');
    const fetched = await bring(asked, { provider, draft, mark: join(folder, 'version'), options });
    if (sha256 !== undefined) {
      const found = await sha256Of(draft);
      if (found !== sha256) {
        await drafts.remove(name);
        return { ok: false, sha256: found };
      }
    }
    const [digested] = await content.digest([draft], { fingerprint: 'content', fresh: true });
    if (digested === undefined || !digested.ok)
      throw remoteProblem(
        'failed',
        uri,
        `What was fetched from ${uri} could not be read`,
        'Look at the disk of the store.',
      );
    const { digest, directory, size } = digested;
    await content.place([{ path: draft, digest, directory }]);
    await drafts.remove(name);
    const version = sha256 === undefined ? fetched.version : `sha256:${sha256}`;
    if (version !== undefined) await memo.record([{ uri, version, digest, directory, size }]);
    return { ok: true, digest, directory, size };
  }

  return {
    here,
    fetch: async (wanted, options) => {
      const known = await here(wanted.map(({ file }) => file));
      return Promise.all(
        wanted.map((one) => {
          const { uri } = one.file;
          const there = known.get(uri);
          if (there !== undefined) return { ok: true as const, ...there };
          const which = JSON.stringify([uri, one.file.version, one.sha256]);
          const before = asked.get(which);
          if (before !== undefined) return before;
          const answer = queue
            .add(() => afterOthers(uri, () => fetchOne(one, options)))
            .catch((problem: unknown): FetchAnswer => {
              if (problem instanceof RemoteProblem) return { ok: false, problem };
              throw problem;
            })
            .finally(() => asked.delete(which));
          asked.set(which, answer);
          return answer;
        }),
      );
    },
  };
}

/** All bytes of an earlier engine, which died before they were in the store, are not asked for again: `mark` says of which version they are. */
async function bring(
  file: RemoteFile,
  parts: {
    readonly provider: RemoteProvider;
    readonly draft: string;
    readonly mark: string;
    readonly options: RemoteOptions;
  },
): Promise<RemoteFile> {
  const { provider, draft, mark, options } = parts;
  const there = await readFile(mark, 'utf8').catch(() => undefined);
  if (there !== undefined && there === file.version && existsSync(draft)) return file;
  await rm(mark, { force: true });
  await rm(draft, { recursive: true, force: true });
  const fetched = await provider.fetch(file, draft, options);
  if (fetched.version !== undefined) await writeFile(mark, fetched.version);
  return fetched;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
