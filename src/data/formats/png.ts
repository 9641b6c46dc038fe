import { crc32 } from 'node:zlib';
import type { ImageInfo } from '../../engine/ports/formats.ts';
import type { ByteReader } from './byte-reader.ts';
import { isoDateTime, mailDateTime } from './date-time.ts';
import { present } from './image-details.ts';
import { isCalibration, scaled } from './length-unit.ts';
import type { Reading } from './reading.ts';

/** Reads a PNG's header and walks its chunks up to the last, so that a cut file is found without unpacking a pixel. */
export async function readPng(reader: ByteReader): Promise<Reading> {
  let header: Header | undefined;
  let transparency = false;
  let pixelSize: ImageInfo['pixelSize'];
  let acquiredAt: string | undefined;
  let data = 0;
  let at = 8;
  for (;;) {
    const start = await reader.read(at, 8);
    if (start === undefined) return cut(header, { reader, data, transparency });
    const length = start.readUInt32BE(0);
    const type = start.toString('latin1', 4, 8);
    if (!/^[A-Za-z]{4}$/.test(type)) return { problems: [`the PNG is damaged: no chunk begins at byte ${at}`] };
    const end = at + 12 + length;
    if (end > reader.size) return cut(header, { reader, data, transparency });
    if (header === undefined) {
      if (type !== 'IHDR' || length !== 13)
        return { problems: ['the PNG is damaged: it does not begin with its header'] };
      const body = await reader.read(at + 4, 21);
      header = body && headerOf(body);
      if (header === undefined)
        return { problems: ['the PNG header is damaged: its size or pixel type makes no sense'] };
    }
    switch (type) {
      case 'IEND':
        if (data === 0) return { problems: ['the PNG holds no pixels'] };
        return { problems: [], image: { ...imageOf(header, { transparency, pixelSize }), ...present({ acquiredAt }) } };
      case 'IDAT':
        data += length;
        break;
      case 'tRNS':
        transparency = true;
        break;
      case 'pHYs':
        if (length === 9) pixelSize = sizeOf(await reader.read(at + 8, 9));
        break;
      case 'tEXt':
        if (length < 1024) acquiredAt ??= creationTime(await reader.read(at + 8, length));
        break;
      default:
        break;
    }
    at = end;
  }
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly colour: number;
}

/** Colour type to the bit depths that the format allows for it. */
const depths: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
]);

/** From the chunk's type, body and check sum. */
function headerOf(body: Buffer): Header | undefined {
  if (crc32(body.subarray(0, 17)) !== body.readUInt32BE(17)) return undefined;
  const [width, height] = [body.readUInt32BE(4), body.readUInt32BE(8)];
  const [bits, colour] = [body.readUInt8(12), body.readUInt8(13)];
  if (width === 0 || height === 0 || depths.get(colour)?.includes(bits) !== true) return undefined;
  return { width, height, bits, colour };
}

function imageOf(
  { width, height, bits, colour }: Header,
  { transparency, pixelSize }: { transparency: boolean; pixelSize?: ImageInfo['pixelSize'] },
): ImageInfo {
  // Readers unfold a palette to its colours, with a fourth sample where one is transparent.
  const samples = { 0: 1, 2: 3, 3: transparency ? 4 : 3, 4: 2, 6: 4 }[colour] ?? 1;
  return {
    axes: samples === 1 ? 'yx' : 'yxs',
    shape: samples === 1 ? [height, width] : [height, width, samples],
    dtype: bits === 16 ? 'uint16' : bits === 1 && colour === 0 ? 'bool' : 'uint8',
    ...(pixelSize !== undefined && { pixelSize }),
  };
}

function sizeOf(body: Buffer | undefined): ImageInfo['pixelSize'] {
  if (body === undefined || body.readUInt8(8) !== 1) return undefined; // 1: pixels per metre; 0: only their ratio
  const size = (perMetre: number): number | undefined => (perMetre === 0 ? undefined : scaled(1e6 / perMetre, 1));
  const [x, y] = [size(body.readUInt32BE(0)), size(body.readUInt32BE(4))];
  return x !== undefined && y !== undefined && isCalibration(x) ? { y, x } : undefined;
}

/** A keyword, a zero, and its text. The standard asks for the date as mail has it, and many write ISO. */
function creationTime(body: Buffer | undefined): string | undefined {
  const [keyword, text = ''] = body?.toString('latin1').split('\0') ?? [];
  return keyword === 'Creation Time' ? (isoDateTime(text) ?? mailDateTime(text)) : undefined;
}

function cut(
  header: Header | undefined,
  { reader, data, transparency }: { reader: ByteReader; data: number; transparency: boolean },
): Reading {
  if (header === undefined) return { problems: [`the PNG ends within its header (${reader.size} bytes present)`] };
  const where = data === 0 ? 'before its pixels' : 'in the middle of its pixels';
  return {
    problems: [`the PNG is cut off: it ends ${where}, after ${reader.size} bytes`],
    image: imageOf(header, { transparency }),
  };
}
