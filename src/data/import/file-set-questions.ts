import { cziPart, omeFiles } from '../formats/ome-files.ts';
import { namedFile } from './companion-names.ts';
import type { FileSetQuestions, ListedFile } from './file-sets.ts';

/**
 * Looks into those files of a listing that alone can say what belongs together, before `fileSets` decides. Every file of an OME-TIFF set repeats what
 * all of them hold, so that a file which another has named is not opened: a set of a thousand files is read once.
 */
export async function fileSetQuestions(
  listing: Iterable<ListedFile>,
  { absolute, signal }: { absolute: (path: string) => string; signal: AbortSignal },
): Promise<FileSetQuestions> {
  const sets = new Map<string, readonly string[]>();
  const parts = new Map<string, number>();
  const named = new Set<string>();
  for (const { path, kind } of listing) {
    if (kind !== 'file') continue;
    signal.throwIfAborted();
    const { folder, stem, extension } = namedFile(path);
    if (
      extension === '.companion.ome' ||
      ((extension === '.ome.tif' || extension === '.ome.tiff') && !named.has(path))
    ) {
      const names = await omeFiles(absolute(path));
      if (names === undefined) continue;
      sets.set(path, names);
      for (const name of names) named.add(folder + name);
    } else if (extension === '.czi' && /\(\d+\)$/.test(stem)) {
      const part = await cziPart(absolute(path));
      if (part !== undefined) parts.set(path, part);
    }
  }
  return { omeFiles: (path) => sets.get(path), cziPart: (path) => parts.get(path) };
}
