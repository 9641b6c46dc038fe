import type { ByteReader } from './byte-reader.ts';
import { julianDay } from './date-time.ts';
import { type ImageDetails, imageDetails, micrometres, nanometres } from './image-details.ts';
import { type TiffDirectory, type TiffLayout, tag } from './tiff-directory.ts';

/** What MetaMorph keeps in its own tags of a stack. The pixels of the planes follow the first plane's without directories. */
export interface MetamorphStack {
  readonly planes: number;
  readonly axis: 'z' | 't' | 'q';
  /** Calibration (um), distances (um), times, wavelengths and the date, as far as they are stated. */
  readonly details: ImageDetails;
}

/** `undefined` where the directory is not MetaMorph's. */
export async function metamorphStack(
  reader: ByteReader,
  { directory, layout }: { directory: TiffDirectory; layout: TiffLayout },
): Promise<MetamorphStack | undefined> {
  const entry = directory.entries.get(tag.metamorphPlanes);
  if (entry === undefined || !directory.entries.has(tag.metamorph)) return undefined;
  const planes = entry.count;
  const fields = 6; // a distance as a rational, then day and time of making, day and time of changing
  const table = planes === 0 ? undefined : await reader.read(entry.at, planes * fields * 4);
  if (table === undefined) return undefined;
  const numbers = words(table, layout);
  const field = (plane: number, index: number): number => numbers[plane * fields + index] ?? 0;
  const distance = (plane: number): number => field(plane, 0) / field(plane, 1);
  const milliseconds = (plane: number): number => field(plane, 2) * 86_400_000 + field(plane, 3);
  let allApart = true;
  let allLater = true;
  for (let plane = 0; plane < planes; plane++) {
    if (!(distance(plane) > 0)) allApart = false;
    if (plane > 0 && field(plane, 3) === field(plane - 1, 3)) allLater = false;
  }
  const axis = allApart ? 'z' : allLater ? 't' : 'q';
  const span = milliseconds(planes - 1) - milliseconds(0);
  const remarks: string[] = [];
  const said = await calibration(reader, { directory, layout, remarks });
  const wavelength = await onlyWavelength(reader, { directory, layout, planes });
  return {
    planes,
    axis,
    details: imageDetails({
      pixelSize: { ...said, ...(axis === 'z' && { z: micrometres(distance(0), { unit: 'um', what: '', remarks }) }) },
      timeStep: axis === 't' && span > 0 ? Number((span / 1000 / (planes - 1)).toPrecision(9)) : undefined,
      channels: wavelength === undefined ? [] : [{ emission: wavelength }],
      acquiredAt: julianDay({ day: field(0, 2), milliseconds: field(0, 3) }),
      remarks,
    }),
  };
}

/** Numbers of the entries in MetaMorph's first table. */
const key = { isCalibrated: 3, x: 4, y: 5, unit: 6 } as const;

/** The first table: pairs of a key and a value, or of a key and where its value stands. */
async function calibration(
  reader: ByteReader,
  { directory, layout, remarks }: { directory: TiffDirectory; layout: TiffLayout; remarks: string[] },
): Promise<{ y?: number | undefined; x?: number | undefined }> {
  const entry = directory.entries.get(tag.metamorph);
  if (entry?.type !== 4 || entry.count < 2) return {};
  // The count is of pairs, though the type says of single words: what stands there is twice as long as TIFF thinks.
  const table = await reader.read(entry.at, Math.min(entry.count, 200) * 8);
  if (table === undefined) return {};
  const pairs = words(table, layout);
  const values = new Map<number, number>();
  for (let index = 0; index + 1 < pairs.length; index += 2) values.set(pairs[index] ?? 0, pairs[index + 1] ?? 0);
  if (values.get(key.isCalibrated) === 0) return {};
  const rational = async (at: number | undefined): Promise<number | undefined> => {
    const bytes = at === undefined || at < 8 ? undefined : await reader.read(at, 8);
    if (bytes === undefined) return undefined;
    const [over = 0, under = 0] = words(bytes, layout);
    return under === 0 ? undefined : over / under;
  };
  const [x, y] = [await rational(values.get(key.x)), await rational(values.get(key.y))];
  const unit = await counted(reader, { at: values.get(key.unit), layout });
  if (unit === undefined) return {};
  const size = (value: number | undefined, axis: string): number | undefined =>
    micrometres(value, { unit, what: `the pixel size in ${axis}`, remarks });
  return { y: size(y, 'y'), x: size(x, 'x') };
}

/** A text with its length before it. */
async function counted(
  reader: ByteReader,
  { at, layout }: { at: number | undefined; layout: TiffLayout },
): Promise<string | undefined> {
  if (at === undefined || at < 8) return undefined;
  const length = await reader.read(at, 4);
  const [size = 0] = length === undefined ? [] : words(length, layout);
  if (size === 0 || size > 256) return undefined;
  const bytes = await reader.read(at + 4, size);
  return bytes?.toString('latin1').replace(/\0.*$/s, '');
}

/** The third table has a wavelength per plane; where they differ, the planes are of several channels, and nothing says in which order. */
async function onlyWavelength(
  reader: ByteReader,
  { directory, layout, planes }: { directory: TiffDirectory; layout: TiffLayout; planes: number },
): Promise<number | undefined> {
  const entry = directory.entries.get(tag.metamorphWavelengths);
  if (entry === undefined || entry.count < planes) return undefined;
  const table = await reader.read(entry.at, planes * 8);
  if (table === undefined) return undefined;
  const numbers = words(table, layout);
  const first = (numbers[0] ?? 0) / (numbers[1] ?? 0);
  for (let plane = 1; plane < planes; plane++) {
    if ((numbers[2 * plane] ?? 0) / (numbers[2 * plane + 1] ?? 0) !== first) return undefined;
  }
  return nanometres(first);
}

function words(bytes: Buffer, { littleEndian }: TiffLayout): Uint32Array {
  const values = new Uint32Array(Math.floor(bytes.length / 4));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < values.length; index++) values[index] = view.getUint32(index * 4, littleEndian);
  return values;
}
