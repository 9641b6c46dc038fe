import type { ImageInfo } from '../../engine/ports/formats.ts';
import type { ByteReader } from './byte-reader.ts';
import { exifDate } from './exif.ts';
import { present } from './image-details.ts';
import { isCalibration, scaled } from './length-unit.ts';
import type { Reading } from './reading.ts';

/** Reads a JPEG's frame header and looks for its end marker. */
export async function readJpeg(reader: ByteReader): Promise<Reading> {
  let image: ImageInfo | undefined;
  let pixelSize: ImageInfo['pixelSize'];
  let acquiredAt: string | undefined;
  let at = 2;
  for (;;) {
    const start = await reader.read(at, 4);
    if (start === undefined) return cut(reader, image);
    if (start.readUInt8(0) !== 0xff) return damaged(at, image);
    const marker = start.readUInt8(1);
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    const length = start.readUInt16BE(2);
    if (marker < 0xc0 || length < 2) return damaged(at, image);
    if (at + 2 + length > reader.size) return cut(reader, image);
    if (isFrame(marker)) {
      const body = await reader.read(at + 4, length - 2);
      image = body && imageOf(body);
      if (image === undefined) return { problems: ['the JPEG header is damaged: its size makes no sense'] };
    }
    const body =
      marker === APP0 || marker === APP1 ? await reader.read(at + 4, Math.min(length - 2, MOST_EXIF)) : undefined;
    if (marker === APP0 && body !== undefined) pixelSize ??= density(body);
    if (marker === APP1 && body !== undefined) acquiredAt ??= await exifDate(Buffer.from(body));
    at += 2 + length;
    if (marker === 0xda) break; // the pixels begin
  }
  if (image === undefined) return { problems: ['the JPEG is damaged: its pixels begin before their size is given'] };
  image = { ...image, ...present({ pixelSize, acquiredAt }) };
  return (await hasEnd(reader, at)) ? { problems: [], image } : cut(reader, image);
}

const APP0 = 0xe0;
const APP1 = 0xe1;
const MOST_EXIF = 65_533;

/** JFIF counts pixels per inch or centimetre; what a screen or printer left there is no calibration. */
function density(body: Buffer): ImageInfo['pixelSize'] {
  if (body.length < 12 || body.toString('latin1', 0, 5) !== 'JFIF\0') return undefined;
  const factor = { 1: 25_400, 2: 10_000 }[body.readUInt8(7)];
  const size = (perUnit: number): number | undefined => (perUnit === 0 ? undefined : scaled(1 / perUnit, factor));
  const [x, y] = [size(body.readUInt16BE(8)), size(body.readUInt16BE(10))];
  return x !== undefined && y !== undefined && isCalibration(x) && isCalibration(y) ? { y, x } : undefined;
}

/** Start of frame: all of C0 to CF but the tables among them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function imageOf(body: Buffer): ImageInfo | undefined {
  if (body.length < 6) return undefined;
  const bits = body.readUInt8(0);
  const [height, width, samples] = [body.readUInt16BE(1), body.readUInt16BE(3), body.readUInt8(5)];
  if (width === 0 || height === 0 || ![1, 3, 4].includes(samples)) return undefined;
  return {
    axes: samples === 1 ? 'yx' : 'yxs',
    shape: samples === 1 ? [height, width] : [height, width, samples],
    dtype: bits > 8 ? 'uint16' : 'uint8',
  };
}

/** Nearly every file ends with its end marker; only where something follows it is the data searched. */
async function hasEnd(reader: ByteReader, from: number): Promise<boolean> {
  const tail = await reader.read(reader.size - 2, 2);
  if (tail?.readUInt16BE(0) === 0xffd9) return true;
  const step = 128 * 1024;
  for (let at = from; at < reader.size; at += step) {
    const piece = await reader.read(at, Math.min(step + 1, reader.size - at));
    if (piece === undefined) return false;
    // Inside the packed pixels FF is always followed by 00 or a restart marker, so this cannot be pixels.
    if (piece.includes(endMarker)) return true;
  }
  return false;
}

const endMarker = Buffer.from([0xff, 0xd9]);

function cut(reader: ByteReader, image: ImageInfo | undefined): Reading {
  const problem = `the JPEG is cut off: it ends after ${reader.size} bytes, without its end marker`;
  return { problems: [problem], ...(image !== undefined && { image }) };
}

function damaged(at: number, image: ImageInfo | undefined): Reading {
  return { problems: [`the JPEG is damaged at byte ${at}`], ...(image !== undefined && { image }) };
}
