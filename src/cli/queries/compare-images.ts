import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { ImageInfo } from '../../engine/ports/formats.ts';
import type { Plane } from './pixels/plane.ts';
import { pngPlane } from './pixels/png-pixels.ts';
import { tiffPlanes } from './pixels/tiff-pixels.ts';

/** How the pixels of two images differ; `same` when all agree, whatever the files' bytes are. */
export interface ImageDifference {
  readonly same: boolean;
  readonly text: string;
}

export interface ImageFile {
  readonly path: string;
  readonly type: string;
  readonly image?: ImageInfo;
}

/** Plane by plane, so that a stack of any length is compared in the memory of one plane. `undefined` where the pixels cannot be read. */
export async function compareImages(files: readonly [ImageFile, ImageFile]): Promise<ImageDifference | undefined> {
  const handles = [await open(files[0].path), await open(files[1].path)] as const;
  try {
    const [a, b] = [planesOf(files[0], handles[0]), planesOf(files[1], handles[1])];
    const total = { values: 0, differing: 0, largest: 0, sum: 0 };
    for (let plane = 1; ; plane++) {
      const [left, right] = [await a.next(), await b.next()];
      if (left.done && right.done) break;
      if (left.done || right.done)
        return {
          same: false,
          text: `${left.done ? plane - 1 : 'more'} planes, then ${right.done ? plane - 1 : 'more'}`,
        };
      if (left.value === undefined || right.value === undefined) return undefined;
      const shapes = [left.value.shape.join(' × '), right.value.shape.join(' × ')];
      if (shapes[0] !== shapes[1]) return { same: false, text: `plane ${plane} is ${shapes[0]}, then ${shapes[1]}` };
      addPlane(total, left.value, right.value);
    }
    // Planes that no directory names (a stack written as one piece) were not seen; what was not seen is not the same.
    if (
      files.some(
        ({ image }) =>
          image !== undefined && image.shape.reduce((product, length) => product * length, 1) > total.values,
      )
    )
      return undefined;
    if (total.differing === 0) return { same: true, text: 'the same pixels' };
    const share = Number(((100 * total.differing) / total.values).toPrecision(3));
    return {
      same: false,
      text: `${total.differing} of ${total.values} pixel values differ (${share} %), by up to ${short(total.largest)}, ${short(total.sum / total.values)} on average`,
    };
  } catch {
    return undefined;
  } finally {
    for (const handle of handles) await handle.close();
  }
}

async function* planesOf(file: ImageFile, handle: FileHandle): AsyncGenerator<Plane | undefined> {
  if (file.type === 'image/png') yield pngPlane(await readFile(file.path));
  else yield* tiffPlanes(handle);
}

type Total = { values: number; differing: number; largest: number; sum: number };

function addPlane(total: Total, a: Plane, b: Plane): void {
  total.values += a.values.length;
  for (let at = 0; at < a.values.length; at++) {
    const [x, y] = [a.values[at] ?? 0, b.values[at] ?? 0];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const distance = Math.abs(x - y);
    total.differing++;
    total.largest = Math.max(total.largest, distance);
    total.sum += distance;
  }
}

const short = (value: number): number => Number(value.toPrecision(4));
