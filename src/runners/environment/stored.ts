import { existsSync, readdirSync } from 'node:fs';
import { opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readCondaManifest } from './conda.ts';
import { readManifest } from './pip.ts';

/** An environment that lies in the store. */
export interface StoredEnvironment {
  readonly name: string;
  readonly folder: string;
  readonly kind: 'pip' | 'conda';
  readonly packages: readonly string[];
  /** `3.11.9`; a conda environment may have none. */
  readonly python?: string;
  readonly builtAt: string;
  readonly bytes: number;
}

/** Every whole environment in `<store>/environments`, by name. */
export async function listEnvironments(folder: string): Promise<readonly StoredEnvironment[]> {
  if (!existsSync(folder)) return [];
  const found: StoredEnvironment[] = [];
  for (const name of readdirSync(folder).sort()) {
    const home = join(folder, name);
    const kind = kindOf(name);
    const manifest = kind === 'pip' ? readManifest(home) : kind === 'conda' ? readCondaManifest(home) : undefined;
    if (kind === undefined || manifest === undefined) continue;
    const { packages, python, builtAt } = manifest;
    found.push({
      name,
      folder: home,
      kind,
      packages,
      ...(python === undefined ? {} : { python }),
      builtAt,
      bytes: await sizeOf(home),
    });
  }
  return found;
}

/**
 * Removes environments whose names are not in `keep`, and what an interrupted build left. Their locks stay: asked for again, they come back
 * with the same versions. Returns what was removed and how much that freed.
 */
export async function pruneEnvironments(
  folder: string,
  options: { readonly keep: ReadonlySet<string> },
): Promise<{ readonly removed: readonly string[]; readonly bytes: number }> {
  if (!existsSync(folder)) return { removed: [], bytes: 0 };
  const removed: string[] = [];
  let bytes = 0;
  for (const name of readdirSync(folder)) {
    if (kindOf(name) === undefined || options.keep.has(name) || existsSync(join(folder, 'locks', `${name}.lock`)))
      continue;
    bytes += await sizeOf(join(folder, name));
    await rm(join(folder, name), { recursive: true, force: true });
    removed.push(name);
  }
  return { removed, bytes };
}

const kindOf = (name: string): StoredEnvironment['kind'] | undefined =>
  (['pip', 'conda'] as const).find((kind) => name.startsWith(`${kind}-`));

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await sizeOf(path);
    else if (entry.isFile()) bytes += (await stat(path)).size;
  }
  return bytes;
}
