import type { ChannelInfo, ObjectiveInfo } from '../../engine/ports/formats.ts';
import { isoDateTime } from './date-time.ts';
import { type ImageDetails, imageDetails, nanometres, positive, present } from './image-details.ts';
import { scaled } from './length-unit.ts';
import { childAt, childrenAt, textAt, type XmlNode, xmlTree } from './xml-tree.ts';

/** What the XML of a CZI says of its image. */
export interface CziDescription {
  /** By axis letter (`x y z c t s m h i r v b`), those that are stated. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly dtype?: string;
  readonly samples: number;
  readonly details: ImageDetails;
}

/** A text that is no such XML gives a description in which nothing is said. */
export function cziDescription(xml: string): CziDescription {
  const metadata = childAt(xmlTree(xml, { skip: uninteresting }), 'ImageDocument', 'Metadata');
  const information = childAt(metadata, 'Information');
  const image = childAt(information, 'Image');
  const pixel = pixelNames.get(
    textAt(image, 'PixelType') ?? textAt(image, 'Dimensions', 'Channels', 'Channel', 'PixelType') ?? '',
  );
  const channels = childrenAt(image, 'Dimensions', 'Channels', 'Channel').map(channelOf);
  return {
    sizes: sizesOf(image),
    ...(pixel !== undefined && { dtype: pixel.dtype }),
    samples: pixel?.samples ?? 1,
    details: imageDetails({
      pixelSize: pixelSizeOf(metadata),
      timeStep: timeStepOf(image),
      channels,
      objective: objectiveOf(information, image),
      acquiredAt: isoDateTime(textAt(image, 'AcquisitionDateAndTime') ?? ''),
    }),
  };
}

/** The pixel types by their numbers in the directory. */
export function cziPixel(number: number): { dtype: string; samples: number } | undefined {
  return pixelNames.get(pixelNumbers.get(number) ?? '');
}

const pixelNumbers: ReadonlyMap<number, string> = new Map([
  [0, 'Gray8'],
  [1, 'Gray16'],
  [2, 'Gray32Float'],
  [3, 'Bgr24'],
  [4, 'Bgr48'],
  [8, 'Bgr96Float'],
  [9, 'Bgra32'],
  [10, 'Gray64ComplexFloat'],
  [11, 'Bgr192ComplexFloat'],
  [12, 'Gray32'],
  [13, 'Gray64Float'],
]);

const pixelNames: ReadonlyMap<string, { dtype: string; samples: number }> = new Map([
  ['Gray8', { dtype: 'uint8', samples: 1 }],
  ['Gray16', { dtype: 'uint16', samples: 1 }],
  ['Gray32', { dtype: 'int32', samples: 1 }],
  ['Gray32Float', { dtype: 'float32', samples: 1 }],
  ['Gray64Float', { dtype: 'float64', samples: 1 }],
  ['Gray64', { dtype: 'float64', samples: 1 }],
  ['Gray64ComplexFloat', { dtype: 'complex64', samples: 1 }],
  ['Bgr24', { dtype: 'uint8', samples: 3 }],
  ['Bgr48', { dtype: 'uint16', samples: 3 }],
  ['Bgr96Float', { dtype: 'float32', samples: 3 }],
  ['Bgra32', { dtype: 'uint8', samples: 4 }],
  ['Bgr192ComplexFloat', { dtype: 'complex64', samples: 3 }],
]);

/** Parts that can be long and say nothing about the image itself. */
const uninteresting: ReadonlySet<string> = new Set([
  'DisplaySetting', 'Layers', 'HardwareSetting', 'CustomAttributes', 'Experiment', 'AttachmentInfos', 'Appliances',
  'TopographyData', 'Scenes', 'Tiles',
]); // biome-ignore format: a list

function sizesOf(image: XmlNode | undefined): Readonly<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const child of image?.children ?? []) {
    const axis = /^Size([XYZCTSMHIRVB])$/.exec(child.name)?.[1];
    const length = Number(child.text);
    if (axis !== undefined && Number.isInteger(length) && length > 0 && length < 2 ** 31)
      sizes[axis.toLowerCase()] = length;
  }
  return sizes;
}

/** Distances are in metres, whatever unit they are shown in. */
function pixelSizeOf(metadata: XmlNode | undefined): {
  z?: number | undefined;
  y?: number | undefined;
  x?: number | undefined;
} {
  const items = childrenAt(metadata, 'Scaling', 'Items', 'Distance');
  const size = (axis: string): number | undefined => {
    const item = items.find((each) => each.attributes.get('Id') === axis);
    return scaled(Number(textAt(item, 'Value') ?? Number.NaN), 1e6);
  };
  return { z: size('Z'), y: size('Y'), x: size('X') };
}

function timeStepOf(image: XmlNode | undefined): number | undefined {
  return positive(textAt(image, 'Dimensions', 'T', 'Positions', 'Interval', 'Increment'));
}

function channelOf(channel: XmlNode): ChannelInfo {
  const nanoseconds = positive(textAt(channel, 'ExposureTime'));
  return present({
    name: channel.attributes.get('Name') ?? textAt(channel, 'Fluor'),
    excitation: nanometres(textAt(channel, 'ExcitationWavelength')),
    emission: nanometres(textAt(channel, 'EmissionWavelength')),
    exposure: nanoseconds === undefined ? undefined : scaled(nanoseconds, 1e-9),
  });
}

/** The one that the image says it was taken with; where it says none, the only one there is. */
function objectiveOf(information: XmlNode | undefined, image: XmlNode | undefined): ObjectiveInfo | undefined {
  const all = childrenAt(information, 'Instrument', 'Objectives', 'Objective');
  const id = childAt(image, 'ObjectiveSettings', 'ObjectiveRef')?.attributes.get('Id');
  const used =
    all.find((each) => id !== undefined && each.attributes.get('Id') === id) ?? (all.length === 1 ? all[0] : undefined);
  if (used === undefined) return undefined;
  const immersion = textAt(used, 'Immersion');
  return present({
    name: textAt(used, 'Manufacturer', 'Model') ?? used.attributes.get('Name'),
    magnification: positive(textAt(used, 'NominalMagnification')),
    numericalAperture: positive(textAt(used, 'LensNA')),
    immersion: immersion === undefined || /^(other|unknown)$/i.test(immersion) ? undefined : immersion,
  });
}
