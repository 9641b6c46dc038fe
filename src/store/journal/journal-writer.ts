import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { syncAll } from '../content/sync.ts';
import type { Layout } from '../layout.ts';

/**
 * The second memory of a store: every event as a line of JSON, written before the database's transaction. Each engine has files of its own, named by
 * when they were begun, so writers never meet.
 */
export interface JournalWriter {
  /** A line without its end. Written on return, on the disk after `sync`. */
  write(line: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

const segmentBytes = 64 * 1024 * 1024;

export function journalWriter(
  layout: Layout,
  options: { readonly token: string; readonly now: () => Date },
): JournalWriter {
  let segment: { readonly handle: FileHandle; bytes: number } | undefined;
  let count = 0;

  async function begin(): Promise<{ readonly handle: FileHandle; bytes: number }> {
    const stamp = options.now().toISOString().replace(/[-:.]/g, '');
    const path = join(layout.journal, `${stamp}-${options.token}-${String(count++).padStart(4, '0')}.jsonl`);
    await mkdir(layout.journal, { recursive: true, mode: 0o700 });
    const handle = await open(path, 'ax', 0o600);
    await syncAll([layout.journal]);
    return { handle, bytes: 0 };
  }

  return {
    write: async (line) => {
      if (segment !== undefined && segment.bytes > segmentBytes) {
        await segment.handle.datasync();
        await segment.handle.close();
        segment = undefined;
      }
      segment ??= await begin();
      const bytes = Buffer.from(`${line}\n`);
      await segment.handle.appendFile(bytes);
      segment.bytes += bytes.length;
    },
    sync: async () => segment?.handle.datasync(),
    close: async () => {
      await segment?.handle.close();
      segment = undefined;
    },
  };
}
