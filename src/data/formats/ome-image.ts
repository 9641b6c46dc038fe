import type { ImageInfo } from '../../engine/ports/formats.ts';
import { imageDetails } from './image-details.ts';
import { type OmeImage, omeMetadata } from './ome-xml.ts';

/** The first image of an OME-XML block, for files whose pixels only others read; `undefined` where it describes none. */
export function omeFileImage(xml: string): ImageInfo | undefined {
  const images = omeMetadata(xml)?.images ?? [];
  const [first] = images;
  const dtype = first?.type === undefined ? undefined : pixelTypes.get(first.type);
  if (first === undefined || dtype === undefined) return undefined;
  const { axes, shape } = arrayOf(first);
  return { axes, shape, dtype, ...imageDetails({ ...first, series: images.length }) };
}

/** Axes of length 1 are dropped but for `y` and `x`; the samples of a colour pixel come last. */
function arrayOf({ axes, sizes, samplesPerPixel }: OmeImage): { axes: string; shape: readonly number[] } {
  const samples = samplesPerPixel > 1 && (sizes.c ?? 1) % samplesPerPixel === 0 ? samplesPerPixel : 1;
  const lengths = [...axes].map((axis) => ({
    axis,
    length: axis === 'c' ? (sizes.c ?? 1) / samples : (sizes[axis] ?? 1),
  }));
  const kept = lengths.filter(({ axis, length }) => axis === 'y' || axis === 'x' || length > 1);
  const all = samples > 1 ? [...kept, { axis: 's', length: samples }] : kept;
  return { axes: all.map(({ axis }) => axis).join(''), shape: all.map(({ length }) => length) };
}

/** OME's names to numpy's. */
const pixelTypes: ReadonlyMap<string, string> = new Map([
  ...['int8', 'int16', 'int32', 'uint8', 'uint16', 'uint32'].map((same): [string, string] => [same, same]),
  ['float', 'float32'],
  ['double', 'float64'],
  ['complex', 'complex64'],
  ['double-complex', 'complex128'],
  ['bit', 'bool'],
]);
