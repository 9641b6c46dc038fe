import type { ByteReader } from './byte-reader.ts';

// Our own walk over the image file directories, not geotiff's: every offset in every directory must be held against the
// file's size (a library reads what it is asked for, and finds a cut file only when the pixels are decoded), thousands of
// files are looked at per run, and loading geotiff alone costs more than reading most headers.

/** Byte order and width of the offsets, from the first bytes of the file. */
export interface TiffLayout {
  readonly littleEndian: boolean;
  readonly big: boolean;
  readonly firstDirectory: number;
}

export interface TiffEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Length of the value in bytes; 0 for a type that no edition of the format defines. */
  readonly bytes: number;
  /** Where the value stands in the file, also when it is inside the directory. */
  readonly at: number;
  /** The value, where it is a single number that the directory itself holds. Most are, and stacks have many directories. */
  readonly value?: number;
}

export interface TiffDirectory {
  readonly at: number;
  readonly entries: ReadonlyMap<number, TiffEntry>;
  /** Offset of the next directory; 0 ends the chain. */
  readonly next: number;
}

export const tag = {
  newSubfileType: 254,
  width: 256,
  length: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  description: 270,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  planarConfiguration: 284,
  resolutionUnit: 296,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  subDirectories: 330,
  sampleFormat: 339,
  imageDepth: 32997,
  tileDepth: 32998,
  metamorphPlanes: 33629,
  metamorph: 33628,
  metamorphWavelengths: 33630,
} as const;

/** `undefined` where the bytes are no TIFF header. */
export function tiffLayout(head: Buffer): TiffLayout | undefined {
  const order = head.toString('latin1', 0, 2);
  if (head.length < 8 || (order !== 'II' && order !== 'MM')) return undefined;
  const littleEndian = order === 'II';
  const version = littleEndian ? head.readUInt16LE(2) : head.readUInt16BE(2);
  if (version === 42) {
    return { littleEndian, big: false, firstDirectory: unsigned(head, { at: 4, width: 4, littleEndian }) };
  }
  if (version !== 43 || head.length < 16) return undefined;
  return { littleEndian, big: true, firstDirectory: unsigned(head, { at: 8, width: 8, littleEndian }) };
}

/** `undefined` where the directory is not wholly inside the file. */
export async function readDirectory(
  reader: ByteReader,
  { at, layout }: { at: number; layout: TiffLayout },
): Promise<TiffDirectory | undefined> {
  const { littleEndian, big } = layout;
  const [countWidth, entrySize, offsetWidth] = big ? ([8, 20, 8] as const) : ([2, 12, 4] as const);
  const counted = await reader.read(at, countWidth);
  if (counted === undefined) return undefined;
  const count = unsigned(counted, { at: 0, width: countWidth, littleEndian });
  const first = at + countWidth;
  const block = await reader.read(first, count * entrySize + offsetWidth);
  if (block === undefined) return undefined;

  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const entries = new Map<number, TiffEntry>();
  for (let index = 0; index < count; index++) {
    const from = index * entrySize;
    const type = unsigned(block, { at: from + 2, width: 2, littleEndian });
    const values = unsigned(block, { at: from + 4, width: offsetWidth, littleEndian });
    const bytes = values * (typeSize[type] ?? 0);
    const slot = from + 4 + offsetWidth;
    const inside = bytes <= offsetWidth;
    const entry: TiffEntry = {
      tag: unsigned(block, { at: from, width: 2, littleEndian }),
      type,
      count: values,
      bytes,
      at: inside ? first + slot : unsigned(block, { at: slot, width: offsetWidth, littleEndian }),
      ...(inside && values === 1 && { value: numberAt(view, { at: slot, type, le: littleEndian }) }),
    };
    if (!entries.has(entry.tag)) entries.set(entry.tag, entry);
  }
  return { at, entries, next: unsigned(block, { at: count * entrySize, width: offsetWidth, littleEndian }) };
}

/** The numbers of an entry (rationals as quotients); `undefined` where the value is outside the file or no number. */
export async function numbersOf(
  reader: ByteReader,
  { entry, layout, most }: { entry: TiffEntry; layout: TiffLayout; most: number },
): Promise<Float64Array | undefined> {
  const size = typeSize[entry.type];
  if (size === undefined || entry.type === TYPE_ASCII) return undefined;
  const count = Math.min(entry.count, most);
  const bytes = await reader.read(entry.at, count * size);
  if (bytes === undefined) return undefined;
  const values = new Float64Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const le = layout.littleEndian;
  for (let index = 0; index < count; index++)
    values[index] = numberAt(view, { at: index * size, type: entry.type, le });
  return values;
}

/** The text of an entry up to its first NUL. UTF-8 where it is that, else Latin-1, in which ImageJ writes its `µ`. */
export async function textOf(reader: ByteReader, entry: TiffEntry): Promise<string | undefined> {
  const bytes = await reader.read(entry.at, entry.bytes);
  if (bytes === undefined) return undefined;
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    return text.toString('latin1');
  }
}

const TYPE_ASCII = 2;
/** Bytes per value by TIFF type number: byte, ascii, short, long, rational, sbyte, undefined, sshort, slong, srational, float, double, ifd, –, –, long8, slong8, ifd8. */
const typeSize: readonly (number | undefined)[] = [
  undefined, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, undefined, undefined, 8, 8, 8,
]; // biome-ignore format: a list by position

function numberAt(view: DataView, { at, type, le }: { at: number; type: number; le: boolean }): number {
  switch (type) {
    case 1:
    case 7:
      return view.getUint8(at);
    case 3:
      return view.getUint16(at, le);
    case 4:
    case 13:
      return view.getUint32(at, le);
    case 5:
      return view.getUint32(at, le) / view.getUint32(at + 4, le);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, le);
    case 9:
      return view.getInt32(at, le);
    case 10:
      return view.getInt32(at, le) / view.getInt32(at + 4, le);
    case 11:
      return view.getFloat32(at, le);
    case 12:
      return view.getFloat64(at, le);
    case 16:
    case 18:
      return Number(view.getBigUint64(at, le));
    case 17:
      return Number(view.getBigInt64(at, le));
    default:
      return Number.NaN;
  }
}

function unsigned(
  bytes: Buffer,
  { at, width, littleEndian }: { at: number; width: 2 | 4 | 8; littleEndian: boolean },
): number {
  switch (width) {
    case 2:
      return littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
    case 4:
      return littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    case 8:
      // Beyond 2^53 the value is rounded, and outside every file all the same.
      return Number(littleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  }
}
