import Big from 'big.js';
import { inScriptUnit, type Quantity, scriptUnits, type Type, units } from '../../parser/index.ts';
import { isFile, isList, isQuantity, type Value } from '../ports/value.ts';

/**
 * A value as people read it and paths carry it: `12`, `2.0`, `true`, `30 min`. Floats are told from Ints by their type.
 */
export function valueText(value: Value, type: Type): string {
  if (value === null) return '';
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return String(value);
    case 'number':
      return isFloat(type) ? floatText(value) : String(value);
    default:
      break;
  }
  if (isQuantity(value)) return quantityShown(value);
  if (isFile(value)) return value.name;
  if (isList(value)) {
    const element = elementType(type);
    return `[${value.map((one) => valueText(one, element)).join(', ')}]`;
  }
  const fields = recordFields(type);
  return `{${Object.entries(value.fields)
    .map(([name, field]) => `${name}: ${valueText(field, fields.find((one) => one.name === name)?.type ?? errorType)}`)
    .join(', ')}}`;
}

/**
 * A quantity in the unit that people would take: one in which it is exact and at least 1, and of these the one with
 * the shortest number; of two, the larger. So `30 min` and not `0.5 h`, `1.5 GB` and not `1500 MB`, `100 nm`, `90 min`, `1 GiB`.
 */
export function quantityShown(value: Quantity): string {
  let best: { readonly number: string; readonly name: string; readonly factor: Big } | undefined;
  for (const [name, unit] of Object.entries(units)) {
    // A radian is no exact number of degrees, and of the two signs for micro one is enough.
    if (unit.dimension !== value.dimension || name === 'rad' || !/^[A-Za-z]+$/.test(name)) continue;
    const factor = new Big(unit.factor);
    const amount = value.magnitude.div(factor);
    if (amount.abs().lt(1) || !amount.times(factor).eq(value.magnitude)) continue;
    const number = amount.toFixed();
    const shorter = number.length - (best?.number.length ?? Number.POSITIVE_INFINITY);
    if (best === undefined || shorter < 0 || (shorter === 0 && factor.gt(best.factor))) best = { number, name, factor };
  }
  if (best !== undefined) return `${best.number} ${best.name}`;
  return `${valueInScriptUnit(value)} ${scriptUnits[value.dimension]}`;
}

/** Nothing at all, or less than the smallest unit. */
const valueInScriptUnit = (value: Quantity): string => new Big(inScriptUnit(value)).toFixed();

/** As Python prints a Float: the shortest digits that read back as the same number, `.0` where it is whole, `1e-05`. */
export function floatText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) return exponentText(value.toExponential());
  return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value);
}

/** JavaScript's `1e-7` as `1e-07`. */
export const exponentText = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');

export function isFloat(type: Type): boolean {
  if (type.kind === 'optional') return isFloat(type.of);
  return type.kind === 'float' || (type.kind === 'literals' && type.of === 'float');
}

export function isInt(type: Type): boolean {
  return type.kind === 'int' || (type.kind === 'literals' && type.of === 'int');
}

const errorType: Type = { kind: 'error' };

function elementType(type: Type): Type {
  if (type.kind === 'optional') return elementType(type.of);
  return type.kind === 'list' ? type.of : errorType;
}

function recordFields(type: Type): readonly { readonly name: string; readonly type: Type }[] {
  if (type.kind === 'optional') return recordFields(type.of);
  return type.kind === 'record' ? type.fields : [];
}
