import type { RecordField, TagKind, Type } from './type.ts';

/** The type that agrees with everything: what a place has whose mistake was already reported. */
export const errorType: Type = { kind: 'error' };
export const boolType: Type = { kind: 'bool' };
export const intType: Type = { kind: 'int' };
export const floatType: Type = { kind: 'float' };
export const strType: Type = { kind: 'str' };
export const sizeType: Type = { kind: 'quantity', dimension: 'size' };

/**
 * Whether a value of `from` may stand where `to` is asked for. Ranges, unions and refinements say yes where the two
 * overlap: whether the value itself lies inside is checked when it is known (constants while checking, tags and
 * scalars while planning and running, files from their headers). `Int` widens to `Float`, a format to `File`.
 */
export function fits(from: Type, to: Type): boolean {
  if (from.kind === 'error' || to.kind === 'error') return true;
  if (to.kind === 'optional') return fits(from.kind === 'optional' ? from.of : from, to.of);
  if (from.kind === 'optional') return false;
  switch (to.kind) {
    case 'bool':
      return from.kind === 'bool';
    case 'int':
      return isIntLike(from) && overlaps(bounds(from), bounds(to));
    case 'float':
      return isNumeric(from) && overlaps(bounds(from), bounds(to));
    case 'str':
      return from.kind === 'str' || (from.kind === 'literals' && from.of === 'str');
    case 'quantity':
      return from.kind === 'quantity' && from.dimension === to.dimension && quantitiesOverlap(from, to);
    case 'literals':
      if (from.kind === 'literals') return from.of === to.of && from.values.some((value) => to.values.includes(value));
      if (to.of === 'str') return from.kind === 'str';
      return to.of === 'int' ? from.kind === 'int' : isNumeric(from);
    case 'file':
      return from.kind === 'file' && fileFits(from, to);
    case 'list':
      return from.kind === 'list' && fits(from.of, to.of) && overlaps(bounds(from), bounds(to));
    case 'record':
      return (
        from.kind === 'record' &&
        to.fields.every((field) => {
          const given = from.fields.find((candidate) => candidate.name === field.name);
          return given === undefined ? field.type.kind === 'optional' : fits(given.type, field.type);
        })
      );
  }
}

/** The type of a place that may hold either; `undefined` where no one type holds both. */
export function common(a: Type, b: Type): Type | undefined {
  if (a.kind === 'error') return b;
  if (b.kind === 'error') return a;
  if (a.kind === 'optional' || b.kind === 'optional') {
    const of = common(a.kind === 'optional' ? a.of : a, b.kind === 'optional' ? b.of : b);
    return of && { kind: 'optional', of };
  }
  if (a.kind === 'bool' && b.kind === 'bool') return a;
  if (isIntLike(a) && isIntLike(b)) return sameLiterals(a, b) ?? hull('int', a, b);
  if (isNumeric(a) && isNumeric(b)) return hull('float', a, b);
  if (isText(a) && isText(b)) {
    if (a.kind === 'literals' && b.kind === 'literals') {
      return { kind: 'literals', of: 'str', values: [...new Set([...a.values, ...b.values])] };
    }
    return strType;
  }
  if (a.kind === 'quantity' && b.kind === 'quantity' && a.dimension === b.dimension) {
    return { kind: 'quantity', dimension: a.dimension };
  }
  if (a.kind === 'file' && b.kind === 'file') return commonFile(a, b);
  if (a.kind === 'list' && b.kind === 'list') {
    const of = common(a.of, b.of);
    return of && { kind: 'list', of };
  }
  if (a.kind === 'record' && b.kind === 'record' && a.fields.length === b.fields.length) {
    const fields: RecordField[] = [];
    for (const field of a.fields) {
      const other = b.fields.find((candidate) => candidate.name === field.name);
      const type = other && common(field.type, other.type);
      if (type === undefined) return undefined;
      fields.push({ name: field.name, type });
    }
    return { kind: 'record', fields };
  }
  return undefined;
}

export const isIntLike = (type: Type): boolean =>
  type.kind === 'int' || (type.kind === 'literals' && type.of === 'int') || type.kind === 'error';
export const isNumeric = (type: Type): boolean =>
  isIntLike(type) || type.kind === 'float' || (type.kind === 'literals' && type.of === 'float');
export const isText = (type: Type): boolean =>
  type.kind === 'str' || (type.kind === 'literals' && type.of === 'str') || type.kind === 'error';
/** A value that a table's cell or a tag can hold, or nearly: numbers, text, Bool, quantities. */
export const isScalar = (type: Type): boolean =>
  isNumeric(type) || isText(type) || type.kind === 'bool' || type.kind === 'quantity';

export const isFileType = (type: Type): type is Type & { kind: 'file' } => type.kind === 'file';

/** Does the type hold a file anywhere? Then its value is made before it can be used. */
export function holdsFile(type: Type): boolean {
  switch (type.kind) {
    case 'file':
      return true;
    case 'optional':
    case 'list':
      return holdsFile(type.of);
    case 'record':
      return type.fields.some((field) => holdsFile(field.type));
    default:
      return false;
  }
}

export const withoutOptional = (type: Type): Type => (type.kind === 'optional' ? type.of : type);

export function tagTypeOf(kind: TagKind): Type {
  return kind === 'Str' ? strType : kind === 'Int' ? intType : kind === 'Float' ? floatType : boolType;
}

/** The kind of tag a value of this type can become; none for quantities, files, lists, records and absent values. */
export function tagKindOf(type: Type): TagKind | undefined {
  if (type.kind === 'error' || isText(type)) return 'Str';
  if (isIntLike(type)) return 'Int';
  if (isNumeric(type)) return 'Float';
  return type.kind === 'bool' ? 'Bool' : undefined;
}

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function bounds(type: Type): Bounds {
  if (type.kind === 'int' || type.kind === 'float' || type.kind === 'list') return type;
  if (type.kind === 'literals' && type.of !== 'str') {
    const numbers = type.values.filter((value) => typeof value === 'number');
    return { min: Math.min(...numbers), max: Math.max(...numbers) };
  }
  return {};
}

const overlaps = (a: Bounds, b: Bounds): boolean =>
  (a.min ?? -Infinity) <= (b.max ?? Infinity) && (b.min ?? -Infinity) <= (a.max ?? Infinity);

function hull(kind: 'int' | 'float', a: Type, b: Type): Type {
  const [x, y] = [bounds(a), bounds(b)];
  const min = x.min === undefined || y.min === undefined ? undefined : Math.min(x.min, y.min);
  const max = x.max === undefined || y.max === undefined ? undefined : Math.max(x.max, y.max);
  return { kind, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

function sameLiterals(a: Type, b: Type): Type | undefined {
  if (a.kind !== 'literals' || b.kind !== 'literals') return undefined;
  return { kind: 'literals', of: a.of, values: [...new Set([...a.values, ...b.values])] };
}

function quantitiesOverlap(a: Type & { kind: 'quantity' }, b: Type & { kind: 'quantity' }): boolean {
  if (a.min !== undefined && b.max !== undefined && a.min.magnitude.gt(b.max.magnitude)) return false;
  return !(b.min !== undefined && a.max !== undefined && b.min.magnitude.gt(a.max.magnitude));
}

function fileFits(from: Type & { kind: 'file' }, to: Type & { kind: 'file' }): boolean {
  if (to.format === 'File') return true;
  // An OME-Zarr image is a folder, so an Image may be asked for as a Dir only where it is one: not by itself.
  if (from.format !== to.format) return false;
  const [have, want] = [from.image, to.image];
  if (have?.axes !== undefined && want?.axes !== undefined && have.axes !== want.axes) return false;
  if (have?.dtype !== undefined && want?.dtype !== undefined && have.dtype !== want.dtype) return false;
  for (const [name, column] of Object.entries(to.table?.columns ?? {})) {
    const given = from.table?.columns[name];
    if (given === undefined) continue;
    if (given.type !== column.type && !(given.type === 'Int' && column.type === 'Float') && column.type !== 'Str')
      return false;
  }
  return true;
}

function commonFile(a: Type & { kind: 'file' }, b: Type & { kind: 'file' }): Type {
  if (a.format !== b.format) return { kind: 'file', format: 'File' };
  const same = JSON.stringify([a.image, a.table]) === JSON.stringify([b.image, b.table]);
  return same ? a : { kind: 'file', format: a.format };
}
