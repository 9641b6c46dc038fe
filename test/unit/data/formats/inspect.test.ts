import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { formats } from '../../../../src/data/formats/index.ts';
import type { FormatDemand, FormatName } from '../../../../src/engine/ports/formats.ts';
import { inspectBytes, messages } from '../../../support/inspect.ts';
import { pages, tiff } from '../../../support/tiff.ts';

const stack = tiff({ pages: pages(3, { width: 9, height: 7 }) });
const zip = Buffer.concat([
  Buffer.from('PK\x03\x04', 'latin1'),
  Buffer.alloc(60),
  Buffer.from('PK\x05\x06', 'latin1'),
  Buffer.alloc(18),
]);
const czi = Buffer.alloc(200);
czi.write('ZISRAWFILE', 0, 'latin1');
czi.writeBigInt64LE(150n, 84);
czi.write('ZISRAWDIRECTORY', 150, 'latin1');

test.each([
  ['Image', 'a.tif', stack, 'image/tiff'],
  ['Image', 'misnamed.csv', stack, 'image/tiff'],
  ['Image', 'a.czi', czi, 'image/x-zeiss-czi'],
  ['Json', 'a.json', '{"a": [1, null]}', 'application/json'],
  ['Json', 'scalar', '3.5\n', 'application/json'],
  ['Xml', 'a.xml', '<?xml version="1.0"?><a b="1"><c/></a>', 'application/xml'],
  ['Html', 'a.html', '<!doctype html><p>hi', 'text/html'],
  ['Pdf', 'a.pdf', '%PDF-1.7\n…\n%%EOF\n', 'application/pdf'],
  ['Text', 'a.txt', 'hello', 'text/plain'],
  ['Text', 'empty.txt', '', 'text/plain'],
  ['File', 'empty', '', 'application/octet-stream'],
  ['File', 'a.tif', stack.subarray(0, 20), 'image/tiff'],
  ['Archive', 'a.zip', zip, 'application/zip'],
  ['Archive', 'a.gz', gzipSync('hello'), 'application/gzip'],
] as [FormatName, string, string | Buffer, string][])('%s accepts %s', async (format, name, content, mediaType) => {
  expect(await inspectBytes(content, { name, demand: { format } })).toMatchObject({ ok: true, info: { mediaType } });
});

test.each([
  ['Image', 'a.csv', 'x,y\n1,2\n', 'this is a CSV, not an image'],
  ['Image', 'a.tif', '', 'the file is empty'],
  ['Table', 'a.csv', stack, 'this is a TIFF, not a table'],
  ['Json', 'a.json', '{"a": [1,', 'the JSON is not well formed: it ends before it is complete'],
  [
    'Json',
    'a.json',
    '{"a": 1,\n "b": NaN}',
    'the JSON is not well formed: line 2, column 7: JSON has no NaN; write null instead',
  ],
  ['Json', 'a.json', '{"a": 1,\n b: 2}', 'the JSON is not well formed: line 2, column 2, at "b: 2}"'],
  ['Json', 'a.json', 'mean,3', 'the JSON is not well formed: line 1, column 1, at "mean,3"'],
  [
    'Xml',
    'a.xml',
    '<a><b></a>',
    "the XML is not well formed: line 1, column 7: Expected closing tag 'b' (opened in line 1, col 4) instead of closing tag 'a'.",
  ],
  ['Html', 'a.html', 'nothing', 'this is no HTML: it holds no tag'],
  ['Pdf', 'a.pdf', '%PDF-1.7\n…', 'the PDF is cut off: it has no end mark (12 bytes present)'],
  ['Text', 'a.txt', Buffer.alloc(4), 'this is no text: it holds zero bytes'],
  ['Archive', 'a.zip', zip.subarray(0, 50), 'the ZIP is cut off: it has no directory at its end (50 bytes present)'],
  ['Archive', 'a.gz', gzipSync('hello, hello').subarray(0, 18), 'the gzip file is cut off (18 bytes present)'],
  ['Archive', 'a.csv', 'x,y\n', 'this is a CSV, not an archive (ZIP, TAR, gzip, …)'],
  [
    'Image',
    'a.czi',
    czi.subarray(0, 120),
    'the CZI file is cut off or damaged: its directory is not in the file (120 bytes present)',
  ],
  ['Dir', 'a.txt', 'hello', 'this is a file, and a folder is asked for'],
] as [FormatName, string, string | Buffer, string][])('%s refuses %s', async (format, name, content, message) => {
  expect(messages(await inspectBytes(content, { name, demand: { format } }))).toEqual([message]);
});

test.each([
  ['the pages may be what the type says', { axes: 'zyx' }, []],
  ['or something else', { axes: 'tyx', dtype: 'uint16', shape: [3, null, null] }, []],
  [
    'but not one more axis',
    { axes: 'tzyx' },
    ['the image has the axes qyx (3 × 7 × 9), and tzyx is asked for (q is an axis that the file does not name)'],
  ],
  [
    'nor colour',
    { axes: 'yxs' },
    ['the image has the axes qyx (3 × 7 × 9), and yxs is asked for (q is an axis that the file does not name)'],
  ],
  ['nor other pixels', { dtype: 'uint8' }, ['the pixels are uint16, and uint8 is asked for']],
  ['nor another shape', { shape: [4, null, null] }, ['the image is 3 × 7 × 9 (qyx), and 4 × any × any is asked for']],
] as [string, FormatDemand['image'] & object, string[]][])(
  'where a file leaves an axis open, %s',
  async (_, image, expected) => {
    const finding = await inspectBytes(stack, { name: 'a.tif', demand: { format: 'Image', image } });
    expect(messages(finding)).toEqual(expected);
    // What is stored does not depend on what was asked.
    expect(finding.info).toEqual({
      mediaType: 'image/tiff',
      image: { axes: 'qyx', shape: [3, 7, 9], dtype: 'uint16' },
    });
  },
);

test('a refinement on a format whose header is not read is refused, not believed', async () => {
  const finding = await inspectBytes(czi, { name: 'a.czi', demand: { format: 'Image', image: { axes: 'zyx' } } });
  expect(messages(finding)).toEqual([
    'this is a CZI, whose header Bitflow does not read: convert it to OME-TIFF or OME-Zarr, or ask for Image alone',
  ]);
});

test('what is missing, closed or no file at all is an answer, too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bit-formats-'));
  try {
    const at = (name: string): string => join(folder, name);
    expect(messages(await formats.inspect(at('none.tif'), { format: 'Image' }))).toEqual(['there is no such file']);
    await mkdir(at('sub'));
    expect(await formats.inspect(at('sub'), { format: 'Dir' })).toMatchObject({ ok: true });
    expect(messages(await formats.inspect(at('sub'), { format: 'Json' }))).toEqual([
      'this is a folder, and a JSON file is asked for',
    ]);
    expect(messages(await formats.inspect('/dev/null', { format: 'File' }))).toEqual([
      'this is neither a file nor a folder',
    ]);
    if (process.getuid?.() !== 0) {
      await writeFile(at('closed.txt'), 'x');
      await chmod(at('closed.txt'), 0);
      expect(messages(await formats.inspect(at('closed.txt'), { format: 'Text' }))).toEqual([
        'the file may not be read: permission is denied',
      ]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
