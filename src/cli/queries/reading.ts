import { dirname, resolve } from 'node:path';
import { openStore, type Store } from '../../store/index.ts';
import { CommandProblem } from '../problem.ts';
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
  const store = await openStore(await storeOf(around, options.near), { create: false, readOnly: options.readOnly });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function storeOf(around: Surroundings, near: string | undefined): Promise<string> {
  try {
    return await existingStore(around);
  } catch (problem) {
    if (near === undefined || !(problem instanceof CommandProblem)) throw problem;
    return existingStore(around, { from: dirname(resolve(around.folder, near)) }).catch(() => Promise.reject(problem));
  }
}
