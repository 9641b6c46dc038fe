import type { ByteReader } from './byte-reader.ts';
import { imageDetails } from './image-details.ts';
import { type LifImage, lifImages } from './lif-description.ts';
import type { Reading } from './reading.ts';

/**
 * Reads a Leica LIF: an XML about all its images, then a chain of blocks with their pixels, which must reach the end of the file. What is told
 * is the first image that has pixels; `series` counts the images. Axes are in the order in which the pixels lie.
 */
export async function readLif(reader: ByteReader): Promise<Reading> {
  const head = await reader.read(0, 13);
  if (head === undefined || head.readUInt32LE(0) !== MARK || head.readUInt8(8) !== TEXT)
    return { problems: [cutOff(reader)] };
  const described = head.readUInt32LE(4);
  const characters = head.readUInt32LE(9);
  // Each character has two bytes; a count that does not fit the block is damage.
  const bytes =
    2 * characters <= described && characters <= MOST_XML ? await reader.read(13, 2 * characters) : undefined;
  if (bytes === undefined) return { problems: [cutOff(reader)] };
  const { images, version } = lifImages(bytes.toString('utf16le'));
  const blocks = await blocksOf(reader, { from: 8 + described, isWide: version >= 2 });
  const problems = blocks === undefined ? [cutOff(reader)] : [];
  const [first, ...others] = images.filter((image) => image.bytes > 0);
  if (first === undefined) return { problems };
  if (blocks !== undefined) {
    const missing = [first, ...others].find((image) => image.block !== undefined && !blocks.has(image.block));
    if (missing !== undefined)
      problems.push(`the LIF file lacks the pixels of its image ${JSON.stringify(missing.name)}`);
  }
  return { problems, image: imageOf(first, 1 + others.length) };
}

const MARK = 0x70;
const TEXT = 0x2a;
const MOST_XML = 128 * 1024 * 1024;

function imageOf(image: LifImage, series: number): NonNullable<Reading['image']> {
  return { axes: image.axes, shape: image.shape, dtype: image.dtype, ...imageDetails({ ...image, series }) };
}

/** The names of the blocks of pixels; `undefined` where their chain does not end where the file does. */
async function blocksOf(
  reader: ByteReader,
  { from, isWide }: { from: number; isWide: boolean },
): Promise<ReadonlySet<string> | undefined> {
  const names = new Set<string>();
  const width = isWide ? 8 : 4;
  let at = from;
  while (at < reader.size) {
    const head = await reader.read(at, 9 + width);
    if (head === undefined || head.readUInt32LE(0) !== MARK || head.readUInt8(8) !== TEXT) return undefined;
    const described = head.readUInt32LE(4);
    const pixels = isWide ? Number(head.readBigUInt64LE(9)) : head.readUInt32LE(9);
    const name = await nameOf(reader, { at: at + 9 + width, most: described });
    if (name !== undefined) names.add(name);
    at += 8 + described + pixels;
  }
  return at === reader.size ? names : undefined;
}

/** `*`, a count of characters, and those. */
async function nameOf(reader: ByteReader, { at, most }: { at: number; most: number }): Promise<string | undefined> {
  const head = await reader.read(at, 5);
  if (head === undefined || head.readUInt8(0) !== TEXT) return undefined;
  const length = 2 * head.readUInt32LE(1);
  if (length > most || length > 2048) return undefined;
  return (await reader.read(at + 5, length))?.toString('utf16le');
}

function cutOff(reader: ByteReader): string {
  return `the LIF file is cut off or damaged (${reader.size} bytes present)`;
}
