import type { ByteReader } from './byte-reader.ts';
import { isoDateTime } from './date-time.ts';
import { numbersOf, readDirectory, textOf, tiffLayout } from './tiff-directory.ts';

/** When a camera took the picture, out of the Exif block of a JPEG: a TIFF directory behind six bytes. With its zone where one is there. */
export async function exifDate(block: Buffer): Promise<string | undefined> {
  if (block.toString('latin1', 0, 6) !== 'Exif\0\0') return undefined;
  const reader = inMemory(block.subarray(6));
  const layout = tiffLayout(block.subarray(6));
  if (layout === undefined) return undefined;
  const first = await readDirectory(reader, { at: layout.firstDirectory, layout });
  const link = first?.entries.get(exifTag.directory);
  const [at] = link === undefined ? [] : ((await numbersOf(reader, { entry: link, layout, most: 1 })) ?? []);
  const exif = at === undefined ? undefined : await readDirectory(reader, { at, layout });
  const text = async (number: number): Promise<string | undefined> => {
    const entry = exif?.entries.get(number);
    return entry === undefined || entry.bytes > 64 ? undefined : (await textOf(reader, entry))?.trim();
  };
  const taken = await text(exifTag.taken);
  if (taken === undefined) return undefined;
  const zone = (await text(exifTag.zone)) ?? '';
  return isoDateTime(`${taken} ${zone}`) ?? isoDateTime(taken);
}

const exifTag = { directory: 0x8769, taken: 0x9003, zone: 0x9011 } as const;

function inMemory(bytes: Buffer): ByteReader {
  return {
    size: bytes.length,
    async read(offset, length) {
      return offset >= 0 && length >= 0 && offset + length <= bytes.length
        ? bytes.subarray(offset, offset + length)
        : undefined;
    },
  };
}
