import { close, fsync, open } from 'node:fs';
import { promisify } from 'node:util';
import PQueue from 'p-queue';

const openFile = promisify(open);
const syncFile = promisify(fsync);
const closeFile = promisify(close);
/** The file system merges syncs that wait at the same moment into one. */
const queue = new PQueue({ concurrency: 16 });

/** Waits until these files or folders are on the disk, whatever happens to the power. */
export async function syncAll(paths: Iterable<string>): Promise<void> {
  await Promise.all([...paths].map((path) => queue.add(() => syncOne(path))));
}

async function syncOne(path: string): Promise<void> {
  const descriptor = await openFile(path, 'r');
  try {
    await syncFile(descriptor);
  } finally {
    await closeFile(descriptor);
  }
}
