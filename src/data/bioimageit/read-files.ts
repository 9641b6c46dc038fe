import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { CatalogItem } from '../../engine/ports/catalog.ts';
import type { ContentStore, Digested } from '../../engine/ports/content-store.ts';
import type { FileInfo, FormatName, Formats } from '../../engine/ports/formats.ts';
import type { Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import { inParallel } from '../../util/in-parallel.ts';
import { bioimageitErrors } from './bioimageit-errors.ts';
import type { BioImageITItem } from './bioimageit-experiment.ts';
import type { ReadFile } from './imported-run.ts';
import { movieFrames } from './movie-frames.ts';
import type { ImportPlan } from './plan-import.ts';

/** Digests and headers of all data that are there, by path, those of inputs without metadata among them. Content that is known already is not looked into again. */
export async function readFiles(
  plan: ImportPlan,
  of: {
    readonly content: Pick<ContentStore, 'digest'>;
    readonly formats: Formats;
    readonly old: ReadonlyMap<string, CatalogItem>;
    readonly signal: AbortSignal;
    readonly progress: (done: { readonly files: number; readonly of: number }) => void;
  },
): Promise<{ readonly files: ReadonlyMap<string, ReadFile>; readonly problems: readonly Diagnostic[] }> {
  const items = new Map<string, BioImageITItem | undefined>();
  for (const { item } of plan.items.values()) {
    if (item.isThere) items.set(item.file, item);
    if (item.origin.type === 'processed')
      for (const input of item.origin.inputs)
        if (input.of === 'file' && !items.has(input.file)) items.set(input.file, undefined);
  }
  const known = new Map<Digest, FileInfo>([...of.old.values()].map(({ digest, info }) => [digest, info]));
  const problems: Diagnostic[] = [];
  const files = new Map<string, ReadFile>();
  const paths = [...items.keys()];
  for (const slice of chunks(paths, 256)) {
    of.signal.throwIfAborted();
    const digested = await of.content.digest(slice, { fingerprint: 'content', fresh: false });
    const said: (Diagnostic | undefined)[] = [];
    await inParallel([...digested.entries()], 8, async ([index, found]) => {
      const item = items.get(found.path);
      const read = await readFile(found, { formats: of.formats, item, known });
      said[index] = read.problem;
      if (read.file === undefined) return;
      const movie = item === undefined ? { frames: [] } : await movieFrames(item, of.content);
      said[index] ??= movie.problem;
      files.set(found.path, { ...read.file, companions: movie.frames });
    });
    problems.push(...said.filter((problem) => problem !== undefined));
    of.progress({ files: files.size, of: paths.length });
  }
  return { files, problems };
}

async function readFile(
  found: Digested,
  of: {
    readonly formats: Formats;
    readonly item: BioImageITItem | undefined;
    readonly known: ReadonlyMap<Digest, FileInfo>;
  },
): Promise<{ readonly file?: Omit<ReadFile, 'companions'>; readonly problem?: Diagnostic }> {
  const at = { source: { name: found.path, text: '' }, start: 0, end: 0 };
  if (!found.ok) return { problem: bioimageitErrors.unreadableData(at, { file: found.path, why: wordsOf(found.why) }) };
  const { digest, size, directory, mtimeMs } = found;
  const file = (info: FileInfo) => ({ digest, size, directory, mtimeMs, info });
  const before = of.known.get(digest);
  if (before !== undefined) return { file: file(before) };
  const format = of.item?.format ?? '';
  const demand = demandOf(format, found.path);
  const finding = await of.formats.inspect(found.path, { format: demand });
  if (finding.ok) return { file: file(finding.info) };
  const plain = await of.formats.inspect(found.path, { format: 'File' });
  const info = finding.info ?? plain.info ?? { mediaType: 'application/octet-stream' };
  const problem = finding.problems[0]?.message ?? 'it cannot be read';
  // A name that only looks like a format promises nothing.
  return demandOf(format, '') === demand && demand !== 'File'
    ? {
        file: file(info),
        problem: bioimageitErrors.otherFormat(at, { item: of.item?.name ?? found.path, format, problem }),
      }
    : { file: file(info) };
}

function wordsOf(why: Extract<Digested, { ok: false }>['why']): string {
  switch (why) {
    case 'missing':
      return 'it is not there any more';
    case 'denied':
      return 'you may not read it, or something in it';
    case 'not-regular':
      return 'it is, or holds, something that is neither a file nor a folder';
    case 'changed-while-read':
      return 'it changed while it was read';
    case 'failed':
      return 'the disk or the network failed';
  }
}

/** Formats are names that a site chooses; these are the ones that BioImageIT came with, before and after 2021. */
function demandOf(format: string, path: string): FormatName {
  if (/^(?:imagetiff|tiff?|imagezarr|zarr|png|jpe?g)$/iu.test(format)) return 'Image';
  if (/^(?:tablecsv|csv)$/iu.test(format)) return 'Table';
  if (/^trackmatemodel$/iu.test(format)) return 'Xml';
  return /\.(?:tiff?|png|jpe?g|czi|lif|nd2|zarr)$/iu.test(path) ? 'Image' : 'File';
}
