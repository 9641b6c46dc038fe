import type { FoundValue } from './annotated-item.ts';

/** `null` is an empty cell. A text is trimmed and composed; numbers, truth values and dates come from spreadsheets that say which is which. */
export type SheetCell = FoundValue | null;

/** A table that says of files what they are, as it stands in its file. */
export interface Sheet {
  readonly columns: readonly SheetColumn[];
  readonly rows: readonly SheetRow[];
  /** Which marks a fraction may be written with. Only where cells are parted by semicolons, the comma is taken by nothing else. */
  readonly decimals: 'point' | 'comma-or-point';
}

export interface SheetColumn {
  /** `''` where the header is empty. */
  readonly header: string;
  /** From 1, as it stands in the file. */
  readonly position: number;
}

export interface SheetRow {
  /** As a spreadsheet shows it: the header is in row 1 where nothing stands above it. */
  readonly number: number;
  /** As many as there are columns, or more where something stands outside of them. */
  readonly cells: readonly SheetCell[];
}

/** The sheet of a grid of cells: the first row that is not empty is the header; empty rows, and columns without anything in them, go. */
export function sheetOf(
  grid: readonly SheetRow[],
  { decimals }: { readonly decimals: Sheet['decimals'] },
): Sheet | undefined {
  const filled = grid.filter((row) => row.cells.some((cell) => cell !== null));
  const [header, ...rows] = filled;
  if (header === undefined) return undefined;
  let width = header.cells.length;
  while (width > 0 && (header.cells[width - 1] ?? null) === null) width -= 1;
  const used = new Uint8Array(width);
  for (const row of filled) for (let at = 0; at < width; at++) if ((row.cells[at] ?? null) !== null) used[at] = 1;
  const kept = [...used.keys()].filter((at) => used[at] === 1);
  const wide = (row: SheetRow): SheetCell[] => {
    const cells = kept.map((at) => row.cells[at] ?? null);
    const stray = row.cells.slice(width);
    return stray.some((cell) => cell !== null) ? [...cells, ...stray] : cells;
  };
  return {
    columns: kept.map((at) => ({ header: headerText(header.cells[at] ?? null), position: at + 1 })),
    rows: rows.map((row) => ({ number: row.number, cells: wide(row) })),
    decimals,
  };
}

const headerText = (cell: SheetCell): string =>
  cell === null ? '' : typeof cell === 'object' ? cell.date : String(cell).replace(/\s+/gu, ' ');

/** A text as a cell; blanks alone are nothing. The blank that does not break a line is a blank, too. */
export function textCell(text: string): string | null {
  const trimmed = text.trim().normalize('NFC');
  return trimmed === '' ? null : trimmed;
}
