import { expect, test } from 'vitest';
import { imageOf, infoOf, versionOf } from '../../../../src/data/omero/omero-image.ts';

/** "Get a single Image", https://omero.readthedocs.io/en/stable/developers/json-api.html */
const documented = {
  '@id': 16783,
  Name: 'CFP_AurB_R3D.dv',
  AcquisitionDate: 1235730332000,
  'omero:series': 0,
  'omero:details': { permissions: { canAnnotate: true }, group: { '@id': 5 } },
  Pixels: {
    '@id': 12801,
    Channels: [
      { Name: 'CFP_JP4', EmissionWavelength: { Symbol: 'nm', Value: 470, Unit: 'NANOMETER' } },
      { Name: 'RD_TR-PE', EmissionWavelength: { Symbol: 'nm', Value: 617, Unit: 'NANOMETER' } },
    ],
    SizeX: 512,
    SizeY: 512,
    SizeZ: 29,
    SizeC: 2,
    SizeT: 1,
    PhysicalSizeX: { Symbol: 'µm', Value: 0.12698, Unit: 'MICROMETER' },
    PhysicalSizeY: { Symbol: 'µm', Value: 0.12698, Unit: 'MICROMETER' },
    PhysicalSizeZ: { Symbol: 'µm', Value: 0.2, Unit: 'MICROMETER' },
    Type: { '@id': 6, value: 'uint16' },
    'omero:sha1': 'eae01c54191fd9cf4b09e3651e1899d677375b7d',
    SignificantBits: 16,
  },
};

test('the documented image', () => {
  const image = imageOf(documented);
  expect(image).toMatchObject({
    id: 16783,
    name: 'CFP_AurB_R3D.dv',
    acquiredAt: '2009-02-27T10:25:32.000Z',
    groupId: 5,
    mayAnnotate: true,
  });
  expect(image?.pixels && infoOf(image.pixels)).toEqual({
    axes: 'tczyx',
    shape: [1, 2, 29, 512, 512],
    dtype: 'uint16',
    pixelSize: { x: 0.12698, y: 0.12698, z: 0.2 },
    channels: ['CFP_JP4', 'RD_TR-PE'],
  });
  expect(image?.pixels?.channels[0]?.emission).toBe(0.47);
  expect(image && versionOf(image)).toBe('pixels:12801 series:0 eae01c54191fd9cf4b09e3651e1899d677375b7d');
});

test.each([
  ['NANOMETER', 126.98, 0.12698],
  ['MILLIMETER', 0.0005, 0.5],
  ['ANGSTROM', 1000, 0.1],
  ['INCH', 0.00001, 0.254],
  ['PIXEL', 1, undefined],
  ['REFERENCEFRAME', 5, undefined],
  ['MICROMETER', 0, undefined],
])('a size of %s', (Unit, Value, micrometres) => {
  const image = imageOf({ ...documented, Pixels: { ...documented.Pixels, PhysicalSizeX: { Unit, Value } } });
  expect(image?.pixels?.pixelSize?.x).toBe(micrometres);
});

test.each([
  ['float', 'float32'],
  ['double', 'float64'],
  ['bit', 'bool'],
  ['complex', 'complex64'],
  ['int8', 'int8'],
])('OMERO calls %s what is %s here', (value, dtype) => {
  expect(imageOf({ ...documented, Pixels: { ...documented.Pixels, Type: { value } } })?.pixels?.dtype).toBe(dtype);
});

test('what is left out because it is null is absent, not zero', () => {
  const { SizeC: _c, PhysicalSizeX: _x, 'omero:sha1': _sum, Channels: _channels, ...rest } = documented.Pixels;
  expect(imageOf({ ...documented, Pixels: rest })?.pixels).toBeUndefined();
  const bare = imageOf({ '@id': 1, Pixels: { ...rest, SizeC: 2 } });
  expect(bare).toMatchObject({ name: 'Image 1', series: 0, pixels: { channels: [] } });
  expect(bare?.pixels?.pixelSize).toEqual({ y: 0.12698, z: 0.2 });
  expect(bare && versionOf(bare)).toBe('pixels:12801 series:0 1x2x29x512x512-uint16');
  expect(imageOf(undefined)).toBeUndefined();
  expect(imageOf({ Name: 'no number' })).toBeUndefined();
});

test('a word where a sum should be is no version', () => {
  const image = imageOf({ ...documented, Pixels: { ...documented.Pixels, 'omero:sha1': 'Pending...' } });
  expect(image && versionOf(image)).toBe('pixels:12801 series:0 1x2x29x512x512-uint16');
});
