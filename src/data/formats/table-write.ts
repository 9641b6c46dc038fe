import type { ColumnType } from '../../engine/ports/formats.ts';

export type CellValue = string | number | bigint | boolean | null | undefined;

/**
 * A CSV text that is equal wherever it is made: LF, quotes only where RFC 4180 needs them, numbers in the shortest form
 * that reads back as the same number. A whole number in a Float column keeps its `.0`, so that the column reads back as Float; a missing
 * value is an empty cell.
 */
export function writeCsv(
  columns: readonly { readonly name: string; readonly type: ColumnType }[],
  rows: Iterable<readonly CellValue[]>,
): string {
  const lines = [line(columns.map(({ name }) => name))];
  for (const row of rows) lines.push(line(columns.map(({ type }, index) => cell(row[index], type))));
  return lines.join('');
}

function cell(value: CellValue, type: ColumnType): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'number') return String(value);
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return type === 'Float' && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function line(cells: readonly string[]): string {
  // A row of one empty cell would be a blank line, which readers skip.
  if (cells.length === 1 && cells[0] === '') return '""\n';
  return `${cells.map(escaped).join(',')}\n`;
}

function escaped(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
