import type { ImageInfo } from '../../engine/ports/formats.ts';
import { micrometresPer, scaled, secondsPer } from '../formats/length-unit.ts';
import { flagAt, type JsonRecord, numberAt, recordAt, recordsAt, textAt } from './json-record.ts';

/** What the server says of one image. */
export interface OmeroImage {
  readonly id: number;
  readonly name: string;
  /** Which image of its file it is, from 0. */
  readonly series: number;
  /** ISO 8601. */
  readonly acquiredAt?: string;
  /** Absent where images come without: in lists of wells. */
  readonly pixels?: OmeroPixels;
  readonly groupId?: number;
  readonly mayAnnotate?: boolean;
  /** Where the server lists the datasets that hold it. */
  readonly datasetsUrl?: string;
}

export interface OmeroPixels {
  readonly id: number;
  readonly sizes: {
    readonly t: number;
    readonly c: number;
    readonly z: number;
    readonly y: number;
    readonly x: number;
  };
  /** A numpy name. */
  readonly dtype: string;
  /** Micrometres. */
  readonly pixelSize?: { readonly z?: number; readonly y?: number; readonly x?: number };
  /** Seconds. */
  readonly timeStep?: number;
  /** Only where a single image was asked for. */
  readonly channels: readonly OmeroChannel[];
  /** Of the pixels; many servers write a word there instead. */
  readonly sha1?: string;
}

export interface OmeroChannel {
  readonly name?: string;
  /** Micrometres, as every length here. */
  readonly excitation?: number;
  readonly emission?: number;
}

/** `undefined` where the record is no image. */
export function imageOf(record: JsonRecord | undefined): OmeroImage | undefined {
  const id = numberAt(record, '@id');
  if (id === undefined) return undefined;
  const details = recordAt(record, 'omero:details');
  const acquired = numberAt(record, 'AcquisitionDate');
  const pixels = pixelsOf(recordAt(record, 'Pixels'));
  const groupId = numberAt(recordAt(details, 'group'), '@id');
  const mayAnnotate = flagAt(recordAt(details, 'permissions'), 'canAnnotate');
  const datasetsUrl = textAt(record, 'url:datasets');
  return {
    id,
    name: textAt(record, 'Name') ?? `Image ${id}`,
    series: numberAt(record, 'omero:series') ?? 0,
    ...(acquired !== undefined && { acquiredAt: new Date(acquired).toISOString() }),
    ...(pixels !== undefined && { pixels }),
    ...(groupId !== undefined && { groupId }),
    ...(mayAnnotate !== undefined && { mayAnnotate }),
    ...(datasetsUrl !== undefined && { datasetsUrl }),
  };
}

/** All five axes, those of length 1 too: what the server holds, whatever file it comes in. */
export function infoOf({ sizes, dtype, pixelSize, timeStep, channels }: OmeroPixels): ImageInfo {
  const names = channels.flatMap((channel) => (channel.name === undefined ? [] : [channel.name]));
  return {
    axes: 'tczyx',
    shape: [sizes.t, sizes.c, sizes.z, sizes.y, sizes.x],
    dtype,
    ...(pixelSize !== undefined && { pixelSize }),
    ...(timeStep !== undefined && { timeStep }),
    ...(names.length === sizes.c && { channels: names }),
  };
}

/**
 * Pixels never change once they are imported: what is imported anew gets new numbers. So the number of the pixels, with their sum where the server knows it, is the version;
 * the series is in it because it decides what a reader has to take out of the file.
 */
export function versionOf({ series, pixels }: OmeroImage): string | undefined {
  if (pixels === undefined) return undefined;
  const { t, c, z, y, x } = pixels.sizes;
  return [`pixels:${pixels.id}`, `series:${series}`, pixels.sha1 ?? `${t}x${c}x${z}x${y}x${x}-${pixels.dtype}`].join(
    ' ',
  );
}

function pixelsOf(record: JsonRecord | undefined): OmeroPixels | undefined {
  const id = numberAt(record, '@id');
  const size = (axis: string): number => numberAt(record, `Size${axis}`) ?? 0;
  const sizes = { t: size('T'), c: size('C'), z: size('Z'), y: size('Y'), x: size('X') };
  const type = textAt(recordAt(record, 'Type'), 'value');
  if (id === undefined || type === undefined || Object.values(sizes).some((each) => each < 1)) return undefined;
  const [x, y, z] = ['X', 'Y', 'Z'].map((axis) => lengthOf(recordAt(record, `PhysicalSize${axis}`)));
  const pixelSize = { ...(z !== undefined && { z }), ...(y !== undefined && { y }), ...(x !== undefined && { x }) };
  const increment = recordAt(record, 'TimeIncrement');
  const timeStep = scaled(numberAt(increment, 'Value') ?? Number.NaN, secondsPer(textAt(increment, 'Unit') ?? ''));
  const sha1 = textAt(record, 'omero:sha1');
  return {
    id,
    sizes,
    dtype: numpyNames[type] ?? type,
    channels: recordsAt(record, 'Channels').map(channelOf),
    ...(Object.keys(pixelSize).length > 0 && { pixelSize }),
    ...(timeStep !== undefined && { timeStep }),
    ...(sha1 !== undefined && /^[0-9a-f]{40}$/i.test(sha1) && { sha1: sha1.toLowerCase() }),
  };
}

function channelOf(record: JsonRecord): OmeroChannel {
  const name = textAt(record, 'Name')?.trim();
  const excitation = lengthOf(recordAt(record, 'ExcitationWavelength'));
  const emission = lengthOf(recordAt(record, 'EmissionWavelength'));
  return {
    ...(name !== undefined && name !== '' && { name }),
    ...(excitation !== undefined && { excitation }),
    ...(emission !== undefined && { emission }),
  };
}

/** Micrometres. Lengths in pixels or in a stage's own frame say nothing about size, and count as not stated. */
function lengthOf(length: JsonRecord | undefined): number | undefined {
  const value = numberAt(length, 'Value');
  const unit = textAt(length, 'Unit') ?? textAt(length, 'Symbol') ?? '';
  return value === undefined ? undefined : scaled(value, micrometresPer(unit));
}

const numpyNames: Readonly<Record<string, string>> = {
  bit: 'bool',
  float: 'float32',
  double: 'float64',
  complex: 'complex64',
  'double-complex': 'complex128',
};
