import { lstatSync, readdirSync } from 'node:fs';
import { asDigest, type Digest } from '../util/brand.ts';
import { breather } from '../util/breather.ts';
import { isFailure, statOf } from './content/stat.ts';
import type { Layout } from './layout.ts';

/** Something in `objects/`, by what the file system says of it. */
export interface ObjectFile {
  readonly digest: Digest;
  readonly path: string;
  readonly directory: boolean;
  readonly size: number;
  /** When it was placed or last confirmed. */
  readonly changedAtMs: number;
}

export async function listObjects(layout: Layout): Promise<readonly ObjectFile[]> {
  const breath = breather(8);
  const out: ObjectFile[] = [];
  for (const head of names(layout.objects)) {
    if (!/^[0-9a-f]{2}$/.test(head)) continue;
    for (const tail of names(`${layout.objects}/${head}`)) {
      if (!/^[0-9a-f]{62}$/.test(tail)) continue;
      if (breath.due()) await breath.pause();
      const path = `${layout.objects}/${head}/${tail}`;
      const stat = statOf(path, { follow: false });
      if (isFailure(stat) || (stat.kind !== 'file' && stat.kind !== 'directory')) continue;
      const directory = stat.kind === 'directory';
      out.push({
        digest: asDigest(`blake3:${head}${tail}`),
        path,
        directory,
        size: directory ? await sizeOf(path) : stat.size,
        changedAtMs: Number(stat.ctimeNs / 1_000_000n),
      });
    }
  }
  return out;
}

/** Bytes of the files at or below a path, links not followed. */
export async function sizeOf(path: string): Promise<number> {
  const breath = breather(8);
  const walk = async (at: string): Promise<number> => {
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) return 0;
    if (!found.isDirectory()) return found.isFile() ? found.size : 0;
    let size = 0;
    for (const name of names(at)) {
      if (breath.due()) await breath.pause();
      size += await walk(`${at}/${name}`);
    }
    return size;
  };
  return walk(path);
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
