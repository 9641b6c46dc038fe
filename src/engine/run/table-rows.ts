import { unreachable } from '../../util/unreachable.ts';
import type { Cell, ComputationResult, RowsComputation } from '../plan/step.ts';

/** The cells that `rows` asks for, typed as it says; the first that is not is the answer instead, with its row and column. */
export function typedRows(
  table: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] },
  wanted: RowsComputation['columns'],
): ComputationResult {
  const positions = wanted.map((column) => table.columns.indexOf(column.from));
  for (const [at, column] of wanted.entries()) {
    if (positions[at] === -1 && !column.optional) {
      return {
        how: 'failed',
        message: `the table has no column \`${column.from}\`; it has ${table.columns.map((name) => `\`${name}\``).join(', ')}`,
      };
    }
  }
  const rows: Cell[][] = [];
  for (const [index, row] of table.rows.entries()) {
    const cells: Cell[] = [];
    for (const [at, column] of wanted.entries()) {
      const text = row[positions[at] ?? -1] ?? '';
      if (text === '' && (column.optional || column.type !== 'Str')) {
        // Line 1 is the header.
        if (!column.optional)
          return { how: 'failed', message: `line ${index + 2}: the cell is empty (column ${column.from})` };
        cells.push(null);
        continue;
      }
      const cell = typedCell(text, column.type);
      if (cell === undefined)
        return {
          how: 'failed',
          message: `line ${index + 2}: ${JSON.stringify(text)} is no ${column.type} (column ${column.from})`,
        };
      cells.push(cell);
    }
    rows.push(cells);
  }
  return { how: 'rows', rows };
}

function typedCell(text: string, type: RowsComputation['columns'][number]['type']): Cell | undefined {
  switch (type) {
    case 'Str':
      return text;
    case 'Int': {
      const value = /^\s*[-+]?[0-9]+(?:\.0*)?\s*$/u.test(text) ? Number(text) : Number.NaN;
      return Number.isSafeInteger(value) ? value : undefined;
    }
    case 'Float': {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      return Number.isNaN(value) && !/^\s*nan\s*$/iu.test(text) ? undefined : value;
    }
    case 'Bool':
      return /^\s*true\s*$/iu.test(text) ? true : /^\s*false\s*$/iu.test(text) ? false : undefined;
    default:
      return unreachable(type);
  }
}
