import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { syncAll } from '../content/sync.ts';
import type { Layout } from '../layout.ts';

/**
 * The second memory of a store: every event as a line of JSON, written before the database's transaction. Each engine has files of its own, named by
 * when they were begun, so writers never meet.
 */
export interface JournalWriter {
  /** A line without its end. It is on the disk after `sync`. */
  write(line: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

const segmentBytes = 64 * 1024 * 1024;
/** Lines are gathered up to this; then, or when they have to be on the disk, they are written together. */
const bufferedCharacters = 512 * 1024;

export function journalWriter(
  layout: Layout,
  options: { readonly token: string; readonly now: () => Date },
): JournalWriter {
  let segment: { readonly handle: FileHandle; bytes: number } | undefined;
  let count = 0;
  let lines: string[] = [];
  let characters = 0;
  let last: Promise<void> = Promise.resolve();

  /** Whoever writes waits for those who wrote before. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  };

  async function begin(): Promise<{ readonly handle: FileHandle; bytes: number }> {
    const stamp = options.now().toISOString().replace(/[-:.]/g, '');
    const path = join(layout.journal, `${stamp}-${options.token}-${String(count++).padStart(4, '0')}.jsonl`);
    await mkdir(layout.journal, { recursive: true, mode: 0o700 });
    const handle = await open(path, 'ax', 0o600);
    await syncAll([layout.journal]);
    return { handle, bytes: 0 };
  }

  async function flush(): Promise<void> {
    if (lines.length === 0) return;
    if (segment !== undefined && segment.bytes > segmentBytes) {
      await segment.handle.datasync();
      await segment.handle.close();
      segment = undefined;
    }
    segment ??= await begin();
    const text = `${lines.join('\n')}\n`;
    lines = [];
    characters = 0;
    const bytes = Buffer.from(text);
    await segment.handle.appendFile(bytes);
    segment.bytes += bytes.length;
  }

  return {
    write: async (line) => {
      lines.push(line);
      characters += line.length;
      if (characters > bufferedCharacters) await inTurn(flush);
    },
    sync: () =>
      inTurn(async () => {
        await flush();
        await segment?.handle.datasync();
      }),
    close: () =>
      inTurn(async () => {
        await flush();
        await segment?.handle.close();
        segment = undefined;
      }),
  };
}
