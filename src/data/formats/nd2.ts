import type { ByteReader } from './byte-reader.ts';
import { isoDateTime, julianDate } from './date-time.ts';
import { imageDetails, positive, present } from './image-details.ts';
import { nd2Channels } from './nd2-channels.ts';
import { nd2Chunks, nd2Content } from './nd2-chunks.ts';
import { type Nd2Loop, nd2Loops } from './nd2-loops.ts';
import { type Nd2Record, numberOf, recordOf, textOf } from './nd2-values.ts';
import type { Reading } from './reading.ts';

/**
 * Reads a Nikon ND2: the map at the end of the file says where its chunks are; four of them describe the image, in binary or (before version 3)
 * as XML. Positions of the stage are counted as `series`; the other loops are axes in the order in which they were run, then `c y x`.
 */
export async function readNd2(reader: ByteReader): Promise<Reading> {
  const map = await nd2Chunks(reader);
  if (map.state === 'cut')
    return { problems: [`the ND2 file is cut off: it does not end with its chunk map (${reader.size} bytes present)`] };
  if (map.state === 'damaged') return { problems: [`the ND2 file is damaged: ${map.why}`] };
  const { chunks } = map;
  if (chunks.size === 0) return { problems: [] };
  const content = async (...names: readonly string[]): Promise<Nd2Record | undefined> => {
    const chunk = names.map((name) => chunks.get(name)).find((each) => each !== undefined);
    return chunk === undefined ? undefined : await nd2Content(reader, chunk);
  };
  const attributes = await content('ImageAttributesLV!', 'ImageAttributes!');
  if (attributes === undefined)
    return { problems: ['the ND2 file is damaged: what it says of its size cannot be read'] };
  const frame = frameOf(inside(attributes, 'SLxImageAttributes'));
  if (frame === undefined) return { problems: ['the ND2 file is damaged: the size of its image makes no sense'] };
  const experiment = await content('ImageMetadataLV!', 'ImageMetadata!');
  const picture = inside(await content('ImageMetadataSeqLV|0!', 'ImageMetadataSeq|0!'), 'SLxPictureMetadata');
  const text = inside(await content('ImageTextInfoLV!', 'ImageTextInfo!'), 'SLxImageTextInfo');
  const loops = experiment === undefined ? [] : nd2Loops(inside(experiment, 'SLxExperiment') ?? experiment);
  return { problems: [], image: imageOf({ frame, loops, picture, text }) };
}

/** The binary form wraps its content once more than the XML does. */
function inside(content: Nd2Record | undefined, name: string): Nd2Record | undefined {
  return content === undefined ? undefined : (recordOf(content.get(name)) ?? content);
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly dtype: string;
  /** Pictures of all channels that the file holds; 0 where that is not said. */
  readonly pictures: number;
}

function frameOf(attributes: Nd2Record | undefined): Frame | undefined {
  if (attributes === undefined) return undefined;
  const whole = (name: string): number | undefined => {
    const value = numberOf(attributes.get(name));
    return value !== undefined && Number.isInteger(value) && value > 0 && value < 2 ** 31 ? value : undefined;
  };
  const [width, height, bits] = [whole('uiWidth'), whole('uiHeight'), whole('uiBpcInMemory')];
  const dtype = bits === 8 ? 'uint8' : bits === 16 ? 'uint16' : bits === 32 ? 'float32' : undefined;
  if (width === undefined || height === undefined || dtype === undefined) return undefined;
  return { width, height, components: whole('uiComp') ?? 1, dtype, pictures: whole('uiSequenceCount') ?? 0 };
}

function imageOf({
  frame,
  loops,
  picture,
  text,
}: {
  frame: Frame;
  loops: readonly Nd2Loop[];
  picture: Nd2Record | undefined;
  text: Nd2Record | undefined;
}): NonNullable<Reading['image']> {
  const remarks: string[] = [];
  const counts = countsTaken(loops, { pictures: frame.pictures, remarks });
  const outer = loops
    .map((loop, index) => ({ axis: loop.axis, count: counts[index] ?? 1 }))
    .filter(({ axis, count }) => axis !== 'p' && count > 1);
  const channels = nd2Channels(picture);
  // One picture plane with three components is a colour camera's.
  const isColour = frame.components >= 3 && channels.length === 1;
  const count = isColour ? 1 : frame.components;
  const inner = count > 1 ? [{ axis: 'c', count }] : [];
  const z = loops.find(({ axis }) => axis === 'z')?.step;
  const t = loops.find(({ axis }) => axis === 't')?.step;
  const isCalibrated = numberOf(picture?.get('bCalibrated')) !== 0;
  const plane = isCalibrated ? positive(numberOf(picture?.get('dCalibration'))) : undefined;
  const aspect = positive(numberOf(picture?.get('dAspect'))) ?? 1;
  const series = loops
    .map((loop, index) => (loop.axis === 'p' ? (counts[index] ?? 1) : 1))
    .reduce((all, each) => all * each, 1);
  return {
    axes: `${outer.map(({ axis }) => axis).join('')}${inner.map(({ axis }) => axis).join('')}yx${isColour ? 's' : ''}`,
    shape: [...outer, ...inner]
      .map((each) => each.count)
      .concat([frame.height, frame.width], isColour ? [frame.components] : []),
    dtype: frame.dtype,
    ...imageDetails({
      pixelSize: { z, y: plane === undefined ? undefined : plane * aspect, x: plane },
      timeStep: t,
      channels: channels.length === count ? channels : [],
      objective: present({
        name: textOf(picture?.get('wsObjectiveName')) ?? textOf(text?.get('TextInfoItem_13')),
        magnification: positive(numberOf(picture?.get('dObjectiveMag'))),
        numericalAperture: positive(numberOf(picture?.get('dObjectiveNA'))),
      }),
      acquiredAt: acquiredAt(picture, text),
      series,
      remarks,
    }),
  };
}

/** An acquisition that was ended early holds fewer pictures than its loops announce: then the outermost has run that often. */
function countsTaken(
  loops: readonly Nd2Loop[],
  { pictures, remarks }: { pictures: number; remarks: string[] },
): readonly number[] {
  const counts = loops.map((loop) => loop.count);
  const announced = counts.reduce((all, each) => all * each, 1);
  const [first] = counts;
  if (pictures === 0 || pictures >= announced || first === undefined) return counts;
  remarks.push(`the acquisition was ended early: ${pictures} of ${announced} pictures are in the file`);
  return [Math.max(1, Math.floor(pictures / (announced / first))), ...counts.slice(1)];
}

/** The Julian date is in universal time; the text is in the computer's language, and only used where it can be read in one way. */
function acquiredAt(picture: Nd2Record | undefined, text: Nd2Record | undefined): string | undefined {
  const days = positive(numberOf(picture?.get('dTimeAbsolute')));
  return (
    (days === undefined ? undefined : julianDate(days, 'Z')) ?? isoDateTime(textOf(text?.get('TextInfoItem_9')) ?? '')
  );
}
