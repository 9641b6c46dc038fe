import type { ChannelInfo, ImageInfo, ObjectiveInfo } from '../../engine/ports/formats.ts';
import { micrometresPer, scaled, secondsPer } from './length-unit.ts';
import { quoted } from './wording.ts';

/** What a file says around its array: everything in `ImageInfo` but the array itself. */
export type ImageDetails = Omit<ImageInfo, 'axes' | 'shape' | 'dtype'>;

/** Where the parts of `ImageDetails` are put together: what was not found is left out, and lists that say nothing are, too. */
export function imageDetails(found: {
  readonly pixelSize?: { z?: number | undefined; y?: number | undefined; x?: number | undefined } | undefined;
  readonly timeStep?: number | undefined;
  readonly channels?: readonly ChannelInfo[] | undefined;
  readonly objective?: ObjectiveInfo | undefined;
  readonly acquiredAt?: string | undefined;
  readonly series?: number | undefined;
  readonly remarks?: readonly string[] | undefined;
}): ImageDetails {
  const { pixelSize, timeStep, channels = [], objective, acquiredAt, series, remarks = [] } = found;
  const size = pixelSize === undefined ? {} : present(pixelSize);
  const names = channels.map((channel) => channel.name).filter((name) => name !== undefined);
  return {
    ...(Object.keys(size).length > 0 && { pixelSize: size }),
    ...(timeStep !== undefined && { timeStep }),
    ...(names.length > 0 && names.length === channels.length && { channels: names }),
    ...(channels.some(saysMore) && { channelDetails: channels.slice(0, MOST_CHANNELS) }),
    ...(objective !== undefined && Object.keys(objective).length > 0 && { objective }),
    ...(acquiredAt !== undefined && { acquiredAt }),
    ...(series !== undefined && series > 1 && { series }),
    ...(remarks.length > 0 && { remarks: remarks.slice(0, 5) }),
  };
}

/** A file that claims more channels than this is damaged, or no microscope's. */
const MOST_CHANNELS = 256;

function saysMore({ excitation, emission, exposure }: ChannelInfo): boolean {
  return excitation !== undefined || emission !== undefined || exposure !== undefined;
}

/** The record without its absent fields, which the compiler then knows to be there. */
export function present<T extends object>(record: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never; // fields are only taken away
}

/** A positive, finite number out of a file's text or value. */
export function positive(value: string | number | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

/** A wavelength in nanometres; light microscopes have no others than these. */
export function nanometres(value: string | number | undefined, unit = 'nm'): number | undefined {
  const number = positive(value);
  const perUnit = micrometresPer(unit);
  if (number === undefined || perUnit === undefined) return undefined;
  const length = Number((number * perUnit * 1000).toPrecision(9));
  return length >= 100 && length <= 20_000 ? length : undefined;
}

/** A length in micrometres. An unknown unit makes it absent, which `remarks` is told; `pixel` and the like are no units and need no word. */
export function micrometres(
  value: string | number | undefined,
  { unit, what, remarks }: { unit: string; what: string; remarks: string[] },
): number | undefined {
  if (value === undefined) return undefined;
  const factor = micrometresPer(unit);
  if (factor === undefined && !isNoUnit(unit)) remarks.push(unknownUnit({ what, value, unit }));
  return scaled(Number(value), factor);
}

/** A time in seconds, as `micrometres` has it. */
export function seconds(
  value: string | number | undefined,
  { unit, what, remarks }: { unit: string; what: string; remarks: string[] },
): number | undefined {
  if (value === undefined) return undefined;
  const factor = secondsPer(unit);
  if (factor === undefined && !isNoUnit(unit)) remarks.push(unknownUnit({ what, value, unit }));
  return scaled(Number(value), factor);
}

export function unknownUnit({ what, value, unit }: { what: string; value: string | number; unit: string }): string {
  return `${what} is given as ${value} ${quoted(unit)}, a unit that Bitflow does not know, and is left out`;
}

export function isNoUnit(unit: string): boolean {
  return /^\s*(pixels?|px|voxels?|frames?|slices?|none|null|unknown|reference ?frame|inch(es)? \(default\)|)\s*$/i.test(
    unit,
  );
}
