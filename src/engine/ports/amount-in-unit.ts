import { isUnit, quantity } from '../../parser/index.ts';

export type AmountInUnit =
  | { readonly how: 'converted'; readonly value: number }
  /** A unit that the language knows, of another dimension; or two units that it does not know and that differ. */
  | { readonly how: 'other-unit' };

/**
 * A number with the unit it was written in, in another unit: `3` and `min` in `s` is 180. Units that the language does not know (`mM`, `°C`) are kept
 * and compared by their letters; nothing is converted between them. `number` is a decimal such as `-0.5` or `1e3`.
 */
export function amountInUnit(
  number: string,
  { from, to }: { readonly from: string; readonly to: string },
): AmountInUnit {
  if (sameUnit(from, to)) return { how: 'converted', value: Number(number) };
  const amount = quantity(number, from);
  const one = quantity('1', to);
  if (amount === undefined || one === undefined || amount.dimension !== one.dimension) return { how: 'other-unit' };
  return { how: 'converted', value: amount.magnitude.div(one.magnitude).toNumber() };
}

/** Whether the language can convert it. */
export const isKnownUnit = (unit: string): boolean => isUnit(unit);

/** `µ` is typed in three ways. */
const sameUnit = (a: string, b: string): boolean => letters(a) === letters(b);
const letters = (unit: string): string => unit.normalize('NFKC').replaceAll('μ', 'u').replace(/\s+/gu, '');
