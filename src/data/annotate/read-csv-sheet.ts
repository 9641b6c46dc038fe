import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { ok, type Result } from '../../util/result.ts';
import { records } from '../formats/csv-records.ts';
import { delimiterOf } from '../formats/table-rows.ts';
import { type Sheet, type SheetRow, sheetOf, textCell } from './sheet-cell.ts';
import { type SheetProblem, unreadable } from './sheet-problem.ts';

/** The sheet of a text. Rows may be shorter than the header; what stands beyond it is kept, for the caller to judge. */
export async function readCsvSheet(
  bytes: Uint8Array,
  { name }: { readonly name: string },
): Promise<Result<Sheet, SheetProblem>> {
  const text = decoded(bytes);
  if (text === undefined)
    return unreadable('its letters are not in UTF-8', 'In Excel, save it as “CSV UTF-8”, or as a workbook (`.xlsx`).');
  if (text.includes('\0')) return unreadable('it is no table but binary data', 'A sheet is a CSV, TSV or XLSX file.');
  // Excel reads and writes such a first line where the mark is not the one of its country.
  const said = /^sep=(.)\r?\n/iu.exec(text);
  const body = said === null ? text : text.slice(said[0].length);
  const delimiter = said?.[1] ?? (isTabbed(name) ? '\t' : delimiterOf(body.trimStart()));
  const above = said === null ? 0 : 1;
  const grid: SheetRow[] = [];
  for await (const piece of records(Readable.from(blocksOf(body)), delimiter)) {
    if (piece.kind === 'broken')
      return unreadable(
        `it is damaged in or after row ${piece.after + 1 + above}: ${piece.message}`,
        'Put it right in a spreadsheet or an editor.',
      );
    for (const row of piece.rows) grid.push({ number: row.number + above, cells: row.cells.map(textCell) });
  }
  const sheet = sheetOf(grid, { decimals: delimiter === ';' ? 'comma-or-point' : 'point' });
  return sheet === undefined ? unreadable('it is empty', 'Its first row names the columns.') : ok(sheet);
}

const isTabbed = (name: string): boolean => ['.tsv', '.tab'].includes(extname(name).toLowerCase());

function decoded(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function* blocksOf(text: string): Generator<Buffer> {
  const length = 256 * 1024;
  for (let start = 0; start < text.length; ) {
    let end = start + length;
    // Half a character must not stand at the end of a block.
    const last = text.charCodeAt(end - 1);
    if (last >= 0xd800 && last <= 0xdbff) end += 1;
    yield Buffer.from(text.slice(start, end));
    start = end;
  }
}
