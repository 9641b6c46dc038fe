import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectItem } from '../../../../src/data/formats/item.ts';
import type { ImageInfo } from '../../../../src/engine/ports/formats.ts';
import { metamorph } from '../../../support/microscopy/samples.ts';
import { imageJ, omeXml, pages, tiff } from '../../../support/tiff.ts';

const yx = { width: 9, height: 7, bits: 16 };

/** What the first of these files and the others, which belong to it, say together. */
async function together(files: Readonly<Record<string, string | Buffer>>): Promise<ImageInfo | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'bit-item-'));
  try {
    const paths: string[] = [];
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await writeFile(path, content);
      paths.push(path);
    }
    const [path = '', ...companions] = paths;
    const finding = await inspectItem({ path, companions });
    if (!finding.ok) throw new Error(JSON.stringify(finding.problems));
    return finding.info.image;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const summary = {
  Channels: 2,
  ChNames: ['DAPI', 'GFP "1" }'],
  Slices: 3,
  Frames: 2,
  Positions: 4,
  PixelSize_um: 0.104,
  'z-step_um': 0.3,
  Interval_ms: 5000,
  StartTime: '2021-09-24 10:03:22.250 +0200',
};

test.each([
  ['whole', JSON.stringify({ Summary: summary, 'FrameKey-0-0-0': { 'Exposure-ms': 20 } }, undefined, 2)],
  [
    'of an acquisition that was ended',
    `{\n"Summary": ${JSON.stringify(summary)},\n"FrameKey-0-0-0": { "Exposure-ms": 20,`,
  ],
])('Micro-Manager metadata, %s, say what the TIFF does not', async (_, metadata) => {
  const image = tiff({
    pages: pages(3, { ...yx, description: imageJ({ images: 3, slices: 3, unit: 'um', spacing: 0.25 }) }),
  });
  expect(await together({ 'a.tif': image, 'a_metadata.txt': metadata })).toEqual({
    axes: 'zyx',
    shape: [3, 7, 9],
    dtype: 'uint16',
    pixelSize: { z: 0.25, y: 0.104, x: 0.104 }, // the image's own word counts first
    timeStep: 5,
    channels: ['DAPI', 'GFP "1" }'],
    acquiredAt: '2021-09-24T10:03:22.250+02:00',
    series: 4,
  });
});

test('an unset pixel size of 0 is no size, in Micro-Manager 2 the plane has it', async () => {
  const image = tiff({ pages: [yx] });
  const set = (fields: object, plane: object): string =>
    JSON.stringify({
      Summary: { Channels: 1, ChNames: ['A'], PixelSize_um: 0, Interval_ms: 0, ...fields },
      'Metadata-Default/img_channel000.tif': plane,
    });
  expect(await together({ 'a.tif': image, 'metadata.txt': set({}, {}) })).toEqual({
    axes: 'yx',
    shape: [7, 9],
    dtype: 'uint16',
    channels: ['A'],
  });
  expect(
    await together({ 'a.tif': image, 'metadata.txt': set({}, { PixelSizeUm: 0.65, 'Exposure-ms': 10 }) }),
  ).toMatchObject({
    pixelSize: { y: 0.65, x: 0.65 },
    channelDetails: [{ name: 'A', exposure: 0.01 }],
  });
});

test('an OME companion names the axes of a set whose files leave that to it', async () => {
  const binary = `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:a"><BinaryOnly MetadataFile="s.companion.ome" UUID="urn:uuid:c"/></OME>`;
  const of = (file: string, t: number): string =>
    `<TiffData FirstT="${t}" IFD="0" PlaneCount="3"><UUID FileName="${file}">urn:uuid:${file}</UUID></TiffData>`;
  const companion = omeXml(
    { SizeZ: 3, SizeT: 2, PhysicalSizeX: 104, PhysicalSizeXUnit: 'nm', TimeIncrement: 1, TimeIncrementUnit: 'min' },
    { inside: `<Channel Name="GFP" EmissionWavelength="525"/>${of('a.ome.tif', 0)}${of('b.ome.tif', 1)}` },
  );
  const part = tiff({ pages: pages(3, { ...yx, description: binary }) });
  expect(await together({ 'a.ome.tif': part, 'b.ome.tif': part, 's.companion.ome': companion })).toEqual({
    axes: 'tzyx',
    shape: [2, 3, 7, 9],
    dtype: 'uint16',
    pixelSize: { x: 0.104 },
    timeStep: 60,
    channels: ['GFP'],
    channelDetails: [{ name: 'GFP', emission: 525 }],
  });
  expect(
    await together({ 'a.ome.tif': part, 's.companion.ome': companion.replace('SizeX="9"', 'SizeX="8"') }),
  ).toMatchObject({ axes: 'qyx' });
});

test('a MetaMorph acquisition is what its .nd file announces, of planes as its files hold them', async () => {
  const nd = `"NDInfoFile", Version 1.0
"Description", File recreated from images.
"StartTime1", 20210924 10:03:22.250
"DoTimelapse", TRUE
"NTimePoints", 4
"DoStage", TRUE
"NStagePositions", 2
"DoWave", TRUE
"NWavelengths", 2
"WaveName1", "DAPI"
"WaveDoZ1", TRUE
"WaveName2", "GFP, green"
"WaveDoZ2", TRUE
"DoZSeries", TRUE
"NZSteps", 3
"ZStepSize", 0.5
"EndFile"
`.replaceAll('\n', '\r\n');
  expect(
    await together({
      'e.nd': nd,
      'e_thumb_w1DAPI_s1_t1.tif': tiff({ pages: [{ ...yx, width: 2 }] }),
      'e_w1DAPI_s1_t1.stk': metamorph(),
    }),
  ).toEqual({
    axes: 'tczyx',
    shape: [4, 2, 3, 7, 9],
    dtype: 'uint16',
    pixelSize: { z: 0.5, y: 0.1, x: 0.1 },
    channels: ['DAPI', 'GFP, green'],
    acquiredAt: '2021-09-24T10:03:22.250',
    series: 2,
  });
});

test('companions that are missing, empty or something else change nothing', async () => {
  const image = tiff({ pages: [yx] });
  const alone = await together({ 'a.tif': image });
  for (const text of ['', '{}', '"Summary": {', '<OME', '\0\0', `{"Summary": ${'['.repeat(10_000)}`]) {
    expect(await together({ 'a.tif': image, 'a_metadata.txt': text, 'a.ome.xml': text })).toEqual(alone);
  }
});
