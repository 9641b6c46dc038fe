import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import PQueue from 'p-queue';
import type { ContentStore } from '../../engine/ports/content-store.ts';
import type {
  PlacedElsewhere,
  PublishResult,
  RemotePublisher,
  RemotePublishFile,
} from '../../engine/ports/publisher.ts';
import {
  type Drafts,
  type RemoteFile,
  type RemoteOptions,
  RemoteProblem,
  type RemoteProvider,
  type Remotes,
} from '../../engine/ports/remote.ts';
import type { Digest } from '../../util/brand.ts';
import { shortHash } from '../../util/short-hash.ts';
import { readSsh, s3Uri, sftpUri } from './address.ts';
import { remoteProblem } from './problem.ts';

export interface RemotePublisherParts {
  readonly remotes: Remotes;
  readonly placed: PlacedElsewhere;
  readonly content: ContentStore;
  readonly drafts: Drafts;
  /** The history of a result as a document, for places that hold it beside the result. */
  readonly lineageOf: (digest: Digest) => Promise<unknown>;
  readonly omeroServer: string | undefined;
  /** A command that makes images of image files there. */
  readonly omeroImporter: readonly string[] | undefined;
}

/** So many transfers at once. */
const atOnce = 4;

/** That an address is ours is written down before something is put there, with the version that the place gave it once it is: so what others put there is told from what we did. */
export function createRemotePublisher(parts: RemotePublisherParts): RemotePublisher {
  return {
    publish: async (files, options) => {
      const queue = new PQueue({ concurrency: atOnce });
      const results = new Map<RemotePublishFile, PublishResult>();
      const images = Map.groupBy(
        files.filter((file) => file.place.kind === 'omero'),
        (file) => (file.place.kind === 'omero' ? file.place.address : ''),
      );
      for (const [address, group] of images) {
        const published = await publishToServer(group, { address, parts, options });
        for (const [at, file] of group.entries()) {
          const result = published[at];
          if (result !== undefined) results.set(file, result);
        }
      }
      const objects = files.filter((file) => file.place.kind !== 'omero');
      await Promise.all(
        objects.map((file) => queue.add(async () => void results.set(file, await publishOne(file, parts, options)))),
      );
      return files.map(
        (file) =>
          results.get(file) ?? { to: file.path, ok: false, why: 'failed', message: `${file.path} was not published` },
      );
    },
  };
}

async function publishOne(
  file: RemotePublishFile,
  parts: RemotePublisherParts,
  options: RemoteOptions,
): Promise<PublishResult> {
  const { placed, remotes } = parts;
  let to = file.path;
  try {
    to = uriOf(file);
    const provider = await remotes.provider(file.place.kind);
    const before = (await placed.find([to])).get(to);
    const there = await provider.look(to, options);
    const found = await ours(to, { there, before, provider, parts, options });
    if (there !== undefined && found === undefined) {
      const changed = before !== undefined;
      return {
        to,
        ok: false,
        why: 'foreign',
        message: changed
          ? `${to} was changed since a run published it`
          : `${to} is there already, and no run published it`,
        help: 'What a run did not put there is never overwritten: move it away, or publish to another path',
      };
    }
    if (there !== undefined && found === file.digest) {
      if (before?.digest !== found) await placed.intend([{ uri: to, digest: found, directory: file.directory }]);
      if (there.version !== undefined && there.version !== before?.version)
        await placed.settle([{ uri: to, version: there.version }]);
      return { to, ok: true, unchanged: true };
    }
    const over = there?.version ?? 'nothing';
    await placed.intend([{ uri: to, digest: file.digest, directory: file.directory }]);
    const put = await provider.put(file.from, to, { ...options, over });
    if (put.version !== undefined) await placed.settle([{ uri: to, version: put.version }]);
    return { to, ok: true, unchanged: false };
  } catch (problem) {
    return { to, ok: false, ...failure(problem, { to, signal: options.signal }) };
  }
}

/** The digest of what is there, if a run put it there. */
async function ours(
  uri: string,
  of: {
    readonly there: RemoteFile | undefined;
    readonly before: { readonly digest: Digest; readonly version?: string } | undefined;
    readonly provider: RemoteProvider;
    readonly parts: RemotePublisherParts;
    readonly options: RemoteOptions;
  },
): Promise<Digest | undefined> {
  const { there, before } = of;
  if (there === undefined || before === undefined) return undefined;
  if (before.version !== undefined) return before.version === there.version ? before.digest : undefined;
  const digest = await digestThere(uri, of);
  // An engine that died before it put anything left what an earlier run had put there.
  const known = digest === before.digest || (digest !== undefined && (await of.parts.placed.earlier(uri)).has(digest));
  return known ? digest : undefined;
}

/** Put there by an engine that died before it heard how: what it is now is looked at byte by byte. */
async function digestThere(
  uri: string,
  {
    provider,
    parts,
    options,
  }: { readonly provider: RemoteProvider; readonly parts: RemotePublisherParts; readonly options: RemoteOptions },
): Promise<Digest | undefined> {
  const file = await provider.look(uri, options);
  if (file === undefined) return undefined;
  const name = `published-${shortHash(uri)}`;
  const draft = join(await parts.drafts.take(name), 'content');
  await rm(draft, { recursive: true, force: true });
  try {
    await provider.fetch(file, draft, options);
    const [found] = await parts.content.digest([draft], { fingerprint: 'content', fresh: true });
    return found?.ok ? found.digest : undefined;
  } finally {
    await rm(draft, { recursive: true, force: true });
    await parts.drafts.remove(name);
  }
}

async function publishToServer(
  files: readonly RemotePublishFile[],
  {
    address,
    parts,
    options,
  }: { readonly address: string; readonly parts: RemotePublisherParts; readonly options: RemoteOptions },
): Promise<readonly PublishResult[]> {
  let target = address;
  // Loaded where something goes there: most runs publish to this machine alone.
  const { isOmeroProvider, omeroAddress, omeroUri, parseOmeroUri } = await import('../omero/index.ts');
  try {
    target = omeroAddress(address, { server: parts.omeroServer });
    const provider = await parts.remotes.provider('omero');
    if (!isOmeroProvider(provider))
      throw remoteProblem('unsupported', target, `${target} is no image server`, 'Check the address.');
    const at = parseOmeroUri(target);
    const importer = parts.omeroImporter;
    const results = await Promise.all(
      files.map(async (file) => ({
        path: file.from,
        name: basename(file.path),
        tags: file.tags,
        lineage: await parts.lineageOf(file.digest),
        as: importer !== undefined && imageNames.test(file.path) ? ('image' as const) : ('attachment' as const),
      })),
    );
    const folder = files.find((file) => file.directory);
    if (folder !== undefined)
      throw remoteProblem(
        'unsupported',
        target,
        `${basename(folder.path)} is a folder, and only a file can be attached`,
        'Publish it as OME-TIFF, or to a path.',
      );
    const published = await provider.publish(
      { target, files: results, ...(importer !== undefined && { importer }) },
      options,
    );
    return files.map((file, index): PublishResult => {
      const one = published[index];
      return {
        to: one?.uri ?? omeroUri({ ...at, file: basename(file.path) }),
        ok: true,
        unchanged: one?.did === 'there',
      };
    });
  } catch (problem) {
    return files.map((file) => ({
      to: `${target}/${file.path}`,
      ok: false,
      ...failure(problem, { to: target, signal: options.signal }),
    }));
  }
}

const imageNames = /\.(?:ome\.)?tiff?$/iu;

/** The address of a folder ends in `/`. */
function uriOf({ place, directory, ...file }: RemotePublishFile): string {
  const path = directory && !file.path.endsWith('/') ? `${file.path}/` : file.path;
  if (place.kind === 's3') {
    const slash = path.indexOf('/');
    return s3Uri({ bucket: path.slice(0, slash), key: path.slice(slash + 1) });
  }
  const address = readSsh(path);
  if (address !== undefined) return sftpUri(address);
  throw remoteProblem(
    'address',
    path,
    `\`${path}\` names no server and absolute path`,
    'Write `ssh("user@host:/data/{cell}.tif")`.',
  );
}

function failure(
  problem: unknown,
  { to, signal }: { readonly to: string; readonly signal: AbortSignal },
): Omit<PublishResult & { ok: false }, 'to' | 'ok'> {
  if (signal.aborted) return { why: 'failed', message: `the run was ended before ${to} was there` };
  if (!(problem instanceof RemoteProblem)) throw problem;
  const { message, help, why } = problem;
  switch (why) {
    case 'exists':
      return { why: 'foreign', message, help };
    case 'full':
      return { why: 'full', message, help };
    case 'denied':
    case 'credentials':
      return { why: 'denied', message, help };
    default:
      return { why: 'failed', message, help };
  }
}
