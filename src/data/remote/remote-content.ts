import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
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
    const draft = join(await drafts.take(name), 'content');
    const fetched = await provider.fetch(asked, draft, options);
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
      const queue = new PQueue({ concurrency: atOnce });
      // The same file under several items is fetched once.
      const asked = new Map<string, Promise<FetchAnswer>>();
      return Promise.all(
        wanted.map((one) => {
          const { uri } = one.file;
          const there = known.get(uri);
          if (there !== undefined) return { ok: true as const, ...there };
          const before = asked.get(uri);
          if (before !== undefined) return before;
          const answer = queue
            .add(() => fetchOne(one, options))
            .catch((problem: unknown): FetchAnswer => {
              if (problem instanceof RemoteProblem) return { ok: false, problem };
              throw problem;
            });
          asked.set(uri, answer);
          return answer;
        }),
      );
    },
  };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
