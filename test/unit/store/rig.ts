import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type OpenOptions, openStore, type Store } from '../../../src/store/index.ts';

const folders: string[] = [];
const stores: Store[] = [];

/** Registered once per file: closes and removes what a test made. */
export function cleanUp(): void {
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close().catch(() => {});
    for (const folder of folders.splice(0)) {
      execFileSync('chmod', ['-R', 'u+rwX', folder]);
      execFileSync('rm', ['-rf', folder]);
    }
  });
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bit-store-'));
  folders.push(folder);
  return folder;
}

export async function opened(folder: string, options: Partial<OpenOptions> = {}): Promise<Store> {
  const store = await openStore(folder, { create: true, readOnly: false, ...options });
  stores.push(store);
  return store;
}
