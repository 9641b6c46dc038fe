import { resolve } from 'node:path';
import { openStore, type Store } from '../../store/index.ts';
import { existingStore } from '../store-folder.ts';
import type { Surroundings } from '../verb.ts';

/** Opens the store that a verb asks about, for reading, and lets go of it whatever happens. `near` is a path the user named: its store may lie beside it. */
export async function reading<T>(
  around: Surroundings,
  options: { readonly near?: string },
  work: (store: Store) => Promise<T>,
): Promise<T> {
  return opened(around, { ...options, readOnly: true }, work);
}

/** As `reading`, for verbs that change the store. */
export async function changing<T>(
  around: Surroundings,
  options: { readonly near?: string },
  work: (store: Store) => Promise<T>,
): Promise<T> {
  return opened(around, { ...options, readOnly: false }, work);
}

async function opened<T>(
  around: Surroundings,
  options: { readonly near?: string; readonly readOnly: boolean },
  work: (store: Store) => Promise<T>,
): Promise<T> {
  // What was only remembered is good enough for a question, never for a change.
  const folder = await existingStore(around, {
    ...(options.near !== undefined && { near: resolve(around.folder, options.near) }),
    remembered: options.readOnly,
  });
  const store = await openStore(folder, { create: false, readOnly: options.readOnly });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
