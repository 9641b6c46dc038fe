/** By code point, which is by UTF-8 bytes: the same everywhere, unlike the order of UTF-16 units or of a locale. */
export function byCodePoints(a: string, b: string): number {
  if (hasSurrogate(a) || hasSurrogate(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

const hasSurrogate = (text: string): boolean => /[\ud800-\udfff]/.test(text);
