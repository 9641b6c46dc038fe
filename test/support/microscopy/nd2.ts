import { deflateSync } from 'node:zlib';

/** A value of an ND2's description: numbers become `double` unless wrapped, records and lists nest. */
export type Nd2Spec =
  | number
  | string
  | boolean
  | { readonly int: number }
  | { readonly unsigned: number }
  | { readonly bytes: readonly number[] }
  | { readonly fields: Readonly<Record<string, Nd2Spec>> }
  | { readonly list: readonly Nd2Spec[] };

export interface Nd2FileSpec {
  readonly attributes: Readonly<Record<string, Nd2Spec>>;
  readonly experiment?: Readonly<Record<string, Nd2Spec>>;
  readonly picture?: Readonly<Record<string, Nd2Spec>>;
  readonly text?: Readonly<Record<string, Nd2Spec>>;
  /** Bytes of each picture. */
  readonly pictures?: readonly Buffer[];
  /** As versions before 3 wrote it. */
  readonly asXml?: boolean;
  readonly isPacked?: boolean;
}

/** Writes a small Nikon ND2: chunks of pictures, chunks of description, and a map of them at the end. */
export function nd2(spec: Nd2FileSpec): Buffer {
  const { attributes, experiment, picture, text, pictures = [], asXml = false } = spec;
  const parts: Buffer[] = [];
  const map: { name: string; at: number; length: number }[] = [];
  let at = 0;
  const put = (name: string, content: Buffer): void => {
    const space = 4096 - 16; // chunks begin at multiples of a page, with room for a longer name
    const named = Buffer.alloc(space);
    named.write(name, 'latin1');
    const bytes = Buffer.concat([head(space, content.length), named, content]);
    const padded = Buffer.concat([bytes, Buffer.alloc((4096 - (bytes.length % 4096)) % 4096)]);
    map.push({ name, at, length: content.length });
    parts.push(padded);
    at += padded.length;
  };
  const version = Buffer.alloc(64);
  version.write(asXml ? 'Ver2.1' : 'Ver3.0', 'latin1');
  const signature = Buffer.concat([head(32, 64), Buffer.from('ND2 FILE SIGNATURE CHUNK NAME01!', 'latin1'), version]);
  parts.push(signature, Buffer.alloc(4096 - signature.length));
  at = 4096;
  const described = (name: string, root: string, fields: Readonly<Record<string, Nd2Spec>> | undefined): void => {
    if (fields === undefined) return;
    const mark = name.includes('|') ? name.replace('|', `${asXml ? '' : 'LV'}|`) : `${name}${asXml ? '' : 'LV'}`;
    const binary = field(root, { fields });
    const content = asXml
      ? Buffer.from(
          `<?xml version="1.0" encoding="UTF-8"?><variant version="1.0">${xml('no_name', { fields })}</variant>`,
        )
      : spec.isPacked
        ? Buffer.concat([Buffer.from([76, 0]), Buffer.alloc(10), deflateSync(binary)])
        : binary;
    put(`${mark}!`, content);
  };
  described('ImageAttributes', 'SLxImageAttributes', attributes);
  for (const [index, pixels] of pictures.entries())
    put(`ImageDataSeq|${index}!`, Buffer.concat([Buffer.alloc(8), pixels]));
  described('ImageMetadata', 'SLxExperiment', experiment);
  described('ImageMetadataSeq|0', 'SLxPictureMetadata', picture);
  described('ImageTextInfo', 'SLxImageTextInfo', text);
  const mapAt = at;
  const entries = map.flatMap(({ name, at: from, length }) => [Buffer.from(name, 'latin1'), long(from), long(length)]);
  const end = Buffer.concat([Buffer.from('ND2 CHUNK MAP SIGNATURE 0000001!', 'latin1'), long(mapAt)]);
  const content = Buffer.concat([...entries, end]);
  const mapName = Buffer.from('ND2 FILEMAP SIGNATURE NAME 0001!', 'latin1');
  return Buffer.concat([...parts, head(mapName.length, content.length), mapName, content]);
}

function field(name: string, spec: Nd2Spec): Buffer {
  const named = name === '' ? Buffer.from('\0', 'utf16le') : Buffer.from(`${name}\0`, 'utf16le');
  const start = (type: number): Buffer => Buffer.concat([Buffer.from([type, named.length / 2]), named]);
  if (typeof spec === 'boolean') return Buffer.concat([start(1), Buffer.from([spec ? 1 : 0])]);
  if (typeof spec === 'string') return Buffer.concat([start(8), Buffer.from(`${spec}\0`, 'utf16le')]);
  if (typeof spec === 'number') {
    const value = Buffer.alloc(8);
    value.writeDoubleLE(spec);
    return Buffer.concat([start(6), value]);
  }
  if ('int' in spec || 'unsigned' in spec) {
    const value = Buffer.alloc(4);
    if ('int' in spec) value.writeInt32LE(spec.int);
    else value.writeUInt32LE(spec.unsigned);
    return Buffer.concat([start('int' in spec ? 2 : 3), value]);
  }
  if ('bytes' in spec) return Buffer.concat([start(9), long(spec.bytes.length), Buffer.from(spec.bytes)]);
  const inside =
    'fields' in spec ? Object.entries(spec.fields) : spec.list.map((each): [string, Nd2Spec] => ['', each]);
  const body = Buffer.concat(inside.map(([key, value]) => field(key, value)));
  const opening = start(11);
  const count = Buffer.alloc(4);
  count.writeUInt32LE(inside.length);
  // The length reaches from the type to the last field; a table with an offset per field follows it.
  return Buffer.concat([
    opening,
    count,
    long(opening.length + 12 + body.length),
    body,
    Buffer.alloc(8 * inside.length),
  ]);
}

function xml(name: string, spec: Nd2Spec): string {
  if (typeof spec === 'boolean') return `<${name} runtype="bool" value="${spec}"/>`;
  if (typeof spec === 'string')
    return `<${name} runtype="CLxStringW" value="${spec.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"/>`;
  if (typeof spec === 'number') return `<${name} runtype="double" value="${spec}"/>`;
  if ('int' in spec) return `<${name} runtype="lx_int32" value="${spec.int}"/>`;
  if ('unsigned' in spec) return `<${name} runtype="lx_uint32" value="${spec.unsigned}"/>`;
  if ('bytes' in spec) return xml(name, { list: spec.bytes.map((each) => each !== 0) });
  const inside =
    'fields' in spec ? Object.entries(spec.fields) : spec.list.map((each): [string, Nd2Spec] => ['no_name', each]);
  return `<${name} runtype="CLxListVariant">${inside.map(([key, value]) => xml(key, value)).join('')}</${name}>`;
}

function head(nameLength: number, length: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(0x0abeceda);
  bytes.writeUInt32LE(nameLength, 4);
  bytes.writeBigUInt64LE(BigInt(length), 8);
  return bytes;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
