import type { ImageDemand, ImageInfo } from '../../engine/ports/formats.ts';

/** Where an image is not what its type says, in sentences; empty where it is. */
export function imageProblems(image: ImageInfo, demand: ImageDemand): string[] {
  const problems: string[] = [];
  if (demand.axes !== undefined && !meetsAxes(image.axes, demand.axes.toLowerCase())) {
    problems.push(`the image has the axes ${shown(image)}, and ${demand.axes} is asked for${hint(image, demand.axes)}`);
  }
  if (demand.dtype !== undefined && image.dtype !== demand.dtype) {
    problems.push(`the pixels are ${image.dtype}, and ${demand.dtype} is asked for`);
  }
  if (demand.shape !== undefined && !meetsShape(image.shape, demand.shape)) {
    const asked = demand.shape.map((length) => length ?? 'any').join(' × ');
    problems.push(`the image is ${image.shape.join(' × ')} (${image.axes}), and ${asked} is asked for`);
  }
  return problems;
}

/** The type names what the file leaves open: `q` meets any letter that is not one of the pixel's own. */
function meetsAxes(axes: string, asked: string): boolean {
  if (axes.length !== asked.length) return false;
  return [...axes].every((axis, index) => {
    const wanted = asked.charAt(index);
    return axis === wanted || (axis === 'q' && !'yxs'.includes(wanted));
  });
}

function meetsShape(shape: readonly number[], asked: readonly (number | null)[]): boolean {
  return shape.length === asked.length && asked.every((length, index) => length === null || length === shape[index]);
}

function shown({ axes, shape }: ImageInfo): string {
  return `${axes} (${shape.join(' × ')})`;
}

function hint({ axes }: ImageInfo, asked: string): string {
  if (axes.includes('q')) return ' (q is an axis that the file does not name)';
  if (axes.includes('s') && !asked.includes('s')) return ' (s are the samples of a colour pixel)';
  if (axes.length < asked.length) return ' (an axis of length 1 is not counted)';
  return '';
}
