import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChannelInfo, ImageInfo } from '../../engine/ports/formats.ts';
import { imageDetails, micrometres, nanometres, present, seconds } from './image-details.ts';
import { omeMetadata } from './ome-xml.ts';
import type { Reading } from './reading.ts';
import { count, quoted } from './wording.ts';

// Plain JSON, not zarrita: all that is asked stands in two or three small metadata files, and the library would be loaded to read
// exactly those.

/**
 * Reads an OME-Zarr image (0.4 on zarr 2, 0.5 on zarr 3): axes and shape are those of the full-resolution array, axes of length 1 included,
 * because that is the array a reader hands out. Chunks are not looked at: a missing chunk is legal and means background.
 */
export async function readOmeZarr(folder: string): Promise<Reading> {
  const group = await groupMetadata(folder);
  if (!group.ok) return { problems: [group.problem] };
  const { attributes, format } = group;

  const layout = numberIn(attributes, 'bioformats2raw.layout');
  if (layout !== undefined && !isList(attributes.multiscales)) return await readSeries(folder);
  if (isRecord(attributes.plate)) {
    const wells = isList(attributes.plate.wells) ? ` of ${count(attributes.plate.wells.length, 'wells')}` : '';
    return { problems: [`this OME-Zarr is a plate${wells}, not one image: name an image inside it, such as A/1/0`] };
  }
  const version = versionOf(attributes, format);
  if (version !== undefined && !readable.test(version)) {
    return {
      problems: [
        `this OME-Zarr is of version ${version}, and Bitflow reads 0.4 and 0.5: write it again as 0.5 (or as 0.4, for older viewers)`,
      ],
    };
  }
  const [multiscale] = isList(attributes.multiscales) ? attributes.multiscales : [];
  if (!isRecord(multiscale)) {
    return { problems: ['this Zarr is no OME-Zarr image: its metadata has no `multiscales` entry'] };
  }
  const axes = axesOf(multiscale.axes);
  if (axes === undefined) return { problems: ['the `multiscales` entry of this OME-Zarr names no axes'] };
  const datasets = isList(multiscale.datasets) ? multiscale.datasets.filter(isRecord) : [];
  const [level] = datasets;
  if (level === undefined || typeof level.path !== 'string') {
    return { problems: ['the `multiscales` entry of this OME-Zarr names no dataset'] };
  }

  const problems: string[] = [];
  let full: ZarrArray | undefined;
  for (const [index, dataset] of datasets.entries()) {
    if (typeof dataset.path !== 'string' || dataset.path.split('/').includes('..')) {
      problems.push(`dataset ${index + 1} of this OME-Zarr names no path inside it`);
      continue;
    }
    const array = await arrayMetadata(join(folder, dataset.path), format);
    if (!array.ok) problems.push(`resolution ${index} (${quoted(dataset.path)}) ${array.problem}`);
    else if (array.array.shape.length !== axes.length) {
      problems.push(
        `resolution ${index} (${quoted(dataset.path)}) has ${count(array.array.shape.length, 'dimensions')}, and the metadata names ${count(axes.length, 'axes')} (${letters(axes)})`,
      );
    } else if (index === 0) full = array.array;
  }
  if (full === undefined) return { problems: problems.slice(0, 5) };

  const scale = scaleOf(level, multiscale);
  const steps = axes.map((axis, index) => ({ axis, step: scale?.[index] }));
  const remarks: string[] = [];
  const length = (letter: string): number | undefined => {
    const found = steps.find(({ axis }) => axis.letter === letter);
    if (found?.step === undefined || found.axis.unit === undefined) return undefined; // a scale without a unit is not micrometres
    return micrometres(found.step, { unit: found.axis.unit, what: `the pixel size in ${letter}`, remarks });
  };
  const time = steps.find(({ axis }) => axis.letter === 't');
  const timeStep =
    time?.axis.unit === undefined
      ? undefined
      : seconds(time.step, { unit: time.axis.unit, what: 'the time step', remarks });
  const image: ImageInfo = {
    axes: letters(axes),
    shape: full.shape,
    dtype: full.dtype,
    ...imageDetails({
      pixelSize: { z: length('z'), y: length('y'), x: length('x') },
      timeStep,
      channels: channelsOf(attributes.omero),
      remarks,
    }),
  };
  return { problems: problems.slice(0, 5), image };
}

/** Whether a folder says of itself that it is Zarr. */
export function isZarrName(name: string): boolean {
  return ['.zgroup', '.zattrs', '.zarray', 'zarr.json'].includes(name);
}

// 0.1 to 0.3 differ from 0.4 in that axes are bare letters (or not named at all), which is read below.
const readable = /^0\.[1-5](?!\d)/;

type Json = Record<string, unknown>;
type ZarrFormat = 2 | 3;
type GroupReading =
  | { readonly ok: true; readonly attributes: Json; readonly format: ZarrFormat }
  | { readonly ok: false; readonly problem: string };

async function groupMetadata(folder: string): Promise<GroupReading> {
  const third = await json(join(folder, 'zarr.json'));
  if (third.state === 'damaged') return { ok: false, problem: `zarr.json is damaged: ${third.why}` };
  if (third.state === 'read') {
    if (third.value.node_type === 'array') return { ok: false, problem: plainArray };
    const attributes = isRecord(third.value.attributes) ? third.value.attributes : {};
    return { ok: true, attributes: isRecord(attributes.ome) ? attributes.ome : attributes, format: 3 };
  }
  const second = await json(join(folder, '.zattrs'));
  if (second.state === 'damaged') return { ok: false, problem: `.zattrs is damaged: ${second.why}` };
  if (second.state === 'read') return { ok: true, attributes: second.value, format: 2 };
  if ((await json(join(folder, '.zarray'))).state === 'read') return { ok: false, problem: plainArray };
  return { ok: false, problem: 'this folder is no OME-Zarr image: it has neither zarr.json nor .zattrs' };
}

const plainArray =
  'this Zarr is a bare array: without the `multiscales` metadata of OME-Zarr, nothing says what its axes are';

interface ZarrArray {
  readonly shape: readonly number[];
  readonly dtype: string;
}

async function arrayMetadata(
  folder: string,
  format: ZarrFormat,
): Promise<{ ok: true; array: ZarrArray } | { ok: false; problem: string }> {
  const name = format === 3 ? 'zarr.json' : '.zarray';
  const found = await json(join(folder, name));
  if (found.state === 'absent') return { ok: false, problem: `is not there: it has no ${name}` };
  if (found.state === 'damaged') return { ok: false, problem: `is damaged: its ${name} cannot be read (${found.why})` };
  const { shape, dtype, data_type: dataType } = found.value;
  const isLength = (value: unknown): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value > 0;
  if (!isList(shape) || shape.length === 0 || !shape.every(isLength)) {
    return { ok: false, problem: `has no sensible shape (${quoted(JSON.stringify(shape) ?? 'none')})` };
  }
  const named = format === 3 ? dataType : dtype;
  const pixel = typeof named === 'string' ? (format === 3 ? named : numpyName(named)) : undefined;
  if (pixel === undefined || !pixelTypes.test(pixel)) {
    return { ok: false, problem: `has no pixel type that Bitflow knows (${quoted(JSON.stringify(named) ?? 'none')})` };
  }
  return { ok: true, array: { shape, dtype: pixel } };
}

const pixelTypes = /^(bool|u?int(8|16|32|64)|float(16|32|64)|complex(64|128))$/;

/** `<u2` is `uint16`. */
function numpyName(text: string): string | undefined {
  const match = /^[<>|=]?([biufc])(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [, kind, size] = match;
  const bits = Number(size) * 8;
  switch (kind) {
    case 'b':
      return bits === 8 ? 'bool' : undefined;
    case 'i':
      return `int${bits}`;
    case 'u':
      return `uint${bits}`;
    case 'f':
      return `float${bits}`;
    default:
      return `complex${bits}`;
  }
}

interface Axis {
  readonly letter: string;
  readonly unit?: string;
}

function axesOf(value: unknown): readonly Axis[] | undefined {
  if (value === undefined) return [...'tczyx'].map((letter) => ({ letter })); // before 0.3 all images had these five
  if (!isList(value) || value.length === 0) return undefined;
  const axes: Axis[] = [];
  for (const each of value) {
    const name = typeof each === 'string' ? each : isRecord(each) ? each.name : undefined;
    if (typeof name !== 'string' || name === '') return undefined;
    const unit = isRecord(each) && typeof each.unit === 'string' ? each.unit : undefined;
    const type = isRecord(each) ? each.type : undefined;
    const letter = name.length === 1 ? name : type === 'time' ? 't' : type === 'channel' ? 'c' : 'q';
    axes.push({ letter: letter.toLowerCase(), ...(unit !== undefined && { unit }) });
  }
  return axes;
}

function letters(axes: readonly Axis[]): string {
  return axes.map((axis) => axis.letter).join('');
}

/** The step per axis at full resolution: the dataset's own scale times the one for all resolutions, if any. */
function scaleOf(dataset: Json, multiscale: Json): readonly number[] | undefined {
  const own = scaleIn(dataset.coordinateTransformations);
  const all = scaleIn(multiscale.coordinateTransformations);
  return own?.map((step, index) => step * (all?.[index] ?? 1));
}

function scaleIn(transformations: unknown): readonly number[] | undefined {
  const found = isList(transformations)
    ? transformations.filter(isRecord).find((each) => each.type === 'scale')
    : undefined;
  return isList(found?.scale) && found.scale.every((step) => typeof step === 'number') ? found.scale : undefined;
}

/** How the display block names the channels; some writers put the wavelength beside the name. */
function channelsOf(omero: unknown): readonly ChannelInfo[] {
  if (!isRecord(omero) || !isList(omero.channels)) return [];
  return omero.channels.filter(isRecord).map(({ label, emissionWave, excitationWave }) =>
    present({
      name: typeof label === 'string' ? label : undefined,
      emission: typeof emissionWave === 'number' ? nanometres(emissionWave) : undefined,
      excitation: typeof excitationWave === 'number' ? nanometres(excitationWave) : undefined,
    }),
  );
}

/** Several images in one folder, as bioformats2raw writes them: the first is read, and the OME-XML beside them says what Zarr has no place for. */
async function readSeries(folder: string): Promise<Reading> {
  const { problems, image } = await readOmeZarr(join(folder, '0'));
  if (image === undefined) return { problems };
  const described = join(folder, 'OME', 'METADATA.ome.xml');
  const size = await stat(described).then(
    (found) => found.size,
    () => undefined, // it may be left out
  );
  const xml = size === undefined || size > MOST_XML ? undefined : await readFile(described, 'utf8');
  const images = xml === undefined ? [] : (omeMetadata(xml)?.images ?? []);
  const [first] = images;
  if (first === undefined) return { problems, image };
  return { problems, image: { ...imageDetails({ ...first, series: images.length }), ...image } };
}

const MOST_XML = 64 * 1024 * 1024;

function versionOf(attributes: Json, format: ZarrFormat): string | undefined {
  const [multiscale] = isList(attributes.multiscales) ? attributes.multiscales : [];
  const stated = attributes.version ?? (isRecord(multiscale) ? multiscale.version : undefined);
  if (typeof stated === 'string') return stated;
  return format === 3 ? undefined : '0.4';
}

type JsonFile =
  | { readonly state: 'absent' }
  | { readonly state: 'damaged'; readonly why: string }
  | { readonly state: 'read'; readonly value: Json };

async function json(path: string): Promise<JsonFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { state: 'absent' };
    if (code === 'EACCES' || code === 'EISDIR') return { state: 'damaged', why: 'it cannot be read' };
    throw error;
  }
  if (text.trim() === '') return { state: 'damaged', why: 'it is empty' };
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? { state: 'read', value } : { state: 'damaged', why: 'it is no JSON object' };
  } catch {
    return { state: 'damaged', why: 'it is no complete JSON' };
  }
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function numberIn(attributes: Json, key: string): number | undefined {
  const value = attributes[key];
  return typeof value === 'number' ? value : undefined;
}
