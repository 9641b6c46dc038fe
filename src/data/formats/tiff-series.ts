import type { ImageInfo } from '../../engine/ports/formats.ts';
import { type ImageDetails, imageDetails, isNoUnit } from './image-details.ts';
import { type ImageJDescription, imageJDescription } from './imagej-description.ts';
import { isCalibration, micrometresPer, scaled, secondsPer } from './length-unit.ts';
import type { MetamorphStack } from './metamorph.ts';
import { type OmeImage, type OmeMetadata, omeMetadata } from './ome-xml.ts';
import type { TiffPage } from './tiff-page.ts';
import { shapedDescription } from './tiff-shaped.ts';
import { bytes, count, quoted } from './wording.ts';

/** All that the walk over a TIFF found. */
export interface TiffContents {
  readonly pages: readonly [TiffPage, ...TiffPage[]];
  readonly fileSize: number;
  readonly fileName: string;
  readonly description: string;
  /** Pixels per unit, from the first page. */
  readonly resolution: { readonly x?: number; readonly y?: number; readonly unit: 'none' | 'inch' | 'cm' };
  /** MetaMorph's own table of planes, whose pixels follow the first plane's without directories. */
  readonly metamorph?: MetamorphStack;
}

export interface TiffSeries {
  readonly image: ImageInfo;
  readonly problems: readonly string[];
  /** Other files that hold planes of this image, as the file itself names them. */
  readonly siblings: readonly string[];
}

/**
 * The first image of a TIFF as tifffile shows it, in the order in which tifffile asks: tifffile's own JSON, OME-XML, ImageJ, MetaMorph, and
 * else the pages that are like the first. Axes of length 1 are dropped except `y` and `x` (tifffile's own JSON keeps them, and so do we).
 * Pages whose meaning is not stated make an axis `q`.
 */
export function tiffSeries(contents: TiffContents): TiffSeries {
  return (
    shapedSeries(contents) ??
    omeSeries(contents) ??
    imageJSeries(contents) ??
    metamorphSeries(contents) ??
    plainSeries(contents)
  );
}

function plainSeries(contents: TiffContents): TiffSeries {
  const [first] = contents.pages;
  const alike = contents.pages.filter((page) => isAlike(page, first)).length;
  return series(
    { axes: `q${first.axes}`, shape: [alike, ...first.shape], dtype: first.dtype },
    resolutionSize(contents),
  );
}

function shapedSeries(contents: TiffContents): TiffSeries | undefined {
  const [first] = contents.pages;
  const shaped = shapedDescription(contents.description);
  if (shaped === undefined) return undefined;
  const total = product(shaped.shape);
  const perPage = product(first.shape);
  if (total === 0 || total % perPage !== 0) return undefined;
  const planes = total / perPage;
  const said = `its description announces the shape ${shaped.shape.join(' × ')}`;
  const axes =
    shaped.axes?.length === shaped.shape.length
      ? shaped.axes.replaceAll('i', 'q')
      : trailingAxes({ shape: shaped.shape, page: first });
  const size = calibrated(contents, {
    unit: shaped.unit,
    zStep: shaped.spacing,
    statesUnit: shaped.unit !== undefined,
  });
  const timeStep = scaled(shaped.frameInterval ?? Number.NaN, 1);
  return {
    image: { axes, shape: shaped.shape, dtype: first.dtype, ...size, ...(timeStep !== undefined && { timeStep }) },
    problems: missingPlanes(contents, { planes, said }),
    siblings: [],
  };
}

function omeSeries(contents: TiffContents): TiffSeries | undefined {
  const metadata = omeMetadata(contents.description);
  if (metadata === undefined) return undefined;
  const isHere = (plane: { uuid?: string; fileName?: string }): boolean =>
    plane.uuid === undefined ||
    (metadata.uuid !== undefined && plane.uuid === metadata.uuid) ||
    plane.fileName === undefined ||
    plane.fileName.toLowerCase() === contents.fileName.toLowerCase();
  const image = metadata.images.find((each) => each.planes.length === 0 || each.planes.some(isHere));
  if (image === undefined) return undefined; // a part of a set whose description is in another file
  const [first] = contents.pages;
  const page = pageOf(contents, image, isHere) ?? first;
  const { x = 0, y = 0 } = image.sizes;
  if (page.shape[page.axes.indexOf('x')] !== x || page.shape[page.axes.indexOf('y')] !== y) return undefined;

  const spp = page.samples > 1 && page.samples === image.samplesPerPixel ? page.samples : 1;
  const outer = [...image.axes].filter((axis) => axis !== 'y' && axis !== 'x');
  const lengths = outer.map((axis) =>
    axis === 'c' ? Math.max(1, (image.sizes.c ?? 1) / spp) : (image.sizes[axis] ?? 1),
  );
  const problems = omeProblems(contents, { metadata, image, isHere, planes: product(lengths) });
  const siblings = new Set(image.planes.filter((plane) => !isHere(plane)).flatMap((plane) => plane.fileName ?? []));
  const inFile = metadata.images.filter((each) => each.planes.length === 0 || each.planes.some(isHere)).length;
  return {
    ...series(
      { axes: outer.join('') + page.axes, shape: [...lengths, ...page.shape], dtype: page.dtype },
      imageDetails({ ...image, series: inFile }),
    ),
    problems,
    siblings: [...siblings],
  };
}

function pageOf(
  { pages }: TiffContents,
  image: OmeImage,
  isHere: (plane: OmeImage['planes'][number]) => boolean,
): TiffPage | undefined {
  return pages[image.planes.find(isHere)?.directory ?? 0];
}

function omeProblems(
  { pages }: TiffContents,
  of: {
    metadata: OmeMetadata;
    image: OmeImage;
    isHere: (plane: OmeImage['planes'][number]) => boolean;
    planes: number;
  },
): string[] {
  const here = of.image.planes.filter(of.isHere);
  // `<TiffData/>` alone, or none at all, means: all planes are in this file, in order.
  const isWhole = here.length === of.image.planes.length && here.every((plane) => plane.count === undefined);
  const from = here[0]?.directory ?? 0;
  const needed = isWhole ? from + of.planes : Math.max(0, ...here.map((plane) => plane.directory + (plane.count ?? 1)));
  if (needed <= pages.length) return [];
  return [
    `the OME-TIFF is incomplete: its OME-XML announces ${count(needed, 'planes')}, ${pages.length} are in the file`,
  ];
}

function imageJSeries(contents: TiffContents): TiffSeries | undefined {
  const meta = imageJDescription(contents.description);
  if (meta === undefined) return undefined;
  const { pages } = contents;
  const [first] = pages;
  const { frames, slices } = meta;
  let { channels } = meta;
  let planes = frames * slices * channels;
  const samplesAreChannels =
    first.samples > 1 && channels === first.samples && (first.planar || pages.length === frames * slices);
  if (samplesAreChannels) {
    planes = frames * slices;
    channels = 1;
  }
  if (planes === 1) planes = pages.length > 1 ? pages.length : unnamedPlanes(contents, meta);
  const said = `its ImageJ description announces ${count(planes, 'planes')}`;
  const problems = missingPlanes(contents, { planes, said });
  if (pages.length > planes) return undefined; // the description is not of this file

  const lengths: Readonly<Record<string, number>> = { t: frames, z: slices, c: channels };
  const order = /^(?=.*c)(?=.*z)(?=.*t)[czt]{3}$/.test(meta.order) ? meta.order : 'czt';
  const outer = [...order].reverse();
  const named = frames * slices * channels;
  const shape = [Math.floor(planes / named), ...outer.map((axis) => lengths[axis] ?? 1), ...first.shape];
  const timeStep = meta.frameInterval ?? (meta.framesPerSecond === undefined ? undefined : 1 / meta.framesPerSecond);
  const seconds = scaled(
    timeStep ?? Number.NaN,
    meta.frameInterval === undefined ? 1 : (secondsPer(meta.timeUnit ?? 's') ?? 1),
  );
  const size = calibrated(contents, {
    unit: meta.unit,
    zUnit: meta.zUnit,
    // ImageJ states a spacing for flat images, too, where it means nothing.
    zStep: slices > 1 || planes > named ? meta.spacing : undefined,
    statesUnit: meta.unit !== undefined,
  });
  return {
    ...series(
      { axes: `q${outer.join('')}${first.axes}`, shape, dtype: first.dtype },
      {
        ...size,
        ...(seconds !== undefined && frames > 1 && { timeStep: seconds }),
      },
    ),
    problems,
  };
}

/** A stack of one directory that says `images=N` and no more; believed as far as the pixels are there. */
function unnamedPlanes({ pages, fileSize }: TiffContents, { images }: ImageJDescription): number {
  const [first] = pages;
  const isThere = first.pixelsAt !== undefined && first.pixelsAt + images * first.byteLength <= fileSize;
  return isThere ? images : 1;
}

function metamorphSeries(contents: TiffContents): TiffSeries | undefined {
  const { metamorph } = contents;
  if (metamorph === undefined) return undefined;
  const [first] = contents.pages;
  const { planes, axis, details } = metamorph;
  const pixelSize = { ...resolutionSize(contents).pixelSize, ...details.pixelSize };
  const size = Object.keys(pixelSize).length > 0 ? { pixelSize } : {};
  return {
    ...series(
      { axes: `${axis}${first.axes}`, shape: [planes, ...first.shape], dtype: first.dtype },
      { ...details, ...size },
    ),
    problems: missingPlanes(contents, { planes, said: `MetaMorph's header announces ${count(planes, 'planes')}` }),
  };
}

/**
 * Planes beyond the last directory must follow the first page's pixels in one uncompressed piece: that is how ImageJ writes stacks
 * above 4 GB, tifffile with `truncate=True`, and MetaMorph all of its stacks.
 */
function missingPlanes({ pages, fileSize }: TiffContents, of: { planes: number; said: string }): string[] {
  if (of.planes <= pages.length) return [];
  const [first, second] = pages;
  const incomplete = `the TIFF is incomplete: ${of.said}, ${pages.length} ${pages.length === 1 ? 'is' : 'are'} in the file`;
  if (first.pixelsAt === undefined) return [incomplete];
  const expected = of.planes * first.byteLength;
  const present = (second === undefined ? fileSize : second.at) - first.pixelsAt;
  if (expected <= present) return [];
  if (second !== undefined) return [incomplete];
  const plane = Math.floor(present / first.byteLength) + 1;
  return [
    `the TIFF ends in the middle of plane ${plane}: ${of.said} (${bytes(expected)} expected, ${present} present)`,
  ];
}

/** Names the axes of `shape` from the right by the page's own, and leaves the rest unnamed. */
function trailingAxes({ shape, page }: { shape: readonly number[]; page: TiffPage }): string {
  const tail = page.shape.every((length, index) => shape[shape.length - page.shape.length + index] === length);
  if (tail) return 'q'.repeat(shape.length - page.axes.length) + page.axes;
  return shape.length === 1 ? 'x' : `${'q'.repeat(shape.length - 2)}yx`;
}

function isAlike(page: TiffPage, first: TiffPage): boolean {
  if (page === first) return true; // a damaged page may hold a NaN, which is not even like itself
  return (
    page.axes === first.axes &&
    page.dtype === first.dtype &&
    page.compression === first.compression &&
    page.isReduced === first.isReduced &&
    page.shape.every((length, index) => length === first.shape[index])
  );
}

function series(full: { axes: string; shape: readonly number[]; dtype: string }, details: ImageDetails): TiffSeries {
  const kept = [...full.axes].map((axis, index) => axis === 'y' || axis === 'x' || full.shape[index] !== 1);
  return {
    image: {
      axes: [...full.axes].filter((_, index) => kept[index]).join(''),
      shape: full.shape.filter((_, index) => kept[index]),
      dtype: full.dtype,
      ...details,
    },
    problems: [],
    siblings: [],
  };
}

/** Pixel sizes where a description names the unit (ImageJ's way): the resolution tags count pixels per that unit. */
function calibrated(
  contents: TiffContents,
  said: { unit: string | undefined; zUnit?: string | undefined; zStep: number | undefined; statesUnit: boolean },
): ImageDetails {
  const factor = said.unit === undefined ? undefined : micrometresPer(said.unit);
  const zFactor = said.zUnit === undefined ? factor : micrometresPer(said.zUnit);
  const z = said.zStep === undefined ? undefined : scaled(said.zStep, zFactor);
  // `unit=pixel`, or a word that we do not know: then the resolution tags mean nothing either.
  const plane = said.statesUnit ? planeSize(contents, factor) : resolutionSize(contents).pixelSize;
  const pixelSize = { ...(z !== undefined && { z }), ...plane };
  const remarks = said.unit === undefined || factor !== undefined || isNoUnit(said.unit) ? [] : [sizeRemark(said.unit)];
  return imageDetails({ pixelSize, remarks });
}

function sizeRemark(unit: string): string {
  return `the pixel size is given in ${quoted(unit)}, a unit that Bitflow does not know, and is left out`;
}

function resolutionSize(contents: TiffContents): ImageDetails {
  const factor = { none: undefined, inch: 25400, cm: 1e4 }[contents.resolution.unit];
  const pixelSize = planeSize(contents, factor);
  return pixelSize === undefined ? {} : { pixelSize };
}

function planeSize({ resolution }: TiffContents, factor: number | undefined): { y?: number; x?: number } | undefined {
  const size = (perUnit: number | undefined): number | undefined => {
    const micrometres = perUnit === undefined || perUnit === 0 ? undefined : scaled(1 / perUnit, factor);
    const isCoarseUnit = factor === 25400 || factor === 1e4;
    return micrometres !== undefined && isCoarseUnit && !isCalibration(micrometres) ? undefined : micrometres;
  };
  const [y, x] = [size(resolution.y), size(resolution.x)];
  if (y === undefined && x === undefined) return undefined;
  return { ...(y !== undefined && { y }), ...(x !== undefined && { x }) };
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((all, each) => all * each, 1);
}
