import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';

export interface ZipMember {
  /** Its path in the archive, with `/`. */
  readonly path: string;
  readonly size: number;
}

/** What is wrong with an archive, in words. */
export class ZipProblem extends Error {}

/**
 * Unpacks a ZIP (stored or deflated, ZIP64 too) below a folder, and says what is in it. Every member is held against its length and sum, and none may leave the folder.
 * Rejects with `ZipProblem`.
 */
export async function unpackZip(archive: string, { into }: { into: string }): Promise<readonly ZipMember[]> {
  const file = await open(archive);
  try {
    const { size } = await file.stat();
    const entries = await directoryOf(file, size);
    const seen = new Set<string>();
    for (const entry of entries) {
      const path = safePath(entry.name);
      if (seen.has(path)) throw new ZipProblem(`it holds two files called ${path}`);
      seen.add(path);
      await unpack(archive, { file, entry, to: join(into, path) });
    }
    return entries.map((entry) => ({ path: safePath(entry.name), size: entry.size }));
  } finally {
    await file.close();
  }
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

/** The list at the archive's end; folders have no entry of their own here, they come with their files. */
async function directoryOf(file: FileHandle, size: number): Promise<readonly Entry[]> {
  const tailAt = Math.max(0, size - 22 - 65535);
  const tail = await bytesAt(file, { at: tailAt, length: size - tailAt });
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0 || end + 22 > tail.length) throw new ZipProblem('it is cut off: it has no directory at its end');
  let [count, length, at] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (count === 0xffff || length === WIDE || at === WIDE) {
    const locator = end - 20;
    if (locator < 0 || tail.toString('latin1', locator, locator + 4) !== 'PK\x06\x07')
      throw new ZipProblem('it is damaged');
    const wide = await bytesAt(file, { at: Number(tail.readBigUInt64LE(locator + 8)), length: 56 });
    count = Number(wide.readBigUInt64LE(32));
    length = Number(wide.readBigUInt64LE(40));
    at = Number(wide.readBigUInt64LE(48));
  }
  const directory = await bytesAt(file, { at, length });
  const entries: Entry[] = [];
  for (let from = 0; entries.length < count || from < directory.length; ) {
    if (from + 46 > directory.length || directory.toString('latin1', from, from + 4) !== 'PK\x01\x02') {
      throw new ZipProblem('its directory is damaged');
    }
    const [names, extras] = [directory.readUInt16LE(from + 28), directory.readUInt16LE(from + 30)];
    const comments = directory.readUInt16LE(from + 32);
    const entry = entryOf(directory.subarray(from, from + 46 + names + extras), names);
    entries.push(entry);
    from += 46 + names + extras + comments;
  }
  return entries.filter((entry) => !entry.name.endsWith('/'));
}

const WIDE = 0xffffffff;

function entryOf(header: Buffer, names: number): Entry {
  if ((header.readUInt16LE(8) & 1) !== 0) throw new ZipProblem('it is locked with a password');
  const sizes = [header.readUInt32LE(24), header.readUInt32LE(20), header.readUInt32LE(42)];
  const extra = header.subarray(46 + names);
  for (let from = 0; from + 4 <= extra.length; from += 4 + extra.readUInt16LE(from + 2)) {
    if (extra.readUInt16LE(from) !== 1) continue;
    // Only those numbers stand here that do not fit into their own place, in this order.
    let next = from + 4;
    for (const [index, value] of sizes.entries()) {
      if (value !== WIDE) continue;
      sizes[index] = Number(extra.readBigUInt64LE(next));
      next += 8;
    }
  }
  const [size = 0, packed = 0, at = 0] = sizes;
  return {
    name: header.toString('utf8', 46, 46 + names),
    method: header.readUInt16LE(10),
    crc: header.readUInt32LE(16),
    packed,
    size,
    at,
  };
}

async function unpack(
  archive: string,
  { file, entry, to }: { file: FileHandle; entry: Entry; to: string },
): Promise<void> {
  const header = await bytesAt(file, { at: entry.at, length: 30 });
  if (header.toString('latin1', 0, 4) !== 'PK\x03\x04') throw new ZipProblem(`${entry.name} is not where it should be`);
  const start = entry.at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (entry.method !== 0 && entry.method !== 8) throw new ZipProblem(`${entry.name} is packed in an unknown way`);
  await mkdir(dirname(to), { recursive: true });
  let [sum, size] = [0, 0];
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum);
      size += chunk.length;
      done(size > entry.size ? new ZipProblem(`${entry.name} is longer than its archive says`) : null, chunk);
    },
  });
  const out = createWriteStream(to, { flush: true });
  if (entry.packed === 0) await pipeline(measure.end(), out);
  else {
    const packed = createReadStream(archive, { start, end: start + entry.packed - 1 });
    await (entry.method === 0
      ? pipeline(packed, measure, out)
      : pipeline(packed, createInflateRaw(), measure, out)
    ).catch((error: unknown) => {
      const isDamage = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
      throw isDamage ? new ZipProblem(`${entry.name} is damaged`) : error;
    });
  }
  if (size !== entry.size || sum !== entry.crc) throw new ZipProblem(`${entry.name} is damaged or cut off`);
}

/** No member may lie outside the folder it is unpacked into, whatever the archive says. */
function safePath(name: string): string {
  const parts = name
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..') || name.includes('\0') || /^[a-z]:/i.test(name)) {
    throw new ZipProblem(`it holds a file with an impossible path: ${JSON.stringify(name)}`);
  }
  return parts.join('/');
}

async function bytesAt(file: FileHandle, { at, length }: { at: number; length: number }): Promise<Buffer> {
  const { size } = await file.stat();
  if (at < 0 || length < 0 || at + length > size) throw new ZipProblem('it is cut off or damaged');
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  if (bytesRead !== length) throw new ZipProblem('it became shorter while it was read');
  return bytes;
}
