/** Writes small TIFF files byte by byte, so that tests say exactly what stands where. */

export interface TiffPageSpec {
  readonly width?: number;
  readonly height?: number;
  readonly bits?: number;
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly format?: number;
  readonly samples?: number;
  readonly planar?: boolean;
  readonly photometric?: number;
  readonly description?: string | Buffer;
  readonly rowsPerStrip?: number;
  /** Side of square tiles, instead of strips. */
  readonly tile?: number;
  /** Bytes of a strip or tile after packing; its pixels are then of that length and packed as LZW says. */
  readonly packedTo?: number;
  readonly subfileType?: number;
  /** Pixels per unit as rationals. */
  readonly resolution?: readonly [readonly [number, number], readonly [number, number]];
  /** 1 none, 2 inch, 3 centimetre. */
  readonly resolutionUnit?: number;
  /** Further entries: numbers as LONG values, or rationals as RATIONAL with six longs per plane (MetaMorph). */
  readonly extra?: readonly { tag: number; type: number; count: number; bytes: Buffer }[];
  /** Pyramid levels, as sub-directories. */
  readonly levels?: readonly TiffPageSpec[];
}

export interface TiffSpec {
  readonly pages: readonly TiffPageSpec[];
  readonly bigEndian?: boolean;
  readonly big?: boolean;
  /** Planes without a directory of their own, put right behind the first page's pixels. */
  readonly followingPlanes?: number;
}

export function tiff(spec: TiffSpec): Buffer {
  const write = writer(spec);
  const parts: Buffer[] = [];
  let at = 0;
  const put = (bytes: Buffer): number => {
    const from = at;
    parts.push(bytes);
    at += bytes.length;
    if (at % 2 === 1) {
      parts.push(Buffer.alloc(1));
      at += 1;
    }
    return from;
  };
  const order = Buffer.from(spec.bigEndian ? 'MM' : 'II', 'latin1');
  const head = spec.big
    ? Buffer.concat([order, write.short(43), write.short(8), write.short(0), write.offset(0)])
    : Buffer.concat([order, write.short(42), write.offset(0)]);
  put(head);
  const links: { at: number; value: number }[] = [];
  let link = spec.big ? 8 : 4;

  const directory = (page: TiffPageSpec, isFirst: boolean): { at: number; nextAt: number } => {
    const levels = (page.levels ?? []).map((level) => directory(level, false).at);
    const entries = entriesOf(page, { write, put, levels, planes: isFirst ? (spec.followingPlanes ?? 0) : 0 });
    const width = spec.big ? 8 : 4;
    const rows = entries
      .sort((a, b) => a.tag - b.tag)
      .map(({ tag, type, count, bytes }) => {
        const inline =
          bytes.length <= width ? Buffer.concat([bytes, Buffer.alloc(width - bytes.length)]) : write.offset(put(bytes));
        return Buffer.concat([write.short(tag), write.short(type), write.offset(count), inline]);
      });
    const counted = spec.big ? write.offset(rows.length) : write.short(rows.length);
    const body = Buffer.concat([counted, ...rows, write.offset(0)]);
    const from = put(body);
    return { at: from, nextAt: from + body.length - width };
  };

  for (const [index, page] of spec.pages.entries()) {
    const made = directory(page, index === 0);
    links.push({ at: link, value: made.at });
    link = made.nextAt;
  }
  const file = Buffer.concat(parts);
  for (const { at: from, value } of links) write.offset(value).copy(file, from);
  return file;
}

/** `count` equal pages. */
export function pages(count: number, page: TiffPageSpec): TiffPageSpec[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? page : withoutDescription(page)));
}

export function imageJ(fields: Readonly<Record<string, string | number>>): string {
  return `ImageJ=1.54p\n${Object.entries(fields)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')}`;
}

export function omeXml(
  pixels: Readonly<Record<string, string | number>>,
  { inside = '<TiffData/>', uuid = '' }: { inside?: string; uuid?: string } = {},
): string {
  const attributes = {
    DimensionOrder: 'XYCZT',
    SizeX: 9,
    SizeY: 7,
    SizeC: 1,
    SizeZ: 1,
    SizeT: 1,
    Type: 'uint16',
    ...pixels,
  };
  const text = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${value}"`)
    .join('');
  return `<?xml version="1.0" encoding="UTF-8"?><!-- <Pixels SizeX="1"/> --><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"${uuid === '' ? '' : ` UUID="${uuid}"`}><Image ID="Image:0"><Pixels ID="Pixels:0"${text}>${inside}</Pixels></Image></OME>`;
}

interface Writer {
  short(value: number): Buffer;
  long(value: number): Buffer;
  offset(value: number): Buffer;
}

function writer({ bigEndian = false, big = false }: TiffSpec): Writer {
  const made = (length: number, set: (buffer: Buffer) => void): Buffer => {
    const buffer = Buffer.alloc(length);
    set(buffer);
    return buffer;
  };
  const long = (value: number): Buffer =>
    made(4, (buffer) => (bigEndian ? buffer.writeUInt32BE(value) : buffer.writeUInt32LE(value)));
  return {
    short: (value) => made(2, (buffer) => (bigEndian ? buffer.writeUInt16BE(value) : buffer.writeUInt16LE(value))),
    long,
    offset: (value) =>
      big
        ? made(8, (buffer) =>
            bigEndian ? buffer.writeBigUInt64BE(BigInt(value)) : buffer.writeBigUInt64LE(BigInt(value)),
          )
        : long(value),
  };
}

interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly bytes: Buffer;
}

function entriesOf(
  page: TiffPageSpec,
  {
    write,
    put,
    levels,
    planes,
  }: { write: Writer; put(bytes: Buffer): number; levels: readonly number[]; planes: number },
): Entry[] {
  const { width = 9, height = 7, bits = 16, format = 1, samples = 1, planar = false, tile } = page;
  const shorts = (tag: number, ...values: number[]): Entry => ({
    tag,
    type: 3,
    count: values.length,
    bytes: Buffer.concat(values.map(write.short)),
  });
  const longs = (tag: number, values: readonly number[]): Entry => ({
    tag,
    type: 4,
    count: values.length,
    bytes: Buffer.concat(values.map(write.long)),
  });

  const rows = tile ?? page.rowsPerStrip ?? height;
  const across = tile === undefined ? 1 : Math.ceil(width / tile);
  const perPixel = (bits / 8) * (planar ? 1 : samples);
  const pieces: Buffer[] = [];
  for (let plane = 0; plane < (planar ? samples : 1); plane++) {
    for (let row = 0; row < height; row += rows) {
      for (let column = 0; column < across; column++) {
        const full = (tile ?? width) * (tile ?? Math.min(rows, height - row)) * perPixel;
        pieces.push(Buffer.alloc(page.packedTo ?? Math.ceil(full), pieces.length + 1));
      }
    }
  }
  const at = put(Buffer.concat([...pieces, ...Array.from({ length: planes }, () => pieces).flat()]));
  let from = at;
  const offsets = pieces.map((piece) => {
    from += piece.length;
    return from - piece.length;
  });
  const lengths = pieces.map((piece) => piece.length);
  const photometric = page.photometric ?? (samples >= 3 ? 2 : 1);
  return [
    longs(256, [width]),
    longs(257, [height]),
    shorts(258, ...Array.from({ length: samples }, () => bits)),
    shorts(259, page.packedTo === undefined ? 1 : 5),
    shorts(262, photometric),
    shorts(277, samples),
    shorts(284, planar ? 2 : 1),
    shorts(339, ...Array.from({ length: samples }, () => format)),
    ...(tile === undefined
      ? [longs(273, offsets), longs(278, [rows]), longs(279, lengths)]
      : [longs(322, [tile]), longs(323, [tile]), longs(324, offsets), longs(325, lengths)]),
    ...(page.description === undefined ? [] : [ascii(page.description)]),
    ...(page.subfileType === undefined ? [] : [longs(254, [page.subfileType])]),
    ...(page.resolution === undefined
      ? []
      : page.resolution.map(([over, under], index) => ({
          tag: 282 + index,
          type: 5,
          count: 1,
          bytes: Buffer.concat([write.long(over), write.long(under)]),
        }))),
    ...(page.resolutionUnit === undefined ? [] : [shorts(296, page.resolutionUnit)]),
    ...(levels.length === 0 ? [] : [longs(330, levels)]),
    ...(page.extra ?? []),
  ];
}

function ascii(text: string | Buffer): Entry {
  const bytes = Buffer.concat([Buffer.from(text), Buffer.alloc(1)]);
  return { tag: 270, type: 2, count: bytes.length, bytes };
}

function withoutDescription({ description: _, ...page }: TiffPageSpec): TiffPageSpec {
  return page;
}
