import type { Dimension, Quantity } from './quantity.ts';
import { scriptUnits, units } from './quantity.ts';
import type { TagType, Type } from './type.ts';

/** A type as people write it in a `.bit` file: `Int in 1..200`, `Image(axes: "zyx")[]`, `{ image: Image }`. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'error':
      return '?';
    case 'bool':
      return 'Bool';
    case 'int':
      return `Int${rangeText(type.min, type.max, String)}`;
    case 'float':
      return `Float${rangeText(type.min, type.max, floatText)}`;
    case 'str':
      return 'Str';
    case 'quantity':
      return `${dimensionNames[type.dimension]}${rangeText(type.min, type.max, readableQuantity, ' .. ')}`;
    case 'literals':
      return type.values.map((value) => JSON.stringify(value)).join(' | ');
    case 'file':
      return `${type.format}${demandText(type)}`;
    case 'optional':
      return `${atom(type.of)}?`;
    case 'list':
      return `${atom(type.of)}[]${boundsText(type)}`;
    case 'record':
      return `{ ${type.fields.map((field) => `${field.name}: ${typeText(field.type)}`).join(', ')} }`;
  }
}

/** `{ cell: Str, time: Int }`, or `no tags`. */
export function tagsText(tags: readonly TagType[]): string {
  return tags.length === 0 ? 'no tags' : `{ ${tags.map((tag) => `${tag.name}: ${tag.kind}`).join(', ')} }`;
}

export function datasetText(of: Type, tags: readonly TagType[]): string {
  return tags.length === 0 ? `Dataset<${typeText(of)}>` : `Dataset<${typeText(of)}, ${tagsText(tags)}>`;
}

export const dimensionNames = {
  duration: 'Duration',
  size: 'Size',
  length: 'Length',
  angle: 'Angle',
} as const satisfies Record<Dimension, string>;

/** The units of a dimension, `ms, s, min, h or d`, each spelling once. */
export function unitsOf(dimension: Dimension): readonly string[] {
  return Object.keys(units).filter((name) => units[name]?.dimension === dimension && !/[^a-zA-Z]/.test(name));
}

/** A quantity in the largest unit that keeps it short: `30 min`, `31.5 deg`, `0.1 um`. */
export function readableQuantity(value: Quantity): string {
  let best = `${value.magnitude.div(units[scriptUnits[value.dimension]]?.factor ?? '1').toFixed()} ${scriptUnits[value.dimension]}`;
  for (const name of unitsOf(value.dimension)) {
    if (name === 'rad' || name.endsWith('iB')) continue;
    const text = `${value.magnitude.div(units[name]?.factor ?? '1').toFixed()} ${name}`;
    if (text.length < best.length) best = text;
  }
  return best;
}

function rangeText<T>(min: T | undefined, max: T | undefined, show: (value: T) => string, dots = '..'): string {
  if (min === undefined && max === undefined) return '';
  return ` in ${min === undefined ? '' : show(min)}${dots}${max === undefined ? '' : show(max)}`.trimEnd();
}

function floatText(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function atom(type: Type): string {
  const text = typeText(type);
  return (type.kind === 'literals' && type.values.length > 1) || text.includes(' in ') ? `(${text})` : text;
}

function boundsText(type: { readonly min?: number; readonly max?: number }): string {
  const bounds = [
    ...(type.min === undefined ? [] : [`min: ${type.min}`]),
    ...(type.max === undefined ? [] : [`max: ${type.max}`]),
  ];
  return bounds.length === 0 ? '' : ` (${bounds.join(', ')})`;
}

function demandText(type: Type & { kind: 'file' }): string {
  const parts: string[] = [];
  if (type.image?.axes !== undefined) parts.push(`axes: "${type.image.axes}"`);
  if (type.image?.dtype !== undefined) parts.push(`dtype: "${type.image.dtype}"`);
  if (type.table !== undefined) {
    const columns = Object.entries(type.table.columns).map(
      ([name, column]) =>
        `${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}: ${column.type}${column.optional ? '?' : ''}`,
    );
    parts.push(`columns: { ${columns.join(', ')} }`);
  }
  return parts.length === 0 ? '' : `(${parts.join(', ')})`;
}
