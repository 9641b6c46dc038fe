import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Drafts } from '../../engine/ports/remote.ts';
import type { Layout } from '../layout.ts';

/** `objects/incoming/ENGINE/NAME`: who writes there is known by the folder, so two engines never write one draft, and a dead one's is taken over by a rename. */
export function createDrafts(
  layout: Layout,
  options: { readonly token: string; readonly isAlive: (token: string) => Promise<boolean> },
): Drafts {
  const own = join(layout.incoming, draftsOf(options.token));
  return {
    take: async (name) => {
      const mine = join(own, name);
      await mkdir(own, { recursive: true, mode: 0o700 });
      for (const folder of await readdir(layout.incoming)) {
        const token = tokenOf(folder);
        if (token === undefined || token === options.token || (await options.isAlive(token))) continue;
        await mkdir(own, { recursive: true, mode: 0o700 });
        // Gone already, or never there: then there is nothing to go on with.
        await rename(join(layout.incoming, folder, name), mine).catch(() => {});
      }
      await mkdir(mine, { recursive: true, mode: 0o700 });
      return mine;
    },
    remove: async (name) => {
      await rm(join(own, name), { recursive: true, force: true });
      // An empty folder tells nobody anything; it stays while something else is in it.
      await rmdir(own).catch(() => {});
    },
  };
}

const prefix = 'drafts-';
const draftsOf = (token: string): string => `${prefix}${token}`;
const tokenOf = (folder: string): string | undefined =>
  folder.startsWith(prefix) ? folder.slice(prefix.length) : undefined;

export const isDraftsFolder = (name: string): boolean => tokenOf(name) !== undefined;

/** Drafts of engines that are no more: of use only to whoever fetches the same again. */
export async function abandonedDrafts(
  layout: Layout,
  isAlive: (token: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const out: string[] = [];
  for (const folder of await readdir(layout.incoming).catch(() => [])) {
    const token = tokenOf(folder);
    if (token !== undefined && !(await isAlive(token))) out.push(join(layout.incoming, folder));
  }
  return out;
}
