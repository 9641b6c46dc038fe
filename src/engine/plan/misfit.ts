import { type Type, typeText } from '../../parser/index.ts';
import { type FileValue, isFile, isList, isQuantity, isRecord, type Value } from '../ports/value.ts';
import { quantityShown, valueText } from './value-text.ts';

/**
 * Why a value may not stand where `type` is asked for, as a verb phrase ("is 250, outside 1..200"); `undefined` where it may. The
 * kinds were checked before; what is left are ranges, unions, lengths and what files say of themselves.
 */
export function misfit(value: Value, type: Type): string | undefined {
  switch (type.kind) {
    case 'optional':
      return value === null ? undefined : misfit(value, type.of);
    case 'int':
    case 'float':
      if (typeof value !== 'number') return undefined;
      return value < (type.min ?? -Infinity) || value > (type.max ?? Infinity)
        ? `is ${valueText(value, type)}, which is not ${typeText(type)}`
        : undefined;
    case 'quantity': {
      if (value === null || !isQuantity(value)) return undefined;
      const isOutside =
        (type.min && value.magnitude.lt(type.min.magnitude)) || (type.max && value.magnitude.gt(type.max.magnitude));
      return isOutside ? `is ${quantityShown(value)}, which is not ${typeText(type)}` : undefined;
    }
    case 'literals':
      return (typeof value === 'string' || typeof value === 'number') && !type.values.includes(value)
        ? `is ${JSON.stringify(value)}, which is not ${typeText(type)}`
        : undefined;
    case 'file':
      return value !== null && isFile(value) ? fileMisfit(value, type) : undefined;
    case 'list':
      return isList(value) ? listMisfit(value, type) : undefined;
    case 'record': {
      if (value === null || !isRecord(value)) return undefined;
      for (const field of type.fields) {
        const problem = misfit(value.fields[field.name] ?? null, field.type);
        if (problem !== undefined) return `has a \`${field.name}\` that ${problem}`;
      }
      return undefined;
    }
    default:
      return value === null && type.kind !== 'error' ? 'is absent' : undefined;
  }
}

function listMisfit(value: readonly Value[], type: Type & { readonly kind: 'list' }): string | undefined {
  const [min, max] = [type.min ?? 0, type.max ?? Infinity];
  if (value.length < min || value.length > max) {
    const asked = value.length < min ? `at least ${min}` : `at most ${max}`;
    return `has ${value.length === 1 ? 'one element' : `${value.length} elements`}, and ${asked} ${min === 1 && value.length < min ? 'is' : 'are'} asked for`;
  }
  if (!canMisfit(type.of)) return undefined;
  for (const element of value) {
    const problem = misfit(element, type.of);
    if (problem !== undefined) return `has an element that ${problem}`;
  }
  return undefined;
}

/** Whether looking at each of a hundred thousand elements can find anything. */
function canMisfit(type: Type): boolean {
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'quantity':
      return type.min !== undefined || type.max !== undefined;
    case 'file':
      return type.image !== undefined || type.table !== undefined;
    case 'optional':
      return canMisfit(type.of);
    case 'record':
      return type.fields.some((field) => canMisfit(field.type));
    case 'list':
      return type.min !== undefined || type.max !== undefined || canMisfit(type.of);
    default:
      return type.kind === 'literals';
  }
}

function fileMisfit(file: FileValue, type: Type & { readonly kind: 'file' }): string | undefined {
  const { image, table } = file.info;
  const wanted = type.image;
  if (wanted?.axes !== undefined && image !== undefined && !axesMeet(image.axes, wanted.axes)) {
    return `is \`${file.name}\` with the axes ${image.axes}, and ${wanted.axes} are asked for`;
  }
  if (wanted?.dtype !== undefined && image !== undefined && image.dtype !== wanted.dtype) {
    return `is \`${file.name}\` of ${image.dtype}, and ${wanted.dtype} is asked for`;
  }
  // A column without a cell has no type of its own: a table of no rows fits every one.
  const isEmpty = table?.rows === 0;
  for (const [name, column] of Object.entries(type.table?.columns ?? {})) {
    if (table === undefined || column.optional === true) continue;
    const found = table.columns.find((one) => one.name === name);
    if (found === undefined) return `is \`${file.name}\`, a table without the column \`${name}\``;
    const isRight =
      isEmpty ||
      found.type === column.type ||
      column.type === 'Str' ||
      (found.type === 'Int' && column.type === 'Float');
    if (!isRight) return `is \`${file.name}\`, whose column \`${name}\` is ${found.type} and not ${column.type}`;
  }
  return undefined;
}

/** An axis that the file leaves unnamed (`q`) meets any letter but `y`, `x` and `s`, as when the file was read in. */
function axesMeet(found: string, wanted: string): boolean {
  if (found.length !== wanted.length) return false;
  return [...found].every((axis, i) => axis === wanted[i] || (axis === 'q' && !/[yxs]/.test(wanted[i] ?? 'x')));
}
