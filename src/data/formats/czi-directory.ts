import type { ByteReader } from './byte-reader.ts';
import { cziPixel } from './czi-description.ts';

/** What the pieces of a CZI (at full resolution) cover together. */
export interface CziExtent {
  /** By axis letter; those of the first scene. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly dtype: string;
  readonly samples: number;
  readonly scenes: number;
}

/** `undefined` where the directory lists no piece that makes sense. */
export async function cziExtent(
  reader: ByteReader,
  { at, length }: { at: number; length: number },
): Promise<CziExtent | undefined> {
  const count = (await reader.read(at, 4))?.readInt32LE(0) ?? 0;
  const end = Math.min(at + length, reader.size);
  const ranges = new Map<string, { from: number; to: number }>();
  const scenes = new Set<number>();
  let first: { pixel: NonNullable<ReturnType<typeof cziPixel>>; scene: number } | undefined;
  let next = at + 128;
  for (let index = 0; index < count && next + ENTRY <= end; index++) {
    const head = await reader.read(next, ENTRY);
    if (head?.toString('latin1', 0, 2) !== 'DV') break;
    const pixel = cziPixel(head.readInt32LE(2));
    const dimensions = head.readInt32LE(28);
    if (dimensions < 1 || dimensions > 40) break;
    const body = await reader.read(next + ENTRY, dimensions * DIMENSION);
    if (body === undefined) break;
    next += ENTRY + dimensions * DIMENSION;
    const piece = pieceOf(body, dimensions);
    if (piece === undefined || pixel === undefined) continue;
    scenes.add(piece.scene);
    first ??= { pixel, scene: piece.scene };
    if (piece.scene !== first.scene) continue;
    for (const [axis, { from, to }] of piece.ranges) {
      const range = ranges.get(axis);
      if (range === undefined) ranges.set(axis, { from, to });
      else {
        range.from = Math.min(range.from, from);
        range.to = Math.max(range.to, to);
      }
    }
  }
  if (first === undefined) return undefined;
  const sizes = Object.fromEntries([...ranges].map(([axis, { from, to }]) => [axis, to - from]));
  return { sizes, dtype: first.pixel.dtype, samples: first.pixel.samples, scenes: scenes.size };
}

const ENTRY = 32;
const DIMENSION = 20;

/** `undefined` for a piece of lower resolution, which is stored smaller than what it shows. */
function pieceOf(
  body: Buffer,
  dimensions: number,
): { scene: number; ranges: [string, { from: number; to: number }][] } | undefined {
  let scene = 0;
  const ranges: [string, { from: number; to: number }][] = [];
  for (let index = 0; index < dimensions; index++) {
    const at = index * DIMENSION;
    const axis = body
      .toString('latin1', at, at + 4)
      .replace(/\0.*$/s, '')
      .toLowerCase();
    const [start, size, stored] = [body.readInt32LE(at + 4), body.readInt32LE(at + 8), body.readInt32LE(at + 16)];
    if (size <= 0 || size > 2 ** 30 || Math.abs(start) > 2 ** 30) return undefined;
    if ((axis === 'x' || axis === 'y') && stored > 0 && stored !== size) return undefined;
    if (axis === 's') scene = start;
    else if (/^[a-z]$/.test(axis) && axis !== 'm') ranges.push([axis, { from: start, to: start + size }]);
  }
  return { scene, ranges };
}
