import type { Result } from '../../util/result.ts';
import { readCsvSheet } from './read-csv-sheet.ts';
import { readXlsxSheet } from './read-xlsx-sheet.ts';
import type { Sheet } from './sheet-cell.ts';
import { type SheetProblem, unreadable } from './sheet-problem.ts';

export interface SheetReading {
  /** Its name, for the ending alone: `.tsv` and `.tab` are parted by tabs. What it really is, the bytes say. */
  readonly name: string;
  /** The worksheet of a workbook; the first one where none is named. */
  readonly worksheet: string | undefined;
}

/**
 * A CSV, TSV or XLSX file as a sheet. Texts are UTF-8 with or without a byte order mark, or UTF-16 with one, parted by comma, semicolon or tab,
 * whichever the header has most of. Of cells with a formula the value counts that was there when the workbook was saved; an error such as `#N/A` is an
 * empty cell.
 */
export async function readSheet(bytes: Uint8Array, reading: SheetReading): Promise<Result<Sheet, SheetProblem>> {
  if (bytes.length > MOST_BYTES)
    return unreadable(
      `it is larger than ${MOST_BYTES / 1024 / 1024} MiB`,
      'Keep only the columns that become tags, or give the rows in several sheets.',
    );
  if (begins(bytes, [0x50, 0x4b, 0x03, 0x04])) return readXlsxSheet(bytes, reading);
  if (begins(bytes, [0xd0, 0xcf, 0x11, 0xe0]))
    return unreadable(
      'it is a workbook of the old kind (`.xls`), or one with a password',
      'Save it as `.xlsx` without a password, or as CSV.',
    );
  if (reading.worksheet !== undefined)
    return unreadable('it is a text, which has no worksheets', 'Leave `--worksheet` out.');
  return readCsvSheet(bytes, reading);
}

/** A sheet is a list that a person could read. */
const MOST_BYTES = 128 * 1024 * 1024;

const begins = (bytes: Uint8Array, mark: readonly number[]): boolean => mark.every((byte, at) => bytes[at] === byte);
