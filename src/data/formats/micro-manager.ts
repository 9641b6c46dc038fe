import { isoDateTime } from './date-time.ts';
import { type ImageDetails, imageDetails, positive } from './image-details.ts';
import { scaled } from './length-unit.ts';

/**
 * What Micro-Manager writes beside an image (`metadata.txt`, `NAME_metadata.txt`): JSON with a `Summary` and one entry per plane. Only the
 * beginning of the text is needed, and it need not be whole: an acquisition that was ended leaves the last brace out. `undefined` where it is none.
 */
export function microManagerDetails(text: string): ImageDetails | undefined {
  const summary = objectAfter(text, /"Summary"\s*:\s*\{/g);
  if (summary === undefined) return undefined;
  // The first plane; versions before 2 call it `FrameKey-0-0-0`, those since also `Metadata-NAME/img….tif`.
  const plane = objectAfter(text, /"(?:FrameKey-\d+-\d+-\d+|Metadata-[^"]{0,300})"\s*:\s*\{/g) ?? {};
  const names = Array.isArray(summary.ChNames) ? summary.ChNames.filter((name) => typeof name === 'string') : [];
  const pixel = numberIn(summary, 'PixelSize_um') ?? numberIn(plane, 'PixelSizeUm') ?? numberIn(plane, 'PixelSize_um');
  const slices = numberIn(summary, 'Slices') ?? 1;
  const frames = numberIn(summary, 'Frames') ?? 1;
  const exposure = numberIn(plane, 'Exposure-ms');
  const count = numberIn(summary, 'Channels') ?? names.length;
  return imageDetails({
    pixelSize: { z: slices > 1 ? numberIn(summary, 'z-step_um') : undefined, y: pixel, x: pixel },
    timeStep: frames > 1 ? scaled(numberIn(summary, 'Interval_ms') ?? Number.NaN, 1e-3) : undefined,
    // The first plane's exposure is that of its channel alone.
    channels:
      names.length === count
        ? names.map((name, index) => ({
            name,
            ...(index === 0 && exposure !== undefined && names.length === 1 && { exposure: exposure / 1000 }),
          }))
        : [],
    acquiredAt:
      dateIn(summary, 'StartTime') ?? dateIn(summary, 'Time') ?? dateIn(plane, 'Time') ?? dateIn(plane, 'ReceivedTime'),
    series: numberIn(summary, 'Positions'),
  });
}

/** How much of such a file is worth reading: the summary, with the positions of a plate in it, and the first plane. */
export const MICRO_MANAGER_HEAD = 1024 * 1024;

type Fields = Readonly<Record<string, unknown>>;

/** The object that begins where the pattern ends; `undefined` where it is not whole or no JSON. */
function objectAfter(text: string, pattern: RegExp): Fields | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const from = match.index + match[0].length - 1;
  const end = closingBrace(text, from);
  if (end === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text.slice(from, end + 1));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function closingBrace(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x22) {
      at += 1;
      while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
    } else if (character === 0x7b) depth += 1;
    else if (character === 0x7d) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return undefined;
}

/** 0 is what Micro-Manager writes where nothing was set. */
function numberIn(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' || typeof value === 'string' ? positive(value) : undefined;
}

function dateIn(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? isoDateTime(value) : undefined;
}
