import { micrometresPer, scaled, secondsPer } from './length-unit.ts';

/** One `Image` of an OME-XML block, with what a reader of its pixels needs. */
export interface OmeImage {
  /** Slowest first, lower case: `tczyx`. */
  readonly axes: string;
  /** By axis letter. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly samplesPerPixel: number;
  readonly pixelSize: { readonly z?: number; readonly y?: number; readonly x?: number };
  readonly timeStep?: number;
  readonly channels: readonly (string | undefined)[];
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
}

/**
 * Reads OME-XML as far as images go; `undefined` where it is none. A scan over the tags, not a DOM: blocks with a `Plane` element per
 * page run to megabytes, all we need stands in attributes, and a parser's loading and tree would cost more than the file.
 */
export function omeMetadata(xml: string): OmeMetadata | undefined {
  if (!/<(?:\w+:)?OME[\s>]/.test(xml)) return undefined;
  let uuid: string | undefined;
  const images: OmeImage[] = [];
  let open: Draft | undefined;
  let lastPlanes: { -readonly [Key in keyof OmePlanes]: OmePlanes[Key] } | undefined;

  for (const element of elements(xml)) {
    const { name, attributes } = element;
    switch (name) {
      case 'OME':
        uuid ??= attributes.get('UUID');
        break;
      case 'Pixels':
        // The same name also stands in older instrument blocks, without sizes.
        open = attributes.has('SizeX') ? draftOf(attributes) : undefined;
        break;
      case '/Pixels':
        if (open !== undefined) images.push(finished(open));
        open = undefined;
        break;
      case 'Channel':
        open?.channels.push(attributes.get('Name'));
        open?.samples.push(whole(attributes.get('SamplesPerPixel')) ?? 1);
        break;
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
          lastPlanes.uuid = xml.slice(element.end, Math.max(element.end, xml.indexOf('<', element.end))).trim();
        }
        break;
      default:
        break;
    }
  }
  return { ...(uuid !== undefined && { uuid }), images };
}

interface Draft {
  readonly attributes: ReadonlyMap<string, string>;
  readonly channels: (string | undefined)[];
  readonly samples: number[];
  readonly planes: OmePlanes[];
}

function draftOf(attributes: ReadonlyMap<string, string>): Draft {
  return { attributes, channels: [], samples: [], planes: [] };
}

function finished({ attributes, channels, samples, planes }: Draft): OmeImage {
  const order = attributes.get('DimensionOrder') ?? 'XYZCT';
  const axes = [...order.toLowerCase()].reverse().join('');
  const sizes = Object.fromEntries(
    [...'xyzct'].map((axis) => [axis, whole(attributes.get(`Size${axis.toUpperCase()}`)) ?? 1]),
  );
  const length = (axis: string): number | undefined => {
    const value = attributes.get(`PhysicalSize${axis}`);
    if (value === undefined) return undefined; // not stated is not 1.0
    return scaled(Number(value), micrometresPer(attributes.get(`PhysicalSize${axis}Unit`) ?? 'um'));
  };
  const increment = attributes.get('TimeIncrement');
  const timeStep =
    increment === undefined
      ? undefined
      : scaled(Number(increment), secondsPer(attributes.get('TimeIncrementUnit') ?? 's'));
  const [z, y, x] = [length('Z'), length('Y'), length('X')];
  return {
    axes,
    sizes,
    samplesPerPixel: samples[0] ?? 1,
    pixelSize: { ...(z !== undefined && { z }), ...(y !== undefined && { y }), ...(x !== undefined && { x }) },
    ...(timeStep !== undefined && { timeStep }),
    channels,
    planes,
  };
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}

interface Element {
  /** Without its namespace prefix; `/Name` for an end tag. An empty element yields both. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly end: number;
}

const none: ReadonlyMap<string, string> = new Map();

function* elements(xml: string): Generator<Element> {
  const tags =
    /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<(\/?)(?:[\w.-]+:)?([\w.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;
  for (const match of xml.matchAll(tags)) {
    const [text, slash, name, attributes, empty] = match;
    if (name === undefined) continue;
    const end = match.index + text.length;
    if (slash === '/') {
      yield { name: `/${name}`, attributes: none, end };
      continue;
    }
    yield { name, attributes: interesting.has(name) ? attributesOf(attributes ?? '') : none, end };
    if (empty === '/') yield { name: `/${name}`, attributes: none, end };
  }
}

const interesting: ReadonlySet<string> = new Set(['OME', 'Pixels', 'Channel', 'TiffData', 'UUID']);

function attributesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name, double, single] of text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (name !== undefined) found.set(name, unescaped(double ?? single ?? ''));
  }
  return found;
}

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
