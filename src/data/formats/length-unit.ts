/** How many micrometres `unit` is, for every spelling that microscopes and ImageJ write; `undefined` for pixels and unknown words. */
export function micrometresPer(unit: string): number | undefined {
  return table.get(plain(unit));
}

/** How many seconds `unit` is. */
export function secondsPer(unit: string): number | undefined {
  return timeTable.get(plain(unit));
}

/** `value` in another unit, without the last digits that binary fractions would leave behind (0.1 mm is 100 um). */
export function scaled(value: number, factor: number | undefined): number | undefined {
  if (factor === undefined || !Number.isFinite(value) || value <= 0) return undefined;
  return Number((value * factor).toPrecision(12));
}

/**
 * A resolution that a scan or print setting left behind is no calibration: 72, 96, 300 and 600 dots per inch are pixels of 42 um
 * and more. Only used for inches and centimetres; a size stated in micrometres is taken as it stands.
 */
export function isCalibration(micrometres: number): boolean {
  return micrometres < 20;
}

/** `\u00B5m` is how ImageJ escapes its micro sign in a description. */
function plain(unit: string): string {
  return unit
    .replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .trim()
    .replace(/[\u00b5\u03bc]/g, 'u')
    .replace(/^[\u00c5\u212b]$/, 'angstrom')
    .replace(/^(.{3,})$/, (word) => word.toLowerCase());
}

// Short symbols keep their case (`mm` and `Mm` differ); words of three letters and more do not.
const table: ReadonlyMap<string, number> = new Map([
  ['angstrom', 1e-4],
  ['pm', 1e-6],
  ['nm', 1e-3],
  ['nanometer', 1e-3],
  ['nanometers', 1e-3],
  ['nanometre', 1e-3],
  ['um', 1],
  ['micron', 1],
  ['microns', 1],
  ['micrometer', 1],
  ['micrometers', 1],
  ['micrometre', 1],
  ['micrometres', 1],
  ['mm', 1e3],
  ['millimeter', 1e3],
  ['millimetre', 1e3],
  ['cm', 1e4],
  ['centimeter', 1e4],
  ['centimetre', 1e4],
  ['dm', 1e5],
  ['m', 1e6],
  ['meter', 1e6],
  ['metre', 1e6],
  ['in', 25400],
  ['inch', 25400],
]);

const timeTable: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-9],
  ['us', 1e-6],
  ['ms', 1e-3],
  ['msec', 1e-3],
  ['millisecond', 1e-3],
  ['s', 1],
  ['sec', 1],
  ['second', 1],
  ['seconds', 1],
  ['min', 60],
  ['minute', 60],
  ['minutes', 60],
  ['h', 3600],
  ['hr', 3600],
  ['hour', 3600],
  ['hours', 3600],
  ['d', 86400],
  ['day', 86400],
]);
