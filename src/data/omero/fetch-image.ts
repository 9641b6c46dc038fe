import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteOptions, RemoteProblem } from '../../engine/ports/remote.ts';
import { localProblem, MayPass, remoteProblem } from '../remote/problem.ts';
import { type JsonRecord, recordAt, textAt } from './json-record.ts';
import { missingPlanes } from './missing-planes.ts';
import type { OmeroClient } from './omero-client.ts';
import type { OmeroImage } from './omero-image.ts';
import { draftOf, saveAnswer } from './save-answer.ts';
import { unpackZip, ZipProblem } from './unpack-zip.ts';

/** What came, and how the server keeps it. */
export type FetchedImage =
  | { readonly as: 'original'; readonly name: string; readonly size: number }
  /** A folder at `to`: the image is stored as several files that belong together. */
  | { readonly as: 'originals'; readonly name: string; readonly files: readonly string[]; readonly size: number }
  /** Written by the server from the pixels it holds: all planes, channels and times in their own type, without the original's further metadata. */
  | { readonly as: 'ome-tiff'; readonly name: string; readonly size: number };

export type ImageFetch = RemoteOptions & {
  readonly about: string;
  readonly to: string;
  readonly stallMilliseconds: number;
};

/**
 * Brings the data of one image: its original file or files where the server hands them out, else all its planes as OME-TIFF, which is held against what the server says the image has. A
 * rendered picture is never taken for data. Rejects, why `unsupported`, where the server gives neither, with what its administrator can do.
 */
export async function fetchImage(client: OmeroClient, image: OmeroImage, of: ImageFetch): Promise<FetchedImage> {
  const originals = await fetchOriginals(client, image, of);
  if ('as' in originals) return originals;
  return await fetchOmeTiff(client, image, { ...of, refusal: originals.refusal });
}

type Refusal = { readonly refusal: string };

async function fetchOriginals(client: OmeroClient, image: OmeroImage, of: ImageFetch): Promise<FetchedImage | Refusal> {
  const names = await originalNames(client, image, of);
  const url = client.page(`webgateway/archived_files/download/${image.id}/`);
  return await client.read(url, of, async (response) => {
    // A proxy's page, with a good status: no server hands out an original as HTML.
    if (/^text\/html\b/.test(response.headers.get('content-type') ?? '') && response.ok) {
      await response.body?.cancel();
      return { refusal: 'it answers with a web page' };
    }
    if (!response.ok) return { refusal: refusalOf(response.status, await response.text()) };
    const given = attachmentName(response);
    const isZip = names === undefined ? looksZipped(given, image) : names.length > 1;
    if (!isZip) {
      const size = await saveAnswer(response, of.to, of);
      return { as: 'original', name: safeName(names?.[0] ?? given ?? image.name), size };
    }
    return await unpacked(response, image, of);
  });
}

/** What the files were called when they were imported; `undefined` where the server cannot say. */
async function originalNames(
  client: OmeroClient,
  image: OmeroImage,
  of: ImageFetch,
): Promise<readonly string[] | undefined> {
  const url = client.page(`webgateway/original_file_paths/${image.id}/`);
  const paths: unknown = await client.read(url, of, async (response) => {
    const text = await response.text();
    return response.ok ? fieldOf(text, 'repo') : undefined;
  });
  const list: readonly unknown[] = Array.isArray(paths) ? paths : [];
  const names = list.flatMap((path) => (typeof path === 'string' ? [baseName(path)] : []));
  return names.length === 0 ? undefined : names;
}

/** The folder appears at `to` when all of it is there. */
async function unpacked(response: Response, image: OmeroImage, of: ImageFetch): Promise<FetchedImage> {
  const draft = await mkdtemp(`${draftOf(of.to)}-`).catch((error: unknown) => {
    throw localProblem(of.about, error) ?? error;
  });
  try {
    const archive = join(draft, 'originals.zip');
    await saveAnswer(response, archive, of);
    const folder = join(draft, 'originals');
    const members = await unpackZip(archive, { into: folder }).catch((error: unknown) => {
      if (!(error instanceof ZipProblem)) throw localProblem(of.about, error) ?? error;
      throw new MayPass(
        remoteProblem(
          'failed',
          of.about,
          `The archive with the original files of ${of.about} is not whole: ${error.message}`,
          "Try again; if it stays, tell the server's administrator.",
        ),
      );
    });
    await rm(of.to, { recursive: true, force: true });
    await rename(folder, of.to);
    return {
      as: 'originals',
      name: safeName(image.name),
      files: members.map((member) => member.path),
      size: members.reduce((sum, member) => sum + member.size, 0),
    };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function fetchOmeTiff(
  client: OmeroClient,
  image: OmeroImage,
  { refusal, ...of }: ImageFetch & Refusal,
): Promise<FetchedImage> {
  const url = client.page(`webgateway/render_ome_tiff/i/${image.id}/`);
  const check = async (draft: string): Promise<void> => {
    const problem = await missingPlanes(draft, image);
    if (problem === undefined) return;
    throw incomplete(of.about, refusal, `and the OME-TIFF it makes is not the whole image: ${problem}`);
  };
  const size = await client.read(url, of, async (response) => {
    if (response.ok) return await saveAnswer(response, of.to, { ...of, check });
    await response.body?.cancel();
    return undefined;
  });
  if (size !== undefined) return { as: 'ome-tiff', name: `${safeName(image.name)}.ome.tiff`, size };
  throw incomplete(of.about, refusal, 'nor an OME-TIFF of it (images that are kept as pyramids are not exported)');
}

function incomplete(about: string, refusal: string, rest: string): RemoteProblem {
  return remoteProblem(
    'unsupported',
    about,
    `The data of ${about} cannot be had: the server does not give its original files (${refusal}), ${rest}`,
    'Ask the administrator to let your group download originals (omero.policy.binary_access), or to put the files where you can import them.',
  );
}

function refusalOf(status: number, said: string): string {
  if (status === 404) return 'its download policy forbids it';
  if (/no files archived/i.test(said)) return 'none were archived with this image';
  if (/larger than/i.test(said)) return 'they are more than it packs into one archive';
  return `it answers ${status}`;
}

function looksZipped(given: string | undefined, image: OmeroImage): boolean {
  return given !== undefined && /\.zip$/i.test(given) && !/\.zip$/i.test(image.name);
}

function attachmentName(response: Response): string | undefined {
  const name = /filename="?([^";]+)"?/.exec(unfolded(response.headers.get('content-disposition') ?? ''))?.[1]?.trim();
  return name === undefined || name === '' ? undefined : baseName(name);
}

/** Django encodes a header that is not Latin-1 whole, as in mail: `=?utf-8?b?…?=`. */
function unfolded(header: string): string {
  const [, way, text = ''] = /^=\?utf-8\?([bq])\?(.*)\?=$/i.exec(header.trim()) ?? [];
  if (way === undefined) return header;
  if (way.toLowerCase() === 'b') return Buffer.from(text, 'base64').toString('utf8');
  const bytes = text.replaceAll('_', ' ').replace(/=([0-9a-f]{2})/gi, (_, code: string) => `%${code}`);
  return decodedOr(bytes, header);
}

function decodedOr(text: string, otherwise: string): string {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    return otherwise;
  }
}

/** A name that can be a file's, whatever stands in OMERO: people and importers put whole paths there. */
export function safeName(name: string): string {
  const safe = name.replace(/[/\\\p{Cc}]+/gu, '_').trim();
  return safe === '' || safe === '.' || safe === '..' ? '_' : safe;
}

const baseName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

function fieldOf(text: string, key: string): unknown {
  try {
    const value: JsonRecord = { value: JSON.parse(text) };
    return recordAt(value, 'value')?.[key] ?? textAt(value, key);
  } catch {
    return undefined;
  }
}
