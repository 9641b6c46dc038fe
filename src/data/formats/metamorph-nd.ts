import type { ImageInfo } from '../../engine/ports/formats.ts';
import { isoDateTime } from './date-time.ts';
import { imageDetails, positive } from './image-details.ts';

/**
 * The acquisition that a MetaMorph `.nd` file announces: it holds no pixels, so what one of its files holds (`plane`) is asked for.
 * `undefined` where the text is no such file. Stage positions are counted as `series`.
 */
export function metamorphNd(text: string, plane: ImageInfo): ImageInfo | undefined {
  if (!/^\s*"NDInfoFile"/.test(text)) return undefined;
  const fields = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const match = /^\s*"([^"]*)"\s*,\s*(.*?)\s*$/.exec(line);
    if (match?.[1] !== undefined) fields.set(match[1], (match[2] ?? '').replace(/^"(.*)"$/, '$1'));
  }
  const isOn = (key: string): boolean => /^true$/i.test(fields.get(key) ?? '');
  const count = (key: string, isUsed: boolean): number => {
    const value = Number(fields.get(key));
    return isUsed && Number.isInteger(value) && value > 0 && value < 2 ** 31 ? value : 1;
  };
  const waves = count('NWavelengths', isOn('DoWave'));
  const z = count('NZSteps', isOn('DoZSeries'));
  const lengths = { t: count('NTimePoints', isOn('DoTimelapse')), c: waves, z };
  const flat = [...plane.axes]
    .map((axis, index) => ({ axis, length: plane.shape[index] ?? 1 }))
    .filter(({ axis }) => 'yxs'.includes(axis));
  const outer = (['t', 'c', 'z'] as const).filter((axis) => lengths[axis] > 1);
  const names = Array.from({ length: Math.min(waves, 256) }, (_, index) => fields.get(`WaveName${index + 1}`));
  const isEven = names.every((_, index) => fields.get(`WaveDoZ${index + 1}`) === fields.get('WaveDoZ1'));
  const { axes: _axes, shape: _shape, dtype, ...own } = plane;
  const details = imageDetails({
    pixelSize: { ...own.pixelSize, z: (z > 1 ? positive(fields.get('ZStepSize')) : undefined) ?? own.pixelSize?.z },
    channels: names.map((name) => (name === undefined ? {} : { name })),
    acquiredAt: startOf(fields.get('StartTime1')) ?? own.acquiredAt,
    objective: own.objective,
    series: count('NStagePositions', isOn('DoStage')),
    remarks: isEven ? [] : ['not every wavelength of this acquisition was taken at every depth'],
  });
  return {
    axes: outer.join('') + flat.map(({ axis }) => axis).join(''),
    shape: [...outer.map((axis) => lengths[axis]), ...flat.map(({ length }) => length)],
    dtype,
    ...details,
  };
}

/** `20150621 10:03:22.123` */
function startOf(text: string | undefined): string | undefined {
  const match = /^(\d{4})(\d{2})(\d{2}) (.+)$/.exec(text ?? '');
  return match === null ? undefined : isoDateTime(`${match[1]}-${match[2]}-${match[3]} ${match[4]}`);
}
