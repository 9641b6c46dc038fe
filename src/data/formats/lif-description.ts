import type { ChannelInfo, ObjectiveInfo } from '../../engine/ports/formats.ts';
import { fileTime } from './date-time.ts';
import { micrometres, nanometres, positive, present, seconds } from './image-details.ts';
import { childAt, childrenAt, everyNode, textAt, type XmlNode, xmlTree } from './xml-tree.ts';

/** One image of a LIF, as its XML describes it. */
export interface LifImage {
  readonly name: string;
  readonly axes: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly pixelSize: { z?: number | undefined; y?: number | undefined; x?: number | undefined };
  readonly timeStep: number | undefined;
  readonly channels: readonly ChannelInfo[];
  readonly objective: ObjectiveInfo | undefined;
  readonly acquiredAt: string | undefined;
  readonly remarks: readonly string[];
  /** The block that holds its pixels, and how long that is. */
  readonly block: string | undefined;
  readonly bytes: number;
}

export function lifImages(xml: string): { images: readonly LifImage[]; version: number } {
  const root = childAt(xmlTree(xml, { skip: uninteresting }), 'LMSDataContainerHeader');
  const images: LifImage[] = [];
  if (root !== undefined) {
    for (const element of everyNode(root, 'Element')) {
      const image = childAt(element, 'Data', 'Image');
      const read = image === undefined ? undefined : imageOf(element, image);
      if (read !== undefined) images.push(read);
    }
  }
  return { images, version: Number(root?.attributes.get('Version') ?? 2) };
}

/** Long lists about the instrument that say nothing about the image. */
const uninteresting: ReadonlySet<string> = new Set([
  'ScannerSettingRecord',
  'FilterSettingRecord',
  'AdditionalZPositionList',
  'Histogram',
  'ROI',
  'LUTs',
]);

/** Numbers of the dimensions. */
const dimensionAxes: ReadonlyMap<string, string> = new Map([
  ['1', 'x'],
  ['2', 'y'],
  ['3', 'z'],
  ['4', 't'],
  ['5', 'l'], // emission wavelength, step by step
  ['6', 'r'],
  ['9', 'e'], // excitation wavelength, step by step
  ['10', 'm'], // tiles of a mosaic
]);

interface Dimension {
  readonly axis: string;
  readonly count: number;
  readonly length: number;
  readonly unit: string;
  /** Bytes from one entry to the next. */
  readonly stride: number;
}

function imageOf(element: XmlNode, image: XmlNode): LifImage | undefined {
  const description = childAt(image, 'ImageDescription');
  const channelNodes = childrenAt(description, 'Channels', 'ChannelDescription');
  const dimensions = childrenAt(description, 'Dimensions', 'DimensionDescription').flatMap(
    (node) => dimensionOf(node) ?? [],
  );
  const [first] = channelNodes;
  if (first === undefined || dimensions.length === 0) return undefined;
  const dtype = dtypeOf(first);
  if (dtype === undefined) return undefined;
  const stride = Math.min(
    ...channelNodes.map((each) => positive(each.attributes.get('BytesInc')) ?? Number.POSITIVE_INFINITY),
  );
  // The three samples of a colour pixel lie side by side; the planes or lines of channels lie further apart.
  const isColour = channelNodes.length === 3 && stride === bytesPer(dtype);
  const axes: Dimension[] = dimensions.filter(({ axis, count }) => axis === 'y' || axis === 'x' || count > 1);
  if (channelNodes.length > 1) {
    axes.push({ axis: isColour ? 's' : 'c', count: channelNodes.length, length: 0, unit: '', stride });
  }
  // What is further apart is slower; equal strides keep the order in which they are listed, fastest first.
  const slowestFirst = axes
    .map((axis, index) => ({ axis, index }))
    .sort((a, b) => b.axis.stride - a.axis.stride || b.index - a.index);
  const ordered = slowestFirst.map(({ axis }) => axis);
  const remarks: string[] = [];
  const found = (axis: string): Dimension | undefined => dimensions.find((each) => each.axis === axis);
  const settings = settingsOf(image);
  const memory = childAt(element, 'Memory');
  return {
    name: element.attributes.get('Name') ?? '',
    axes: ordered.map(({ axis }) => axis).join(''),
    shape: ordered.map(({ count }) => count),
    dtype,
    pixelSize: { z: stepOf(found('z'), remarks), y: stepOf(found('y'), remarks), x: stepOf(found('x'), remarks) },
    timeStep: timeStepOf(found('t'), remarks),
    channels: isColour ? [] : channelsOf(channelNodes, settings),
    objective: objectiveOf(settings),
    acquiredAt: acquiredAt(image),
    remarks,
    block: memory?.attributes.get('MemoryBlockID'),
    bytes: positive(memory?.attributes.get('Size')) ?? 0,
  };
}

function dimensionOf({ attributes }: XmlNode): Dimension | undefined {
  const count = Number(attributes.get('NumberOfElements'));
  if (!Number.isInteger(count) || count <= 0 || count >= 2 ** 31) return undefined;
  return {
    axis: dimensionAxes.get(attributes.get('DimID') ?? '') ?? 'q',
    count,
    length: Math.abs(Number(attributes.get('Length'))),
    unit: attributes.get('Unit') ?? '',
    stride: Number(attributes.get('BytesInc') ?? 0),
  };
}

/** A length reaches from the centre of the first entry to that of the last. */
function stepOf(dimension: Dimension | undefined, remarks: string[]): number | undefined {
  if (dimension === undefined || dimension.count < 2) return undefined;
  const { axis, count, length, unit } = dimension;
  return micrometres(length / (count - 1), { unit, what: `the pixel size in ${axis}`, remarks });
}

function timeStepOf(dimension: Dimension | undefined, remarks: string[]): number | undefined {
  if (dimension === undefined || dimension.count < 2) return undefined;
  return seconds(dimension.length / (dimension.count - 1), { unit: dimension.unit, what: 'the time step', remarks });
}

function dtypeOf({ attributes }: XmlNode): string | undefined {
  const bits = Number(attributes.get('Resolution'));
  if (!Number.isInteger(bits) || bits < 1 || bits > 64) return undefined;
  if (attributes.get('DataType') === '1') return bits === 32 || bits === 64 ? `float${bits}` : undefined;
  return bits <= 8 ? 'uint8' : bits <= 16 ? 'uint16' : bits <= 32 ? 'uint32' : 'uint64';
}

function bytesPer(dtype: string): number {
  return Number(/\d+$/.exec(dtype)?.[0] ?? 8) / 8;
}

interface Settings {
  readonly main: XmlNode | undefined;
  readonly wideField: readonly XmlNode[];
}

/** The settings of the microscope, which stand under one name for laser scanning and another for cameras. */
function settingsOf(image: XmlNode): Settings {
  for (const attachment of image.children) {
    if (attachment.name !== 'Attachment' || attachment.attributes.get('Name') !== 'HardwareSetting') continue;
    const main =
      childAt(attachment, 'ATLConfocalSettingDefinition') ?? childAt(attachment, 'ATLCameraSettingDefinition');
    return { main, wideField: childrenAt(main, 'WideFieldChannelConfigurator', 'WideFieldChannelInfo') };
  }
  return { main: undefined, wideField: [] };
}

function objectiveOf({ main }: Settings): ObjectiveInfo | undefined {
  if (main === undefined) return undefined;
  const { attributes } = main;
  const name = attributes.get('ObjectiveName')?.replace(/\s+/g, ' ').trim();
  const immersion = attributes.get('Immersion')?.trim();
  return present({
    name: name === '' ? undefined : name,
    magnification: positive(attributes.get('Magnification')),
    numericalAperture: positive(attributes.get('NumericalAperture')),
    immersion: immersion === '' ? undefined : immersion,
  });
}

/** Only where the camera's channels are listed one to one do their wavelengths belong to a channel; a laser line may serve several. */
function channelsOf(nodes: readonly XmlNode[], { wideField }: Settings): ChannelInfo[] {
  return nodes.map((node, index) => {
    const settings = wideField.length === nodes.length ? wideField[index]?.attributes : undefined;
    return present({
      name: nameOf(node) ?? (settings?.get('UserDefName') || settings?.get('FluoCubeName') || undefined),
      excitation: nanometres(settings?.get('ExcitationWavelength')),
      emission: nanometres(settings?.get('EmissionWavelength')),
    });
  });
}

/** Newer files name the dye; a look-up table's colour is no name. */
function nameOf(channel: XmlNode): string | undefined {
  for (const property of childrenAt(channel, 'ChannelProperty')) {
    const value = textAt(property, 'Value');
    if (textAt(property, 'Key') === 'DyeName' && value !== undefined) return value;
  }
  return undefined;
}

function acquiredAt(image: XmlNode): string | undefined {
  const list = childAt(image, 'TimeStampList');
  const [hex] = list?.text.slice(0, 40).split(/\s+/) ?? [];
  if (hex !== undefined && /^[0-9a-f]{8,16}$/i.test(hex)) return fileTime(BigInt(`0x${hex}`));
  const stamp = childAt(list, 'TimeStamp')?.attributes;
  const [high, low] = [stamp?.get('HighInteger'), stamp?.get('LowInteger')];
  if (high === undefined || low === undefined || !/^\d{1,10}$/.test(high) || !/^\d{1,10}$/.test(low)) return undefined;
  return fileTime((BigInt(high) << 32n) | BigInt(low));
}
