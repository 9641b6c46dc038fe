/** The names that the language has for formats, as the media types under which files are recorded; `undefined` for other texts. */
export const formatTypes = (format: string): readonly string[] | undefined =>
  Object.hasOwn(types, format) ? types[format] : undefined;

const types: Readonly<Record<string, readonly string[]>> = {
  Image: [
    'image/tiff',
    'image/png',
    'image/jpeg',
    'image/x-zeiss-czi',
    'image/x-leica-lif',
    'image/x-nikon-nd2',
    'application/vnd.metamorph.nd',
    'application/vnd.zarr',
    'image/gif',
    'image/webp',
    'image/jp2',
  ],
  Table: ['text/csv', 'text/tab-separated-values', 'application/vnd.apache.parquet'],
  Json: ['application/json'],
  Text: ['text/plain'],
  Xml: ['application/xml'],
  Pdf: ['application/pdf'],
  Html: ['text/html'],
  Archive: [
    'application/zip',
    'application/x-tar',
    'application/gzip',
    'application/x-xz',
    'application/x-bzip2',
    'application/zstd',
    'application/x-7z-compressed',
  ],
  Dir: ['inode/directory', 'application/vnd.zarr'],
};
