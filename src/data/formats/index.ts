import { access, type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type {
  FileInfo,
  FormatDemand,
  FormatFinding,
  FormatName,
  Formats,
  ImageDemand,
} from '../../engine/ports/formats.ts';
import { unreachable } from '../../util/unreachable.ts';
import { readGzip, readTar, readXz, readZip } from './archive.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';
import { readCzi } from './czi.ts';
import { imageProblems } from './demand.ts';
import { readHtml, readJson, readPdf, readText, readXml } from './document.ts';
import { readJpeg } from './jpeg.ts';
import { readLif } from './lif.ts';
import { type FileKind, HEAD_BYTES, mediaTypes, type Recognised, recognise } from './magic.ts';
import { readNd2 } from './nd2.ts';
import { isZarrName, readOmeZarr } from './ome-zarr.ts';
import { readParquet } from './parquet.ts';
import { readPng } from './png.ts';
import type { Reading } from './reading.ts';
import { readDelimited } from './table.ts';
import { delimiterByName } from './table-read.ts';
import { readTiff } from './tiff.ts';

/**
 * The readers of this folder behind the engine's port. A file is what its first bytes say; its extension only decides between texts. Stateless: any
 * number of inspections may run at once.
 */
export const formats: Formats = {
  async inspect(path, demand) {
    try {
      const { size, isFolder, isFile } = await statOf(path);
      if (isFolder) return await inspectFolder(path, demand);
      if (!isFile) return failed(['this is neither a file nor a folder']);
      if (demand.format === 'Dir') return failed(['this is a file, and a folder is asked for']);
      if (size === 0) return inspectEmpty(path, demand.format);
      const file = await open(path);
      try {
        return await inspectFile(file, { path, size, demand });
      } finally {
        await file.close();
      }
    } catch (error) {
      const problem = accessProblem(error);
      if (problem === undefined) throw error;
      return failed([problem]);
    }
  },
};

async function statOf(path: string): Promise<{ size: number; isFolder: boolean; isFile: boolean }> {
  const found = await stat(path);
  return { size: found.size, isFolder: found.isDirectory(), isFile: found.isFile() };
}

function inspectEmpty(path: string, format: FormatName): FormatFinding {
  const { mediaType } = recognise(Buffer.alloc(0), path);
  if (format === 'File' || format === 'Text') return { ok: true, info: { mediaType } };
  return failed(['the file is empty'], { mediaType });
}

async function inspectFolder(path: string, { format, image }: FormatDemand): Promise<FormatFinding> {
  const names = await readdir(path);
  const isZarr = names.some(isZarrName);
  const mediaType = isZarr ? 'application/vnd.zarr' : 'inode/directory';
  switch (format) {
    case 'File':
    case 'Dir':
      return { ok: true, info: { mediaType } };
    case 'Image':
      if (!isZarr) return failed(['this folder is no image: it holds no OME-Zarr metadata'], { mediaType });
      return concluded(await readOmeZarr(path), { mediaType, demand: image, name: 'an OME-Zarr' });
    default:
      return failed([`this is a folder, and ${nouns[format]} is asked for`], { mediaType });
  }
}

async function inspectFile(
  file: FileHandle,
  { path, size, demand }: { path: string; size: number; demand: FormatDemand },
): Promise<FormatFinding> {
  const reader = byteReader(file, { size });
  const head = await reader.read(0, Math.min(size, HEAD_BYTES));
  if (head === undefined) return failed(['the file became shorter while it was read']);
  const found = recognise(head, path);
  const { mediaType, name } = found;
  const { format } = demand;
  switch (format) {
    case 'File':
      return { ok: true, info: { mediaType } };
    case 'Image': {
      const reading = await readImage(reader, { path, found });
      if (reading === undefined) return failed([`this is ${name}, not an image`], { mediaType });
      return concluded(reading, { mediaType, demand: demand.image, name });
    }
    case 'Table': {
      const reading = await readTable(reader, { path, found, demand });
      if (reading === undefined) {
        const what = workbook.test(path)
          ? 'this is a spreadsheet workbook: save its sheet as CSV'
          : `this is ${name}, not a table`;
        return failed([what], { mediaType });
      }
      return concluded(reading, {
        mediaType: found.kind === 'text' ? mediaTypes.csv : mediaType,
        demand: undefined,
        name,
      });
    }
    case 'Json':
      return text(found, { wanted: 'json', reading: () => readJson(path, reader) });
    case 'Xml':
      return text(found, { wanted: 'xml', reading: () => readXml(path, reader) });
    case 'Html':
      return text(found, { wanted: 'html', reading: () => readHtml(reader) });
    case 'Text':
      return concluded(await readText(reader), { mediaType, demand: undefined, name });
    case 'Pdf':
      return concluded(await readPdf(reader), { mediaType, demand: undefined, name });
    case 'Archive': {
      const reading = await readArchive(reader, { path, kind: found.kind });
      if (reading === undefined) return failed([`this is ${name}, not an archive (ZIP, TAR, gzip, …)`], { mediaType });
      return concluded(reading, { mediaType, demand: undefined, name });
    }
    case 'Dir':
      return failed(['this is a file, and a folder is asked for'], { mediaType });
    default:
      return unreachable(format);
  }
}

async function readImage(
  reader: ByteReader,
  { path, found }: { path: string; found: Recognised },
): Promise<Reading | undefined> {
  switch (found.kind) {
    case 'tiff':
      return await readTiff(reader, {
        fileName: basename(path),
        isBeside: (name) => isThere(join(dirname(path), basename(name))),
      });
    case 'png':
      return await readPng(reader);
    case 'jpeg':
      return await readJpeg(reader);
    case 'czi':
      return await readCzi(reader);
    case 'nd2':
      return await readNd2(reader);
    case 'lif':
      return await readLif(reader);
    case 'other-image':
      return { problems: [] };
    default:
      return undefined;
  }
}

async function readTable(
  reader: ByteReader,
  { path, found, demand }: { path: string; found: Recognised; demand: FormatDemand },
): Promise<Reading | undefined> {
  switch (found.kind) {
    case 'parquet':
      return await readParquet(reader, demand.table);
    case 'csv':
    case 'tsv':
    case 'text': // `.txt` and names without an extension, which many tools give their tables
      return await readDelimited(path, { delimiter: delimiterByName(path), demand: demand.table, size: reader.size });
    default:
      return undefined;
  }
}

async function readArchive(
  reader: ByteReader,
  { path, kind }: { path: string; kind: FileKind },
): Promise<Reading | undefined> {
  switch (kind) {
    case 'zip':
      return await readZip(reader);
    case 'tar':
      return await readTar(reader);
    case 'gzip':
      return await readGzip(path, { size: reader.size });
    case 'xz':
      return await readXz(reader);
    case 'other-archive':
      return { problems: [] };
    default:
      return undefined;
  }
}

/** What spreadsheet programs save unless told otherwise. */
const workbook = /\.(xlsx?|ods|numbers)$/i;

const textKinds: ReadonlySet<FileKind> = new Set(['text', 'csv', 'tsv', 'json', 'xml', 'html']);

/** Texts are what they parse as, whatever they are called; a file that is recognisably something else is told by that name. */
async function text(
  found: Recognised,
  { wanted, reading }: { wanted: 'json' | 'xml' | 'html'; reading: () => Promise<Reading> },
): Promise<FormatFinding> {
  const noun = { json: nouns.Json, xml: nouns.Xml, html: nouns.Html }[wanted];
  if (!textKinds.has(found.kind)) return failed([`this is ${found.name}, not ${noun}`], { mediaType: found.mediaType });
  return concluded(await reading(), { mediaType: mediaTypes[wanted], demand: undefined, name: found.name });
}

function concluded(
  { problems, image, table }: Reading,
  { mediaType, demand, name }: { mediaType: string; demand: ImageDemand | undefined; name: string },
): FormatFinding {
  const info: FileInfo = { mediaType, ...(image !== undefined && { image }), ...(table !== undefined && { table }) };
  if (problems.length > 0) return failed(problems, info);
  if (demand === undefined || Object.keys(demand).length === 0) return { ok: true, info };
  if (image === undefined) {
    return failed(
      [
        `this is ${name}, whose header Bitflow does not read: convert it to OME-TIFF or OME-Zarr, or ask for Image alone`,
      ],
      info,
    );
  }
  const unmet = imageProblems(image, demand);
  return unmet.length > 0 ? failed(unmet, info) : { ok: true, info };
}

function failed(problems: readonly string[], info?: FileInfo): FormatFinding {
  return { ok: false, problems: problems.map((message) => ({ message })), ...(info !== undefined && { info }) };
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** What the file system's refusal says about this one path; anything else is the machine's failure, and thrown on. */
function accessProblem(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'the file may not be read: permission is denied';
    case 'ELOOP':
      return 'the symbolic links of this path lead in a circle';
    case 'ENAMETOOLONG':
      return 'the name of the file is too long';
    default:
      return undefined;
  }
}

const nouns: Readonly<Record<FormatName, string>> = {
  File: 'a file',
  Dir: 'a folder',
  Image: 'an image',
  Table: 'a table',
  Json: 'a JSON file',
  Text: 'a text',
  Xml: 'an XML file',
  Pdf: 'a PDF',
  Html: 'an HTML page',
  Archive: 'an archive',
};
