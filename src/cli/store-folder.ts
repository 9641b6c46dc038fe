import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findStore } from '../store/find-store.ts';
import { rememberedStore } from './known-stores.ts';
import { CommandProblem } from './problem.ts';
import { loadSettings } from './settings/settings.ts';
import type { Surroundings } from './verb.ts';

/** The store a reading verb asks: `--store`, `BIT_STORE`, a setting, the nearest `.bit/` upwards from here (or from `from`), or
 * the one that a run from here used last. Absolute. */
export async function existingStore(around: Surroundings, options: { readonly from?: string } = {}): Promise<string> {
  const start = options.from ?? around.folder;
  const said = (await loadSettings(around, { beside: start })).values.store;
  const folder = said ?? findStore(start) ?? (await rememberedStore(start, { environment: around.environment }));
  if (folder !== undefined && (await isFolder(folder))) return folder;
  throw new CommandProblem({
    exit: 2,
    message:
      folder === undefined ? `There is no store (.bit) in ${start} or above it` : `There is no store at ${folder}`,
    help: 'Run a pipeline first (`bit run FILE`), go to its folder, or name the store with `--store DIR`.',
  });
}

/** The store of a pipeline, which the first run makes beside it. Absolute; it need not be there. */
export function storeFor(pipeline: string, options: { readonly said: string | undefined }): string {
  return options.said ?? findStore(dirname(pipeline)) ?? join(dirname(pipeline), '.bit');
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
