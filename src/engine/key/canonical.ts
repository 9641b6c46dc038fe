import { quantityText, type Type } from '../../parser/index.ts';
import type { KeyPart } from '../ports/event.ts';
import { type FileValue, isFile, isList, isQuantity, isRecord, type Value } from '../ports/value.ts';

/**
 * Bytes that two lists of parts share only if they are equal: every text is preceded by its length in UTF-8, so `["a","b"]`,
 * `["ab"]`, `""`, `null` and `[]` all differ, and nothing in a value can look like the end of it.
 */
export function canonical(parts: readonly KeyPart[]): string {
  let text = `${parts.length};`;
  for (const [name, kind, value] of parts) text += framed(name) + framed(kind) + framed(value);
  return text;
}

export const framed = (text: string): string => `${Buffer.byteLength(text)}:${text}`;

/** Kind and canonical text of a value, typed by its declaration: an Int given to a Float input is a float. */
export function keyValue(
  value: Value,
  type: Type,
  file: (value: FileValue) => readonly [kind: string, text: string],
): readonly [kind: string, text: string] {
  if (value === null) return ['null', ''];
  if (typeof value === 'boolean') return ['bool', String(value)];
  if (typeof value === 'string') return ['str', value];
  if (typeof value === 'number') return isFloat(type) ? ['float', floatText(value)] : ['int', String(value)];
  if (isFile(value)) return file(value);
  if (isList(value)) {
    const of = elementType(type);
    return ['list', value.map((item) => encoded(keyValue(item, of, file))).join('')];
  }
  if (isRecord(value)) {
    const names = Object.keys(value.fields).sort();
    const fields = names.map(
      (name) => framed(name) + encoded(keyValue(value.fields[name] ?? null, fieldType(type, name), file)),
    );
    return ['record', fields.join('')];
  }
  if (isQuantity(value)) return ['quantity', quantityText(value)];
  throw new Error('a value of no known kind cannot be keyed');
}

const encoded = ([kind, text]: readonly [string, string]): string => framed(kind) + framed(text);

/** Shortest text that reads back as the same number; -0 is 0, for no script can mean the difference. */
const floatText = (value: number): string => (Object.is(value, -0) ? '0' : String(value));

function isFloat(type: Type): boolean {
  switch (type.kind) {
    case 'float':
      return true;
    case 'literals':
      return type.of === 'float';
    case 'optional':
      return isFloat(type.of);
    default:
      return false;
  }
}

function elementType(type: Type): Type {
  if (type.kind === 'optional') return elementType(type.of);
  return type.kind === 'list' ? type.of : { kind: 'error' };
}

function fieldType(type: Type, name: string): Type {
  if (type.kind === 'optional') return fieldType(type.of, name);
  const field = type.kind === 'record' ? type.fields.find((candidate) => candidate.name === name) : undefined;
  return field?.type ?? { kind: 'error' };
}
