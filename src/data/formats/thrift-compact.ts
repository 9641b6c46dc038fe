/** A struct by field number. Bytes stand for strings, too. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;
export type ThriftValue = number | boolean | Uint8Array | ThriftStruct | readonly ThriftValue[];

/** Decodes one struct of Thrift's compact protocol, in which Parquet writes its footer; `undefined` where the bytes are none. */
export function compactStruct(bytes: Uint8Array): ThriftStruct | undefined {
  try {
    return struct({ bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 }, 0);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // read past the end: what DataView throws, and `fail` below
    throw error;
  }
}

interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
}

const DEEPEST = 64;

function struct(cursor: Cursor, depth: number): ThriftStruct {
  if (depth > DEEPEST) fail();
  const fields = new Map<number, ThriftValue>();
  let field = 0;
  for (;;) {
    const head = byte(cursor);
    if (head === 0) return fields;
    const step = head >> 4;
    field = step === 0 ? zigzag(cursor) : field + step;
    fields.set(field, value(cursor, { type: head & 15, depth }));
  }
}

function value(cursor: Cursor, { type, depth }: { type: number; depth: number }): ThriftValue {
  switch (type) {
    case 1:
      return true;
    case 2:
      return false;
    case 3:
      return byte(cursor);
    case 4:
    case 5:
    case 6:
      return zigzag(cursor);
    case 7: {
      const number = cursor.view.getFloat64(cursor.at, true);
      cursor.at += 8;
      return number;
    }
    case 8: {
      const length = varint(cursor);
      if (length > cursor.bytes.length - cursor.at) fail();
      cursor.at += length;
      return cursor.bytes.subarray(cursor.at - length, cursor.at);
    }
    case 9:
    case 10:
      return list(cursor, depth);
    case 12:
      return struct(cursor, depth + 1);
    default:
      return fail(); // maps do not occur in a footer
  }
}

function list(cursor: Cursor, depth: number): ThriftValue[] {
  if (depth > DEEPEST) fail();
  const head = byte(cursor);
  const length = head >> 4 === 15 ? varint(cursor) : head >> 4;
  const type = head & 15;
  if (length > cursor.bytes.length - cursor.at) fail(); // every element takes a byte at least
  const values: ThriftValue[] = [];
  for (let index = 0; index < length; index++) {
    values.push(type === 1 || type === 2 ? byte(cursor) === 1 : value(cursor, { type, depth: depth + 1 }));
  }
  return values;
}

function byte(cursor: Cursor): number {
  return cursor.view.getUint8(cursor.at++);
}

function varint(cursor: Cursor): number {
  let value = 0;
  let factor = 1;
  for (;;) {
    const part = byte(cursor);
    value += (part & 127) * factor;
    if (part < 128) return value;
    factor *= 128;
  }
}

function zigzag(cursor: Cursor): number {
  const value = varint(cursor);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function fail(): never {
  throw new RangeError('no compact Thrift');
}
