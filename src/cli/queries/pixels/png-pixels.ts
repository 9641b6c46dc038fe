import { inflateSync } from 'node:zlib';
import type { Plane } from './plane.ts';

/** The samples of a PNG; `undefined` for palettes, interlacing and less than 8 bits, which are not read here. */
export function pngPlane(bytes: Buffer): Plane | undefined {
  const data: Buffer[] = [];
  let header: { width: number; height: number; bits: number; samples: number } | undefined;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      const samples = { 0: 1, 2: 3, 4: 2, 6: 4 }[body.readUInt8(9)];
      const bits = body.readUInt8(8);
      if (samples === undefined || bits < 8 || body.readUInt8(12) !== 0) return undefined;
      header = { width: body.readUInt32BE(0), height: body.readUInt32BE(4), bits, samples };
    }
    if (type === 'IDAT') data.push(body);
    at += 12 + length;
  }
  if (header === undefined) return undefined;
  const { width, height, bits, samples } = header;
  const perPixel = (samples * bits) / 8;
  const perRow = width * perPixel;
  const raw = inflateSync(Buffer.concat(data));
  const rows = unfiltered(raw, { height, perRow, perPixel });
  const values = new Float64Array(width * height * samples);
  for (let at = 0; at < values.length; at++) values[at] = bits === 8 ? rows.readUInt8(at) : rows.readUInt16BE(at * 2);
  return { shape: [height, width, samples], values };
}

/** Each row says how it is told by its neighbours: the byte to the left, the one above, or both. */
function unfiltered(
  raw: Buffer,
  { height, perRow, perPixel }: { height: number; perRow: number; perPixel: number },
): Buffer {
  const out = Buffer.alloc(height * perRow);
  for (let row = 0; row < height; row++) {
    const filter = raw.readUInt8(row * (perRow + 1));
    for (let at = 0; at < perRow; at++) {
      const to = row * perRow + at;
      const left = at >= perPixel ? (out[to - perPixel] ?? 0) : 0;
      const above = row > 0 ? (out[to - perRow] ?? 0) : 0;
      const corner = at >= perPixel && row > 0 ? (out[to - perRow - perPixel] ?? 0) : 0;
      const told = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter] ?? 0;
      out[to] = (raw.readUInt8(row * (perRow + 1) + 1 + at) + told) & 0xff;
    }
  }
  return out;
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}
