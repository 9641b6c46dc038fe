import type { FileHandle } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { byteReader } from '../../../data/formats/byte-reader.ts';
import {
  numbersOf,
  readDirectory,
  type TiffDirectory,
  type TiffLayout,
  tag,
  tiffLayout,
} from '../../../data/formats/tiff-directory.ts';
import { unpackLzw } from './lzw.ts';
import type { Plane } from './plane.ts';

/** `predictor` of the TIFF specification: horizontal differences. */
const predictorTag = 317;

/**
 * The pixels of each directory of a TIFF, one after the other. Ends early with `undefined` at the first that is packed or laid out in a way not read here
 * (JPEG, bits below 8, floating point prediction).
 */
export async function* tiffPlanes(file: FileHandle): AsyncGenerator<Plane | undefined> {
  const { size } = await file.stat();
  const reader = byteReader(file, { size });
  const head = await reader.read(0, Math.min(size, 16));
  const layout = head && tiffLayout(Buffer.from(head));
  if (layout === undefined) return yield undefined;
  const seen = new Set<number>();
  for (let at = layout.firstDirectory; at !== 0; ) {
    const directory = await readDirectory(reader, { at, layout });
    if (directory === undefined || seen.has(at)) return yield undefined;
    seen.add(at);
    const plane = await planeOf(file, { reader, directory, layout });
    yield plane;
    if (plane === undefined) return;
    at = directory.next;
  }
}

async function planeOf(
  file: FileHandle,
  {
    reader,
    directory,
    layout,
  }: { reader: ReturnType<typeof byteReader>; directory: TiffDirectory; layout: TiffLayout },
): Promise<Plane | undefined> {
  const numbers = async (name: number): Promise<readonly number[]> => {
    const entry = directory.entries.get(name);
    if (entry === undefined) return [];
    return [...((await numbersOf(reader, { entry, layout, most: 10_000_000 })) ?? [])];
  };
  const one = async (name: number, otherwise: number): Promise<number> => (await numbers(name))[0] ?? otherwise;
  const [width, height] = [await one(tag.width, 0), await one(tag.length, 0)];
  const samples = await one(tag.samplesPerPixel, 1);
  const bits = await one(tag.bitsPerSample, 1);
  const format = await one(tag.sampleFormat, 1);
  const compression = await one(tag.compression, 1);
  const predictor = await one(predictorTag, 1);
  const planar = (await one(tag.planarConfiguration, 1)) === 2;
  const isTiled = directory.entries.has(tag.tileWidth);
  const read = sampleReader(bits, format, layout.littleEndian);
  if (
    read === undefined ||
    width * height === 0 ||
    (await one(tag.imageDepth, 1)) !== 1 ||
    (predictor !== 1 && (predictor !== 2 || format === 3))
  )
    return undefined;
  const block = isTiled
    ? { width: await one(tag.tileWidth, width), height: await one(tag.tileLength, height) }
    : { width, height: Math.min(await one(tag.rowsPerStrip, height), height) };
  const offsets = await numbers(isTiled ? tag.tileOffsets : tag.stripOffsets);
  const counts = await numbers(isTiled ? tag.tileByteCounts : tag.stripByteCounts);
  const across = Math.ceil(width / block.width);
  const perPlane = across * Math.ceil(height / block.height);
  const perPixel = planar ? 1 : samples;
  const bytes = bits / 8;
  const values = new Float64Array(width * height * samples);
  for (let index = 0; index < perPlane * (planar ? samples : 1); index++) {
    const [from, count] = [offsets[index] ?? 0, counts[index] ?? 0];
    if (count === 0) continue;
    const packed = Buffer.alloc(count);
    await file.read(packed, 0, count, from);
    const unpacked = unpack(packed, compression);
    if (unpacked === undefined) return undefined;
    const sample = planar ? Math.floor(index / perPlane) : 0;
    const left = ((index % perPlane) % across) * block.width;
    const top = Math.floor((index % perPlane) / across) * block.height;
    const wide = Math.min(block.width, width - left);
    for (let row = 0; row < Math.min(block.height, height - top); row++) {
      const start = row * block.width * perPixel * bytes;
      if (start + wide * perPixel * bytes > unpacked.length) return undefined;
      const sums = new Array<number>(perPixel).fill(0);
      for (let column = 0; column < wide; column++) {
        for (let channel = 0; channel < perPixel; channel++) {
          let value = read(unpacked, start + (column * perPixel + channel) * bytes);
          if (predictor === 2) {
            value = wrapped((sums[channel] ?? 0) + value, bits, format);
            sums[channel] = value;
          }
          values[((top + row) * width + left + column) * samples + (planar ? sample : channel)] = value;
        }
      }
    }
  }
  return { shape: [height, width, samples], values };
}

function unpack(packed: Buffer, compression: number): Buffer | undefined {
  switch (compression) {
    case 1:
      return packed;
    case 5:
      return unpackLzw(packed);
    case 8:
    case 32946:
      return inflateSync(packed);
    default:
      return undefined;
  }
}

/** Horizontal differences are sums modulo the width of a sample. */
function wrapped(value: number, bits: number, format: number): number {
  const range = 2 ** bits;
  const positive = ((value % range) + range) % range;
  return format === 2 && positive >= range / 2 ? positive - range : positive;
}

function sampleReader(bits: number, format: number, le: boolean): ((bytes: Buffer, at: number) => number) | undefined {
  switch (`${format === 4 ? 1 : format}/${bits}`) {
    case '1/8':
      return (bytes, at) => bytes.readUInt8(at);
    case '2/8':
      return (bytes, at) => bytes.readInt8(at);
    case '1/16':
      return (bytes, at) => (le ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
    case '2/16':
      return (bytes, at) => (le ? bytes.readInt16LE(at) : bytes.readInt16BE(at));
    case '1/32':
      return (bytes, at) => (le ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
    case '2/32':
      return (bytes, at) => (le ? bytes.readInt32LE(at) : bytes.readInt32BE(at));
    case '3/32':
      return (bytes, at) => (le ? bytes.readFloatLE(at) : bytes.readFloatBE(at));
    case '3/64':
      return (bytes, at) => (le ? bytes.readDoubleLE(at) : bytes.readDoubleBE(at));
    default:
      return undefined;
  }
}
