import { open, readFile, stat } from 'node:fs/promises';
import { byteReader } from './byte-reader.ts';
import { omeMetadata } from './ome-xml.ts';
import { readDirectory, tag, textOf, tiffLayout } from './tiff-directory.ts';

/**
 * The names of the files that an OME-TIFF or OME companion says hold the planes of its images; `undefined` where it names none, is something else
 * or cannot be read: what is wrong with it, its inspection says.
 */
export async function omeFiles(path: string): Promise<readonly string[] | undefined> {
  const xml = await descriptionOf(path).catch(() => undefined);
  const images = xml === undefined ? [] : (omeMetadata(xml)?.images ?? []);
  const names = new Set(images.flatMap((image) => image.planes.flatMap(({ fileName }) => fileName ?? [])));
  return names.size > 0 ? [...names] : undefined;
}

/** Which part of a CZI that was cut into several files this is; `undefined` where it is no CZI. */
export async function cziPart(path: string): Promise<number | undefined> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(84), 0, 84, 0);
      return bytesRead === 84 && buffer.toString('latin1', 0, 10) === 'ZISRAWFILE' ? buffer.readInt32LE(80) : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

const MOST_XML = 64 * 1024 * 1024;

async function descriptionOf(path: string): Promise<string | undefined> {
  const { size } = await stat(path);
  if (/\.companion\.ome$/i.test(path)) return size > MOST_XML ? undefined : await readFile(path, 'utf8');
  const file = await open(path);
  try {
    const reader = byteReader(file, { size });
    const head = await reader.read(0, Math.min(16, size));
    const layout = head === undefined ? undefined : tiffLayout(head);
    const first = layout && (await readDirectory(reader, { at: layout.firstDirectory, layout }));
    const entry = first?.entries.get(tag.description);
    return entry === undefined || entry.bytes > MOST_XML ? undefined : await textOf(reader, entry);
  } finally {
    await file.close();
  }
}
