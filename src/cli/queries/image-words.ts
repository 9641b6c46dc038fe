import type { FileInfo, ImageInfo } from '../../engine/ports/formats.ts';

/** What a file's header says, a line each: `yx 512 × 512 uint16`, `pixel x 0.65 µm, y 0.65 µm`. */
export function infoInWords(info: FileInfo | undefined): readonly string[] {
  if (info?.image !== undefined) return imageInWords(info.image);
  if (info?.table === undefined) return [];
  const { columns, rows } = info.table;
  return [
    `table     ${columns.map(({ name }) => name).join(', ')}${rows === undefined ? '' : `; ${rows} ${rows === 1 ? 'row' : 'rows'}`}`,
  ];
}

function imageInWords(image: ImageInfo): readonly string[] {
  const { axes, shape, dtype, pixelSize = {}, timeStep, channels, ...others } = image;
  const sizes = Object.entries(pixelSize).map(([axis, size]) => `${axis} ${size} µm`);
  return [
    `image     ${axes} ${shape.join(' × ')} ${dtype}`,
    ...(sizes.length === 0 ? [] : [`pixel     ${sizes.join(', ')}`]),
    ...(timeStep === undefined ? [] : [`time step ${timeStep} s`]),
    ...(channels === undefined ? [] : [`channels  ${channels.join(', ')}`]),
    // Whatever else a header tells, as it tells it.
    ...Object.entries(others).map(
      ([name, value]) => `${name.padEnd(9)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    ),
  ];
}
