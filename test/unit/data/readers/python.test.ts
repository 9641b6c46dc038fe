import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MetadataFinding, MetadataReader } from '../../../../src/data/readers/metadata-reader.ts';
import { openPython } from '../../../../src/data/readers/python.ts';
import { findProgram } from '../../../../src/util/find-program.ts';
import { modernNd2 } from '../../../support/microscopy/samples.ts';
import { imageJ, omeXml, pages, tiff } from '../../../support/tiff.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bit-readers-'));
});
afterAll(async () => await rm(folder, { recursive: true }));

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function standIn(name: string, script: string): Promise<string> {
  const path = await put(name, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function all(
  { interpreter, secondsPerFile = 30 }: { interpreter: string; secondsPerFile?: number },
  paths: readonly string[],
): Promise<MetadataFinding[]> {
  const opening = openPython({ interpreter, searchPath: process.env.PATH ?? '', secondsPerFile });
  if (!opening.ok) throw new Error(opening.error);
  const reader: MetadataReader = opening.value;
  try {
    const found: MetadataFinding[] = [];
    for await (const each of reader.read(paths, new AbortController().signal)) found.push(each);
    return found;
  } finally {
    await reader.close();
  }
}

describe('with a stand-in for the interpreter', () => {
  test('many files are asked of one process; one that dies or hangs on a file is begun anew for the next', async () => {
    const starts = join(folder, 'starts');
    const interpreter = await standIn(
      'python',
      `echo start >> '${starts}'
       echo '{"ready": ["tifffile"]}'
       while read -r line; do
         case "$line" in
           *dies*) echo 'Segmentation fault in libx' >&2; exit 139;;
           *hangs*) exec sleep 1000;;
           *odd*) echo 'no answer at all';;
           *large*) echo '{"path": "p", "image": {"axes": "yx", "shape": [1e300, -1], "dtype": "uint8"}}';;
           *) echo '{"path": "p", "image": {"axes": "zyx", "shape": [3, 7, 9], "dtype": "uint16", "series": 4, "channels": ["A"], "pixelSize": {"z": 0.3, "y": "x"}}}';;
         esac
       done`,
    );
    const paths = await Promise.all(
      ['a', 'dies', 'b', 'hangs', 'c', 'odd', 'large', 'd'].map((name) => put(`${name}.xyz`, 'x')),
    );
    const image = { axes: 'zyx', shape: [3, 7, 9], dtype: 'uint16', series: 4, channels: ['A'], pixelSize: { z: 0.3 } };
    const found = await all({ interpreter, secondsPerFile: 1 }, paths);
    expect(found.map((each) => ('info' in each ? each.info.image : each.problem))).toEqual([
      image,
      'Python broke while it read this file: Segmentation fault in libx',
      image,
      'Python did not answer within 1 s',
      image,
      expect.stringMatching(/^Python (ended|broke)/),
      'Python cannot read this file: what the library says of its shape makes no sense',
      image,
    ]);
    expect(execFileSync('wc', ['-l', starts], { encoding: 'utf8' }).trim()).toMatch(/^4 /);
  });

  test('an interpreter without libraries, or none at all, says what to install', async () => {
    const interpreter = await standIn('bare', `echo '{"ready": []}'; cat > /dev/null`);
    const path = await put('a.xyz', 'x');
    expect(await all({ interpreter }, [path])).toEqual([
      {
        path,
        problem: `this Python has no library for images: install one with \`${interpreter} -m pip install bioio bioio-ome-tiff bioio-tifffile tifffile\``,
      },
    ]);
    expect(openPython({ interpreter: 'no-such-python', searchPath: '/nowhere', secondsPerFile: 1 })).toMatchObject({
      ok: false,
      error: expect.stringContaining('is not to be found'),
    });
  });
});

/** An interpreter with tifffile: BIT_TEST_PYTHON, or the one on the PATH where it has it. */
const python = findProgram(process.env.BIT_TEST_PYTHON ?? 'python3', process.env.PATH ?? '');
const has = (library: string): boolean => {
  try {
    execFileSync(python ?? 'false', ['-c', `import ${library}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(!has('tifffile'))('with Python itself (needs tifffile in BIT_TEST_PYTHON or python3)', () => {
  test('files are read in one process, and what is no image is told', async () => {
    const description = omeXml({ SizeZ: 2, PhysicalSizeX: 104, PhysicalSizeXUnit: 'nm' });
    const paths = [
      await put(
        'a.tif',
        tiff({ pages: pages(3, { width: 9, height: 7, bits: 16, description: imageJ({ images: 3, slices: 3 }) }) }),
      ),
      await put('b.ome.tif', tiff({ pages: pages(2, { width: 9, height: 7, bits: 16, description }) })),
      await put('c.txt', 'hello'),
    ];
    expect(await all({ interpreter: python ?? '', secondsPerFile: 120 }, paths)).toMatchObject([
      { info: { mediaType: 'image/tiff', image: { axes: 'zyx', shape: [3, 7, 9], dtype: 'uint16' } } },
      { info: { image: { axes: 'zyx', shape: [2, 7, 9], pixelSize: { x: 0.104 } } } },
      { problem: expect.stringMatching(/^Python cannot read this file: /) },
    ]);
  }, 240_000);

  test.skipIf(!has('nd2'))(
    'an ND2 is what our own reader says, but for its positions, which are an axis there (needs nd2)',
    async () => {
      const path = await put('a.nd2', modernNd2());
      expect(await all({ interpreter: python ?? '', secondsPerFile: 120 }, [path])).toMatchObject([
        {
          info: {
            image: {
              axes: 'tpzcyx',
              shape: [2, 2, 3, 2, 7, 9],
              channels: ['DAPI', 'GFP'],
              pixelSize: { z: 0.3, y: 0.104, x: 0.104 },
            },
          },
        },
      ]);
    },
    240_000,
  );
});
