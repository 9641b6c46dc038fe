import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { RemoteOptions } from '../../engine/ports/remote.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { again, type Patience } from '../remote/again.ts';
import { MayPass, remoteProblem } from '../remote/problem.ts';
import { safeName } from './fetch-image.ts';
import { type JsonRecord, numbersAt } from './json-record.ts';
import { type OmeroAddress, omeroUri } from './omero-address.ts';
import { annotationsOf, type OmeroAnnotation } from './omero-annotations.ts';
import type { Asking, OmeroClient, Posting } from './omero-client.ts';
import { NAMESPACE, OWN_PREFIX } from './omero-tags.ts';

/** A file that hangs on an object, with what Bitflow wrote about it there. */
export interface Attachment {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly date?: string;
  readonly record?: AttachmentRecord;
}

/** The pairs in `bitflow/v1` that belong to one published file. */
export interface AttachmentRecord {
  /** The number of the map annotation. */
  readonly id: number;
  readonly digest: string;
  /** What the file was called here. */
  readonly file: string;
  /** The attachment, or the image that an importer made of the file. */
  readonly of: string;
  readonly lineage?: number;
  readonly tags: Tags;
  /** All of them, in their order. */
  readonly pairs: readonly (readonly [string, string])[];
}

/** What hangs on one object. */
export interface Hanging {
  readonly files: readonly Attachment[];
  readonly records: readonly AttachmentRecord[];
}

/** What hangs on an object, in the order of hanging. */
export async function attachmentsOf(client: OmeroClient, { kind, id }: OmeroAddress, asking: Asking): Promise<Hanging> {
  const all = (await annotationsOf(client, { kind, ids: [id], ...asking })).get(id) ?? [];
  const records = all.flatMap((each) => recordOf(each) ?? []);
  const files = all.flatMap((each) => {
    if (each.is !== 'file') return [];
    const record = records.find((one) => one.of === attachmentVersion(each));
    const { name, size, date } = each;
    return [{ id: each.id, name, size, ...(date !== undefined && { date }), ...(record !== undefined && { record }) }];
  });
  return { files, records };
}

export const attachmentVersion = ({ id }: { id: number }): string => `annotation:${id}`;

/** A name that every server keeps as it is: quotes end it in the form it is sent in, and slashes cut it. */
export function attachmentName(name: string): string {
  return safeName(name).replaceAll('"', "'");
}

/** The last one of that name: OMERO lets several files of one name hang on an object. */
export function latest(files: readonly Attachment[], name: string): Attachment | undefined {
  const kept = attachmentName(name);
  return files.findLast((each) => each.name === kept);
}

/**
 * Hangs a local file on an object, once: before it is tried again it is looked whether the try whose answer got lost has done it. `known` are the attachments that were there
 * before. Rejects, why `denied` or `failed`, where the server does not keep it.
 */
export async function attach(
  client: OmeroClient,
  address: OmeroAddress,
  of: RemoteOptions & { from: string; name: string; known: readonly Attachment[]; patience: Patience },
): Promise<Attachment> {
  const about = omeroUri(address);
  const asking = { signal: of.signal, about };
  const { size } = await stat(of.from);
  const name = attachmentName(of.name);
  const before = new Set(of.known.map((each) => each.id));
  const arrived = async (): Promise<Attachment | undefined> => {
    const { files } = await attachmentsOf(client, address, asking);
    return files.findLast((each) => !before.has(each.id) && each.name === name && each.size === size);
  };
  let isFirst = true;
  return await again(async () => {
    const earlier = isFirst ? undefined : await arrived();
    isFirst = false;
    if (earlier !== undefined) return earlier;
    const form = multipart({ name, from: of.from, size, fields: { [address.kind.toLowerCase()]: String(address.id) } });
    const answer = await posted(client, 'webclient/annotate_file/', {
      ...asking,
      headers: form.headers,
      body: () => form.body((bytes) => of.progress({ uri: about, bytes, size })),
    });
    const [id] = numbersAt(answer, 'fileIds');
    if (id !== undefined) return { id, name, size };
    const found = await arrived();
    if (found !== undefined) return found;
    throw remoteProblem(
      'failed',
      about,
      `The server took ${name}, and nothing of that name and size hangs on ${about} now`,
      'Look at it in the web client; your user may not be allowed to attach files there.',
    );
  }, of);
}

/** What the pairs of one file are to say. Without `file` they are about the object itself: an image that was made of it. */
export type RecordDraft = Omit<AttachmentRecord, 'id' | 'pairs' | 'file'> & { readonly file?: string };

/**
 * Makes the pairs of one file what they should be, once. `known` are those that were there before; `there`: they were right. Nobody but Bitflow writes in this namespace, so that what differs is
 * overwritten.
 */
export async function writePairs(
  client: OmeroClient,
  address: OmeroAddress,
  { draft, ...of }: Asking & { patience: Patience; draft: RecordDraft; known: AttachmentRecord | undefined },
): Promise<{ readonly did: 'tags' | 'there'; readonly record: AttachmentRecord }> {
  const { tags, file, digest, lineage } = draft;
  const own = { file, digest, of: draft.of, lineage: lineage === undefined ? undefined : String(lineage) };
  const pairs = [
    ...Object.entries(tags).map(([key, value]) => [key, String(value)] as const),
    ...Object.entries(own).flatMap(([key, value]) =>
      value === undefined ? [] : [[`${OWN_PREFIX}${key}`, value] as const],
    ),
  ];
  const looked = async (): Promise<AttachmentRecord | undefined> =>
    (await attachmentsOf(client, address, of)).records.find((each) => each.of === draft.of);
  let { known } = of;
  let isFirst = true;
  return await again(async () => {
    if (!isFirst) known = await looked();
    isFirst = false;
    if (known !== undefined && JSON.stringify(known.pairs) === JSON.stringify(pairs))
      return { did: 'there', record: known };
    const form = new URLSearchParams({ mapAnnotation: JSON.stringify(pairs), ns: NAMESPACE });
    form.set(address.kind.toLowerCase(), String(address.id));
    if (known !== undefined) form.set('annId', String(known.id));
    const posting = { signal: of.signal, about: of.about, body: () => new URLSearchParams(form) };
    const answer = await posted(client, 'webclient/annotate_map/', posting);
    const id = known?.id ?? numbersAt(answer, 'annId')[0];
    const record = id === undefined ? await looked() : { ...draft, id, pairs, file: file ?? '' };
    if (record !== undefined) return { did: 'tags', record };
    throw remoteProblem(
      'failed',
      of.about,
      `The server took the tags of ${of.about}, and they are not there now`,
      'Look at it in the web client; your user may not be allowed to annotate it.',
    );
  }, of);
}

/** The webclient's pages fail with a page of HTML and 500 when the rights for it lack. */
async function posted(client: OmeroClient, path: string, posting: Posting): Promise<JsonRecord> {
  try {
    return await client.post(client.page(path), posting);
  } catch (error) {
    if (!(error instanceof MayPass) || error.problem.why !== 'failed') throw error;
    throw remoteProblem(
      'failed',
      posting.about,
      `The OMERO server refuses what is attached to ${posting.about}: ${error.problem.message}`,
      'Check in the web client that your user may attach something there; if so, try again later.',
    );
  }
}

/** SHA-256 of a local file, or of an attachment as the server hands it out. */
export async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

function recordOf(annotation: OmeroAnnotation): AttachmentRecord | undefined {
  if (annotation.is !== 'pairs' || annotation.namespace !== NAMESPACE) return undefined;
  const own = new Map(annotation.pairs);
  const [digest, of] = [own.get(`${OWN_PREFIX}digest`), own.get(`${OWN_PREFIX}of`)];
  const file = own.get(`${OWN_PREFIX}file`) ?? '';
  if (digest === undefined || of === undefined) return undefined;
  const lineage = Number(own.get(`${OWN_PREFIX}lineage`));
  return {
    id: annotation.id,
    digest,
    file,
    of,
    pairs: annotation.pairs,
    tags: Object.fromEntries(annotation.pairs.filter(([key]) => !key.startsWith(OWN_PREFIX))),
    ...(Number.isSafeInteger(lineage) && lineage > 0 && { lineage }),
  };
}

/** A form with one file, sent as it is read. Its length is known beforehand: not every server takes a form without. */
function multipart(of: { name: string; from: string; size: number; fields: Readonly<Record<string, string>> }): {
  headers: Record<string, string>;
  body: (progress: (bytes: number) => void) => ReadableStream<Uint8Array>;
} {
  const boundary = `bitflow-${createHash('sha256').update(`${of.from}\0${of.name}\0${of.size}`).digest('hex').slice(0, 40)}`;
  const fields = Object.entries(of.fields).map(
    ([key, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="annotation_file"; filename="${of.name}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const [head, tail] = [Buffer.from(fields.join('') + file), Buffer.from(`\r\n--${boundary}--\r\n`)];
  async function* parts(progress: (bytes: number) => void): AsyncGenerator<Uint8Array> {
    yield head;
    let bytes = 0;
    for await (const chunk of createReadStream(of.from)) {
      bytes += chunk.length;
      yield chunk;
      progress(bytes);
    }
    yield tail;
  }
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + of.size + tail.length),
    },
    body: (progress) => ReadableStream.from(parts(progress)),
  };
}
