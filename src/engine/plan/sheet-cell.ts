import { quantity, type Type } from '../../parser/index.ts';
import type { Value } from '../ports/value.ts';

/** A sheet's cell, read by the base of its type, as a value: quantities are written there as in a pipeline. `undefined` where it is none. */
export function cellAsValue(cell: string | number | boolean | null, type: Type): Value | undefined {
  if (cell === null || type.kind !== 'quantity') return cell;
  const parts = /^\s*(-?[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*([^\s0-9]+)\s*$/u.exec(String(cell));
  const [, number, unit] = parts ?? [];
  if (number === undefined || unit === undefined) return undefined;
  const value = quantity(number.replaceAll('_', ''), unit);
  return value?.dimension === type.dimension ? value : undefined;
}
