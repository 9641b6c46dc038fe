import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RemoteOptions, RemoteProblem } from '../../engine/ports/remote.ts';
import type { Tags } from '../../engine/ports/value.ts';
import type { Patience } from '../remote/again.ts';
import { remoteProblem } from '../remote/problem.ts';
import { datasetBeside } from './dataset-beside.ts';
import { importImage } from './import-image.ts';
import { type OmeroAddress, objectUri, omeroUri, parseOmeroUri } from './omero-address.ts';
import {
  type Attachment,
  type AttachmentRecord,
  attach,
  attachmentName,
  attachmentsOf,
  attachmentVersion,
  digestOf,
  type Hanging,
  writePairs,
} from './omero-attachments.ts';
import type { Asking, OmeroClient } from './omero-client.ts';
import { demandAnnotatable, objectOrProblem } from './omero-objects.ts';

/** One result of a run, as a file that lies here. */
export interface OmeroResult {
  readonly path: string;
  /** The name it gets there. */
  readonly name: string;
  readonly tags: Tags;
  /** What `JSON.stringify` takes. Attached as `NAME.lineage.json`; absent: nothing is attached about it. */
  readonly lineage?: unknown;
  /** `image`: handed to the importer, where there is one, so that it becomes an image of the dataset. */
  readonly as: 'attachment' | 'image';
}

export interface OmeroPublication {
  /** `omero://host/Dataset:51`; a project, an image, a screen, a plate and a well will do as well. */
  readonly target: string;
  readonly files: readonly OmeroResult[];
  /** A dataset of that name beside the target (in its project), made where it is not there; the results go into it. */
  readonly dataset?: { readonly name: string; readonly description: string };
  /** The site's importer as an argument vector; `{dataset}` in it is the dataset's number, and the file comes last. */
  readonly importer?: readonly string[];
}

export interface OmeroPublished {
  readonly name: string;
  /** Where it is now: `omero://host/Dataset:51/counts.csv`, or `omero://host/Image:77` for what was imported. */
  readonly uri: string;
  readonly version: string;
  readonly size: number;
  /** `there`: this content hung there already, and nothing was sent. `tags`: only its tags were corrected. */
  readonly did: 'sent' | 'tags' | 'there';
}

export type PublishOptions = RemoteOptions & {
  readonly patience: Patience;
  readonly notice: (uri: string, message: string) => void;
};

/**
 * Hangs results on an object, each with its tags as one map annotation in the namespace `bitflow/v1` and its lineage as a second attachment. What was published before is found by content and
 * left alone, so that a publication that was interrupted is finished by repeating it, and a whole one does nothing. Nothing is ever deleted or replaced: another content under a name
 * that is taken hangs beside it.
 */
export async function publishToOmero(
  client: OmeroClient,
  publication: OmeroPublication,
  options: PublishOptions,
): Promise<readonly OmeroPublished[]> {
  const address = parseOmeroUri(publication.target);
  if (address.file !== undefined) throw noTarget(publication.target);
  const asking = { signal: options.signal, about: objectUri(address) };
  const target = await objectOrProblem(client, address, asking);
  // Checked before anything is sent: the server would keep annotations that hang on nothing.
  if (publication.dataset === undefined) demandAnnotatable(target, asking);
  for (const { path, name } of publication.files) if ((await stat(path)).isDirectory()) throw isFolder(name, asking);

  const place =
    publication.dataset === undefined
      ? address
      : await datasetBeside(
          client,
          { address, target, ...publication.dataset },
          { ...asking, patience: options.patience },
        );
  const published: OmeroPublished[] = [];
  // Looked at once for all results, and kept up with what is added: a thousand of them would read it a thousand times.
  let there = await attachmentsOf(client, place, asking);
  // One after the other: the server's pages for this are not made for crowds.
  for (const result of publication.files) {
    const one: One = { place, there, result: { ...result, name: attachmentName(result.name) } };
    const importer = result.as === 'image' && place.kind === 'Dataset' ? publication.importer : undefined;
    const done = await (importer === undefined
      ? attached(client, one, options)
      : imported(client, { ...one, importer }, options));
    published.push(done.published);
    there = { files: [...there.files, ...done.added.files], records: [...there.records, ...done.added.records] };
  }
  return published;
}

interface One {
  readonly place: OmeroAddress;
  readonly there: Hanging;
  readonly result: OmeroResult;
}

interface Done {
  readonly published: OmeroPublished;
  readonly added: Hanging;
}

async function attached(client: OmeroClient, one: One, options: PublishOptions): Promise<Done> {
  const { place, there, result } = one;
  const { name, tags } = result;
  const uri = omeroUri({ ...place, file: name });
  const asking = { signal: options.signal, about: uri, patience: options.patience };
  const digest = await digestOf(createReadStream(result.path));
  const same = await sameContent(client, { files: there.files, result, digest }, asking);
  if (same === undefined && there.files.some((each) => each.name === name)) {
    options.notice(uri, `${name} hangs there already with another content; both are kept`);
  }
  const file = same ?? (await attach(client, place, { ...options, from: result.path, name, known: there.files }));
  const of = attachmentVersion(file);
  const known = there.records.findLast((each) => each.of === of);
  const lineage = await lineageOf(client, { ...one, known }, options);
  const draft = { file: name, digest, of, tags, ...(lineage !== undefined && { lineage: lineage.id }) };
  const { did, record } = await writePairs(client, place, { ...asking, draft, known });
  const files = same === undefined ? [{ ...file, record }] : [];
  return {
    published: { name, uri, version: of, size: file.size, did: same === undefined ? 'sent' : did },
    added: { files: lineage === undefined ? files : [...files, lineage], records: [record] },
  };
}

/** By our own record where there is one; else what has the same name and size is fetched and compared, because an earlier publication may have been cut off before its record. */
async function sameContent(
  client: OmeroClient,
  of: { files: readonly Attachment[]; result: OmeroResult; digest: string },
  asking: Asking,
): Promise<Attachment | undefined> {
  const { size } = await stat(of.result.path);
  const { name } = of.result;
  const recorded = of.files.find(
    (each) => each.record?.digest === of.digest && each.record.file === name && each.size === size,
  );
  if (recorded !== undefined) return recorded;
  for (const each of of.files) {
    if (each.record !== undefined || each.name !== name || each.size !== size) continue;
    const url = client.page(`webclient/annotation/${each.id}/`);
    const digest = await client.read(url, asking, async (response) => {
      if (response.ok && response.body !== null) return await digestOf(response.body);
      await response.body?.cancel();
      return undefined;
    });
    if (digest === of.digest) return each;
  }
  return undefined;
}

/** The lineage stays the one of the first publication: the same content needs no second history. */
async function lineageOf(
  client: OmeroClient,
  of: One & { known: AttachmentRecord | undefined },
  options: PublishOptions,
): Promise<Attachment | undefined> {
  const { result, place, there, known } = of;
  const kept = there.files.find((each) => each.id === known?.lineage);
  if (result.lineage === undefined || kept !== undefined) return kept;
  const folder = await mkdtemp(join(tmpdir(), 'bit-lineage-'));
  try {
    const path = join(folder, 'lineage.json');
    await writeFile(path, `${JSON.stringify(result.lineage, undefined, 2)}\n`);
    const as: OmeroResult = { path, name: `${result.name}.lineage.json`, tags: {}, as: 'attachment' };
    const asking = { signal: options.signal, about: omeroUri({ ...place, file: as.name }) };
    const digest = await digestOf(createReadStream(path));
    const same = await sameContent(client, { files: there.files, result: as, digest }, asking);
    return same ?? (await attach(client, place, { ...options, from: path, name: as.name, known: there.files }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function imported(
  client: OmeroClient,
  one: One & { importer: readonly string[] },
  options: PublishOptions,
): Promise<Done> {
  const { place, there, result, importer } = one;
  const { path, name, tags } = result;
  const about = objectUri(place);
  const asking = { signal: options.signal, about, patience: options.patience };
  const digest = await digestOf(createReadStream(path));
  const known = there.records.findLast((each) => each.digest === digest && each.of.startsWith('Image:'));
  const image = known?.of ?? (await importImage({ importer, dataset: place.id, path, about, signal: options.signal }));
  const id = Number(image.slice('Image:'.length));
  const at: OmeroAddress = { origin: place.origin, prefix: place.prefix, kind: 'Image', id };
  // The dataset remembers which image it was, so that a repetition finds it; the image carries the tags.
  const remembered = { file: name, digest, of: image, tags: {} };
  const { record } = await writePairs(client, place, { ...asking, draft: remembered, known });
  const onImage = await attachmentsOf(client, at, asking);
  const own = onImage.records.find((each) => each.of === image);
  const lineage = await lineageOf(client, { place: at, there: onImage, result, known: own }, options);
  const draft = { digest, of: image, tags, ...(lineage !== undefined && { lineage: lineage.id }) };
  const { did } = await writePairs(client, at, { ...asking, draft, known: own });
  const { size } = await stat(path);
  return {
    published: { name, uri: omeroUri(at), version: image, size, did: known === undefined ? 'sent' : did },
    added: { files: [], records: [record] },
  };
}

const noTarget = (target: string): RemoteProblem =>
  remoteProblem(
    'address',
    target,
    `${target} is a file on an object, and results go onto an object`,
    'Write it without the file: omero("Dataset:51").',
  );

const isFolder = (name: string, { about }: Asking): RemoteProblem =>
  remoteProblem(
    'unsupported',
    about,
    `${name} is a folder, and only files can be attached in OMERO`,
    'Publish it as one file: an OME-TIFF instead of an OME-Zarr, or packed as a ZIP.',
  );
