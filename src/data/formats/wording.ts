/** `1 byte`, `32768 bytes`. */
export function bytes(value: number): string {
  return count(value, 'bytes');
}

/** `1 strip`, `12 strips`: takes the plural. */
export function count(value: number, plural: string): string {
  return `${value} ${value === 1 ? plural.replace(/s$/, '') : plural}`;
}

/** A value out of a file as it may stand in a message: quoted, on one line, not too long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}
