import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formats } from '../../../../src/data/formats/index.ts';
import type { ImageInfo } from '../../../../src/engine/ports/formats.ts';

// Microscopy files that lie beside a development checkout; elsewhere these tests say that they did not run.
const data = join(import.meta.dirname, '../../../../../shared/data');

test.skipIf(!existsSync(data)).each([
  ['embryo/DrosophilaEmbryo_GFPHistone_0000.tif', { axes: 'yxs', shape: [264, 542, 3], dtype: 'uint8' }],
  ['human/AS_09125_050116030001_D03f00d0.tif', { axes: 'yx', shape: [512, 512], dtype: 'uint8' }],
  ['lightsheet/psf.tif', { axes: 'qyx', shape: [61, 128, 128], dtype: 'uint16' }],
  ['lightsheet/otf.tif', { axes: 'yx', shape: [65, 122], dtype: 'float32' }],
  ['misc/cancer_cell_migration_crop.tif', { axes: 'qyx', shape: [48, 130, 130], dtype: 'uint16' }],
  ['misc/membrane_2d_timelapse.tif', { axes: 'qyx', shape: [5, 256, 256], dtype: 'uint16' }],
  [
    'misc/hela-cells.tif',
    { axes: 'yxs', shape: [512, 672, 3], dtype: 'uint16', pixelSize: { y: 0.0514931361709, x: 0.0514931361709 } },
  ],
  [
    'misc/Bead_Image1_crop.tif',
    {
      axes: 'zyx',
      shape: [41, 150, 150],
      dtype: 'uint8',
      pixelSize: { z: 0.125, y: 0.0224918576102, x: 0.0224918576102 },
    },
  ],
] as [string, ImageInfo][])('%s is what tifffile says it is', async (name, image) => {
  expect(await formats.inspect(join(data, name), { format: 'Image' })).toEqual({
    ok: true,
    info: { mediaType: 'image/tiff', image },
  });
});

test.skipIf(!existsSync(data))('every image there is whole, and has dimensions', async () => {
  const images = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tiff?$/i.test(name));
  expect(images.length).toBeGreaterThan(20);
  for (const name of images) {
    const finding = await formats.inspect(join(data, name), { format: 'Image' });
    expect(finding, name).toMatchObject({ ok: true, info: { image: { shape: expect.arrayContaining([]) } } });
    // All frames of one film are alike.
    if (name.startsWith('embryo/'))
      expect(finding.info?.image, name).toEqual({ axes: 'yxs', shape: [264, 542, 3], dtype: 'uint8' });
    if (name.startsWith('human/')) expect(finding.info?.image, name).toMatchObject({ axes: 'yx', shape: [512, 512] });
  }
});
