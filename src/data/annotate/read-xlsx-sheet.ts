import { alternatives } from '../../diagnostics/suggest.ts';
import { ok, type Result } from '../../util/result.ts';
import { type Sheet, type SheetCell, sheetOf, textCell } from './sheet-cell.ts';
import { type SheetProblem, unreadable } from './sheet-problem.ts';

/** The first worksheet of a workbook, or the one that is named, or counted from 1. */
export async function readXlsxSheet(
  bytes: Uint8Array,
  { worksheet }: { readonly worksheet: string | undefined },
): Promise<Result<Sheet, SheetProblem>> {
  // Loaded here: most imports have no workbook.
  const { InvalidInputError, InvalidSpreadsheetError, SheetNotFoundError, readSheet } = await import(
    'read-excel-file/node'
  );
  let rows: readonly (readonly unknown[])[];
  try {
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const read = (of: string | number) => readSheet(file, of, { trim: false });
    // Worksheets are called 1 and 2 as well as counted so: the name goes first.
    const counted = worksheet !== undefined && /^[1-9]\d{0,3}$/u.test(worksheet) ? Number(worksheet) : undefined;
    rows = await read(worksheet ?? 1).catch((problem: unknown) => {
      if (counted === undefined || !(problem instanceof SheetNotFoundError)) throw problem;
      return read(counted).catch(() => Promise.reject(problem));
    });
  } catch (problem) {
    if (problem instanceof SheetNotFoundError) {
      const sheets: unknown = 'sheets' in problem ? problem.sheets : undefined;
      return unreadable(
        `it has no worksheet \`${worksheet}\``,
        Array.isArray(sheets) ? `It has ${alternatives(sheets.map(String))}.` : 'Look at the names at its lower edge.',
      );
    }
    if (problem instanceof InvalidInputError || problem instanceof InvalidSpreadsheetError) return damaged;
    // Broken compression and broken XML come as errors of other kinds; none of them is ours.
    if (problem instanceof Error) return damaged;
    throw problem;
  }
  const date = dateCells();
  const grid = rows.map((cells, index) => ({ number: index + 1, cells: cells.map((cell) => cellOf(cell, date)) }));
  const sheet = sheetOf(grid, { decimals: 'point' });
  return sheet === undefined ? unreadable('its worksheet is empty', 'Its first row names the columns.') : ok(sheet);
}

const damaged = unreadable(
  'it is no workbook, or a damaged one',
  'Open it in a spreadsheet, and save it again as `.xlsx`.',
);

function cellOf(value: unknown, date: (value: Date) => SheetCell): SheetCell {
  if (typeof value === 'string') return textCell(value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return value instanceof Date && !Number.isNaN(value.getTime()) ? date(value) : null;
}

/** Days repeat. What is the same value is read once, here and by all who come later. */
function dateCells(): (value: Date) => SheetCell {
  const known = new Map<number, SheetCell>();
  return (value) => {
    const time = value.getTime();
    const cell = known.get(time) ?? dateCell(value);
    known.set(time, cell);
    return cell;
  };
}

/** Workbooks count days, in fractions: what comes back may be a thousandth of a second early. They know no time zones. */
function dateCell(value: Date): SheetCell {
  const moment = new Date(Math.round(value.getTime() / 1000) * 1000);
  const text = moment.toISOString().replace(/\.\d+Z$/u, '');
  const [day = '', time = ''] = text.split('T');
  // A time of day is stored as a moment of the day before the first one.
  if (day === '1899-12-30' || day === '1899-12-31') return time;
  return { date: time === '00:00:00' ? day : text };
}
