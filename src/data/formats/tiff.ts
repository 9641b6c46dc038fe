import type { ByteReader } from './byte-reader.ts';
import { present } from './image-details.ts';
import { metamorphStack } from './metamorph.ts';
import type { Reading } from './reading.ts';
import {
  numbersOf,
  readDirectory,
  type TiffDirectory,
  type TiffEntry,
  type TiffLayout,
  tag,
  textOf,
  tiffLayout,
} from './tiff-directory.ts';
import { readPage, type TiffPage } from './tiff-page.ts';
import { type TiffContents, tiffSeries } from './tiff-series.ts';

/**
 * Reads every directory of a TIFF, BigTIFF, OME-TIFF, ImageJ stack or MetaMorph stack, and no pixels. `isBeside` says whether a
 * file of that name lies in the same folder: an OME-TIFF may be one part of a set.
 */
export async function readTiff(
  reader: ByteReader,
  { fileName, isBeside }: { fileName: string; isBeside: (name: string) => Promise<boolean> },
): Promise<Reading> {
  const head = await reader.read(0, Math.min(16, reader.size));
  const layout = head === undefined ? undefined : tiffLayout(head);
  if (layout === undefined) return { problems: ['the TIFF header is damaged'] };
  if (layout.firstDirectory === 0) {
    return { problems: ['the TIFF is unfinished: its writer never added the directory of its pages'] };
  }
  const { pages, first, problems } = await walk(reader, layout);
  const [firstPage, ...others] = pages;
  if (firstPage === undefined || first === undefined) return { problems };

  const descriptionEntry = first.entries.get(tag.description);
  const contents: TiffContents = {
    pages: [firstPage, ...others],
    fileSize: reader.size,
    fileName,
    description: (descriptionEntry === undefined ? undefined : await textOf(reader, descriptionEntry)) ?? '',
    resolution: await resolutionOf(reader, { directory: first, layout }),
    ...present({ metamorph: await metamorphStack(reader, { directory: first, layout }) }),
  };
  const { image, problems: inSeries, siblings } = tiffSeries(contents);
  // A cut chain explains the missing planes; saying both would be saying it twice.
  const all = problems.length > 0 ? problems : [...inSeries];
  for (const name of siblings) {
    if (all.length > 0 || (await isBeside(name))) continue;
    all.push(
      `the OME-TIFF is one part of a set: ${JSON.stringify(name)}, which holds other planes of the same image, is not beside it`,
    );
  }
  return { image, problems: all };
}

const MOST_PROBLEMS = 5;

async function walk(
  reader: ByteReader,
  layout: TiffLayout,
): Promise<{ pages: TiffPage[]; first: TiffDirectory | undefined; problems: string[] }> {
  const pages: TiffPage[] = [];
  const problems: string[] = [];
  const seen = new Set<number>();
  let first: TiffDirectory | undefined;
  let number = 1;
  for (let at = layout.firstDirectory; at !== 0 && problems.length < MOST_PROBLEMS; number++) {
    if (seen.has(at)) {
      problems.push(`the TIFF is damaged: page ${number} points back to an earlier page`);
      break;
    }
    seen.add(at);
    const directory = await readDirectory(reader, { at, layout });
    if (directory === undefined) {
      problems.push(
        `the TIFF is cut off or damaged: the directory of page ${number} should be at byte ${at}, and the file ends at byte ${reader.size}`,
      );
      break;
    }
    if (directory.entries.size === 0) {
      problems.push(`the TIFF is damaged: the directory of page ${number} is empty`);
      break;
    }
    first ??= directory;
    const reading = await readPage(reader, { directory, layout, label: `page ${number}` });
    if (reading.ok) pages.push(reading.page);
    else problems.push(reading.problem);
    const levels = directory.entries.get(tag.subDirectories);
    if (levels !== undefined) problems.push(...(await levelProblems(reader, { entry: levels, layout, page: number })));
    at = directory.next;
  }
  return { pages, first, problems: problems.slice(0, MOST_PROBLEMS) };
}

/** Pyramid levels hang below their page; they show no shape of their own here but must be whole. */
async function levelProblems(
  reader: ByteReader,
  { entry, layout, page }: { entry: TiffEntry; layout: TiffLayout; page: number },
): Promise<string[]> {
  const offsets = await numbersOf(reader, { entry, layout, most: 64 });
  for (const [index, at] of (offsets ?? []).entries()) {
    if (at === 0) continue;
    const label = `level ${index + 1} of page ${page}`;
    const directory = await readDirectory(reader, { at, layout });
    if (directory === undefined) {
      return [
        `the TIFF is cut off or damaged: ${label} should be described at byte ${at}, and the file ends at byte ${reader.size}`,
      ];
    }
    const reading = await readPage(reader, { directory, layout, label });
    if (!reading.ok) return [reading.problem];
  }
  return [];
}

async function resolutionOf(
  reader: ByteReader,
  { directory, layout }: { directory: TiffDirectory; layout: TiffLayout },
): Promise<TiffContents['resolution']> {
  const perUnit = async (number: number): Promise<number | undefined> => {
    const entry = directory.entries.get(number);
    if (entry?.bytes === 8 && (await reader.read(entry.at, 8))?.equals(placeholder(layout)) !== false) return undefined;
    return entry && (await numbersOf(reader, { entry, layout, most: 1 }))?.[0];
  };
  const [x, y] = [await perUnit(tag.xResolution), await perUnit(tag.yResolution)];
  const unit = directory.entries.get(tag.resolutionUnit)?.value ?? 2;
  const isUsable = (each: number | undefined): each is number =>
    each !== undefined && Number.isFinite(each) && each > 0;
  return {
    ...(isUsable(x) && { x }),
    ...(isUsable(y) && { y }),
    unit: unit === 3 ? 'cm' : unit === 2 ? 'inch' : 'none',
  };
}

/** `1/1` is what writers put where no resolution is known; a measured 1.0 comes as ImageJ's `1000000/1000000`. */
function placeholder({ littleEndian }: TiffLayout): Buffer {
  return Buffer.from(littleEndian ? [1, 0, 0, 0, 1, 0, 0, 0] : [0, 0, 0, 1, 0, 0, 0, 1]);
}
