import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { formats } from '../../../../src/data/formats/index.ts';
import type { FormatFinding, ImageDemand } from '../../../../src/engine/ports/formats.ts';
import { messages } from '../../../support/inspect.ts';

type Files = Readonly<Record<string, unknown>>;

async function inspect(files: Files, image?: ImageDemand): Promise<FormatFinding> {
  const folder = join(await mkdtemp(join(tmpdir(), 'bit-formats-')), 'stack.zarr');
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return await formats.inspect(folder, { format: 'Image', ...(image !== undefined && { image }) });
  } finally {
    await rm(dirname(folder), { recursive: true });
  }
}

const axes = [
  { name: 't', type: 'time', unit: 'second' },
  { name: 'c', type: 'channel' },
  { name: 'z', type: 'space', unit: 'micrometer' },
  { name: 'y', type: 'space', unit: 'micrometer' },
  { name: 'x', type: 'space', unit: 'nanometer' },
];
const dataset = (path: string): object => ({
  path,
  coordinateTransformations: [{ type: 'scale', scale: [7, 1, 0.3, 0.104, 104] }],
});
const multiscales = [{ axes, datasets: [dataset('0'), dataset('1')] }];
const omero = { channels: [{ label: 'DAPI' }, { label: 'GFP' }] };
const shape = [3, 2, 5, 64, 64];

const second: Files = {
  '.zgroup': { zarr_format: 2 },
  '.zattrs': { multiscales: [{ ...multiscales[0], version: '0.4' }], omero },
  '0/.zarray': { shape, dtype: '<u2', chunks: shape, zarr_format: 2 },
  '1/.zarray': { shape, dtype: '<u2', chunks: shape, zarr_format: 2 },
};
const third: Files = {
  'zarr.json': { zarr_format: 3, node_type: 'group', attributes: { ome: { version: '0.5', multiscales, omero } } },
  '0/zarr.json': { zarr_format: 3, node_type: 'array', shape, data_type: 'uint16' },
  '1/zarr.json': { zarr_format: 3, node_type: 'array', shape, data_type: 'uint16' },
};

test.each([
  ['0.4', second],
  ['0.5', third],
])('an OME-Zarr %s shows the array of its full resolution', async (_, files) => {
  expect(await inspect(files, { axes: 'tczyx', dtype: 'uint16', shape: [3, null, 5, 64, 64] })).toEqual({
    ok: true,
    info: {
      mediaType: 'application/vnd.zarr',
      image: {
        axes: 'tczyx',
        shape,
        dtype: 'uint16',
        pixelSize: { z: 0.3, y: 0.104, x: 0.104 },
        timeStep: 7,
        channels: ['DAPI', 'GFP'],
      },
    },
  });
});

test('a scale without a unit is no size in micrometres', async () => {
  const bare = axes.map(({ name, type }) => ({ name, type }));
  const finding = await inspect({
    ...second,
    '.zattrs': { multiscales: [{ axes: bare, datasets: [dataset('0')], version: '0.4' }] },
  });
  expect(finding).toEqual({
    ok: true,
    info: { mediaType: 'application/vnd.zarr', image: { axes: 'tczyx', shape, dtype: 'uint16' } },
  });
});

test('what bioformats2raw writes is read through to its first image', async () => {
  const inner = Object.fromEntries(Object.entries(second).map(([name, content]) => [`0/${name}`, content]));
  const finding = await inspect({ '.zattrs': { 'bioformats2raw.layout': 3 }, ...inner });
  expect(finding).toMatchObject({ ok: true, info: { image: { axes: 'tczyx' } } });
});

const { '1/.zarray': _, ...withoutLevel } = second;
test.each([
  ['nothing of Zarr', { 'readme.txt': 'hello' }, 'this folder is no image: it holds no OME-Zarr metadata'],
  [
    'version 0.6',
    { 'zarr.json': { node_type: 'group', attributes: { ome: { version: '0.6', multiscales } } } },
    'this OME-Zarr is of version 0.6, and Bitflow reads 0.4 and 0.5: write it again as 0.5 (or as 0.4, for older viewers)',
  ],
  [
    'a bare array',
    { 'zarr.json': { node_type: 'array', shape, data_type: 'uint16' } },
    'this Zarr is a bare array: without the `multiscales` metadata of OME-Zarr, nothing says what its axes are',
  ],
  [
    'a plate',
    { '.zattrs': { plate: { wells: [{ path: 'A/1' }, { path: 'A/2' }] } } },
    'this OME-Zarr is a plate of 2 wells, not one image: name an image inside it, such as A/1/0',
  ],
  ['no multiscales', { '.zattrs': {} }, 'this Zarr is no OME-Zarr image: its metadata has no `multiscales` entry'],
  ['cut metadata', { ...second, '.zattrs': '{"multiscales": [' }, '.zattrs is damaged: it is no complete JSON'],
  ['a missing resolution', withoutLevel, 'resolution 1 ("1") is not there: it has no .zarray'],
  [
    'another number of dimensions',
    { ...second, '0/.zarray': { shape: [5, 64, 64], dtype: '<u2' } },
    'resolution 0 ("0") has 3 dimensions, and the metadata names 5 axes (tczyx)',
  ],
  [
    'no pixel type',
    { ...second, '0/.zarray': { shape, dtype: 'wat' } },
    'resolution 0 ("0") has no pixel type that Bitflow knows ("\\"wat\\"")',
  ],
  [
    'a path that leads outside',
    { ...second, '.zattrs': { multiscales: [{ axes, datasets: [{ path: '../x' }] }] } },
    'dataset 1 of this OME-Zarr names no path inside it',
  ],
] as [string, Files, string][])('%s is told in a sentence', async (_, files, message) => {
  expect(messages(await inspect(files))).toEqual([message]);
});

test('axes that are not as asked are told with the shape', async () => {
  expect(messages(await inspect(third, { axes: 'zyx', dtype: 'float32' }))).toEqual([
    'the image has the axes tczyx (3 × 2 × 5 × 64 × 64), and zyx is asked for',
    'the pixels are uint16, and float32 is asked for',
  ]);
});

test('several images as bioformats2raw writes them are the first one, with what the OME-XML beside them says', async () => {
  const xml = `<OME><Instrument><Objective ID="Objective:0" NominalMagnification="40" LensNA="0.95"/></Instrument>${[
    0, 1,
  ]
    .map(
      (id) =>
        `<Image ID="Image:${id}"><AcquisitionDate>2021-09-24T10:03:22</AcquisitionDate><ObjectiveSettings ID="Objective:0"/><Pixels SizeX="64" SizeY="64" SizeZ="5" SizeC="2" SizeT="3" PhysicalSizeZ="9" Type="uint16"><Channel EmissionWavelength="460"/><Channel EmissionWavelength="525"/></Pixels></Image>`,
    )
    .join('')}</OME>`;
  const inside = Object.fromEntries(Object.entries(second).map(([name, content]) => [`0/${name}`, content]));
  const finding = await inspect({
    '.zgroup': {},
    '.zattrs': { 'bioformats2raw.layout': 3 },
    'OME/METADATA.ome.xml': xml,
    ...inside,
  });
  expect(finding).toMatchObject({
    ok: true,
    info: {
      image: {
        axes: 'tczyx',
        pixelSize: { z: 0.3, y: 0.104, x: 0.104 },
        channels: ['DAPI', 'GFP'],
        channelDetails: [{ emission: 460 }, { emission: 525 }],
        objective: { magnification: 40, numericalAperture: 0.95 },
        acquiredAt: '2021-09-24T10:03:22',
        series: 2,
      },
    },
  });
});

test('wavelengths beside the names of channels are read, and an unknown unit is said', async () => {
  const furlongs = axes.map((axis) => (axis.name === 'z' ? { ...axis, unit: 'furlong' } : axis));
  const finding = await inspect({
    ...second,
    '.zattrs': {
      multiscales: [{ ...multiscales[0], axes: furlongs, version: '0.4' }],
      omero: {
        channels: [
          { label: 'DAPI', emissionWave: 460 },
          { label: 'GFP', emissionWave: 'green' },
        ],
      },
    },
  });
  expect(finding.info?.image).toMatchObject({
    pixelSize: { y: 0.104, x: 0.104 },
    channelDetails: [{ name: 'DAPI', emission: 460 }, { name: 'GFP' }],
    remarks: ['the pixel size in z is given as 0.3 "furlong", a unit that Bitflow does not know, and is left out'],
  });
});
