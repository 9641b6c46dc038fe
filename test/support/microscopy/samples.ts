import { pages, tiff } from '../tiff.ts';
import { lif } from './lif.ts';
import { type Nd2FileSpec, nd2 } from './nd2.ts';

/** 9 × 7 pixels, 3 planes 0.3 um apart, 2 channels, 2 times; a second image; taken with a 63× lens. */
export function confocalLif(): Buffer {
  const settings = `<Attachment Name="HardwareSetting"><ATLConfocalSettingDefinition ObjectiveName="HC PL APO CS2    63x/1.40 OIL" Magnification="63" NumericalAperture="1.4" Immersion="OIL"/></Attachment>`;
  // 2021-09-24 08:03:22 UTC
  const stamps = `<TimeStampList NumberOfTimeStamps="2">${filetime(Date.UTC(2021, 8, 24, 8, 3, 22))} ${filetime(Date.UTC(2021, 8, 24, 8, 3, 32))}</TimeStampList>`;
  return lif({
    images: [
      {
        name: 'Series001',
        dimensions: [
          { id: 1, count: 9, length: 8 * 0.104e-6, unit: 'm', stride: 1 },
          { id: 2, count: 7, length: 6 * 0.104e-6, unit: 'm', stride: 9 },
          { id: 3, count: 3, length: -2 * 0.3e-6, unit: 'm', stride: 126 },
          { id: 4, count: 2, length: 10, unit: 's', stride: 378 },
        ],
        channels: [
          { at: 0, dye: 'DAPI' },
          { at: 63, dye: 'EGFP &amp; co' },
        ],
        bytes: 756,
        inside: settings + stamps,
      },
      {
        name: 'Colour',
        dimensions: [
          { id: 1, count: 5, length: 4e-6, unit: 'm', stride: 3 },
          { id: 2, count: 4, length: 3e-6, unit: 'm', stride: 15 },
        ],
        channels: [
          { at: 0, tag: 1 },
          { at: 1, tag: 2 },
          { at: 2, tag: 3 },
        ],
        bytes: 60,
      },
    ],
  });
}

function filetime(unix: number): string {
  return ((BigInt(unix) + 11_644_473_600_000n) * 10_000n).toString(16);
}

const spectrum = (wavelength: number): Nd2FileSpec['attributes'][string] => ({
  fields: {
    uiCount: { unsigned: 2 },
    pPoint: {
      list: [
        { fields: { eType: { int: 1 }, dWavelength: wavelength - 20, dTValue: 0.2 } },
        { fields: { eType: { int: 1 }, dWavelength: wavelength, dTValue: 1 } },
      ],
    },
  },
});

const plane = (name: string, [excitation, emission]: [number, number]): Nd2FileSpec['attributes'][string] => ({
  fields: {
    uiCompCount: { unsigned: 1 },
    sDescription: name,
    uiColor: { unsigned: 255 },
    pFluorescentProbe: {
      fields: { m_ExcitationSpectrum: spectrum(excitation), m_EmissionSpectrum: spectrum(emission) },
    },
  },
});

const level = (
  eType: number,
  parameters: Nd2FileSpec['attributes'],
  inner?: Nd2FileSpec['attributes'],
): Nd2FileSpec['attributes'] => ({
  eType: { unsigned: eType },
  uLoopPars: { fields: parameters },
  ...(inner !== undefined && { ppNextLevelEx: { list: [{ fields: inner }] } }),
});

/** 9 × 7 pixels, 2 times 5 s apart, 3 positions (of which one is switched off), 3 planes 0.3 um apart, 2 channels. */
export function nd2Spec(): Nd2FileSpec {
  const point = (x: number): Nd2FileSpec['attributes'][string] => ({
    fields: { dPosX: x, dPosY: 0, dPosZ: 0, dPFSOffset: -1, dPosName: '' },
  });
  const time = {
    uiCount: { unsigned: 2 },
    dStart: 0,
    dPeriod: 5000,
    dDuration: 5000,
    dMinPeriodDiff: 0,
    dMaxPeriodDiff: 0,
    dAvgPeriodDiff: 0,
  };
  const positions = { uiCount: { unsigned: 3 }, bUseZ: false, Points: { list: [point(0), point(10), point(20)] } };
  const depth = {
    uiCount: { unsigned: 3 },
    dZLow: 0,
    dZHigh: 0.6,
    dZStep: 0.3,
    dZHome: 0.3,
    bZInverted: false,
    iType: { int: 0 },
  };
  return {
    attributes: {
      uiWidth: { unsigned: 9 },
      uiWidthBytes: { unsigned: 36 },
      uiHeight: { unsigned: 7 },
      uiComp: { unsigned: 2 },
      uiBpcInMemory: { unsigned: 16 },
      uiBpcSignificant: { unsigned: 12 },
      uiSequenceCount: { unsigned: 12 },
      uiTileWidth: { unsigned: 9 },
      uiTileHeight: { unsigned: 7 },
      eCompression: { int: 2 },
      dCompressionParam: 0,
      uiVirtualComponents: { unsigned: 2 },
    },
    experiment: level(1, time, { ...level(2, positions, level(4, depth)), pItemValid: { bytes: [1, 1, 0] } }),
    picture: {
      dTimeAbsolute: 2459481.8356712963, // 2021-09-24 08:03:22 UTC
      dTimeMSec: 0,
      dCalibration: 0.104,
      bCalibrated: true,
      dAspect: 1,
      dObjectiveMag: 60,
      dObjectiveNA: 1.4,
      wsObjectiveName: 'Plan Apo VC 60x Oil DIC N2',
      sPicturePlanes: {
        fields: {
          uiCount: { unsigned: 2 },
          uiSampleCount: { unsigned: 1 },
          sPlaneNew: { fields: { a0: plane('DAPI', [395, 455]), a1: plane('GFP', [488, 525]) } },
        },
      },
    },
    text: { TextInfoItem_9: '9/24/2021  10:03:22 AM', TextInfoItem_13: 'Plan Apo VC 60x Oil DIC N2' },
    pictures: Array.from({ length: 12 }, () => Buffer.alloc(252, 1)),
  };
}

export function modernNd2(): Buffer {
  return nd2(nd2Spec());
}

/** 3 planes of 9 × 7 pixels, 0.25 um apart, calibrated in `unit`, of one wavelength, as MetaMorph keeps it. */
export function metamorph(unit = 'um'): Buffer {
  const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
  const day = 2_459_481; // 24 September 2021
  const from = (10 * 3600 + 3 * 60 + 22) * 1000;
  const planes = Buffer.concat(
    [0, 1, 2].map((index) => words(1, 4, day, from + 5000 * index, day, from + 5000 * index)),
  );
  const wavelengths = Buffer.concat([0, 1, 2].map(() => words(525, 1)));
  const text = Buffer.concat([words(unit.length + 1), Buffer.from(`${unit}\0`, 'latin1')]);
  // The values that the first table points to stand behind it, so where they are depends on where it is: it is written twice.
  const write = (at: number): Buffer => {
    const values = 5 * 8;
    return tiff({
      pages: pages(1, {
        width: 9,
        height: 7,
        bits: 16,
        extra: [
          {
            tag: 33628,
            type: 4,
            count: 5,
            bytes: Buffer.concat([
              words(3, 1, 4, at + values, 5, at + values + 8, 6, at + values + 16, 27, 525),
              words(1, 10, 1, 10),
              text,
            ]),
          },
          { tag: 33629, type: 5, count: 3, bytes: planes },
          { tag: 33630, type: 5, count: 3, bytes: wavelengths },
        ],
      }),
      followingPlanes: 2,
    });
  };
  const draft = write(0);
  return write(draft.indexOf(words(3, 1, 4, 40)));
}
