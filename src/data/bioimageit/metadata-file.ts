import type { Stats } from 'node:fs';
import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import { bioimageitErrors } from './bioimageit-errors.ts';
import { isRecord, type JsonRecord, placeInJson, readJson } from './json-text.ts';

export interface MetadataFile {
  readonly place: string;
  readonly source: Source;
  readonly document: JsonRecord;
}

/** An experiment's folder while it is read. */
export interface OpenFolder {
  /** Absolute, without links. */
  readonly path: string;
  /** As the user typed it, for messages. */
  readonly shown: string;
  /** Whether folders lie below it really, links followed: asked once for each. */
  readonly within: Map<string, boolean>;
}

export type MetadataReading =
  | { readonly ok: true; readonly file: MetadataFile }
  | { readonly ok: false; readonly problem: Diagnostic };

/** Files are a few kilobytes; the list of a very large dataset some megabytes. */
const largest = 64 * 1024 * 1024;

/** `named` says where another file names this one; it is asked only for a message, because finding a place means reading that file again. */
export async function readMetadata(folder: OpenFolder, place: string, named: () => Span): Promise<MetadataReading> {
  const path = join(folder.path, place);
  const refused = (why: string): MetadataReading => ({
    ok: false,
    problem: bioimageitErrors.unreadableMetadata(named(), { place, why }),
  });
  let text: string;
  try {
    if (!(await isWithin(folder, path)))
      return { ok: false, problem: bioimageitErrors.outsideMetadata(named(), { url: place }) };
    const found = await stat(path);
    // A pipe would be waited for without end.
    if (!found.isFile()) return refused('it is no plain file');
    if (found.size > largest) return refused('it is larger than 64 MiB');
    text = await readFile(path, 'utf8');
  } catch (error) {
    return isMissing(error)
      ? { ok: false, problem: bioimageitErrors.missingMetadata(named(), { place }) }
      : refused(reason(error));
  }
  const source: Source = { name: join(folder.shown, place), text };
  const broken = (offset: number, what: string): MetadataReading => ({
    ok: false,
    problem: bioimageitErrors.badJson({ source, start: offset, end: offset + 1 }, { place, what }),
  });
  if (text.trim() === '') return broken(0, 'it is empty');
  const reading = readJson(text);
  if (!reading.ok) return broken(reading.offset, reading.what);
  if (!isRecord(reading.value)) return broken(0, 'a record is expected, `{ … }`');
  return { ok: true, file: { place, source, document: reading.value } };
}

/** The place of a field; the whole file's beginning where it has none. */
export function spanIn(file: Pick<MetadataFile, 'source'>, path: readonly (string | number)[]): Span {
  const found = path.length === 0 ? undefined : placeInJson(file.source.text, path);
  return { source: file.source, start: found?.start ?? 0, end: found?.end ?? 0 };
}

async function isWithin(folder: OpenFolder, path: string): Promise<boolean> {
  const parent = dirname(path);
  let parentIs = folder.within.get(parent);
  if (parentIs === undefined) {
    parentIs = isBelow(folder.path, await realpath(parent));
    folder.within.set(parent, parentIs);
  }
  const own: Stats = await lstat(path);
  return parentIs && (!own.isSymbolicLink() || isBelow(folder.path, await realpath(path)));
}

function isBelow(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below !== '..' && !below.startsWith(`..${sep}`);
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error));

/** Why a file cannot be had, for people. */
export function reason(error: unknown): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'you may not read it';
    case 'ENAMETOOLONG':
      return 'its name is too long';
    case 'ELOOP':
      return 'it is a link that leads to itself';
    case 'ERR_INVALID_ARG_VALUE':
      return 'its name holds a character that no file name can have';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
