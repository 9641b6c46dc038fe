import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ByteReader } from './byte-reader.ts';
import type { Reading } from './reading.ts';

/** Looks for a ZIP's directory, which is its last part: a cut archive has none. */
export async function readZip(reader: ByteReader): Promise<Reading> {
  const most = Math.min(reader.size, 22 + 65535); // the record and the longest comment after it
  const tail = await reader.read(reader.size - most, most);
  const at = tail?.lastIndexOf('PK\x05\x06', undefined, 'latin1') ?? -1;
  if (tail === undefined || at < 0 || at + 22 > tail.length) {
    return { problems: [`the ZIP is cut off: it has no directory at its end (${reader.size} bytes present)`] };
  }
  const [length, offset] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  const isZip64 = length === 0xffffffff || offset === 0xffffffff;
  if (!isZip64 && length + offset > reader.size - most + at) {
    return { problems: ['the ZIP is damaged: its directory is not where it should be'] };
  }
  return { problems: [] };
}

/** Walks the members of a TAR by their lengths up to the two empty blocks that end it. */
export async function readTar(reader: ByteReader): Promise<Reading> {
  let at = 0;
  let members = 0;
  while (at < reader.size) {
    const block = await reader.read(at, 512);
    if (block === undefined) break;
    if (block.every((each) => each === 0)) return members > 0 ? { problems: [] } : { problems: ['the TAR is empty'] };
    const size = tarSize(block);
    if (size === undefined) return { problems: [`the TAR is damaged: no member begins at byte ${at}`] };
    members += 1;
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return {
    problems: [`the TAR is cut off: it ends in the middle of its member ${members} (${reader.size} bytes present)`],
  };
}

function tarSize(block: Buffer): number | undefined {
  const stated = Number.parseInt(block.toString('latin1', 148, 156), 8);
  let sum = 0;
  for (const [index, value] of block.entries()) sum += index >= 148 && index < 156 ? 32 : value;
  if (stated !== sum) return undefined;
  if ((block[124] ?? 0) & 0x80) return Number(block.readBigUInt64BE(128)); // sizes past 8 GB are binary
  const size = Number.parseInt(block.toString('latin1', 124, 136).trim() || '0', 8);
  return Number.isNaN(size) ? undefined : size;
}

/** Past this size unpacking takes longer than a look may; the beginning is then all that is checked. */
const MOST_UNPACKED = 256 * 1024 * 1024;

/** A gzip file says nothing of its length until it is unpacked to its end, so that is done (and thrown away). */
export async function readGzip(path: string, { size }: { size: number }): Promise<Reading> {
  if (size > MOST_UNPACKED) return { problems: [] };
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    await pipeline(createReadStream(path), createGunzip(), nowhere);
    return { problems: [] };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'Z_BUF_ERROR') return { problems: [`the gzip file is cut off (${size} bytes present)`] };
    if (typeof code === 'string' && code.startsWith('Z_'))
      return { problems: ['the gzip file is damaged: it cannot be unpacked'] };
    throw error;
  }
}

/** xz ends with its magic turned round. */
export async function readXz(reader: ByteReader): Promise<Reading> {
  const tail = await reader.read(reader.size - 2, 2);
  return {
    problems: tail?.toString('latin1') === 'YZ' ? [] : [`the xz file is cut off (${reader.size} bytes present)`],
  };
}
