import { extname } from 'node:path';
import { tiffLayout } from './tiff-directory.ts';

/** The kinds of file that are told apart, with the media type each is stored under. */
export const mediaTypes = {
  tiff: 'image/tiff',
  png: 'image/png',
  jpeg: 'image/jpeg',
  czi: 'image/x-zeiss-czi',
  lif: 'image/x-leica-lif',
  nd2: 'image/x-nikon-nd2',
  'other-image': 'application/octet-stream',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  parquet: 'application/vnd.apache.parquet',
  json: 'application/json',
  xml: 'application/xml',
  html: 'text/html',
  pdf: 'application/pdf',
  zip: 'application/zip',
  tar: 'application/x-tar',
  gzip: 'application/gzip',
  xz: 'application/x-xz',
  'other-archive': 'application/octet-stream',
  text: 'text/plain',
  unknown: 'application/octet-stream',
} as const;

export type FileKind = keyof typeof mediaTypes;

/** How many bytes `kindOf` wants to see. */
export const HEAD_BYTES = 512;

export interface Recognised {
  readonly kind: FileKind;
  readonly mediaType: string;
  /** As people call it: `TIFF`, `a plain text file`. */
  readonly name: string;
}

/** What a file is, by its first bytes, and where they are mere text, by its extension. */
export function recognise(head: Buffer, path: string): Recognised {
  for (const { kind, name, mediaType, test } of signatures) {
    if (test(head)) return { kind, name, mediaType: mediaType ?? mediaTypes[kind] };
  }
  const extension = extname(path).toLowerCase();
  const byName = extensions.get(extension);
  // Binary bytes under a text's name are what the bytes say.
  if (byName !== undefined && !head.includes(0)) return { mediaType: mediaTypes[byName.kind], ...byName };
  const isText = head.length > 0 && !head.includes(0);
  return isText
    ? { kind: 'text', name: 'a plain text file', mediaType: mediaTypes.text }
    : { kind: 'unknown', name: 'a file of unknown format', mediaType: mediaTypes.unknown };
}

interface Signature {
  readonly kind: FileKind;
  readonly name: string;
  readonly mediaType?: string;
  test(head: Buffer): boolean;
}

const starts =
  (text: string, at = 0) =>
  (head: Buffer): boolean =>
    head.toString('latin1', at, at + text.length) === text;

/** For marks that are letters alone, with which a text may begin, too. */
const binary =
  (text: string, at = 0) =>
  (head: Buffer): boolean =>
    starts(text, at)(head) && head.some((each) => each < 9);

const signatures: readonly Signature[] = [
  {
    kind: 'tiff',
    name: 'a TIFF',
    test: (head) => tiffLayout(head) !== undefined || starts('II*\0')(head) || starts('MM\0*')(head),
  },
  { kind: 'png', name: 'a PNG', test: starts('\x89PNG\r\n\x1a\n') },
  { kind: 'jpeg', name: 'a JPEG', test: starts('\xff\xd8\xff') },
  { kind: 'czi', name: 'a CZI', test: starts('ZISRAWFILE') },
  { kind: 'nd2', name: 'an ND2', test: starts('\xda\xce\xbe\x0a') },
  { kind: 'lif', name: 'a LIF', test: (head) => starts('\x70\0\0\0')(head) && head[8] === 0x2a },
  { kind: 'parquet', name: 'a Parquet file', test: binary('PAR1') },
  { kind: 'pdf', name: 'a PDF', test: starts('%PDF-') },
  { kind: 'zip', name: 'a ZIP', test: (head) => starts('PK\x03\x04')(head) || starts('PK\x05\x06')(head) },
  { kind: 'gzip', name: 'a gzip file', test: starts('\x1f\x8b') },
  { kind: 'xz', name: 'an xz file', test: starts('\xfd7zXZ\0') },
  { kind: 'tar', name: 'a TAR', test: starts('ustar', 257) },
  { kind: 'other-archive', name: 'a bzip2 file', mediaType: 'application/x-bzip2', test: binary('BZh') },
  { kind: 'other-archive', name: 'a zstd file', mediaType: 'application/zstd', test: starts('\x28\xb5\x2f\xfd') },
  {
    kind: 'other-archive',
    name: 'a 7-Zip file',
    mediaType: 'application/x-7z-compressed',
    test: starts('7z\xbc\xaf\x27\x1c'),
  },
  { kind: 'other-image', name: 'a GIF', mediaType: 'image/gif', test: starts('GIF8') },
  {
    kind: 'other-image',
    name: 'a WebP',
    mediaType: 'image/webp',
    test: (head) => starts('RIFF')(head) && starts('WEBP', 8)(head),
  },
  { kind: 'other-image', name: 'a JPEG 2000', mediaType: 'image/jp2', test: starts('\0\0\0\x0cjP  \r\n\x87\n') },
  { kind: 'other-image', name: 'an HDF5 file', mediaType: 'application/x-hdf5', test: starts('\x89HDF\r\n\x1a\n') },
  { kind: 'other-image', name: 'an NRRD', mediaType: 'image/x-nrrd', test: starts('NRRD000') },
  { kind: 'other-image', name: 'an MRC', mediaType: 'image/x-mrc', test: binary('MAP ', 208) },
  { kind: 'other-image', name: 'a NIfTI', mediaType: 'image/x-nifti', test: starts('n+1\0', 344) },
  {
    kind: 'other-image',
    name: 'a BMP',
    mediaType: 'image/bmp',
    test: (head) => starts('BM')(head) && starts('\0\0\0\0', 6)(head),
  },
];

const extensions: ReadonlyMap<string, { kind: FileKind; name: string; mediaType?: string }> = new Map([
  ['.csv', { kind: 'csv', name: 'a CSV' }],
  ['.tsv', { kind: 'tsv', name: 'a TSV' }],
  ['.tab', { kind: 'tsv', name: 'a TSV' }],
  ['.parquet', { kind: 'parquet', name: 'a Parquet file' }],
  ['.txt', { kind: 'text', name: 'a plain text file' }],
  ['.json', { kind: 'json', name: 'a JSON file' }],
  ['.xml', { kind: 'xml', name: 'an XML file' }],
  ['.svg', { kind: 'xml', name: 'an SVG', mediaType: 'image/svg+xml' }],
  ['.html', { kind: 'html', name: 'an HTML page' }],
  ['.htm', { kind: 'html', name: 'an HTML page' }],
]);
