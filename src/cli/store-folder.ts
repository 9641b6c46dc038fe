import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findStore } from '../store/find-store.ts';
import { rememberedStore } from './known-stores.ts';
import { CommandProblem } from './problem.ts';
import { loadSettings } from './settings/settings.ts';
import type { Surroundings } from './verb.ts';

/**
 * The store that a verb asks: `--store`, `BIT_STORE`, a setting, or the nearest `.bit/` upwards from here (or from `from`), then from
 * `near`, the path that is asked about. Only where `remembered` says so, and none was found, that of a run that published around this path
 * or of a pipeline in this folder; that one is named on stderr. Absolute.
 */
export async function existingStore(
  around: Surroundings,
  options: { readonly from?: string; readonly near?: string; readonly remembered?: boolean } = {},
): Promise<string> {
  const start = options.from ?? around.folder;
  let missing: string | undefined;
  for (const at of [start, ...(options.near === undefined ? [] : [dirname(options.near)])]) {
    const folder = (await loadSettings(around, { beside: at })).values.store ?? findStore(at);
    if (folder !== undefined && (await isFolder(folder))) return folder;
    missing ??= folder;
  }
  const link =
    options.remembered === true && missing === undefined
      ? await rememberedStore({ folder: start, path: options.near ?? start }, { environment: around.environment })
      : undefined;
  if (link !== undefined) {
    around.terminal.err.line(
      link.kind === 'outdir'
        ? `Asking the store ${link.store}, whose runs published to ${link.folder}`
        : `Asking the store ${link.store}, which the pipeline here ran on`,
    );
    return link.store;
  }
  throw new CommandProblem({
    exit: 2,
    message:
      missing === undefined ? `There is no store (.bit) in ${start} or above it` : `There is no store at ${missing}`,
    help: 'Import data (`bit import FOLDER --experiment NAME`) or run a pipeline (`bit run FILE`) first, go to its folder, or name the store with `--store DIR`.',
  });
}

/** The store that questions asked in a folder go to where no setting names one, and how it is found. */
export async function storeAround(
  folder: string,
  options: { readonly environment: Surroundings['environment'] },
): Promise<{ readonly folder: string; readonly how: 'upwards' | 'remembered' } | undefined> {
  const above = findStore(folder);
  if (above !== undefined) return { folder: above, how: 'upwards' };
  const link = await rememberedStore({ folder, path: folder }, options);
  return link && { folder: link.store, how: 'remembered' };
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
