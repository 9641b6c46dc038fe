import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formats } from '../../../../src/data/formats/index.ts';
import type { FormatFinding } from '../../../../src/engine/ports/formats.ts';
import { imageIn, messages } from '../../../support/inspect.ts';
import { imageJ, omeXml, pages, type TiffSpec, tiff } from '../../../support/tiff.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bit-formats-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function inspect(content: Uint8Array): Promise<FormatFinding> {
  const path = join(folder, 'image.tif');
  await writeFile(path, content);
  return await formats.inspect(path, { format: 'Image' });
}

const yx = { width: 9, height: 7 };
const samples: readonly [string, TiffSpec][] = [
  ['one page', { pages: [yx] }],
  ['strips, big-endian', { pages: [{ ...yx, rowsPerStrip: 2 }], bigEndian: true }],
  ['BigTIFF stack', { pages: pages(4, yx), big: true }],
  ['tiles', { pages: [{ width: 40, height: 20, tile: 16 }] }],
  ['ImageJ stack', { pages: pages(4, { ...yx, description: imageJ({ images: 4, slices: 4, unit: 'um' }) }) }],
  [
    'ImageJ stack with one directory',
    { pages: [{ ...yx, description: imageJ({ images: 6, slices: 6 }) }], followingPlanes: 5 },
  ],
  ['OME stack', { pages: pages(4, { ...yx, description: omeXml({ SizeZ: 4 }) }) }],
  ['packed stack', { pages: pages(3, { ...yx, packedTo: 60 }) }],
  ['pyramid', { pages: [{ ...yx, levels: [{ width: 4, height: 3 }] }] }],
];

test.each(samples)('%s: cut anywhere, the file is reported as cut', async (_, spec) => {
  const whole = tiff(spec);
  expect(await inspect(whole)).toMatchObject({ ok: true });
  for (let length = 0; length < whole.length; length += Math.max(1, Math.floor(whole.length / 150))) {
    expect(await inspect(whole.subarray(0, length)), `${length} of ${whole.length} bytes`).toMatchObject({ ok: false });
  }
});

test.each(samples)('%s: whatever bytes are changed, the answer is an answer', async (_, spec) => {
  const whole = tiff(spec);
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  for (let round = 0; round < 120; round++) {
    const damaged = Buffer.from(whole);
    for (let flip = 0; flip <= round % 3; flip++) damaged[random(whole.length)] = random(256);
    expect(await inspect(damaged)).toHaveProperty('ok');
  }
});

test('the message says where the pixels end', async () => {
  const stack = tiff({ pages: [{ ...yx, description: imageJ({ images: 6, slices: 6 }) }], followingPlanes: 5 });
  const at = stack.readUInt32LE(4); // the directory is last here: move it before the pixels' end by cutting a copy
  expect(at).toBeGreaterThan(6 * 126);
  expect(messages(await inspect(stack.subarray(0, 300)))).toEqual([
    `the TIFF is cut off or damaged: the directory of page 1 should be at byte ${at}, and the file ends at byte 300`,
  ]);

  const strips = tiff({ pages: pages(3, yx) });
  const offset = entryAt(strips, 273);
  const moved = Buffer.from(strips);
  moved.writeUInt32LE(strips.length - 100, offset + 8);
  expect(messages(await inspect(moved))).toEqual([
    'the TIFF ends in the middle of page 1 (126 bytes expected, 100 present)',
  ]);
  moved.writeUInt32LE(strips.length + 100, offset + 8);
  expect(messages(await inspect(moved))).toEqual([
    'the TIFF ends before the pixels of page 1 (126 bytes expected, none present)',
  ]);
});

test('fewer planes than announced are a problem, with both numbers', async () => {
  const short = (description: string): Buffer => tiff({ pages: pages(3, { ...yx, packedTo: 60, description }) });
  expect(messages(await inspect(short(imageJ({ images: 5, slices: 5 }))))).toEqual([
    'the TIFF is incomplete: its ImageJ description announces 5 planes, 3 are in the file',
  ]);
  expect(messages(await inspect(short(omeXml({ SizeZ: 5 }))))).toEqual([
    'the OME-TIFF is incomplete: its OME-XML announces 5 planes, 3 are in the file',
  ]);
  expect(messages(await inspect(short('{"shape": [5, 7, 9]}')))).toEqual([
    'the TIFF is incomplete: its description announces the shape 5 × 7 × 9, 3 are in the file',
  ]);
  const raw = tiff({ pages: [{ ...yx, description: imageJ({ images: 600, slices: 600 }) }], followingPlanes: 2 });
  expect(messages(await inspect(raw))[0]).toMatch(
    /^the TIFF ends in the middle of plane \d+: its ImageJ description announces 600 planes/,
  );
});

test('what a writer leaves unfinished is told apart', async () => {
  const file = tiff({ pages: pages(2, { ...yx, rowsPerStrip: 4 }) });
  const noDirectory = Buffer.from(file);
  noDirectory.writeUInt32LE(0, 4);
  expect(messages(await inspect(noDirectory))).toEqual([
    'the TIFF is unfinished: its writer never added the directory of its pages',
  ]);
  const shortStrip = Buffer.from(file);
  shortStrip.writeUInt32LE(10, shortStrip.readUInt32LE(entryAt(file, 279) + 8));
  expect(messages(await inspect(shortStrip))).toEqual([
    'page 1 is incomplete: its strip 1 holds 10 bytes where 9 × 7 pixels of uint16 need 72',
  ]);
  const loop = Buffer.from(file);
  const first = file.readUInt32LE(4);
  loop.writeUInt32LE(first, first + 2 + file.readUInt16LE(first) * 12);
  expect(messages(await inspect(loop))).toEqual(['the TIFF is damaged: page 2 points back to an earlier page']);
});

/** Where the first directory's entry for `tag` begins. */
function entryAt(file: Buffer, tag: number): number {
  const directory = file.readUInt32LE(4);
  for (let index = 0; index < file.readUInt16LE(directory); index++) {
    const at = directory + 2 + index * 12;
    if (file.readUInt16LE(at) === tag) return at;
  }
  throw new Error(`no tag ${tag}`);
}

test('a page whose compression is of a type that does not exist is still one page', async () => {
  const file = Buffer.from(tiff({ pages: [{ width: 9, height: 7, bits: 16 }] }));
  file.writeUInt16LE(13_107, file.indexOf(Buffer.from([0x03, 0x01, 0x03, 0x00])) + 2); // tag 259, type 3
  expect((await imageIn(file))?.shape).toEqual([7, 9]);
});
