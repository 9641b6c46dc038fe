import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { ColumnType, FormatProblem } from '../../engine/ports/formats.ts';
import { err, ok, type Result } from '../../util/result.ts';
import { columnType } from './cell.ts';
import type { TableRow } from './csv-records.ts';
import { tableRows } from './table-rows.ts';

export interface TableText {
  /** In file order, with the narrowest type that all cells of the column have; empty cells are not counted. */
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  /** Cells as they stand in the file; `isCell` and `cellValue` of `cell.ts` check and read them. */
  readonly rows: readonly TableRow[];
}

/** Tables that become items or params are lists a person could read, not measurements; past this size it is one of those. */
const MOST_BYTES = 128 * 1024 * 1024;

/**
 * The whole of a CSV or TSV file, for `sheet(…)` and `rows(…)`. The delimiter is a tab for `.tsv` and `.tab`, else found
 * from the header. Rejects where the file cannot be opened.
 */
export async function readTable(
  path: string,
  { delimiter }: { delimiter?: string | undefined } = {},
): Promise<Result<TableText, readonly FormatProblem[]>> {
  if ((await stat(path)).size > MOST_BYTES) {
    return err([
      { message: `the table is larger than ${MOST_BYTES / 1024 / 1024} MiB: give it to a process as a file instead` },
    ]);
  }
  let names: readonly string[] | undefined;
  let seen: ReturnType<typeof columnType>[] = [];
  const rows: TableRow[] = [];
  for await (const event of tableRows(path, {
    delimiter: delimiter ?? delimiterByName(path),
    mostBytes: Number.MAX_SAFE_INTEGER,
  })) {
    switch (event.kind) {
      case 'broken':
        return err([{ message: event.message }]);
      case 'header':
        names = event.columns;
        seen = names.map(() => columnType());
        break;
      case 'rows':
        for (const row of event.rows) {
          rows.push(row);
          for (const [index, text] of row.cells.entries()) seen[index]?.see(text);
        }
        break;
    }
  }
  if (names === undefined) return err([{ message: 'the table is empty: it has no header' }]);
  return ok({ columns: names.map((name, index) => ({ name, type: seen[index]?.type ?? 'Str' })), rows });
}

/** `undefined` leaves it to the header. */
export function delimiterByName(path: string): string | undefined {
  return ['.tsv', '.tab'].includes(extname(path).toLowerCase()) ? '\t' : undefined;
}
