import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unpackZip } from '../../../../src/data/omero/unpack-zip.ts';
import { zipBytes } from '../../../support/omero-server/zip-bytes.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zip-test-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const files = [
  { path: 'a.vsi', bytes: Buffer.from('index') },
  { path: '_a_/stack 1/frame.ets', bytes: Buffer.alloc(200_000, 'planes') },
  { path: 'empty.txt', bytes: Buffer.alloc(0) },
];

async function unpacked(bytes: Buffer) {
  const archive = join(folder, 'x.zip');
  await writeFile(archive, bytes);
  return await unpackZip(archive, { into: join(folder, 'out') });
}

test.each([false, true])('all files come out as they went in (64 bit: %s)', async (wide) => {
  expect(await unpacked(zipBytes(files, { wide }))).toEqual(
    files.map(({ path, bytes }) => ({ path, size: bytes.length })),
  );
  for (const { path, bytes } of files) expect(await readFile(join(folder, 'out', path))).toEqual(bytes);
});

test("Python's zipfile, which OMERO packs with: stored and deflated", async () => {
  const archive = join(folder, 'python.zip');
  const script = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('dir/größe.txt', 'x' * 1000)
    z.writestr('raw.bin', b'1234', zipfile.ZIP_STORED)
    with z.open('big.bin', 'w', force_zip64=True) as f: f.write(b'abc' * 1000)
`;
  execFileSync('python3', ['-c', script, archive]);
  expect(await unpackZip(archive, { into: join(folder, 'out') })).toEqual([
    { path: 'dir/größe.txt', size: 1000 },
    { path: 'raw.bin', size: 4 },
    { path: 'big.bin', size: 3000 },
  ]);
  expect(await readFile(join(folder, 'out', 'big.bin'), 'utf8')).toBe('abc'.repeat(1000));
});

describe('a damaged archive is told from a whole one', () => {
  const whole = zipBytes(files);
  test.each([
    ['cut off', whole.subarray(0, whole.length - 30)],
    ['nothing', Buffer.alloc(0)],
    ['no archive', Buffer.from('<html>busy</html>')],
    [
      'another byte in a file',
      Buffer.concat([whole.subarray(0, 37), Buffer.from([whole.readUInt8(37) ^ 0xff]), whole.subarray(38)]),
    ],
  ])('%s', async (_, bytes) => {
    await expect(unpacked(bytes)).rejects.toThrow(/cut off|damaged/);
  });

  test('at any byte', async () => {
    const small = zipBytes([{ path: 'a', bytes: Buffer.from('abcabcabc') }]);
    for (let length = 0; length < small.length; length++)
      await expect(unpacked(small.subarray(0, length))).rejects.toThrow();
  });
});

test.each(['../evil', 'a/../../evil', '..\\evil', 'C:\\evil', '/..', ''])(
  'no file gets out of the folder: %j',
  async (path) => {
    await expect(unpacked(zipBytes([{ path, bytes: Buffer.from('x') }]))).rejects.toThrow('impossible path');
    expect((await readdir(folder)).sort()).toEqual(['x.zip']);
  },
);

test('an absolute path stays below the folder, and the same path twice is refused', async () => {
  expect(await unpacked(zipBytes([{ path: '/etc/passwd', bytes: Buffer.from('x') }]))).toEqual([
    { path: 'etc/passwd', size: 1 },
  ]);
  const twice = zipBytes([
    { path: 'a', bytes: Buffer.from('x') },
    { path: './a', bytes: Buffer.from('y') },
  ]);
  await expect(unpacked(twice)).rejects.toThrow('two files called a');
});
