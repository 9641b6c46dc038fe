import { existsSync, readdirSync, statSync } from 'node:fs';
import { opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readCondaManifest } from './conda.ts';
import { imageFolder, readKnown } from './known-images.ts';
import { readManifest } from './pip.ts';

/** An environment that lies in the store. */
export interface StoredEnvironment {
  readonly name: string;
  /** Of an image, its file. */
  readonly folder: string;
  readonly kind: 'pip' | 'conda' | 'image';
  /** What was asked for; of an image, the names that stood for it. */
  readonly packages: readonly string[];
  /** `3.11.9`; a conda environment may have none, an image is not asked. */
  readonly python?: string;
  readonly builtAt: string;
  readonly bytes: number;
}

/** Every whole environment in `<store>/environments`, by name, and after them the images of containers. */
export async function listEnvironments(folder: string): Promise<readonly StoredEnvironment[]> {
  const found: StoredEnvironment[] = [];
  for (const name of namesIn(folder)) {
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
  return [...found, ...listImages(folder)];
}

function listImages(folder: string): readonly StoredEnvironment[] {
  const images = imageFolder(folder);
  const known = [...readKnown(images)];
  return namesIn(images).flatMap((file): readonly StoredEnvironment[] => {
    if (!file.endsWith('.sif')) return [];
    const path = join(images, file);
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts === undefined) return [];
    const digest = file.slice(0, -'.sif'.length).replace('-', ':');
    const packages = known.flatMap(([key, value]) =>
      value === digest && key.startsWith('name ') ? [key.slice('name '.length)] : [],
    );
    const builtAt = facts.mtime.toISOString();
    return [{ name: file, folder: path, kind: 'image', packages, builtAt, bytes: facts.size }];
  });
}

/**
 * Removes environments whose names are not in `keep`, and what an interrupted build left. Their locks stay: asked for again, they come back
 * with the same versions. Returns what was removed and how much that freed.
 */
export async function pruneEnvironments(
  folder: string,
  options: { readonly keep: ReadonlySet<string> },
): Promise<{ readonly removed: readonly string[]; readonly bytes: number }> {
  const removed: string[] = [];
  let bytes = 0;
  for (const name of namesIn(folder)) {
    if (kindOf(name) === undefined || options.keep.has(name) || existsSync(join(folder, 'locks', `${name}.lock`)))
      continue;
    bytes += await sizeOf(join(folder, name));
    await rm(join(folder, name), { recursive: true, force: true });
    removed.push(name);
  }
  for (const image of listImages(folder)) {
    if (options.keep.has(image.name)) continue;
    await rm(image.folder, { force: true });
    bytes += image.bytes;
    removed.push(image.name);
  }
  return { removed, bytes };
}

const kindOf = (name: string): 'pip' | 'conda' | undefined =>
  (['pip', 'conda'] as const).find((kind) => name.startsWith(`${kind}-`));

const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await sizeOf(path);
    else if (entry.isFile()) bytes += (await stat(path)).size;
  }
  return bytes;
}
