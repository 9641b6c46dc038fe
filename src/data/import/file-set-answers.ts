import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { inParallel } from '../../util/in-parallel.ts';
import { byteReader } from '../formats/byte-reader.ts';
import { omeMetadata } from '../formats/ome-xml.ts';
import { readDirectory, tag, textOf, tiffLayout } from '../formats/tiff-directory.ts';
import type { FileSetQuestions, ListedFile } from './file-sets.ts';

/** Looks into the few files whose names alone do not say what belongs to them: OME-TIFFs, their companions, and parts of a CZI. */
export async function fileSetAnswers(
  root: string,
  files: readonly ListedFile[],
  { signal }: { readonly signal: AbortSignal },
): Promise<FileSetQuestions> {
  const omeFiles = new Map<string, readonly string[]>();
  const cziParts = new Map<string, number>();
  const asked = files.filter(({ path, kind }) => kind === 'file' && (isOme.test(path) || isCziPart.test(path)));
  await inParallel(asked, 8, async ({ path }) => {
    signal.throwIfAborted();
    try {
      if (isCziPart.test(path)) {
        const part = await cziPart(join(root, path));
        if (part !== undefined) cziParts.set(path, part);
      } else omeFiles.set(path, await omeFileNames(join(root, path)));
    } catch {
      // What cannot be read is told when its header is; until then its name decides.
    }
  });
  return { omeFiles: (path) => omeFiles.get(path), cziPart: (path) => cziParts.get(path) };
}

const isOme = /\.(?:ome\.tiff?|companion\.ome)$/i;
const isCziPart = /\(\d+\)\.czi$/i;
const MOST_XML = 64 * 1024 * 1024;

async function omeFileNames(path: string): Promise<readonly string[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const xml = /\.ome$/i.test(path)
      ? size <= MOST_XML
        ? (await file.readFile()).toString('utf8')
        : ''
      : await descriptionOf(byteReader(file, { size }));
    const images = xml === undefined ? [] : (omeMetadata(xml)?.images ?? []);
    return [...new Set(images.flatMap(({ planes }) => planes.flatMap(({ fileName }) => fileName ?? [])))];
  } finally {
    await file.close();
  }
}

async function descriptionOf(reader: ReturnType<typeof byteReader>): Promise<string | undefined> {
  const head = await reader.read(0, Math.min(16, reader.size));
  const layout = head && tiffLayout(head);
  if (layout === undefined || layout.firstDirectory === 0) return undefined;
  const entry = (await readDirectory(reader, { at: layout.firstDirectory, layout }))?.entries.get(tag.description);
  return entry && (await textOf(reader, entry));
}

/** Which of several files this is, as the first segment says. */
async function cziPart(path: string): Promise<number | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(84), 0, 84, 0);
    return bytesRead === 84 && buffer.toString('latin1', 0, 10) === 'ZISRAWFILE' ? buffer.readInt32LE(80) : undefined;
  } finally {
    await file.close();
  }
}
