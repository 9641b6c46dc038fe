import type { ByteReader } from './byte-reader.ts';
import type { Reading } from './reading.ts';

// Microscope makers' own formats: recognised, and held against the one length or marker that they keep at a known place. What is
// inside, Bio-Formats reads; a header reader of our own would be wrong on half of the variants.

/** Zeiss CZI: the file header names where the directory of its segments is. */
export async function readCzi(reader: ByteReader): Promise<Reading> {
  const at = (await reader.read(32 + 52, 8))?.readBigInt64LE(0);
  const directory = at === undefined ? undefined : await reader.read(Number(at), 16);
  return directory?.toString('latin1', 0, 15) === 'ZISRAWDIRECTORY'
    ? { problems: [] }
    : {
        problems: [
          `the CZI file is cut off or damaged: its directory is not in the file (${reader.size} bytes present)`,
        ],
      };
}

/** Nikon ND2: the chunk map is the last thing written, and signs the end of the file. */
export async function readNd2(reader: ByteReader): Promise<Reading> {
  const tail = await reader.read(reader.size - 40, 40);
  return tail?.toString('latin1', 0, 32) === 'ND2 CHUNK MAP SIGNATURE 0000001!'
    ? { problems: [] }
    : { problems: [`the ND2 file is cut off: it does not end with its chunk map (${reader.size} bytes present)`] };
}

/** Leica LIF: a chain of memory blocks, each with its length. */
export async function readLif(reader: ByteReader): Promise<Reading> {
  let at = 0;
  let isFirst = true;
  let isWide = false;
  while (at < reader.size) {
    const head = await reader.read(at, 13);
    if (head === undefined || head.readUInt32LE(0) !== 0x70 || head.readUInt8(8) !== 0x2a) break;
    const described = head.readUInt32LE(4); // bytes of description that follow
    if (isFirst) {
      const text = await reader.read(at, Math.min(reader.size, 13 + 2 * head.readUInt32LE(9)));
      const version = text && /<LMSDataContainerHeader[^>]*Version="(\d+)"/.exec(text.toString('utf16le', 13));
      isWide = Number(version?.[1] ?? 2) >= 2;
      isFirst = false;
      at += 8 + described;
      if (at === reader.size) return { problems: [] };
      continue;
    }
    const length = await reader.read(at + 9, isWide ? 8 : 4);
    if (length === undefined) break;
    const pixels = isWide ? Number(length.readBigUInt64LE(0)) : length.readUInt32LE(0);
    at += 8 + described + pixels;
    if (at === reader.size) return { problems: [] };
  }
  return { problems: [`the LIF file is cut off or damaged (${reader.size} bytes present)`] };
}
