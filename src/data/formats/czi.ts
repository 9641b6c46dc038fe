import type { ImageInfo } from '../../engine/ports/formats.ts';
import type { ByteReader } from './byte-reader.ts';
import { cziDescription } from './czi-description.ts';
import { type CziExtent, cziExtent } from './czi-directory.ts';
import type { Reading } from './reading.ts';

/**
 * Reads a Zeiss CZI: the file header says where the XML about the image and the directory of its pieces are. Sizes are those of the XML; where
 * it has none, or speaks of several scenes or tiles at once, they are the first scene's in the directory. Axes come in the order
 * `h i r v t c z y x s`, those of length 1 left out but for `y` and `x`.
 */
export async function readCzi(reader: ByteReader): Promise<Reading> {
  const header = await reader.read(SEGMENT, 44 + 24);
  if (header === undefined) return { problems: [cutOff(reader)] };
  const part = header.readInt32LE(48);
  const directoryAt = Number(header.readBigInt64LE(52));
  const metadataAt = Number(header.readBigInt64LE(60));
  const directory = await segment(reader, { at: directoryAt, name: 'ZISRAWDIRECTORY' });
  const metadata = await segment(reader, { at: metadataAt, name: 'ZISRAWMETADATA' });
  const problems = directory === undefined ? [cutOff(reader)] : [];
  if (metadata === undefined && metadataAt > 0) {
    problems.push(`the CZI file is damaged: its description should be at byte ${metadataAt}, and is not there`);
  }
  if (part > 0) {
    // The pieces of a continuation are listed in the first file.
    return { problems };
  }
  const xml = metadata === undefined ? undefined : await xmlOf(reader, metadata);
  const said = xml === undefined ? undefined : cziDescription(xml);
  const needsDirectory =
    said === undefined || said.sizes.x === undefined || said.sizes.y === undefined || said.dtype === undefined ||
    (said.sizes.s ?? 1) > 1 || (said.sizes.m ?? 1) > 1; // biome-ignore format: one condition
  const extent = needsDirectory && directory !== undefined ? await cziExtent(reader, directory) : undefined;
  const image = imageOf({ said, extent });
  return { problems, ...(image !== undefined && { image }) };
}

/** Length of the head of a segment: its name, the space it has, and the space it uses. */
const SEGMENT = 32;

export interface CziSegment {
  /** Where its content begins. */
  readonly at: number;
  readonly length: number;
}

async function segment(
  reader: ByteReader,
  { at, name }: { at: number; name: string },
): Promise<CziSegment | undefined> {
  const head = at > 0 ? await reader.read(at, SEGMENT) : undefined;
  if (head?.toString('latin1', 0, 16).replace(/\0+$/, '') !== name) return undefined;
  const length = Number(head.readBigInt64LE(24)) || Number(head.readBigInt64LE(16));
  const end = at + SEGMENT + length;
  return length >= 0 && end <= reader.size ? { at: at + SEGMENT, length } : undefined;
}

/** Longer descriptions are none that a microscope writes. */
const MOST_XML = 64 * 1024 * 1024;

async function xmlOf(reader: ByteReader, { at }: CziSegment): Promise<string | undefined> {
  const size = (await reader.read(at, 4))?.readInt32LE(0) ?? -1;
  if (size <= 0 || size > MOST_XML) return undefined;
  const bytes = await reader.read(at + 256, size);
  return bytes?.toString('utf8');
}

function imageOf({
  said,
  extent,
}: {
  said: ReturnType<typeof cziDescription> | undefined;
  extent: CziExtent | undefined;
}): ImageInfo | undefined {
  const dtype = extent?.dtype ?? said?.dtype;
  const samples = extent?.samples ?? said?.samples ?? 1;
  const lengths = extent === undefined ? said?.sizes : extent.sizes;
  if (dtype === undefined || lengths?.x === undefined || lengths.y === undefined) return undefined;
  const axes = [...'hirvtczyx'].filter((axis) => axis === 'y' || axis === 'x' || (lengths[axis] ?? 1) > 1);
  const series = extent?.scenes ?? said?.sizes.s ?? 1;
  return {
    axes: axes.join('') + (samples > 1 ? 's' : ''),
    shape: [...axes.map((axis) => lengths[axis] ?? 1), ...(samples > 1 ? [samples] : [])],
    dtype,
    ...said?.details,
    ...(series > 1 && { series }),
  };
}

function cutOff(reader: ByteReader): string {
  return `the CZI file is cut off or damaged: its directory is not in the file (${reader.size} bytes present)`;
}
