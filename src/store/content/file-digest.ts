import { close, closeSync, fstatSync, open, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Fingerprint } from '../../engine/ports/content-store.ts';
import { hashing } from '../../util/blake3.ts';
import { type FileStat, fileStat, sameState } from './stat.ts';

/** Larger ones are read asynchronously, in pieces; smaller ones cost less in one synchronous gulp. */
export const smallFileBytes = 256 * 1024;

/** Hashing one piece holds the event loop: 1 MiB is below a millisecond with the native digest, 5 with the other. */
const pieceBytes = 1024 * 1024;
const sampleBytes = 1024 * 1024;

export type Read =
  | { readonly ok: true; readonly hex: string }
  | { readonly ok: false; readonly why: 'changed-while-read' };

const scratch = Buffer.allocUnsafeSlow(smallFileBytes + 1);

/** The digest of a small regular file. Throws what the file system throws. */
export function digestSmall(path: string, seen: FileStat): Read {
  const descriptor = openSync(path, 'r');
  try {
    let filled = 0;
    for (;;) {
      const count = readSync(descriptor, scratch, filled, scratch.length - filled, filled);
      filled += count;
      if (count === 0 || filled === scratch.length) break;
    }
    const now = fileStat(fstatSync(descriptor, { bigint: true }));
    if (filled !== seen.size || !sameState(now, seen)) return { ok: false, why: 'changed-while-read' };
    return { ok: true, hex: hashing.hash(scratch.subarray(0, filled)) };
  } finally {
    closeSync(descriptor);
  }
}

/** The digest of a regular file of any size, without holding the event loop: one piece is hashed while the next is read. */
export async function digestLarge(path: string, seen: FileStat): Promise<Read> {
  const descriptor = await openFile(path, 'r');
  try {
    const hasher = await hashing.start();
    let [current, other] = takeBuffers();
    let position = 0;
    try {
      let pending = readAt(descriptor, current, position);
      for (;;) {
        const count = await pending;
        if (count === 0) break;
        position += count;
        const full = current.subarray(0, count);
        [current, other] = [other, current];
        pending = readAt(descriptor, current, position);
        hasher.update(full);
      }
    } finally {
      giveBuffers([current, other]);
    }
    const now = fileStat(fstatSync(descriptor, { bigint: true }));
    if (position !== seen.size || !sameState(now, seen)) return { ok: false, why: 'changed-while-read' };
    return { ok: true, hex: hasher.hex() };
  } finally {
    await closeFile(descriptor);
  }
}

/** Size and three pieces of the content: quick on very large files, no proof. Never equal to a content digest. */
export async function digestSampled(path: string, seen: FileStat): Promise<Read> {
  const descriptor = await openFile(path, 'r');
  try {
    const hasher = await hashing.start();
    hasher.update(`bit/sampled/1\0${seen.size}\0`);
    const buffer = Buffer.allocUnsafe(sampleBytes);
    const last = Math.max(0, seen.size - sampleBytes);
    const starts = new Set([0, Math.min(sampleBytes, last), Math.floor(last / 2), last]);
    // A file that fits into the samples is read whole.
    const wanted = seen.size <= 3 * sampleBytes ? new Set([0, sampleBytes, 2 * sampleBytes]) : starts;
    for (const start of wanted) {
      const count = await readAt(descriptor, buffer, start);
      hasher.update(`${start}:${count}\0`);
      hasher.update(buffer.subarray(0, count));
    }
    const now = fileStat(fstatSync(descriptor, { bigint: true }));
    return sameState(now, seen) ? { ok: true, hex: hasher.hex() } : { ok: false, why: 'changed-while-read' };
  } finally {
    await closeFile(descriptor);
  }
}

/** Path, size and modification time: what the analyst chose to trust. */
export const digestStat = (path: string, seen: FileStat): string =>
  hashing.hash(`bit/stat/1\0${seen.size}\0${seen.mtimeNs}\0${path}`);

export async function digestFile(path: string, seen: FileStat, fingerprint: Fingerprint): Promise<Read> {
  switch (fingerprint) {
    case 'content':
      return seen.size <= smallFileBytes ? digestSmall(path, seen) : digestLarge(path, seen);
    case 'sampled':
      return digestSampled(path, seen);
    case 'stat':
      return { ok: true, hex: digestStat(path, seen) };
  }
}

const openFile = promisify(open);
const closeFile = promisify(close);

function readAt(descriptor: number, buffer: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

type Buffers = [Buffer, Buffer];
const spareBuffers: Buffers[] = [];

const takeBuffers = (): Buffers =>
  spareBuffers.pop() ?? [Buffer.allocUnsafeSlow(pieceBytes), Buffer.allocUnsafeSlow(pieceBytes)];

function giveBuffers(buffers: Buffers): void {
  if (spareBuffers.length < 4) spareBuffers.push(buffers);
}
