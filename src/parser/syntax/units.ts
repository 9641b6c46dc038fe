/** The unit names that may follow a number; the checker knows what each measures. */
export const unitNames: readonly string[] = [
  'ms',
  's',
  'min',
  'h',
  'd',
  'B',
  'KB',
  'MB',
  'GB',
  'TB',
  'KiB',
  'MiB',
  'GiB',
  'TiB',
  'nm',
  'um',
  'µm',
  'μm',
  'mm',
  'deg',
  'rad',
];

const known = new Set(unitNames);

export function isUnit(word: string): boolean {
  return known.has(word);
}
