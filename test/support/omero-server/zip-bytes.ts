import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** A ZIP as Python's `zipfile` writes it: deflated, with or without ZIP64 fields. */
export function zipBytes(files: readonly ZipFile[], { wide = false }: { wide?: boolean } = {}): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const { path, bytes } of files) {
    const name = Buffer.from(path);
    const packed = deflateRawSync(bytes);
    const sums = (header: Buffer, from: number, wideHere: boolean): void => {
      header.writeUInt32LE(crc32(bytes), from);
      header.writeUInt32LE(wideHere ? 0xffffffff : packed.length, from + 4);
      header.writeUInt32LE(wideHere ? 0xffffffff : bytes.length, from + 8);
      header.writeUInt16LE(name.length, from + 12);
    };
    const local = Buffer.alloc(30);
    local.write('PK\x03\x04', 'latin1');
    local.writeUInt16LE(8, 8);
    sums(local, 14, false);
    const extra = Buffer.alloc(wide ? 28 : 0);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02', 'latin1');
    entry.writeUInt16LE(8, 10);
    sums(entry, 16, wide);
    entry.writeUInt32LE(wide ? 0xffffffff : at, 42);
    if (wide) {
      entry.writeUInt16LE(extra.length, 30);
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      for (const [index, value] of [bytes.length, packed.length, at].entries())
        extra.writeBigUInt64LE(BigInt(value), 4 + index * 8);
    }
    central.push(entry, name, extra);
    parts.push(local, name, packed);
    at += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(wide ? 0xffffffff : directory.length, 12);
  end.writeUInt32LE(wide ? 0xffffffff : at, 16);
  const wideEnd = Buffer.alloc(wide ? 76 : 0);
  if (wide) {
    wideEnd.write('PK\x06\x06', 'latin1');
    wideEnd.writeBigUInt64LE(44n, 4);
    for (const [index, value] of [files.length, files.length, directory.length, at].entries()) {
      wideEnd.writeBigUInt64LE(BigInt(value), 24 + index * 8);
    }
    wideEnd.write('PK\x06\x07', 56, 'latin1');
    wideEnd.writeBigUInt64LE(BigInt(at + directory.length), 64);
  }
  return Buffer.concat([...parts, directory, wideEnd, end]);
}
