import stringWidth from 'string-width';

export type TableCell = string | number | boolean | null;

/** Columns one under the other, numbers to the right; the header is painted. Nothing is cut. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly TableCell[])[],
  { paint }: { readonly paint: (text: string) => string },
): readonly string[] {
  const shown = rows.map((row) => row.map(cellText));
  const right = header.map(
    (_, at) =>
      rows.length > 0 && rows.every((row) => typeof (row[at] ?? null) !== 'string' && typeof row[at] !== 'boolean'),
  );
  const widths = header.map((text, at) =>
    shown.reduce((most, row) => Math.max(most, stringWidth(row[at] ?? '')), stringWidth(text)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const gap = ' '.repeat((widths[at] ?? 0) - stringWidth(cell));
        return right[at] ? `${gap}${cell}` : `${cell}${gap}`;
      })
      .join('  ')
      .trimEnd();
  return [paint(line(header)), ...shown.map(line)];
}

/** For spreadsheets and scripts, as RFC 4180 has it, for tabs too. */
export const delimitedTable = (rows: readonly (readonly (TableCell | undefined)[])[], separator: ',' | '\t'): string =>
  rows.map((row) => `${row.map((cell) => delimited(String(cell ?? ''), separator)).join(separator)}\n`).join('');

const delimited = (text: string, separator: string): string =>
  text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const cellText = (cell: TableCell): string =>
  cell === null ? '' : typeof cell === 'string' ? onOneLine(cell) : String(cell);

/** A line end in a value would take the table apart, and an escape sequence the terminal. */
const onOneLine = (text: string): string =>
  /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u.test(text)
    ? JSON.stringify(text).replace(
        /[\u007f-\u009f\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    : text;
