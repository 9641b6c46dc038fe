import { describe, expect, test } from 'vitest';
import type { ImageInfo } from '../../../../src/engine/ports/formats.ts';
import { imageIn, inspectBytes, messages } from '../../../support/inspect.ts';
import { confocalXml, czi, describedCzi } from '../../../support/microscopy/czi.ts';
import { lif } from '../../../support/microscopy/lif.ts';
import { nd2 } from '../../../support/microscopy/nd2.ts';
import { confocalLif, metamorph, modernNd2, nd2Spec } from '../../../support/microscopy/samples.ts';
import { random } from '../../../support/random.ts';

const stack: ImageInfo = {
  axes: 'tczyx',
  shape: [2, 2, 3, 7, 9],
  dtype: 'uint16',
  pixelSize: { z: 0.3, y: 0.105, x: 0.104 },
  channels: ['DAPI', 'GFP'],
};

const nikon: ImageInfo = {
  axes: 'tzcyx',
  shape: [2, 3, 2, 7, 9],
  dtype: 'uint16',
  pixelSize: { z: 0.3, y: 0.104, x: 0.104 },
  timeStep: 5,
  channels: ['DAPI', 'GFP'],
  channelDetails: [
    { name: 'DAPI', excitation: 395, emission: 455 },
    { name: 'GFP', excitation: 488, emission: 525 },
  ],
  objective: { name: 'Plan Apo VC 60x Oil DIC N2', magnification: 60, numericalAperture: 1.4 },
  acquiredAt: '2021-09-24T08:03:22Z',
  series: 2,
};

// The expected values are also what czifile, libCZI, nd2, liffile, tifffile and Bio-Formats read in these files.
test.each([
  ['a CZI that libCZI wrote', 'a.czi', czi('stack'), stack],
  [
    'a CZI of two scenes is its first scene',
    'a.czi',
    czi('scenes'),
    { axes: 'yx', shape: [7, 9], dtype: 'uint8', series: 2 },
  ],
  ['a CZI in colour', 'a.czi', czi('rgb'), { axes: 'yxs', shape: [7, 9, 3], dtype: 'uint8' }],
  [
    'a CZI whose XML says everything',
    'a.czi',
    describedCzi(confocalXml),
    {
      ...stack,
      pixelSize: { z: 0.3, y: 0.104, x: 0.104 },
      timeStep: 5,
      channels: ['DAPI', 'A & B'],
      channelDetails: [
        { name: 'DAPI', excitation: 353, emission: 465, exposure: 0.02 },
        { name: 'A & B', excitation: 493, emission: 517 },
      ],
      objective: {
        name: 'Plan-Apochromat 63x/1.40 Oil DIC M27',
        magnification: 63,
        numericalAperture: 1.4,
        immersion: 'Oil',
      },
      acquiredAt: '2021-09-24T08:03:22.123Z',
    },
  ],
  [
    'a CZI whose XML gives no sizes is what its pieces cover',
    'a.czi',
    describedCzi('<ImageDocument><Metadata><Information><Image/></Information></Metadata></ImageDocument>'),
    { axes: 'tczyx', shape: [2, 2, 3, 7, 9], dtype: 'uint16' },
  ],
  [
    'a LIF of two images is its first one',
    'a.lif',
    confocalLif(),
    {
      axes: 'tzcyx',
      shape: [2, 3, 2, 7, 9],
      dtype: 'uint8',
      pixelSize: { z: 0.3, y: 0.104, x: 0.104 },
      timeStep: 10,
      channels: ['DAPI', 'EGFP & co'],
      objective: { name: 'HC PL APO CS2 63x/1.40 OIL', magnification: 63, numericalAperture: 1.4, immersion: 'OIL' },
      acquiredAt: '2021-09-24T08:03:22Z',
      series: 2,
    },
  ],
  ['an ND2', 'a.nd2', modernNd2(), nikon],
  ['an ND2 with packed descriptions', 'a.nd2', nd2({ ...nd2Spec(), isPacked: true }), nikon],
  ['an ND2 from before version 3, in XML', 'a.nd2', nd2({ ...nd2Spec(), asXml: true }), nikon],
  [
    'a MetaMorph stack',
    'a.stk',
    metamorph(),
    {
      axes: 'zyx',
      shape: [3, 7, 9],
      dtype: 'uint16',
      pixelSize: { z: 0.25, y: 0.1, x: 0.1 },
      channelDetails: [{ emission: 525 }],
      acquiredAt: '2021-09-24T10:03:22',
    },
  ],
] as [string, string, Buffer, ImageInfo][])('%s', async (_, name, file, image) => {
  expect(await imageIn(file, name)).toEqual(image);
});

test('a LIF in colour has samples, a camera LIF has the wavelengths of its channels', async () => {
  const dimensions = [
    { id: 1, count: 5, length: 4e-6, unit: 'm', stride: 3 },
    { id: 2, count: 4, length: 3, unit: 'µm', stride: 15 },
  ];
  const colour = lif({
    images: [
      {
        name: 'a',
        dimensions,
        channels: [
          { at: 2, tag: 3 },
          { at: 1, tag: 2 },
          { at: 0, tag: 1 },
        ],
        bytes: 60,
      },
    ],
  });
  expect(await imageIn(colour, 'a.lif')).toEqual({
    axes: 'yxs',
    shape: [4, 5, 3],
    dtype: 'uint8',
    pixelSize: { y: 1, x: 1 },
  });
  const camera = `<Attachment Name="HardwareSetting"><ATLCameraSettingDefinition><WideFieldChannelConfigurator><WideFieldChannelInfo UserDefName="DAPI" EmissionWavelength="460"/><WideFieldChannelInfo FluoCubeName="GFP" EmissionWavelength="520" ExcitationWavelength="0"/></WideFieldChannelConfigurator></ATLCameraSettingDefinition></Attachment>`;
  const plain = [
    { id: 1, count: 5, length: 4, unit: 'furlong', stride: 2 },
    { id: 2, count: 4, length: 3e-6, unit: 'm', stride: 10 },
  ];
  const wide = lif({
    images: [
      {
        name: 'a',
        dimensions: plain,
        channels: [
          { at: 0, bits: 12 },
          { at: 40, bits: 12 },
        ],
        bytes: 80,
        inside: camera,
      },
    ],
  });
  expect(await imageIn(wide, 'a.lif')).toEqual({
    axes: 'cyx',
    shape: [2, 4, 5],
    dtype: 'uint16',
    pixelSize: { y: 1 },
    channels: ['DAPI', 'GFP'],
    channelDetails: [
      { name: 'DAPI', emission: 460 },
      { name: 'GFP', emission: 520 },
    ],
    remarks: ['the pixel size in x is given as 1 "furlong", a unit that Bitflow does not know, and is left out'],
  });
});

test('an ND2 acquisition that was ended early is as long as it got, and this is said', async () => {
  const { attributes, ...others } = nd2Spec();
  const file = nd2({ ...others, attributes: { ...attributes, uiSequenceCount: { unsigned: 6 } } });
  expect(await imageIn(file, 'a.nd2')).toMatchObject({
    axes: 'zcyx',
    shape: [3, 2, 7, 9],
    remarks: ['the acquisition was ended early: 6 of 12 pictures are in the file'],
  });
});

test('a MetaMorph stack calibrated in nanometres is in micrometres, and in an unknown unit not at all', async () => {
  expect((await imageIn(metamorph('nm'), 'a.stk'))?.pixelSize).toEqual({ z: 0.25, y: 0.0001, x: 0.0001 });
  expect(await imageIn(metamorph('ell'), 'a.stk')).toMatchObject({
    pixelSize: { z: 0.25 },
    remarks: [
      'the pixel size in y is given as 0.1 "ell", a unit that Bitflow does not know, and is left out',
      'the pixel size in x is given as 0.1 "ell", a unit that Bitflow does not know, and is left out',
    ],
  });
  expect(await imageIn(metamorph('pixel'), 'a.stk')).not.toHaveProperty('remarks');
});

describe('a file that is not whole', () => {
  const samples: [string, Buffer][] = [
    ['a.czi', czi('stack')],
    ['b.czi', czi('scenes')],
    ['c.czi', describedCzi(confocalXml)],
    ['a.lif', confocalLif()],
    ['a.nd2', modernNd2()],
    ['b.nd2', nd2({ ...nd2Spec(), isPacked: true })],
    ['c.nd2', nd2({ ...nd2Spec(), asXml: true })],
    ['a.stk', metamorph()],
  ];

  test.each([
    ['a.czi', /^the CZI file is (cut off|damaged)/],
    ['c.czi', /^the CZI file is (cut off|damaged)/],
    ['a.lif', /^the LIF file is cut off/],
    ['a.nd2', /^the ND2 file is cut off/],
    ['a.stk', /^the TIFF (is|ends)/],
  ])('%s, wherever it is cut, has a problem and no exception', async (name, problem) => {
    const whole = samples.find(([each]) => each === name)?.[1] ?? Buffer.alloc(0);
    for (let step = 1; step <= 60; step++) {
      // Cut within the head, too, but never so early that nothing tells what it is.
      const length = Math.max(64, Math.floor((whole.length * step) / 61) + (step % 3));
      const finding = await inspectBytes(whole.subarray(0, length), { name, demand: { format: 'Image' } });
      expect(finding.ok, `cut at ${length} of ${whole.length}`).toBe(false);
      expect(messages(finding)[0]).toMatch(problem);
    }
  });

  test.each(samples)('%s with wrong bytes is read or refused in a moment', async (name, whole) => {
    const chance = random(20_210_924);
    // Pixels say nothing: most of the damage goes to where something is described.
    for (let round = 0; round < 150; round++) {
      const damaged = Buffer.from(whole);
      for (let flips = 0; flips < 1 + (round % 8); flips++) {
        const at = Math.floor(chance() * damaged.length);
        damaged.writeUInt8(chance() < 0.5 ? 0xff : Math.floor(chance() * 256), at);
      }
      if (chance() < 0.3) damaged.fill(0xff, Math.max(32, Math.floor(chance() * damaged.length)));
      const from = process.cpuUsage();
      const finding = await inspectBytes(damaged, { name, demand: { format: 'Image' } });
      expect(process.cpuUsage(from).user / 1e6).toBeLessThan(2);
      const lengths = finding.info?.image?.shape ?? [];
      expect(lengths.every((length) => Number.isInteger(length) && length > 0)).toBe(true);
    }
  });

  test('every count and offset at its largest is refused without reserving what it announces', async () => {
    for (const [name, whole] of samples) {
      for (let at = 0; at + 8 <= Math.min(whole.length, 1200); at += 12) {
        const damaged = Buffer.from(whole);
        damaged.writeUInt32LE(0xfffffff0, at);
        damaged.writeUInt32LE(at % 24 === 0 ? 0x7fffffff : 0, at + 4);
        const before = process.memoryUsage().arrayBuffers;
        await inspectBytes(damaged, { name, demand: { format: 'Image' } });
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
      }
    }
  });
});
