import type { ChannelInfo, ObjectiveInfo } from '../../engine/ports/formats.ts';
import { isoDateTime } from './date-time.ts';
import { micrometres, nanometres, positive, present, seconds } from './image-details.ts';
import { xmlAttributes, xmlTags, xmlText } from './xml-elements.ts';

/** One `Image` of an OME-XML block, with what a reader of its pixels needs. */
export interface OmeImage {
  /** Slowest first, lower case: `tczyx`. */
  readonly axes: string;
  /** By axis letter. */
  readonly sizes: Readonly<Record<string, number>>;
  /** As OME names it, which is numpy's way but for `float`, `double` and `complex`. */
  readonly type?: string;
  readonly samplesPerPixel: number;
  readonly pixelSize: { readonly z?: number; readonly y?: number; readonly x?: number };
  readonly timeStep?: number;
  readonly channels: readonly ChannelInfo[];
  readonly objective?: ObjectiveInfo;
  readonly acquiredAt?: string;
  readonly remarks: readonly string[];
  readonly planes: readonly OmePlanes[];
}

/** Where some planes are: a `TiffData` element. */
export interface OmePlanes {
  readonly directory: number;
  /** `undefined`: all pages of the file. */
  readonly count: number | undefined;
  /** The file that has them, where the element names one. */
  readonly uuid?: string;
  readonly fileName?: string;
}

export interface OmeMetadata {
  /** The identity of this file within its set. */
  readonly uuid?: string;
  readonly images: readonly OmeImage[];
  /** The companion that describes this file, where it leaves that to one. */
  readonly companion?: string;
}

/**
 * Reads OME-XML as far as images go; `undefined` where it is none. A scan over the tags, not a DOM: blocks with a `Plane` element per
 * page run to megabytes, all we need stands in attributes, and a parser's loading and tree would cost more than the file.
 */
export function omeMetadata(xml: string): OmeMetadata | undefined {
  if (!/<(?:\w{1,40}:)?OME[\s>]/.test(xml)) return undefined;
  let uuid: string | undefined;
  let companion: string | undefined;
  const images: OmeImage[] = [];
  const objectives = new Map<string, ObjectiveInfo>();
  let about: About = {};
  let open: Draft | undefined;
  let lastPlanes: { -readonly [Key in keyof OmePlanes]: OmePlanes[Key] } | undefined;

  for (const tag of xmlTags(xml)) {
    if (!interesting.has(tag.name)) continue;
    if (tag.kind === 'close') {
      if (tag.name === 'Pixels' && open !== undefined) {
        images.push(finished(open, { about, objectives }));
        open = undefined;
      }
      continue;
    }
    const attributes = xmlAttributes(tag.attributes);
    switch (tag.name) {
      case 'OME':
        uuid ??= attributes.get('UUID');
        break;
      case 'BinaryOnly':
        companion = attributes.get('MetadataFile');
        break;
      case 'Objective': {
        const id = attributes.get('ID');
        if (id !== undefined) objectives.set(id, objectiveOf(attributes));
        break;
      }
      case 'Image':
        about = {};
        break;
      case 'ObjectiveSettings':
      case 'ObjectiveRef':
        about.objective ??= attributes.get('ID');
        break;
      case 'AcquisitionDate':
      case 'AcquiredDate':
      case 'CreationDate':
        about.date ??= xmlText(xml, tag);
        break;
      case 'Pixels':
        // The same name also stands in older instrument blocks, without sizes.
        open = attributes.has('SizeX')
          ? { attributes, channels: [], samples: [], exposures: new Map(), planes: [] }
          : undefined;
        if (tag.kind === 'empty' && open !== undefined) {
          images.push(finished(open, { about, objectives }));
          open = undefined;
        }
        break;
      case 'Channel':
        open?.channels.push(channelOf(attributes));
        open?.samples.push(whole(attributes.get('SamplesPerPixel')) ?? 1);
        break;
      case 'Plane': {
        const channel = whole(attributes.get('TheC'));
        if (open === undefined || channel === undefined || open.exposures.has(channel)) break;
        open.exposures.set(
          channel,
          seconds(attributes.get('ExposureTime'), {
            unit: attributes.get('ExposureTimeUnit') ?? 's',
            what: '',
            remarks: [],
          }),
        );
        break;
      }
      case 'TiffData': {
        const stated = whole(attributes.get('PlaneCount')) ?? whole(attributes.get('NumPlanes'));
        const directory = whole(attributes.get('IFD'));
        lastPlanes = { directory: directory ?? 0, count: stated ?? (directory === undefined ? undefined : 1) };
        open?.planes.push(lastPlanes);
        break;
      }
      case 'UUID':
        if (lastPlanes !== undefined) {
          const fileName = attributes.get('FileName');
          if (fileName !== undefined) lastPlanes.fileName = fileName;
          lastPlanes.uuid = xmlText(xml, tag);
        }
        break;
      default:
        break;
    }
  }
  return { ...(uuid !== undefined && { uuid }), ...(companion !== undefined && { companion }), images };
}

/** What stands in an `Image` beside its `Pixels`. */
interface About {
  objective?: string | undefined;
  date?: string | undefined;
}

interface Draft {
  readonly attributes: ReadonlyMap<string, string>;
  readonly channels: ChannelInfo[];
  readonly samples: number[];
  readonly exposures: Map<number, number | undefined>;
  readonly planes: OmePlanes[];
}

function finished(
  { attributes, channels, samples, exposures, planes }: Draft,
  { about, objectives }: { about: About; objectives: ReadonlyMap<string, ObjectiveInfo> },
): OmeImage {
  const order = attributes.get('DimensionOrder') ?? 'XYZCT';
  const axes = [...order.toLowerCase()].reverse().join('');
  const sizes = Object.fromEntries(
    [...'xyzct'].map((axis) => [axis, whole(attributes.get(`Size${axis.toUpperCase()}`)) ?? 1]),
  );
  const remarks: string[] = [];
  // A size that is not stated is not 1.0.
  const length = (axis: string): number | undefined =>
    micrometres(attributes.get(`PhysicalSize${axis}`), {
      unit: attributes.get(`PhysicalSize${axis}Unit`) ?? 'um',
      what: `the pixel size in ${axis.toLowerCase()}`,
      remarks,
    });
  const timeStep = seconds(attributes.get('TimeIncrement'), {
    unit: attributes.get('TimeIncrementUnit') ?? 's',
    what: 'the time step',
    remarks,
  });
  const objective = about.objective === undefined ? undefined : objectives.get(about.objective);
  const acquiredAt = about.date === undefined ? undefined : isoDateTime(about.date);
  const type = attributes.get('Type') ?? attributes.get('PixelType');
  return {
    axes,
    sizes,
    ...(type !== undefined && { type }),
    samplesPerPixel: samples[0] ?? 1,
    pixelSize: present({ z: length('Z'), y: length('Y'), x: length('X') }),
    ...(timeStep !== undefined && { timeStep }),
    channels: channels.map((channel, index) => ({ ...channel, ...present({ exposure: exposures.get(index) }) })),
    ...(objective !== undefined && { objective }),
    ...(acquiredAt !== undefined && { acquiredAt }),
    remarks,
    planes,
  };
}

function channelOf(attributes: ReadonlyMap<string, string>): ChannelInfo {
  const wavelength = (which: string): number | undefined =>
    nanometres(attributes.get(`${which}Wavelength`), attributes.get(`${which}WavelengthUnit`) ?? 'nm');
  return present({
    name: attributes.get('Name'),
    excitation: wavelength('Excitation'),
    emission: wavelength('Emission'),
  });
}

function objectiveOf(attributes: ReadonlyMap<string, string>): ObjectiveInfo {
  const immersion = attributes.get('Immersion');
  return present({
    name: attributes.get('Model'),
    magnification: positive(attributes.get('NominalMagnification')),
    numericalAperture: positive(attributes.get('LensNA')),
    immersion: immersion === undefined || /^(other|unknown)?$/i.test(immersion) ? undefined : immersion,
  });
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}

const interesting: ReadonlySet<string> = new Set([
  'OME',
  'BinaryOnly',
  'Objective',
  'Image',
  'ObjectiveSettings',
  'ObjectiveRef',
  'AcquisitionDate',
  'AcquiredDate',
  'CreationDate',
  'Pixels',
  'Channel',
  'Plane',
  'TiffData',
  'UUID',
]);
