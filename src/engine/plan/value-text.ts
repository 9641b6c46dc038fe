import { readableQuantity, type Type } from '../../parser/index.ts';
import { isFile, isList, isQuantity, type Value } from '../ports/value.ts';

/**
 * A value as people read it and paths carry it: `12`, `2.0`, `true`, `30 min`. Floats are told from Ints by their type.
 * Quantities take the unit that is shortest to write, as `bit run --help` shows them.
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
  if (isQuantity(value)) return readableQuantity(value);
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
