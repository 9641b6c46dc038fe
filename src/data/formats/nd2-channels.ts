import type { ChannelInfo } from '../../engine/ports/formats.ts';
import { nanometres, present } from './image-details.ts';
import { field, listOf, type Nd2Record, numberOf, recordOf, textOf } from './nd2-values.ts';

/** The picture planes that a picture's description lists: one per channel. */
export function nd2Channels(picture: Nd2Record | undefined): readonly ChannelInfo[] {
  const planes = recordOf(picture?.get('sPicturePlanes'));
  const list = listOf(planes?.get('sPlaneNew'));
  return (list.length > 0 ? list : listOf(planes?.get('sPlane'))).map(channelOf);
}

function channelOf(plane: Nd2Record): ChannelInfo {
  const probe = recordOf(plane.get('pFluorescentProbe'));
  const [filter] = listOf(field(plane, 'pFilterPath', 'm_pFilter'));
  const wavelength = (which: string): number | undefined =>
    peak(recordOf(probe?.get(which))) ?? peak(recordOf(filter?.get(which)));
  return present({
    name: textOf(plane.get('sDescription')),
    excitation: wavelength('m_ExcitationSpectrum'),
    emission: wavelength('m_EmissionSpectrum'),
  });
}

/** Where a spectrum is highest. */
function peak(spectrum: Nd2Record | undefined): number | undefined {
  let best: { height: number; at: number } | undefined;
  for (const point of listOf(spectrum?.get('pPoint'))) {
    const [height, at] = [numberOf(point.get('dTValue')) ?? 0, numberOf(point.get('dWavelength'))];
    if (at !== undefined && (best === undefined || height > best.height)) best = { height, at };
  }
  return nanometres(best?.at);
}
