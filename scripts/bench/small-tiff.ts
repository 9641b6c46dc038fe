/** A TIFF of 16 × 16 pixels, each with content of its own. */
export function smallTiff(number: number): Buffer {
  const side = 16;
  const entries: readonly (readonly [tag: number, type: 3 | 4, value: number])[] = [
    [256, 3, side],
    [257, 3, side],
    [258, 3, 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 3, side],
    [279, 4, side * side],
  ];
  const directory = 8 + side * side;
  const bytes = Buffer.alloc(directory + 2 + entries.length * 12 + 4);
  bytes.write('II', 0, 'latin1');
  bytes.writeUInt16LE(42, 2);
  bytes.writeUInt32LE(directory, 4);
  bytes.writeUInt32LE(number, 8);
  bytes.writeUInt16LE(entries.length, directory);
  for (const [index, [tag, type, value]] of entries.entries()) {
    const at = directory + 2 + index * 12;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(1, at + 4);
    if (type === 3) bytes.writeUInt16LE(value, at + 8);
    else bytes.writeUInt32LE(value, at + 8);
  }
  return bytes;
}
