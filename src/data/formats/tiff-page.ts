import type { ByteReader } from './byte-reader.ts';
import { numbersOf, type TiffDirectory, type TiffEntry, type TiffLayout, tag } from './tiff-directory.ts';
import { bytes, count } from './wording.ts';

/** One image of a TIFF, as its own directory describes it. */
export interface TiffPage {
  /** Where its directory stands. */
  readonly at: number;
  /** `yx`, `yxs`, `syx` or those with `z` (a volume in one directory). */
  readonly axes: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Samples per pixel; `planar` when each has its own plane. */
  readonly samples: number;
  readonly planar: boolean;
  /** Length of its pixels, unpacked. */
  readonly byteLength: number;
  /** Start of the pixels, where they lie in one uncompressed piece; only then can more planes follow without a directory. */
  readonly pixelsAt?: number;
  /** A smaller copy of another page (a pyramid level, a preview). */
  readonly isReduced: boolean;
  readonly compression: number;
}

export type TiffPageReading =
  | { readonly ok: true; readonly page: TiffPage }
  | { readonly ok: false; readonly problem: string };

/** Reads one directory and holds everything it points to against the file's size. `label` names it: `page 3`. */
export async function readPage(
  reader: ByteReader,
  { directory, layout, label }: { directory: TiffDirectory; layout: TiffLayout; label: string },
): Promise<TiffPageReading> {
  const problem = (text: string): TiffPageReading => ({ ok: false, problem: text });
  for (const entry of directory.entries.values()) {
    if (entry.at + entry.bytes > reader.size) {
      return problem(
        `the TIFF is cut off or damaged: ${label} keeps ${tagName(entry.tag)} at byte ${entry.at}, and the file ends at byte ${reader.size}`,
      );
    }
  }

  const values = async (entry: TiffEntry | undefined, most: number): Promise<Float64Array | undefined> => {
    if (entry === undefined) return undefined;
    if (entry.value !== undefined) return Float64Array.of(entry.value);
    return await numbersOf(reader, { entry, layout, most });
  };
  const scalar = async (number: number, otherwise: number): Promise<number> =>
    (await values(directory.entries.get(number), 1))?.[0] ?? otherwise;

  const width = await scalar(tag.width, 0);
  const length = await scalar(tag.length, 0);
  const depth = await scalar(tag.imageDepth, 1);
  if (![width, length, depth].every(isLength)) {
    return problem(`${label} has no sensible size (width ${width}, height ${length})`);
  }
  const samples = await scalar(tag.samplesPerPixel, 1);
  if (!isLength(samples) || samples > 65535)
    return problem(`${label} has no sensible number of samples per pixel (${samples})`);
  const bitsEach =
    (await values(directory.entries.get(tag.bitsPerSample), Math.min(samples, 64))) ?? Float64Array.of(1);
  const format = await scalar(tag.sampleFormat, 1);
  const bits = bitsEach[0] ?? 1;
  if (bitsEach.some((each) => each !== bits)) {
    return problem(`${label} mixes samples of ${[...bitsEach].join(', ')} bits, which array readers cannot show`);
  }
  const dtype = dtypeName({ format, bits });
  if (dtype === undefined)
    return problem(`${label} has no sensible pixel type (${bits} bits, sample format ${format})`);

  const photometric = await scalar(tag.photometric, 1);
  const planar = (await scalar(tag.planarConfiguration, 1)) === 2;
  const isColour = photometric === PHOTOMETRIC_RGB || samples > 1;
  const compression = await scalar(tag.compression, 1);
  const isTiled = directory.entries.has(tag.tileWidth);

  const rowsStored = await scalar(tag.rowsPerStrip, length);
  const block = isTiled
    ? {
        width: await scalar(tag.tileWidth, 0),
        length: await scalar(tag.tileLength, 0),
        depth: await scalar(tag.tileDepth, 1),
      }
    : { width, length: rowsStored === 0 ? length : Math.min(rowsStored, length), depth: 1 };
  if (![block.width, block.length, block.depth].every(isLength)) {
    return problem(`${label} has tiles of no sensible size (${block.width} × ${block.length})`);
  }
  const down = Math.ceil(length / block.length);
  const perPlane = Math.ceil(width / block.width) * down * Math.ceil(depth / block.depth);
  const blocks = perPlane * (planar ? samples : 1);
  const pieces = isTiled ? 'tiles' : 'strips';

  const offsetEntry = directory.entries.get(isTiled ? tag.tileOffsets : tag.stripOffsets);
  const countEntry = directory.entries.get(isTiled ? tag.tileByteCounts : tag.stripByteCounts);
  const sampleBits = bits * (planar ? 1 : samples);
  const byteLength = Math.ceil((width * bits) / 8) * length * depth * samples;
  if (offsetEntry === undefined) return problem(`${label} has no pixels: where they are stored is not said`);
  if (offsetEntry.count < blocks) {
    return problem(`${label} is incomplete: ${count(offsetEntry.count, pieces)} of ${blocks} are listed`);
  }
  const offsets = await values(offsetEntry, blocks);
  // A single uncompressed strip needs no byte count, and some old writers leave it out.
  const lengths =
    countEntry === undefined && blocks === 1 && compression === 1
      ? Float64Array.of(byteLength)
      : await values(countEntry, blocks);
  if (offsets === undefined || lengths === undefined || lengths.length < blocks) {
    return problem(`${label} is damaged: the table of its ${pieces} cannot be read`);
  }

  const isPlainRaw = compression === 1 && photometric !== PHOTOMETRIC_YCBCR;
  let stored = 0;
  let present = 0;
  let isSparse = false;
  let isContiguous = compression === 1 && !isTiled;
  for (let index = 0; index < blocks; index++) {
    const from = offsets[index] ?? 0;
    const size = lengths[index] ?? 0;
    if (size === 0 && isTiled) {
      isSparse = true; // a tile that was never written reads as background
      continue;
    }
    if (size === 0 || from < 8) {
      return problem(`${label} is unfinished: its ${pieces.slice(0, -1)} ${index + 1} of ${blocks} was never written`);
    }
    stored += size;
    present += Math.max(0, Math.min(reader.size - from, size));
    if (index > 0 && from !== (offsets[index - 1] ?? 0) + (lengths[index - 1] ?? 0)) isContiguous = false;
    if (isPlainRaw) {
      const rows = isTiled ? block.length : Math.min(block.length, length - (index % down) * block.length);
      const needed = Math.ceil((block.width * sampleBits) / 8) * rows * block.depth;
      if (size < needed) {
        return problem(
          `${label} is incomplete: its ${pieces.slice(0, -1)} ${index + 1} holds ${bytes(size)} where ${width} × ${length} pixels of ${dtype} need ${needed}`,
        );
      }
    }
  }
  if (present < stored) {
    return problem(
      present === 0
        ? `the TIFF ends before the pixels of ${label} (${bytes(stored)} expected, none present)`
        : `the TIFF ends in the middle of ${label} (${bytes(stored)} expected, ${present} present)`,
    );
  }
  const mostUnpacked = largestRatio.get(compression);
  if (mostUnpacked !== undefined && !isSparse && byteLength > (stored + 64 * blocks) * mostUnpacked) {
    return problem(
      `${label} is damaged: ${bytes(stored)} of packed data cannot be ${width} × ${length} pixels of ${dtype}`,
    );
  }

  const space = depth > 1 ? { axes: 'zyx', shape: [depth, length, width] } : { axes: 'yx', shape: [length, width] };
  const layoutOf = !isColour
    ? space
    : planar
      ? { axes: `s${space.axes}`, shape: [samples, ...space.shape] }
      : { axes: `${space.axes}s`, shape: [...space.shape, samples] };
  return {
    ok: true,
    page: {
      at: directory.at,
      ...layoutOf,
      dtype,
      samples,
      planar,
      byteLength,
      ...(isContiguous && offsets[0] !== undefined && { pixelsAt: offsets[0] }),
      isReduced: ((await scalar(tag.newSubfileType, 0)) & 1) === 1,
      compression,
    },
  };
}

const PHOTOMETRIC_RGB = 2;
const PHOTOMETRIC_YCBCR = 6;

/** The most that a packing can shrink constant data, with room to spare: LZW, Deflate (both numbers), PackBits. */
const largestRatio: ReadonlyMap<number, number> = new Map([
  [5, 2100],
  [8, 1100],
  [32946, 1100],
  [32773, 130],
]);

function isLength(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value < 2 ** 32;
}

/** The numpy name of the array tifffile makes of such samples: odd depths are unpacked into the next wider type. */
function dtypeName({ format, bits }: { format: number; bits: number }): string | undefined {
  if (!Number.isInteger(bits) || bits < 1) return undefined;
  switch (format) {
    case 1:
    case 4: // "undefined" data, which readers take as unsigned
      if (bits === 1) return 'bool';
      return bits <= 8 ? 'uint8' : bits <= 16 ? 'uint16' : bits <= 32 ? 'uint32' : bits === 64 ? 'uint64' : undefined;
    case 2:
      return [8, 16, 32, 64].includes(bits) ? `int${bits}` : undefined;
    case 3:
      return bits === 24 ? 'float32' : [16, 32, 64].includes(bits) ? `float${bits}` : undefined;
    case 6:
      return bits === 64 ? 'complex64' : bits === 128 ? 'complex128' : undefined;
    default:
      return undefined;
  }
}

function tagName(number: number): string {
  return tagNames.get(number) ?? `its tag ${number}`;
}

const tagNames: ReadonlyMap<number, string> = new Map([
  [tag.description, 'its description'],
  [tag.stripOffsets, 'the table of its strips'],
  [tag.stripByteCounts, 'the lengths of its strips'],
  [tag.tileOffsets, 'the table of its tiles'],
  [tag.tileByteCounts, 'the lengths of its tiles'],
]);
