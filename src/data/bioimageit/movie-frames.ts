import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Companion } from '../../engine/ports/catalog.ts';
import type { ContentStore } from '../../engine/ports/content-store.ts';
import { bioimageitErrors } from './bioimageit-errors.ts';
import type { BioImageITItem } from './bioimageit-experiment.ts';

/** A movie of the format `movietxt` is a text with the names of its frames, one a line, which lie beside it: they belong to the item. */
export async function movieFrames(
  item: BioImageITItem,
  content: Pick<ContentStore, 'digest'>,
): Promise<{ readonly frames: readonly Companion[]; readonly problem?: Diagnostic }> {
  if (item.format !== 'movietxt') return { frames: [] };
  const at = { source: { name: item.file, text: '' }, start: 0, end: 0 };
  const text = await listIn(item.file);
  if (text === undefined)
    return {
      frames: [],
      problem: bioimageitErrors.unreadableData(at, { file: item.file, why: 'it is no list of frames' }),
    };
  const names = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  const paths = [
    ...new Set(names.filter((name) => !name.includes('\0')).map((name) => join(dirname(item.file), name))),
  ];
  const found = await content.digest(paths, { fingerprint: 'content', fresh: false });
  const frames = found.flatMap((one): readonly Companion[] =>
    one.ok && !one.directory ? [{ path: one.path, digest: one.digest, size: one.size }] : [],
  );
  const lacking = found.find((one) => !one.ok || one.directory)?.path;
  if (lacking === undefined) return { frames };
  const problem = `it lists ${lacking}, which cannot be read`;
  return { frames, problem: bioimageitErrors.otherFormat(at, { item: item.name, format: item.format, problem }) };
}

/** `undefined` for what is no plain file, went away, or is too large to be a list of names. */
async function listIn(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() && found.size <= largest ? await readFile(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

const largest = 16 * 1024 * 1024;
