import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compareImages } from '../../../src/cli/queries/compare-images.ts';
import { compareTables } from '../../../src/cli/queries/compare-tables.ts';
import { tables } from '../../../src/data/formats/engine-tables.ts';
import { images } from './image-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'bit-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

function image(name: keyof typeof images, shape?: readonly number[]) {
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(images[name], 'base64'));
  const type = name.startsWith('png') ? 'image/png' : 'image/tiff';
  return { path, type, ...(shape !== undefined && { image: { axes: 'zyx', shape, dtype: 'uint16' } }) };
}

test.each(['deflate', 'predicted', 'bigEndian', 'tiled', 'lzw'] as const)(
  'the same pixels packed as %s are the same',
  async (name) => {
    expect(await compareImages([image('plain'), image(name)])).toEqual({ same: true, text: 'the same pixels' });
  },
);

test('other pixels are counted, with how far they are apart', async () => {
  expect(await compareImages([image('plain'), image('changed')])).toEqual({
    same: false,
    text: '1 of 84 pixel values differ (1.19 %), by up to 5, 0.05952 on average',
  });
  expect(await compareImages([image('png'), image('pngStored')])).toMatchObject({ same: true });
  expect(await compareImages([image('png'), image('pngChanged')])).toMatchObject({
    same: false,
    text: expect.stringContaining('1 of 60'),
  });
});

test('stacks of another length differ', async () => {
  expect(await compareImages([image('plain'), image('fewer')])).toMatchObject({
    same: false,
    text: expect.stringContaining('planes'),
  });
});

test('pixels that were not all seen are not called the same', async () => {
  expect(await compareImages([image('plain', [9, 6, 7]), image('lzw', [9, 6, 7])])).toBeUndefined();
});

test('what is no image cannot be compared', async () => {
  const path = join(folder, 'text');
  writeFileSync(path, 'no image');
  expect(await compareImages([{ path, type: 'image/tiff' }, image('plain')])).toBeUndefined();
});

const table = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const cases: readonly (readonly [what: string, first: string, second: string, same: boolean, text: string])[] = [
  ['other layout of the same table', 'a,b\n1,x\n', 'b,a\nx,1\n', true, ''],
  ['numbers within the tolerance', 'a\n1.0000000\n', 'a\n1.0000001\n', true, ''],
  ['1 and 1.0', 'a\n1\n', 'a\n1.0\n', true, ''],
  ['a number further away', 'a\n1\n2\n', 'a\n1\n2.5\n', false, 'a: 1 cell, by up to 0.5'],
  ['a text', 'a,b\n1,x\n', 'a,b\n1,y\n', false, 'b: 1 cell'],
  ['an empty cell is not 0', 'a,b\n1,x\n,y\n', 'a,b\n1,x\n0,y\n', false, 'a: 1 cell'],
  ['rows', 'a\n1\n', 'a\n1\n2\n', false, '1 row, then 2'],
  ['columns', 'a,b\n1,2\n', 'a,c\n1,2\n', false, 'without column b; with column c'],
];

test.each(cases)('tables: %s', async (_, first, second, same, text) => {
  expect(await compareTables(tables, [table('a.csv', first), table('b.csv', second)], { tolerance: 1e-6 })).toEqual({
    same,
    text,
  });
});
