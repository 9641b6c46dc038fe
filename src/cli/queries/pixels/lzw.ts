/** LZW as TIFF packs it: codes of 9 to 12 bits, highest bit first, growing one code early. `undefined` where the bytes are not that. */
export function unpackLzw(packed: Buffer): Buffer | undefined {
  const [clear, end] = [256, 257];
  let table: Buffer[] = [];
  const out: Buffer[] = [];
  let width = 9;
  let bits = 0;
  let held = 0;
  let at = 0;
  let before: Buffer | undefined;
  const entry = (code: number): Buffer | undefined => (code < 256 ? Buffer.of(code) : table[code - 258]);
  for (;;) {
    while (held < width) {
      const next = packed[at++];
      if (next === undefined) return Buffer.concat(out);
      bits = ((bits << 8) | next) & 0xffffff;
      held += 8;
    }
    const code = (bits >> (held - width)) & ((1 << width) - 1);
    held -= width;
    if (code === end) return Buffer.concat(out);
    if (code === clear) {
      table = [];
      width = 9;
      before = undefined;
      continue;
    }
    const known = entry(code);
    const text: Buffer | undefined = known ?? (before && Buffer.concat([before, before.subarray(0, 1)]));
    if (text === undefined) return undefined;
    out.push(text);
    if (before !== undefined) table.push(Buffer.concat([before, text.subarray(0, 1)]));
    before = text;
    const next = 258 + table.length;
    width = next >= 2047 ? 12 : next >= 1023 ? 11 : next >= 511 ? 10 : 9;
  }
}
