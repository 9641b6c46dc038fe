import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formats } from '../../../../src/data/formats/index.ts';
import { imageIn, inspectBytes, messages } from '../../../support/inspect.ts';
import { imageJ, omeXml, pages, type TiffSpec, tiff } from '../../../support/tiff.ts';

const yx = { width: 9, height: 7 };
const shaped = (fields: object): string => JSON.stringify(fields);

/** Each of these files was also opened with tifffile 2026.3.3, which shows the same. */
const rows: readonly [name: string, spec: TiffSpec, axes: string, shape: number[], dtype: string][] = [
  ['one page', { pages: [yx] }, 'yx', [7, 9], 'uint16'],
  ['big-endian bytes', { pages: [yx], bigEndian: true }, 'yx', [7, 9], 'uint16'],
  ['BigTIFF', { pages: pages(3, yx), big: true }, 'qyx', [3, 7, 9], 'uint16'],
  ['big-endian BigTIFF', { pages: [yx], big: true, bigEndian: true }, 'yx', [7, 9], 'uint16'],
  ['8 bits', { pages: [{ ...yx, bits: 8 }] }, 'yx', [7, 9], 'uint8'],
  ['signed', { pages: [{ ...yx, format: 2 }] }, 'yx', [7, 9], 'int16'],
  ['float', { pages: [{ ...yx, bits: 32, format: 3 }] }, 'yx', [7, 9], 'float32'],
  ['double', { pages: [{ ...yx, bits: 64, format: 3 }] }, 'yx', [7, 9], 'float64'],
  ['bitmap', { pages: [{ width: 16, height: 7, bits: 1 }] }, 'yx', [7, 16], 'bool'],
  ['12 bits', { pages: [{ width: 8, height: 2, bits: 12 }] }, 'yx', [2, 8], 'uint16'],
  ['colour', { pages: [{ ...yx, bits: 8, samples: 3 }] }, 'yxs', [7, 9, 3], 'uint8'],
  ['colour in planes', { pages: [{ ...yx, bits: 8, samples: 3, planar: true }] }, 'syx', [3, 7, 9], 'uint8'],
  ['pages that nothing names', { pages: pages(5, yx) }, 'qyx', [5, 7, 9], 'uint16'],
  ['strips', { pages: [{ ...yx, rowsPerStrip: 2 }] }, 'yx', [7, 9], 'uint16'],
  ['tiles', { pages: [{ width: 40, height: 20, tile: 16 }] }, 'yx', [20, 40], 'uint16'],
  ['packed', { pages: [{ ...yx, packedTo: 50 }] }, 'yx', [7, 9], 'uint16'],
  [
    'a preview behind the pages',
    { pages: [...pages(3, yx), { width: 4, height: 3, subfileType: 1 }] },
    'qyx',
    [3, 7, 9],
    'uint16',
  ],
  ['pyramid levels', { pages: [{ ...yx, levels: [{ width: 4, height: 3 }] }] }, 'yx', [7, 9], 'uint16'],
  [
    'tifffile, axes unnamed',
    { pages: pages(6, { ...yx, description: shaped({ shape: [2, 3, 7, 9] }) }) },
    'qqyx',
    [2, 3, 7, 9],
    'uint16',
  ],
  [
    'tifffile, axes named',
    { pages: pages(5, { ...yx, description: shaped({ shape: [5, 7, 9], axes: 'ZYX' }) }) },
    'zyx',
    [5, 7, 9],
    'uint16',
  ],
  [
    'tifffile keeps single planes',
    { pages: [{ ...yx, description: shaped({ shape: [1, 7, 9], axes: 'ZYX' }) }] },
    'zyx',
    [1, 7, 9],
    'uint16',
  ],
  [
    'tifffile with one directory',
    { pages: [{ ...yx, description: shaped({ shape: [4, 7, 9], truncated: true }) }], followingPlanes: 3 },
    'qyx',
    [4, 7, 9],
    'uint16',
  ],
  [
    'ImageJ stack',
    { pages: pages(5, { ...yx, description: imageJ({ images: 5, slices: 5 }) }) },
    'zyx',
    [5, 7, 9],
    'uint16',
  ],
  [
    'ImageJ movie',
    { pages: pages(5, { ...yx, description: imageJ({ images: 5, frames: 5 }) }) },
    'tyx',
    [5, 7, 9],
    'uint16',
  ],
  [
    'ImageJ hyperstack',
    {
      pages: pages(12, {
        ...yx,
        description: imageJ({ images: 12, channels: 2, slices: 3, frames: 2, hyperstack: 'true' }),
      }),
    },
    'tzcyx',
    [2, 3, 2, 7, 9],
    'uint16',
  ],
  ['ImageJ colour', { pages: [{ ...yx, bits: 8, samples: 3, description: imageJ({}) }] }, 'yxs', [7, 9, 3], 'uint8'],
  [
    'ImageJ composite as samples',
    { pages: [{ ...yx, samples: 3, description: imageJ({ channels: 3, mode: 'composite' }) }] },
    'yxs',
    [7, 9, 3],
    'uint16',
  ],
  [
    'ImageJ above 4 GB: one directory',
    { pages: [{ ...yx, description: imageJ({ images: 41, slices: 41 }) }], followingPlanes: 40 },
    'zyx',
    [41, 7, 9],
    'uint16',
  ],
  ['OME volume', { pages: pages(5, { ...yx, description: omeXml({ SizeZ: 5 }) }) }, 'zyx', [5, 7, 9], 'uint16'],
  [
    'OME in five dimensions',
    { pages: pages(12, { ...yx, description: omeXml({ SizeZ: 3, SizeC: 2, SizeT: 2 }) }) },
    'tzcyx',
    [2, 3, 2, 7, 9],
    'uint16',
  ],
  [
    'OME in another order',
    { pages: pages(6, { ...yx, description: omeXml({ SizeZ: 3, SizeC: 2, DimensionOrder: 'XYZCT' }) }) },
    'czyx',
    [2, 3, 7, 9],
    'uint16',
  ],
  [
    'OME colour',
    {
      pages: [
        {
          ...yx,
          bits: 8,
          samples: 3,
          description: omeXml({ SizeC: 3 }, { inside: '<Channel SamplesPerPixel="3"/><TiffData/>' }),
        },
      ],
    },
    'yxs',
    [7, 9, 3],
    'uint8',
  ],
  [
    'OME of another size than the pages',
    { pages: pages(2, { ...yx, description: omeXml({ SizeX: 100, SizeZ: 2 }) }) },
    'qyx',
    [2, 7, 9],
    'uint16',
  ],
  [
    'OME, described in another file',
    { pages: pages(2, { ...yx, description: '<OME xmlns="x"><BinaryOnly MetadataFile="a.ome.tif" UUID="u"/></OME>' }) },
    'qyx',
    [2, 7, 9],
    'uint16',
  ],
];

test.each(rows)(
  '%s: axes, shape and pixel type are those of the array in Python',
  async (_, spec, axes, shape, dtype) => {
    expect(await imageIn(tiff(spec))).toMatchObject({ axes, shape, dtype });
  },
);

describe('calibration', () => {
  const metres = (unit: string | Buffer): string | Buffer =>
    typeof unit === 'string'
      ? imageJ({ images: 2, slices: 2, unit, spacing: 0.3 })
      : Buffer.concat([Buffer.from('ImageJ=1.53\nslices=2\nspacing=0.3\nunit='), unit]);
  const stack = (unit: string | Buffer, perUnit: [number, number]): Buffer =>
    tiff({ pages: pages(2, { ...yx, description: metres(unit), resolution: [perUnit, perUnit], resolutionUnit: 1 }) });

  test.each([
    ['um', 'um', [9_615_385, 1_000_000], 0.3, 0.104],
    ['micron', 'micron', [10, 1], 0.3, 0.1],
    ['the escaped micro sign', '\\u00B5m', [10, 1], 0.3, 0.1],
    ['the micro sign in UTF-8', 'µm', [10, 1], 0.3, 0.1],
    ['the Greek letter', 'μm', [10, 1], 0.3, 0.1],
    ['the micro sign in Latin-1', Buffer.from('µm\n', 'latin1'), [10, 1], 0.3, 0.1],
    ['nm', 'nm', [1, 100], 0.0003, 0.1],
    ['mm', 'mm', [10_000, 1], 300, 0.1],
    ['1.0 as ImageJ measures it', 'um', [1_000_000, 1_000_000], 0.3, 1],
  ] as [string, string | Buffer, [number, number], number, number][])(
    'ImageJ in %s',
    async (_, unit, perUnit, z, x) => {
      const { pixelSize } = (await imageIn(stack(unit, perUnit))) ?? {};
      expect(pixelSize?.z).toBeCloseTo(z, 9);
      expect(pixelSize?.x).toBeCloseTo(x, 6);
      expect(pixelSize?.y).toBe(pixelSize?.x);
    },
  );

  test('what is not stated is absent, never 1.0', async () => {
    expect(await imageIn(stack('pixel', [10, 1]))).not.toHaveProperty('pixelSize');
    expect((await imageIn(stack('um', [1, 1])))?.pixelSize).toEqual({ z: 0.3 }); // 1/1 is a writer's placeholder
    expect(await imageIn(tiff({ pages: pages(2, { ...yx, description: omeXml({ SizeZ: 2 }) }) }))).not.toHaveProperty(
      'pixelSize',
    );
    const flat = tiff({ pages: [{ ...yx, description: imageJ({ spacing: 0.5, unit: 'um' }) }] });
    expect(await imageIn(flat)).not.toHaveProperty('pixelSize');
  });

  test('OME units become micrometres and seconds, and channels keep their names', async () => {
    const description = omeXml(
      {
        SizeC: 2,
        SizeT: 2,
        PhysicalSizeX: 104,
        PhysicalSizeXUnit: 'nm',
        PhysicalSizeY: 0.1,
        PhysicalSizeYUnit: '&#181;m',
        PhysicalSizeZ: 0.0003,
        PhysicalSizeZUnit: 'mm',
        TimeIncrement: 500,
        TimeIncrementUnit: 'ms',
      },
      { inside: '<Channel ID="Channel:0:0" Name="DAPI &amp; co"/><Channel Name=\'GFP &quot;1&quot;\'/><TiffData/>' },
    );
    expect(await imageIn(tiff({ pages: pages(4, { ...yx, description }) }))).toEqual({
      axes: 'tcyx',
      shape: [2, 2, 7, 9],
      dtype: 'uint16',
      pixelSize: { z: 0.3, y: 0.1, x: 0.104 },
      timeStep: 0.5,
      channels: ['DAPI & co', 'GFP "1"'],
    });
  });

  test('ImageJ frame intervals and rates become seconds', async () => {
    const movie = (fields: Record<string, string | number>): Buffer =>
      tiff({ pages: pages(2, { ...yx, description: imageJ({ frames: 2, ...fields }) }) });
    expect((await imageIn(movie({ finterval: 7 })))?.timeStep).toBe(7);
    expect((await imageIn(movie({ finterval: 2, tunit: 'min' })))?.timeStep).toBe(120);
    expect((await imageIn(movie({ fps: 4 })))?.timeStep).toBe(0.25);
    expect(await imageIn(movie({}))).not.toHaveProperty('timeStep');
  });

  test('centimetres of a microscope are a calibration, the dots per inch of a printer are none', async () => {
    const plain = (perUnit: [number, number], resolutionUnit: number): Buffer =>
      tiff({ pages: [{ ...yx, resolution: [perUnit, perUnit], resolutionUnit }] });
    expect((await imageIn(plain([100_000, 1], 3)))?.pixelSize).toEqual({ y: 0.1, x: 0.1 });
    for (const dots of [72, 96, 300, 600, 1200])
      expect(await imageIn(plain([dots, 1], 2))).not.toHaveProperty('pixelSize');
  });
});

test('a MetaMorph stack shows all its planes and where they are', async () => {
  const plane = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
  const extra = [
    { tag: 33628, type: 4, count: 1, bytes: plane(0) },
    {
      tag: 33629,
      type: 5,
      count: 3,
      bytes: Buffer.concat([1, 2, 3].map((time) => plane(3, 10, 2_459_000, time, 2_459_000, time))),
    },
  ];
  const stack = tiff({ pages: [{ ...yx, extra }], followingPlanes: 2 });
  expect(await imageIn(stack, 'stack.stk')).toEqual({
    axes: 'zyx',
    shape: [3, 7, 9],
    dtype: 'uint16',
    pixelSize: { z: 0.3 },
    acquiredAt: '2020-05-31T00:00:00.001',
  });
});

test('a part of an OME-TIFF set is whole only beside the other parts', async () => {
  const part = (uuid: string, file: string, z: number): string =>
    `<TiffData FirstZ="${z}" IFD="0" PlaneCount="1"><UUID FileName="${file}">${uuid}</UUID></TiffData>`;
  const description = omeXml(
    { SizeZ: 2 },
    { uuid: 'urn:uuid:a', inside: part('urn:uuid:a', 'a.ome.tif', 0) + part('urn:uuid:b', 'b.ome.tif', 1) },
  );
  const file = tiff({ pages: [{ ...yx, description }] });
  const alone = await inspectBytes(file, { name: 'a.ome.tif', demand: { format: 'Image' } });
  expect(messages(alone)).toEqual([
    'the OME-TIFF is one part of a set: "b.ome.tif", which holds other planes of the same image, is not beside it',
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'bit-formats-'));
  try {
    await writeFile(join(folder, 'a.ome.tif'), file);
    await writeFile(join(folder, 'b.ome.tif'), tiff({ pages: [yx] }));
    const together = await formats.inspect(join(folder, 'a.ome.tif'), { format: 'Image', image: { axes: 'zyx' } });
    expect(together).toMatchObject({ ok: true, info: { image: { shape: [2, 7, 9] } } });
  } finally {
    await rm(folder, { recursive: true });
  }
});
