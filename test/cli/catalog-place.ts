import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Experiment, NewItem, TagTypes } from '../../src/engine/ports/catalog.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { imports } from '../unit/store/catalog-rig.ts';
import { type Ended, makePlace, masked, type Place } from './bit.ts';

/** A place whose store has experiments in it. */
export interface CatalogPlace extends Place {
  /** As words; exits 0, or the test fails with what was said. */
  json(...words: readonly string[]): Promise<ReturnType<typeof JSON.parse>>;
  golden(name: string, words: readonly string[]): Promise<void>;
  inStore<T>(work: (store: Store) => Promise<T>): Promise<T>;
  imports(given: {
    readonly experiment: string;
    readonly dataset: string;
    readonly keys?: Experiment['keys'];
    readonly types?: TagTypes;
    readonly items: readonly NewItem[];
  }): Promise<void>;
}

export function catalogPlace(files: Readonly<Record<string, string>> = {}): CatalogPlace {
  const place = makePlace(files);
  const inStore = async <T>(work: (store: Store) => Promise<T>): Promise<T> => {
    const store = await openStore(join(place.folder, '.bit'), { create: true, readOnly: false });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };
  return {
    ...place,
    inStore,
    imports: (given) => inStore(async (store) => void (await imports(store, given))),
    json: async (...words) => {
      const ended = await place.bit([...words, '--json']);
      expect(ended.status, ended.err + ended.out).toBe(0);
      return JSON.parse(ended.out);
    },
    golden: async (name, words) =>
      expect(`bit ${words.join(' ')}\n${told(place, await place.bit(words))}`).toMatchFileSnapshot(
        `golden/${name}.txt`,
      ),
  };
}

/** Without what differs from machine to machine and from day to day. */
const told = (place: Place, ended: Ended): string =>
  masked(place, ended)
    .replaceAll(userInfo().username, 'USER')
    .replaceAll(hostname(), 'HOST')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'YYYY-MM-DD hh:mm:ss')
    .replace(/ +$/gm, '');
