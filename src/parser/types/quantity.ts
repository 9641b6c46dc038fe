import Big from 'big.js';

export type Dimension = 'duration' | 'size' | 'length' | 'angle';

/** The base unit of each dimension; magnitudes are exact decimals of it. */
export const baseUnits = { duration: 'ms', size: 'B', length: 'nm', angle: 'deg' } as const satisfies Record<
  Dimension,
  string
>;

/** An exact amount: `0.1 um` is `{ dimension: 'length', magnitude: 100 }`. The unit it was written in is not part of it. */
export interface Quantity {
  readonly dimension: Dimension;
  readonly magnitude: Big;
}

interface Unit {
  readonly dimension: Dimension;
  readonly factor: string;
}

/** Every unit name of the language. A radian is 180/π degrees, rounded to 34 digits: the one unit that is not exact. */
export const units: Readonly<Record<string, Unit>> = {
  ms: { dimension: 'duration', factor: '1' },
  s: { dimension: 'duration', factor: '1000' },
  min: { dimension: 'duration', factor: '60000' },
  h: { dimension: 'duration', factor: '3600000' },
  d: { dimension: 'duration', factor: '86400000' },
  B: { dimension: 'size', factor: '1' },
  KB: { dimension: 'size', factor: '1e3' },
  MB: { dimension: 'size', factor: '1e6' },
  GB: { dimension: 'size', factor: '1e9' },
  TB: { dimension: 'size', factor: '1e12' },
  KiB: { dimension: 'size', factor: '1024' },
  MiB: { dimension: 'size', factor: '1048576' },
  GiB: { dimension: 'size', factor: '1073741824' },
  TiB: { dimension: 'size', factor: '1099511627776' },
  nm: { dimension: 'length', factor: '1' },
  um: { dimension: 'length', factor: '1000' },
  µm: { dimension: 'length', factor: '1000' },
  μm: { dimension: 'length', factor: '1000' },
  mm: { dimension: 'length', factor: '1000000' },
  deg: { dimension: 'angle', factor: '1' },
  rad: { dimension: 'angle', factor: '57.29577951308232087679815481410517' },
};

export const isUnit = (name: string): boolean => Object.hasOwn(units, name);

/** `undefined` where no such unit exists. `text` is a number as the lexer reads it, without `_`. */
export function quantity(text: string, unit: string): Quantity | undefined {
  const known = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return known && { dimension: known.dimension, magnitude: new Big(text).times(known.factor) };
}

/** The unit people read a quantity in, and scripts receive it in: seconds, bytes, micrometres, degrees. */
export const scriptUnits = { duration: 's', size: 'B', length: 'um', angle: 'deg' } as const satisfies Record<
  Dimension,
  string
>;

/** The number that scripts see: seconds, bytes, micrometres or degrees. */
export function inScriptUnit(value: Quantity): number {
  const unit = units[scriptUnits[value.dimension]];
  return unit === undefined ? Number.NaN : value.magnitude.div(unit.factor).toNumber();
}

/** Exact text in the base unit, the form used in keys: `100 nm`. */
export function quantityText(value: Quantity): string {
  return `${value.magnitude.toFixed()} ${baseUnits[value.dimension]}`;
}
