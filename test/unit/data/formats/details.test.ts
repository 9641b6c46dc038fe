import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isoDateTime, julianDate, julianDay, mailDateTime } from '../../../../src/data/formats/date-time.ts';
import { nanometres } from '../../../../src/data/formats/image-details.ts';
import { omeMetadata } from '../../../../src/data/formats/ome-xml.ts';
import { xmlTags } from '../../../../src/data/formats/xml-elements.ts';
import { imageIn } from '../../../support/inspect.ts';
import { imageJ, omeXml, pages, tiff } from '../../../support/tiff.ts';

const yx = { width: 9, height: 7, bits: 16 };

test('an OME-TIFF says wavelengths, exposure, objective, date and how many images it holds', async () => {
  const image = (id: number): string =>
    `<Image ID="Image:${id}"><AcquisitionDate>2021-09-24T10:03:22</AcquisitionDate><ObjectiveSettings ID="Objective:1"/><Pixels ID="Pixels:${id}" DimensionOrder="XYCZT" SizeX="9" SizeY="7" SizeC="2" SizeZ="1" SizeT="1" Type="uint16"><Channel Name="DAPI" ExcitationWavelength="405" ExcitationWavelengthUnit="nm" EmissionWavelength="0.46" EmissionWavelengthUnit="µm"/><Channel Name="GFP" EmissionWavelength="-1"/><TiffData IFD="${2 * id}" PlaneCount="2"/><Plane TheC="0" TheZ="0" TheT="0" ExposureTime="20" ExposureTimeUnit="ms"/></Pixels></Image>`;
  const description = `<OME:OME xmlns:OME="x"><Instrument><Objective ID="Objective:0" Model="10x"/><Objective ID="Objective:1" Model="Plan Apo 60x" NominalMagnification="60" LensNA="1.4" Immersion="Oil"/></Instrument>${image(0)}${image(1)}</OME:OME>`;
  expect(await imageIn(tiff({ pages: pages(4, { ...yx, description }) }))).toEqual({
    axes: 'cyx',
    shape: [2, 7, 9],
    dtype: 'uint16',
    channels: ['DAPI', 'GFP'],
    channelDetails: [{ name: 'DAPI', excitation: 405, emission: 460, exposure: 0.02 }, { name: 'GFP' }],
    objective: { name: 'Plan Apo 60x', magnification: 60, numericalAperture: 1.4, immersion: 'Oil' },
    acquiredAt: '2021-09-24T10:03:22',
    series: 2,
  });
});

describe('a unit that is not known makes the size absent, and this is said', () => {
  const remark = (what: string): string => `${what}, a unit that Bitflow does not know, and is left out`;
  const ome = (fields: Record<string, string | number>): Buffer =>
    tiff({ pages: pages(2, { ...yx, description: omeXml({ SizeT: 2, ...fields }) }) });

  test('OME', async () => {
    expect(await imageIn(ome({ PhysicalSizeX: 5, PhysicalSizeXUnit: 'furlong', PhysicalSizeY: 0.1 }))).toMatchObject({
      pixelSize: { y: 0.1 },
      remarks: [remark('the pixel size in x is given as 5 "furlong"')],
    });
    expect(await imageIn(ome({ TimeIncrement: 5, TimeIncrementUnit: 'fortnight' }))).toMatchObject({
      remarks: [remark('the time step is given as 5 "fortnight"')],
    });
    for (const unit of ['pixel', 'reference frame']) {
      const image = await imageIn(ome({ PhysicalSizeX: 5, PhysicalSizeXUnit: unit }));
      expect(image).not.toHaveProperty('pixelSize');
      expect(image).not.toHaveProperty('remarks');
    }
  });

  test.each([
    ['um', 0.1],
    ['µm', 0.1],
    ['μm', 0.1],
    ['micron', 0.1],
    ['microns', 0.1],
    ['nm', 0.0001],
    ['mm', 100],
    ['m', 100_000],
    ['Å', 0.00001],
    ['inch', 2540],
    ['pm', 1e-7],
  ])('OME in %s', async (unit, size) => {
    expect((await imageIn(ome({ PhysicalSizeX: 0.1, PhysicalSizeXUnit: unit })))?.pixelSize?.x).toBeCloseTo(size, 12);
  });

  test('ImageJ', async () => {
    const description = imageJ({ images: 2, slices: 2, spacing: 0.3, unit: 'barleycorn' });
    const image = await imageIn(
      tiff({
        pages: pages(2, {
          ...yx,
          description,
          resolution: [
            [10, 1],
            [10, 1],
          ],
          resolutionUnit: 1,
        }),
      }),
    );
    expect(image).not.toHaveProperty('pixelSize');
    expect(image?.remarks).toEqual([remark('the pixel size is given in "barleycorn"')]);
  });
});

describe('dates', () => {
  test.each([
    ['2021-09-24T10:03:22', '2021-09-24T10:03:22'],
    ['2021-09-24T10:03:22Z', '2021-09-24T10:03:22Z'],
    ['2021-09-24 10:03:22.123456 +0200', '2021-09-24T10:03:22.123+02:00'],
    ['2021:09:24 10:03:22', '2021-09-24T10:03:22'],
    ['2021-9-4 1:03', '2021-09-04T01:03:00'],
    ['3/4/2021 10:03:22', undefined],
    ['2021-02-30T10:03:22', undefined],
    ['2021-09-24T25:03:22', undefined],
    ['1601-01-01T00:00:00Z', undefined],
    ['yesterday', undefined],
  ])('%s', (text, expected) => {
    expect(isoDateTime(text)).toBe(expected);
  });

  test('as mail and as Julian days have them', () => {
    expect(mailDateTime('Fri, 24 Sep 2021 10:03:22 +0200')).toBe('2021-09-24T10:03:22+02:00');
    expect(mailDateTime('24 Foo 2021 10:03:22')).toBeUndefined();
    expect(julianDay({ day: 2_451_576, milliseconds: 54_362_783 })).toBe('2000-02-02T15:06:02.783');
    expect(julianDay({ day: 0, milliseconds: 0 })).toBeUndefined();
    expect(julianDate(2_459_481.8356712963, 'Z')).toBe('2021-09-24T08:03:22Z');
    expect(julianDate(Number.NaN, 'Z')).toBeUndefined();
  });
});

test('wavelengths that light does not have are none', () => {
  expect([
    nanometres('525'),
    nanometres(0.525, 'um'),
    nanometres(0),
    nanometres(-1),
    nanometres('x'),
    nanometres(5, 'parsec'),
    nanometres(1e9),
  ]).toEqual([525, 525, undefined, undefined, undefined, undefined, undefined]);
});

function chunk(type: string, body: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

test('a PNG says when it was made', async () => {
  const header = Buffer.from([0, 0, 0, 9, 0, 0, 0, 7, 8, 0, 0, 0, 0]);
  const png = (text: string): Buffer =>
    Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      chunk('IHDR', header),
      chunk('tEXt', Buffer.from(text, 'latin1')),
      chunk('IDAT', Buffer.alloc(9)),
      chunk('IEND', Buffer.alloc(0)),
    ]);
  expect(await imageIn(png('Creation Time\0Fri, 24 Sep 2021 10:03:22 GMT'), 'a.png')).toMatchObject({
    acquiredAt: '2021-09-24T10:03:22Z',
  });
  expect(await imageIn(png('Creation Time\0some day'), 'a.png')).not.toHaveProperty('acquiredAt');
  expect(await imageIn(png('Title\x002021-09-24T10:03:22'), 'a.png')).not.toHaveProperty('acquiredAt');
});

describe('a JPEG', () => {
  const segment = (marker: number, body: Uint8Array): Buffer => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(body.length + 2, 2);
    return Buffer.concat([head, body]);
  };
  const jpeg = (...before: Buffer[]): Buffer =>
    Buffer.concat([
      Buffer.from([0xff, 0xd8]),
      ...before,
      segment(0xc0, Buffer.from([8, 0, 7, 0, 9, 1])),
      segment(0xda, Buffer.alloc(6)),
      Buffer.alloc(20, 1),
      Buffer.from([0xff, 0xd9]),
    ]);
  const jfif = (unit: number, perUnit: number): Buffer => {
    const body = Buffer.from('JFIF\0\x01\x02\0\0\0\0\0\0\0', 'latin1');
    body.writeUInt8(unit, 7);
    body.writeUInt16BE(perUnit, 8);
    body.writeUInt16BE(perUnit, 10);
    return segment(0xe0, body);
  };
  const exif = (date: string, zone: string): Buffer => {
    const entry = (tag: number, type: number, count: number, value: number): Buffer => {
      const bytes = Buffer.alloc(12);
      bytes.writeUInt16LE(tag);
      bytes.writeUInt16LE(type, 2);
      bytes.writeUInt32LE(count, 4);
      bytes.writeUInt32LE(value, 8);
      return bytes;
    };
    const end = Buffer.alloc(4);
    const first = Buffer.concat([Buffer.from([1, 0]), entry(0x8769, 4, 1, 26), end]);
    const second = Buffer.concat([Buffer.from([2, 0]), entry(0x9003, 2, 20, 56), entry(0x9011, 2, 7, 76), end]);
    return segment(
      0xe1,
      Buffer.concat([
        Buffer.from('Exif\0\0'),
        Buffer.from('II*\0\x08\0\0\0', 'latin1'),
        first,
        second,
        Buffer.from(`${date}\0${zone}\0`),
      ]),
    );
  };

  test('says when a camera took it, and the size of its pixels where that is a calibration', async () => {
    expect(await imageIn(jpeg(jfif(2, 50_000), exif('2021:09:24 10:03:22', '+02:00')), 'a.jpg')).toEqual({
      axes: 'yx',
      shape: [7, 9],
      dtype: 'uint8',
      pixelSize: { y: 0.2, x: 0.2 },
      acquiredAt: '2021-09-24T10:03:22+02:00',
    });
    expect(await imageIn(jpeg(jfif(1, 300), exif('0000:00:00 00:00:00', '      ')), 'a.jpg')).toEqual({
      axes: 'yx',
      shape: [7, 9],
      dtype: 'uint8',
    });
  });

  test('with a damaged Exif block is still an image', async () => {
    const block = exif('2021:09:24 10:03:22', '+02:00');
    for (let at = 10; at < block.length; at++) {
      const damaged = Buffer.from(block);
      damaged.writeUInt8(0xff, at);
      expect(await imageIn(jpeg(damaged), 'a.jpg')).toMatchObject({ axes: 'yx', shape: [7, 9] });
    }
  });
});

describe('XML made to be slow is read in time for its length', () => {
  const long = 300_000;
  test.each([
    ['comments without an end', '<!--'.repeat(long)],
    ['quotes without an end', '<a b="'.repeat(long)],
    ['tags without an end', '<a '.repeat(long)],
    ['names without values', `<Pixels ${'a '.repeat(long)}>`],
    ['equal signs', `<Pixels SizeX="1" ${'='.repeat(long)}>`],
    ['quotes alone', `<Pixels ${`='"`.repeat(long)}>`],
    ['spaces', `<Pixels${' '.repeat(long)}x>`],
    ['colons', `<${'a:'.repeat(long)}>`],
    ['levels', '<a>'.repeat(long)],
    ['entities', `<AcquisitionDate>${'&amp;'.repeat(long)}</AcquisitionDate>`],
  ])('%s', (_, text) => {
    const from = process.cpuUsage();
    for (const tag of xmlTags(text)) void tag;
    omeMetadata(`<OME>${text}`);
    expect(process.cpuUsage(from).user / 1e6).toBeLessThan(2);
  });
});
