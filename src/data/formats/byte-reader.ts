import type { FileHandle } from 'node:fs/promises';

/** Random access to one open file, for header readers: small reads near each other cost one system call. */
export interface ByteReader {
  readonly size: number;
  /** The bytes from `offset` on, or `undefined` where they are not all inside the file. The buffer is valid until the next call. */
  read(offset: number, length: number): Promise<Buffer | undefined>;
}

const SMALLEST_WINDOW = 4096;
const LARGEST_WINDOW = 256 * 1024;

/**
 * The window grows while reads follow one another (the directories at the end of a tifffile stack) and shrinks when they
 * jump (directories between pages), so that neither walks through pixel data that nobody asked for.
 */
export function byteReader(file: FileHandle, at: { size: number }): ByteReader {
  let start = 0;
  let held: Buffer = Buffer.alloc(0);
  let window = SMALLEST_WINDOW;

  async function fill(offset: number, length: number): Promise<void> {
    const follows = offset >= start && offset <= start + held.length + window;
    window = follows ? Math.min(window * 2, LARGEST_WINDOW) : Math.max(window / 2, SMALLEST_WINDOW);
    const wanted = Math.min(Math.max(length, window), at.size - offset);
    const buffer = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await file.read(buffer, filled, wanted - filled, offset + filled);
      if (bytesRead === 0) break; // the file became shorter than its stat said
      filled += bytesRead;
    }
    start = offset;
    held = buffer.subarray(0, filled);
  }

  return {
    size: at.size,
    async read(offset, length) {
      if (!(offset >= 0 && length >= 0 && offset + length <= at.size)) return undefined; // NaN falls out here, too
      if (offset < start || offset + length > start + held.length) await fill(offset, length);
      const from = offset - start;
      return from + length <= held.length ? held.subarray(from, from + length) : undefined;
    },
  };
}
