import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import type { ImageInfo } from '../../../../src/engine/ports/formats.ts';
import { imageIn, inspectBytes, messages } from '../../../support/inspect.ts';

function chunk(type: string, body: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

function png({ bits = 8, colour = 2, before = [] as Buffer[] }): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(41, 0);
  header.writeUInt32BE(37, 4);
  header.set([bits, colour], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...before,
    chunk('IDAT', Buffer.alloc(300, 7)),
    chunk('IDAT', Buffer.alloc(200, 9)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function segment(marker: number, body: Uint8Array): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

function jpeg({ samples = 3, frame = 0xc0, thumbnail = false }): Buffer {
  const start = Buffer.from([0xff, 0xd8]);
  const end = Buffer.from([0xff, 0xd9]);
  const size = Buffer.from([8, 0, 37, 0, 41, samples]);
  const inside = thumbnail ? Buffer.concat([Buffer.from('Exif\0\0'), start, end]) : Buffer.from('JFIF\0');
  return Buffer.concat([
    start,
    segment(0xe0, inside),
    segment(frame, size),
    segment(0xda, Buffer.alloc(6)),
    Buffer.alloc(400, 1),
    end,
  ]);
}

const rgb: ImageInfo = { axes: 'yxs', shape: [37, 41, 3], dtype: 'uint8' };

test.each([
  ['colour', png({}), rgb],
  ['grey', png({ colour: 0 }), { axes: 'yx', shape: [37, 41], dtype: 'uint8' }],
  ['16 bits', png({ colour: 0, bits: 16 }), { axes: 'yx', shape: [37, 41], dtype: 'uint16' }],
  ['black and white', png({ colour: 0, bits: 1 }), { axes: 'yx', shape: [37, 41], dtype: 'bool' }],
  ['grey with transparency', png({ colour: 4 }), { axes: 'yxs', shape: [37, 41, 2], dtype: 'uint8' }],
  ['colour with transparency', png({ colour: 6 }), { axes: 'yxs', shape: [37, 41, 4], dtype: 'uint8' }],
  ['a palette is unfolded', png({ colour: 3, bits: 4 }), rgb],
  [
    '72 dots per inch are no calibration',
    png({ before: [chunk('pHYs', Buffer.from([0, 0, 11, 19, 0, 0, 11, 19, 1]))] }),
    rgb,
  ],
  [
    'ten million pixels per metre are one',
    png({ before: [chunk('pHYs', Buffer.from([0, 0x98, 0x96, 0x80, 0, 0x98, 0x96, 0x80, 1]))] }),
    { ...rgb, pixelSize: { y: 0.1, x: 0.1 } },
  ],
] as [string, Buffer, ImageInfo][])('PNG, %s', async (_, file, image) => {
  expect(await imageIn(file, 'plot.png')).toEqual(image);
});

test.each([
  ['colour', jpeg({}), rgb],
  ['grey', jpeg({ samples: 1 }), { axes: 'yx', shape: [37, 41], dtype: 'uint8' }],
  ['progressive', jpeg({ frame: 0xc2 }), rgb],
  ['a preview inside', jpeg({ thumbnail: true }), rgb],
  ['bytes behind its end', Buffer.concat([jpeg({}), Buffer.alloc(90)]), rgb],
] as [string, Buffer, ImageInfo][])('JPEG, %s', async (_, file, image) => {
  expect(await imageIn(file, 'plot.jpg')).toEqual(image);
});

test.each([
  ['PNG', png({})],
  ['JPEG', jpeg({ thumbnail: true })],
])('a %s that is cut anywhere is reported as cut', async (_, file) => {
  for (let length = 0; length < file.length; length += 7) {
    const finding = await inspectBytes(file.subarray(0, length), { name: 'plot', demand: { format: 'Image' } });
    expect(finding, `${length} bytes`).toMatchObject({ ok: false });
  }
});

test('the messages name the place', async () => {
  const half = await inspectBytes(png({}).subarray(0, 200), { name: 'plot.png', demand: { format: 'Image' } });
  expect(messages(half)).toEqual(['the PNG is cut off: it ends before its pixels, after 200 bytes']);
  const header = Buffer.from(png({}));
  header[18] = 1; // another width than the check sum was made for
  expect(messages(await inspectBytes(header, { name: 'plot.png', demand: { format: 'Image' } }))).toEqual([
    'the PNG header is damaged: its size or pixel type makes no sense',
  ]);
  const photo = await inspectBytes(jpeg({}).subarray(0, 300), { name: 'a.jpg', demand: { format: 'Image' } });
  expect(messages(photo)).toEqual(['the JPEG is cut off: it ends after 300 bytes, without its end marker']);
});
