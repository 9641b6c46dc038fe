import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FormatFinding, ImageInfo } from '../../engine/ports/formats.ts';
import { type ImageDetails, imageDetails } from './image-details.ts';
import { formats } from './index.ts';
import { metamorphNd } from './metamorph-nd.ts';
import { MICRO_MANAGER_HEAD, microManagerDetails } from './micro-manager.ts';
import { type OmeImage, omeMetadata } from './ome-xml.ts';

/**
 * What an image and the files that belong to it say together. The image's own word counts first; its companions fill in what it is silent about, and
 * an OME companion says what the axes of its set are. Unlike `formats.inspect`, what is found depends on all these files, not on one content.
 */
export async function inspectItem({
  path,
  companions,
}: {
  path: string;
  companions: readonly string[];
}): Promise<FormatFinding> {
  const isNotice = /\.nd$/i.test(path);
  const first = companions.find((each) => !/_thumb[^/]*$/.test(each)) ?? companions[0];
  const finding = await formats.inspect(isNotice && first !== undefined ? first : path, { format: 'Image' });
  const { info } = finding;
  if (info?.image === undefined) return finding;
  let image = info.image;
  for (const companion of isNotice ? [path] : companions) {
    if (!describes(companion)) continue;
    const text = await headOf(companion);
    if (text !== undefined) image = completed(image, { text, companion, fileName: basename(path) });
  }
  const told = isNotice ? { mediaType: 'application/vnd.metamorph.nd', image } : { ...info, image };
  return { ...finding, info: told };
}

function describes(companion: string): boolean {
  return /(^|[/_])metadata\.txt$|\.(ome\.xml|companion\.ome|nd)$/i.test(companion);
}

function completed(
  image: ImageInfo,
  { text, companion, fileName }: { text: string; companion: string; fileName: string },
): ImageInfo {
  if (/\.nd$/i.test(companion)) return metamorphNd(text, image) ?? image;
  if (/\.txt$/i.test(companion)) return withDetails(image, microManagerDetails(text));
  const images = omeMetadata(text)?.images ?? [];
  const described =
    images.find((each) => each.planes.some((plane) => plane.fileName === fileName)) ??
    (images.length === 1 ? images[0] : undefined);
  return described === undefined ? image : withDetails(ofSet(image, described), imageDetails(described));
}

/** A file whose own description is elsewhere shows unnamed pages; the companion names them, and counts those of the other files. */
function ofSet(image: ImageInfo, described: OmeImage): ImageInfo {
  const isUnnamed = /^q?yxs?$/.test(image.axes);
  const [y, x] = [image.shape[image.axes.indexOf('y')], image.shape[image.axes.indexOf('x')]];
  if (!isUnnamed || y !== described.sizes.y || x !== described.sizes.x) return image;
  const outer = [...described.axes].filter((axis) => axis !== 'y' && axis !== 'x');
  const samples = described.samplesPerPixel;
  const lengths = outer.map((axis) => ({
    axis,
    length: axis === 'c' ? Math.max(1, (described.sizes.c ?? 1) / samples) : (described.sizes[axis] ?? 1),
  }));
  const kept = lengths.filter(({ length }) => length > 1);
  if (!kept.every(({ length }) => Number.isInteger(length))) return image;
  const flat = [...image.axes]
    .map((axis, index) => ({ axis, length: image.shape[index] ?? 1 }))
    .filter(({ axis }) => axis !== 'q');
  const all = [...kept, ...flat];
  return { ...image, axes: all.map(({ axis }) => axis).join(''), shape: all.map(({ length }) => length) };
}

function withDetails(image: ImageInfo, details: ImageDetails | undefined): ImageInfo {
  if (details === undefined) return image;
  const pixelSize = { ...details.pixelSize, ...image.pixelSize };
  return { ...details, ...image, ...(Object.keys(pixelSize).length > 0 && { pixelSize }) };
}

const MOST_XML = 64 * 1024 * 1024;

/** Text of a companion, as much as its reader wants; `undefined` where it went away or is too long to be a description. */
async function headOf(path: string): Promise<string | undefined> {
  const isWhole = !/\.txt$/i.test(path);
  try {
    const { size } = await stat(path);
    if (isWhole && size > MOST_XML) return undefined;
    const file = await open(path);
    try {
      const bytes = Buffer.alloc(Math.min(size, isWhole ? MOST_XML : MICRO_MANAGER_HEAD));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      return bytes.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined; // the image stands for itself
  }
}
