import { inflateSync } from 'node:zlib';
import { type XmlNode, xmlTree } from './xml-tree.ts';

/** What ND2 keeps its descriptions in, once read from either of its two spellings. */
export type Nd2Value = number | string | Nd2Record;
/** Fields by name, in the order of the file; the entries of a list are called `#0`, `#1`, …. */
export type Nd2Record = ReadonlyMap<string, Nd2Value>;

export function recordOf(value: Nd2Value | undefined): Nd2Record | undefined {
  return typeof value === 'object' ? value : undefined;
}

export function numberOf(value: Nd2Value | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function textOf(value: Nd2Value | undefined): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

/** The value at the end of a path of names. */
export function field(record: Nd2Record | undefined, ...names: readonly string[]): Nd2Value | undefined {
  let at: Nd2Value | undefined = record;
  for (const name of names) at = recordOf(at)?.get(name);
  return at;
}

/** The records inside one, which are a list whatever their names. */
export function listOf(value: Nd2Value | undefined): readonly Nd2Record[] {
  return [...(recordOf(value)?.values() ?? [])].flatMap((each) => recordOf(each) ?? []);
}

/**
 * The binary spelling: a type, the length of a name in UTF-16, the name, a value. A record has a count, its length and behind it a table of
 * offsets. What does not fit into the bytes that are there ends the reading; what was read until then is kept.
 */
export function nd2Binary(bytes: Buffer): Nd2Record {
  return fieldsOf(bytes, { count: 1, depth: 0, budget: { fields: MOST_FIELDS } }).record;
}

/** The XML spelling: elements whose `runtype` says what their `value` is. */
export function nd2Xml(bytes: Buffer): Nd2Record {
  const text = bytes.indexOf('\0') === 1 ? bytes.toString('utf16le') : bytes.toString('utf8');
  const variant = xmlTree(text, { skip: new Set() }).children.find(({ name }) => name === 'variant');
  const record = variant === undefined ? new Map<string, Nd2Value>() : childFields(variant);
  // A variant with one unnamed child is that child.
  return (record.size === 1 ? recordOf(record.get('#0')) : undefined) ?? record;
}

const MOST_FIELDS = 200_000;
const DEEPEST = 40;
const MOST_INFLATED = 64 * 1024 * 1024;

const type = {
  bool: 1,
  int: 2,
  unsigned: 3,
  long: 4,
  unsignedLong: 5,
  double: 6,
  pointer: 7,
  text: 8,
  bytes: 9,
  record: 11,
  packed: 76,
} as const;

interface Reading {
  readonly record: Map<string, Nd2Value>;
  readonly end: number;
}

function fieldsOf(
  bytes: Buffer,
  { count, depth, budget }: { count: number; depth: number; budget: { fields: number } },
): Reading {
  const record = new Map<string, Nd2Value>();
  let at = 0;
  let unnamed = 0;
  for (let index = 0; index < count && at + 2 <= bytes.length && depth < DEEPEST; index++) {
    budget.fields -= 1;
    if (budget.fields < 0) break;
    const start = at;
    const kind = bytes.readUInt8(at);
    if (kind === type.packed) {
      const inside = inflated(bytes.subarray(at + 12));
      return inside === undefined ? { record, end: at } : fieldsOf(inside, { count: 1, depth: depth + 1, budget });
    }
    const nameEnd = at + 2 + 2 * bytes.readUInt8(at + 1);
    if (nameEnd > bytes.length) break;
    const name = bytes.toString('utf16le', at + 2, nameEnd).replace(/\0.*$/s, '');
    const value = read(bytes, { kind, at: nameEnd, start, depth, budget });
    if (value === undefined) break;
    at = value.end;
    if (value.value !== undefined) record.set(name === '' ? `#${unnamed++}` : name, value.value);
  }
  return { record, end: at };
}

function read(
  bytes: Buffer,
  from: { kind: number; at: number; start: number; depth: number; budget: { fields: number } },
): { value: Nd2Value | undefined; end: number } | undefined {
  const { kind, at } = from;
  const fits = (length: number): boolean => at + length <= bytes.length;
  switch (kind) {
    case type.bool:
      return fits(1) ? { value: bytes.readUInt8(at) === 0 ? 0 : 1, end: at + 1 } : undefined;
    case type.int:
      return fits(4) ? { value: bytes.readInt32LE(at), end: at + 4 } : undefined;
    case type.unsigned:
      return fits(4) ? { value: bytes.readUInt32LE(at), end: at + 4 } : undefined;
    case type.long:
      return fits(8) ? { value: Number(bytes.readBigInt64LE(at)), end: at + 8 } : undefined;
    case type.unsignedLong:
    case type.pointer:
      return fits(8) ? { value: Number(bytes.readBigUInt64LE(at)), end: at + 8 } : undefined;
    case type.double:
      return fits(8) ? { value: bytes.readDoubleLE(at), end: at + 8 } : undefined;
    case type.text: {
      let end = at;
      while (end + 2 <= bytes.length && bytes.readUInt16LE(end) !== 0) end += 2;
      return { value: bytes.toString('utf16le', at, end), end: end + 2 };
    }
    case type.bytes: {
      if (!fits(8)) return undefined;
      const end = at + 8 + Number(bytes.readBigUInt64LE(at));
      return end <= bytes.length ? { value: flags(bytes.subarray(at + 8, end)), end } : undefined;
    }
    case type.record: {
      if (!fits(12)) return undefined;
      const count = bytes.readUInt32LE(at);
      const end = from.start + Number(bytes.readBigUInt64LE(at + 4));
      if (end < at + 12 || end > bytes.length) return undefined;
      const { record } = fieldsOf(bytes.subarray(at + 12, end), { count, depth: from.depth + 1, budget: from.budget });
      return { value: record, end: end + 8 * count };
    }
    default:
      return undefined;
  }
}

/** Bytes are kept only where they are few: the flags that say which of a list's entries count. */
function flags(bytes: Buffer): Nd2Record | undefined {
  if (bytes.length > 100_000) return undefined;
  return new Map([...bytes].map((each, index) => [`#${index}`, each]));
}

function inflated(bytes: Buffer): Buffer | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength: MOST_INFLATED });
  } catch {
    return undefined; // damaged, or far too large
  }
}

function childFields(node: XmlNode): Map<string, Nd2Value> {
  const record = new Map<string, Nd2Value>();
  let unnamed = 0;
  for (const child of node.children) {
    const value = xmlValue(child);
    const name = child.name === 'no_name' ? `#${unnamed++}` : child.name;
    record.set(record.has(name) ? `${name}#${unnamed++}` : name, value);
  }
  return record;
}

function xmlValue(node: XmlNode): Nd2Value {
  const value = node.attributes.get('value');
  switch (node.attributes.get('runtype')) {
    case 'bool':
      return value === 'true' || value === '1' ? 1 : 0;
    case 'lx_int32':
    case 'lx_uint32':
    case 'lx_int64':
    case 'lx_uint64':
    case 'double':
    case 'float':
      return Number(value);
    case 'CLxStringW':
      return value ?? '';
    default:
      return childFields(node);
  }
}
