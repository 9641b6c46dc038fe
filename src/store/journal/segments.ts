import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from '../layout.ts';

/** Where a line stands, so that lines can be read again in another order than they were written. */
export interface LinePlace {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** All segments, oldest first: their names begin with the time. */
export async function segments(layout: Layout): Promise<readonly string[]> {
  const names = await readdir(layout.journal).catch(() => []);
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => join(layout.journal, name));
}

/** Every whole line of a segment. What follows the last line end was cut off by a crash. */
export async function* linesOf(path: string): AsyncGenerator<{ readonly place: LinePlace; readonly text: string }> {
  let rest: Buffer[] = [];
  let offset = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      rest.push(chunk.subarray(start, end));
      const line = rest.length === 1 ? (rest[0] ?? chunk) : Buffer.concat(rest);
      rest = [];
      yield { place: { path, offset, length: line.length }, text: line.toString('utf8') };
      offset += line.length + 1;
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
}

/** Reads lines by place; keeps the files open until `close`. */
export function lineReader(): { read(place: LinePlace): Promise<string>; close(): Promise<void> } {
  const handles = new Map<string, FileHandle>();
  return {
    read: async (place) => {
      const handle = handles.get(place.path) ?? (await open(place.path, 'r'));
      handles.set(place.path, handle);
      const bytes = Buffer.alloc(place.length);
      await handle.read(bytes, 0, place.length, place.offset);
      return bytes.toString('utf8');
    },
    close: async () => {
      for (const handle of handles.values()) await handle.close();
    },
  };
}
