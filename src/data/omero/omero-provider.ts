import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageInfo } from '../../engine/ports/formats.ts';
import type { RemoteFile, RemoteOptions, RemoteProblem, RemoteProvider } from '../../engine/ports/remote.ts';
import { byCodePoints } from '../../util/by-code-points.ts';
import type { Credentials } from '../credentials/credential.ts';
import { again, type Patience, patient } from '../remote/again.ts';
import { remoteProblem } from '../remote/problem.ts';
import { fetchImage, safeName } from './fetch-image.ts';
import { imagesBelow, type PlacedImage } from './list-images.ts';
import { type OmeroAddress, objectUri, omeroAddress, omeroUri, parseOmeroUri, serverUri } from './omero-address.ts';
import { annotationsOf } from './omero-annotations.ts';
import { type Attachment, attach, attachmentsOf, attachmentVersion, latest } from './omero-attachments.ts';
import { type Asking, OmeroClient } from './omero-client.ts';
import { imageOf, infoOf, type OmeroImage, versionOf } from './omero-image.ts';
import { demandAnnotatable, objectAt, objectOrProblem } from './omero-objects.ts';
import { tagsOf } from './omero-tags.ts';
import { type OmeroPublication, type OmeroPublished, publishToOmero } from './publish-to-omero.ts';
import { saveAnswer } from './save-answer.ts';
import type { Fetch } from './web-request.ts';

export interface OmeroProviderOptions {
  /** Completes addresses that name no server: the setting or `OMERO_SERVER`. */
  readonly server?: string;
  readonly credentials: Credentials;
  /** What was decided for the user, and should be said: keys with several values, originals that are several files. */
  readonly notice?: (notice: { readonly uri: string; readonly message: string }) => void;
  readonly fetch?: Fetch;
  readonly patience?: Patience;
}

/** An image with what the server says of its pixels; the names of its channels are known when it was asked for alone (`look`, `fetch`). */
export interface OmeroFile extends RemoteFile {
  readonly image?: ImageInfo;
  /** ISO 8601. */
  readonly acquiredAt?: string;
}

export interface OmeroProvider extends RemoteProvider {
  readonly scheme: 'omero';
  list(uri: string, options: RemoteOptions): AsyncIterable<OmeroFile>;
  look(uri: string, options: RemoteOptions): Promise<OmeroFile | undefined>;
  fetch(file: RemoteFile, to: string, options: RemoteOptions): Promise<OmeroFile>;
  /** As `publishToOmero` says: results with their tags and lineage, each once. */
  publish(publication: OmeroPublication, options: RemoteOptions): Promise<readonly OmeroPublished[]>;
}

/** Whether a provider of other places can publish as OMERO needs it. */
export const isOmeroProvider = (provider: RemoteProvider): provider is OmeroProvider =>
  provider.scheme === 'omero' && 'publish' in provider;

/** OMERO servers as a place of data. One login per server; addresses may name any number of servers. */
export function openOmeroProvider({
  server,
  credentials,
  notice = () => undefined,
  fetch = globalThis.fetch,
  patience = patient,
}: OmeroProviderOptions): OmeroProvider {
  const clients = new Map<string, OmeroClient>();
  /** The last publication onto each target. */
  const publishing = new Map<string, Promise<void>>();
  const opened = (
    uri: string,
    { signal }: RemoteOptions,
  ): { client: OmeroClient; address: OmeroAddress; asking: Asking } => {
    signal.throwIfAborted();
    const about = omeroAddress(uri, { server });
    const address = parseOmeroUri(about);
    const { origin, prefix } = address;
    const key = serverUri(address);
    const client = clients.get(key) ?? new OmeroClient({ origin, prefix, credentials, fetch, patience });
    clients.set(key, client);
    return { client, address, asking: { signal, about } };
  };
  const say = (uri: string, message: string): void => notice({ uri, message: `${uri}: ${message}` });

  const filesOf = async (
    client: OmeroClient,
    placed: readonly PlacedImage[],
    address: OmeroAddress,
    asking: Asking,
  ) => {
    const ids = placed.map(({ image }) => image.id);
    const wells = [...new Set(placed.flatMap((each) => each.wells))];
    const onImages = await annotationsOf(client, { kind: 'Image', ids, ...asking });
    const onWells = await annotationsOf(client, { kind: 'Well', ids: wells, ...asking });
    return placed.map((each): OmeroFile => {
      const uri = omeroUri({ origin: address.origin, prefix: address.prefix, kind: 'Image', id: each.image.id });
      const annotations = [
        ...(onImages.get(each.image.id) ?? []),
        ...each.wells.flatMap((well) => onWells.get(well) ?? []),
      ];
      const { tags, notes } = tagsOf(annotations, { places: each.places });
      for (const note of notes) say(uri, note);
      return fileOf(each.image, { uri, tags });
    });
  };

  const provider: OmeroProvider = {
    scheme: 'omero',

    async *list(uri, options) {
      const { client, address, asking } = opened(uri, options);
      if (address.file !== undefined) throw holdsNothing(asking.about);
      const files = await filesOf(client, await imagesBelow(client, address, asking), address, asking);
      yield* files.sort((a, b) => byCodePoints(a.uri, b.uri));
    },

    async look(uri, options) {
      const { client, address, asking } = opened(uri, options);
      const found = await objectAt(client, address, asking);
      if (found === undefined) return undefined;
      if (address.file !== undefined) {
        const file = latest((await attachmentsOf(client, address, asking)).files, address.file);
        return file === undefined ? undefined : attachmentFile(address, file);
      }
      if (address.kind !== 'Image') return { uri: asking.about, name: safeName(found.name), directory: true };
      const [file] = await filesOf(client, await imagesBelow(client, address, asking), address, asking);
      return file;
    },

    async fetch(file, to, options) {
      const { client, address, asking } = opened(file.uri, options);
      const of = { ...options, ...asking, to, stallMilliseconds: patience.idleMs };
      if (address.file !== undefined) return await fetchAttachment(client, { address, file }, of);
      const { record, name } = await objectOrProblem(client, address, asking);
      const image = address.kind === 'Image' ? imageOf(record) : undefined;
      if (image === undefined) return await fetchAll(provider, { ...file, name: safeName(name) }, to, options);
      if (file.version !== undefined && versionOf(image) !== file.version) throw changed(asking.about);
      const got = await fetchImage(client, image, of);
      if (got.as === 'originals') {
        say(asking.about, `it is stored as ${got.files.length} files, which are now a folder: ${got.files.join(', ')}`);
      }
      if (got.as === 'ome-tiff') {
        say(asking.about, 'its original files are not given out; the server made an OME-TIFF of its pixels');
      }
      const tags = file.tags ?? (await provider.look(asking.about, options))?.tags ?? {};
      const { image: info, acquiredAt, version } = fileOf(image, { uri: asking.about, tags });
      return {
        uri: asking.about,
        name: got.name,
        directory: got.as === 'originals',
        size: got.size,
        tags,
        ...(version !== undefined && { version }),
        ...(info !== undefined && { image: info }),
        ...(acquiredAt !== undefined && { acquiredAt }),
      };
    },

    async put(from, uri, options) {
      const { client, address, asking } = opened(uri, options);
      const { file: name } = address;
      if (name === undefined) throw needsName(asking.about);
      if ((await stat(from)).isDirectory()) throw noFolders(asking.about);
      demandAnnotatable(await objectOrProblem(client, address, asking), asking);
      const { files } = await attachmentsOf(client, address, asking);
      const there = latest(files, name);
      const version = there === undefined ? 'nothing' : attachmentVersion(there);
      if (version !== options.over) throw taken(asking.about);
      const put = await attach(client, address, { ...options, from, name, known: files, patience });
      const now = await attachmentsOf(client, address, asking);
      // OMERO lets two hang there under one name. Of two that came at once the one with the lower number stays, and both agree on which that is.
      const rival = now.files.find(
        (each) => each.name === put.name && each.id < put.id && !files.some((one) => one.id === each.id),
      );
      if (rival !== undefined) {
        await erase(client, put, { ...asking, patience });
        throw taken(asking.about);
      }
      // The new one hangs there before the old one goes: nobody ever finds none.
      if (there !== undefined) await erase(client, there, { ...asking, patience });
      return attachmentFile(address, now.files.find((each) => each.id === put.id) ?? put);
    },

    async remove(uri, options) {
      const { client, address, asking } = opened(uri, options);
      if (address.file === undefined) throw keepsImages(asking.about);
      if ((await objectAt(client, address, asking)) === undefined) return;
      const { files } = await attachmentsOf(client, address, asking);
      const there = latest(files, address.file);
      if (there === undefined) return;
      if (attachmentVersion(there) !== options.version) throw changed(asking.about);
      await erase(client, there, { ...asking, patience });
    },

    async publish(publication, options) {
      const { client } = opened(publication.target, options);
      const target = omeroAddress(publication.target, { server });
      // Two at once would both find that a file is not there, and both attach it.
      const before = publishing.get(target) ?? Promise.resolve();
      const work = before.then(
        async () => await publishToOmero(client, { ...publication, target }, { ...options, patience, notice: say }),
      );
      publishing.set(
        target,
        work.then(
          () => undefined,
          () => undefined,
        ),
      );
      return await work;
    },

    async close() {
      await Promise.all([...clients.values()].map(async (client) => await client.close()));
      clients.clear();
    },
  };
  return provider;
}

function fileOf(image: OmeroImage, { uri, tags }: { uri: string; tags: NonNullable<RemoteFile['tags']> }): OmeroFile {
  const version = versionOf(image);
  return {
    uri,
    name: safeName(image.name),
    directory: false,
    tags: image.series > 0 ? { ...tags, omero_series: image.series } : tags,
    ...(version !== undefined && { version }),
    ...(image.pixels !== undefined && { image: infoOf(image.pixels) }),
    ...(image.acquiredAt !== undefined && { acquiredAt: image.acquiredAt }),
  };
}

function attachmentFile(address: OmeroAddress, file: Attachment): OmeroFile {
  return {
    uri: omeroUri({ ...address, file: file.name }),
    name: file.name,
    directory: false,
    size: file.size,
    version: attachmentVersion(file),
    ...(file.date !== undefined && { modifiedAt: file.date }),
    ...(file.record !== undefined && { tags: file.record.tags }),
  };
}

async function fetchAttachment(
  client: OmeroClient,
  { address, file }: { address: OmeroAddress; file: RemoteFile },
  of: RemoteOptions & Asking & { to: string; stallMilliseconds: number },
): Promise<OmeroFile> {
  const { files } = await attachmentsOf(client, address, of);
  const there = files.findLast(
    (each) => each.name === address.file && (file.version === undefined || attachmentVersion(each) === file.version),
  );
  if (there === undefined) {
    if (latest(files, address.file ?? '') !== undefined) throw changed(of.about);
    throw remoteProblem(
      'missing',
      of.about,
      `Nothing called ${address.file} hangs on ${objectUri(address)}`,
      'Look at it in the web client.',
    );
  }
  const bytes = await client.read(client.page(`webclient/annotation/${there.id}/`), of, async (response) => {
    if (response.ok) return await saveAnswer(response, of.to, of);
    await response.body?.cancel();
    return undefined;
  });
  if (bytes === undefined && !(await attachmentsOf(client, address, of)).files.some((each) => each.id === there.id)) {
    throw changed(of.about);
  }
  if (bytes === undefined) {
    throw remoteProblem(
      'denied',
      of.about,
      `The server does not give out ${of.about}`,
      'Its download policy may forbid it: ask the administrator.',
    );
  }
  return attachmentFile(address, there);
}

/** A folder with one file (or folder) per image. The numbers keep images of one name apart. */
async function fetchAll(
  provider: OmeroProvider,
  file: RemoteFile,
  to: string,
  options: RemoteOptions,
): Promise<OmeroFile> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  let size = 0;
  for await (const each of provider.list(file.uri, options)) {
    const number = each.uri.slice(each.uri.lastIndexOf(':') + 1);
    const draft = join(to, `.${number}`);
    const got = await provider.fetch(each, draft, options);
    await rename(draft, join(to, `${number}-${got.name}`));
    size += got.size ?? 0;
  }
  return { ...file, directory: true, size };
}

/** Deletes an attachment. That it is gone already is fine, and so is being told twice. */
async function erase(client: OmeroClient, { id }: Attachment, asking: Asking & { patience: Patience }): Promise<void> {
  await again(async () => {
    await client.post(client.page(`webclient/action/delete/file/${id}/`), {
      ...asking,
      body: () => new URLSearchParams(),
    });
  }, asking);
}

const changed = (about: string): RemoteProblem =>
  remoteProblem('changed', about, `${about} became another one meanwhile`, 'List it again, and repeat.');

const taken = (about: string): RemoteProblem =>
  remoteProblem(
    'exists',
    about,
    `Something else is at ${about} already`,
    'It is kept: publish under another name, or remove it in the web client.',
  );

const needsName = (about: string): RemoteProblem =>
  remoteProblem(
    'address',
    about,
    `${about} is an object, and a file on it needs a name`,
    `Write the name behind it: ${about}/counts.csv`,
  );

const noFolders = (about: string): RemoteProblem =>
  remoteProblem(
    'unsupported',
    about,
    'A folder cannot be attached in OMERO, only files',
    'Publish it as one file: an OME-TIFF instead of an OME-Zarr, or packed as a ZIP.',
  );

const holdsNothing = (about: string): RemoteProblem =>
  remoteProblem('unsupported', about, `${about} is a file, and holds no images`, `List what it hangs on.`);

const keepsImages = (about: string): RemoteProblem =>
  remoteProblem(
    'unsupported',
    about,
    `${about} is no attachment, and Bitflow deletes nothing else in OMERO`,
    'Delete it in the web client.',
  );
