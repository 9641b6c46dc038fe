import type { ImageInfo } from '../../engine/ports/formats.ts';
import { imageDetails, positive } from '../formats/image-details.ts';
import { omeFileImage } from '../formats/ome-image.ts';

/** One line that the Python program wrote. */
export type PythonAnswer =
  | { readonly kind: 'ready'; readonly libraries: readonly string[] }
  | { readonly kind: 'image'; readonly path: string; readonly image: ImageInfo }
  | { readonly kind: 'problem'; readonly path: string; readonly problem: string };

/** `undefined` for a line that is none of these: then the program is not ours, or broken. */
export function pythonAnswer(line: string): PythonAnswer | undefined {
  const answer = fieldsOf(parsed(line));
  if (answer === undefined) return undefined;
  if (Array.isArray(answer.ready)) {
    return { kind: 'ready', libraries: answer.ready.filter((each) => typeof each === 'string') };
  }
  const { path, problem } = answer;
  if (typeof path !== 'string') return undefined;
  if (typeof problem === 'string') return { kind: 'problem', path, problem };
  const said = fieldsOf(answer.image);
  if (said === undefined) return undefined;
  const image = imageOf(said);
  return image === undefined
    ? { kind: 'problem', path, problem: 'what the library says of its shape makes no sense' }
    : { kind: 'image', path, image };
}

type Fields = Readonly<Record<string, unknown>>;

/** The array is as the library hands it out; what OME-XML says around it is more than the library's own properties do. */
function imageOf({ axes, shape, dtype, pixelSize, channels, series, ome }: Fields): ImageInfo | undefined {
  const isLength = (value: unknown): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value > 0;
  if (typeof axes !== 'string' || typeof dtype !== 'string' || !Array.isArray(shape)) return undefined;
  if (!/^[a-z]+$/.test(axes) || !/^[a-z]+\d*$/.test(dtype) || !shape.every(isLength) || shape.length !== axes.length)
    return undefined;
  const described = typeof ome === 'string' ? omeFileImage(ome) : undefined;
  const { axes: _axes, shape: _shape, dtype: _dtype, ...around } = described ?? { axes, shape, dtype };
  const sizes = fieldsOf(pixelSize) ?? {};
  const size = (axis: string): number | undefined => {
    const value = sizes[axis];
    return typeof value === 'number' ? positive(value) : undefined;
  };
  const names = Array.isArray(channels) ? channels.filter((name) => typeof name === 'string') : [];
  const own = imageDetails({
    pixelSize: { z: size('z'), y: size('y'), x: size('x') },
    channels: names.map((name) => ({ name })),
    series: isLength(series) ? series : undefined,
  });
  return { axes, shape, dtype, ...own, ...around };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
