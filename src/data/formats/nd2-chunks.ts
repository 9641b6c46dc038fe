import type { ByteReader } from './byte-reader.ts';
import { type Nd2Record, nd2Binary, nd2Xml } from './nd2-values.ts';

/** Where a chunk begins: its head, then its name, then its content. */
export interface Nd2Chunk {
  readonly name: string;
  readonly at: number;
}

export type Nd2Chunks =
  | { readonly state: 'read'; readonly chunks: ReadonlyMap<string, Nd2Chunk> }
  | { readonly state: 'cut' }
  | { readonly state: 'damaged'; readonly why: string };

/** Reads the map that ends the file. The chunks of pictures, which can be millions, are passed over. */
export async function nd2Chunks(reader: ByteReader): Promise<Nd2Chunks> {
  const tail = await reader.read(reader.size - 40, 40);
  if (tail?.toString('latin1', 0, 32) !== END_MARK) return { state: 'cut' };
  const at = Number(tail.readBigUInt64LE(32));
  if (at === 0) return { state: 'read', chunks: new Map() };
  const map = await contentOf(reader, { at, most: MOST_MAP });
  if (map === undefined || map.name !== MAP_MARK) {
    return { state: 'damaged', why: `its chunk map should be at byte ${at}, and is not there` };
  }
  const chunks = new Map<string, Nd2Chunk>();
  let from = 0;
  for (;;) {
    const end = map.content.indexOf('!', from, 'latin1') + 1;
    if (end === 0 || end - from > 256) break;
    const name = map.content.toString('latin1', from, end);
    if (name === END_MARK || end + 16 > map.content.length) break;
    if (!name.startsWith('ImageDataSeq|')) chunks.set(name, { name, at: Number(map.content.readBigUInt64LE(end)) });
    from = end + 16;
  }
  return { state: 'read', chunks };
}

/** What a chunk says; `undefined` where it is not there, or is not what its name promises. */
export async function nd2Content(reader: ByteReader, chunk: Nd2Chunk): Promise<Nd2Record | undefined> {
  const found = await contentOf(reader, { at: chunk.at, most: MOST_CONTENT });
  if (found === undefined || found.name !== chunk.name) return undefined;
  return chunk.name.includes('LV') ? nd2Binary(found.content) : nd2Xml(found.content);
}

const MAGIC = 0x0abeceda;
const END_MARK = 'ND2 CHUNK MAP SIGNATURE 0000001!';
const MAP_MARK = 'ND2 FILEMAP SIGNATURE NAME 0001!';
const MOST_MAP = 256 * 1024 * 1024;
const MOST_CONTENT = 32 * 1024 * 1024;

async function contentOf(
  reader: ByteReader,
  { at, most }: { at: number; most: number },
): Promise<{ name: string; content: Buffer } | undefined> {
  const head = await reader.read(at, 16);
  if (head === undefined || head.readUInt32LE(0) !== MAGIC) return undefined;
  const nameLength = head.readUInt32LE(4);
  const length = Number(head.readBigUInt64LE(8));
  if (nameLength > 64 * 1024 || length > most) return undefined;
  const raw = await reader.read(at + 16, nameLength + length);
  if (raw === undefined) return undefined;
  // The space for the name is longer than the name, which ends in `!`.
  const name = raw.toString('latin1', 0, Math.min(nameLength, 256));
  return { name: name.slice(0, name.indexOf('!') + 1), content: Buffer.from(raw.subarray(nameLength)) };
}
