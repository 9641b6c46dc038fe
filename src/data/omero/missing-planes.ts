import { formats } from '../formats/index.ts';
import type { OmeroImage } from './omero-image.ts';

/**
 * Holds a file that the server made against what the server says the image has: width, height, depths, channels, times and pixel type. `undefined` where all is there; else what is
 * not, in words.
 */
export async function missingPlanes(path: string, { pixels }: OmeroImage): Promise<string | undefined> {
  if (pixels === undefined) return 'the server does not say how many planes there should be';
  const finding = await formats.inspect(path, { format: 'Image' });
  if (!finding.ok) return finding.problems.map((problem) => problem.message).join('; ');
  const { image } = finding.info;
  if (image === undefined) return `it is no TIFF (${finding.info.mediaType})`;
  if (image.dtype !== pixels.dtype) return `its pixels are ${image.dtype}, and ${pixels.dtype} in OMERO`;
  const length = (axis: string): number => {
    const at = image.axes.indexOf(axis);
    return at < 0 ? 1 : (image.shape[at] ?? 1);
  };
  // Without names for the axes (`q`) only the number of planes can be held against each other.
  const planes = [...image.axes].reduce(
    (product, axis, at) => ('yx'.includes(axis) ? product : product * (image.shape[at] ?? 1)),
    1,
  );
  const { t, c, z, y, x } = pixels.sizes;
  if (length('y') !== y || length('x') !== x) {
    return `it is ${length('x')} × ${length('y')} pixels, and ${x} × ${y} in OMERO`;
  }
  const isNamed = !image.axes.includes('q');
  const agrees = length('z') === z && length('t') === t && length('c') * length('s') === c;
  if (planes === t * c * z && (!isNamed || agrees)) return undefined;
  const had = isNamed
    ? `${length('z')} depths, ${length('c') * length('s')} channels, ${length('t')} times`
    : `${planes} planes`;
  return `it has ${had}, and OMERO ${z} depths, ${c} channels, ${t} times`;
}
