import type { ColumnType } from '../../engine/ports/formats.ts';
import type { Tables } from '../../engine/ports/tables.ts';
import { readTable } from './table-read.ts';
import { writeCsv } from './table-write.ts';

/** The tables that the engine makes for `table(ds)` and reads for `rows(ds, …)`. */
export const tables: Tables = {
  write(columns, rows) {
    return Buffer.from(
      writeCsv(
        columns.map(({ name, kind }) => ({ name, type: columnTypes[kind] ?? 'Str' })),
        rows,
      ),
    );
  },
  async read(path) {
    const table = await readTable(path, { delimiter: undefined });
    if (!table.ok) throw new Error(table.error.map((problem) => problem.message).join('; '));
    return {
      columns: table.value.columns.map((column) => column.name),
      rows: table.value.rows.map((row) => row.cells),
    };
  },
};

const columnTypes: Readonly<Record<string, ColumnType>> = { Int: 'Int', Float: 'Float', Bool: 'Bool', Str: 'Str' };
