import type { Tables } from '../../engine/ports/tables.ts';

/** How two tables differ by value; `same` when every cell agrees, numbers within the tolerance. */
export interface TableDifference {
  readonly same: boolean;
  readonly text: string;
}

/** Row by row and column by name. `tolerance` is relative: |a - b| ≤ tolerance × the larger of the two. */
export async function compareTables(
  tables: Tables,
  paths: readonly [string, string],
  options: { readonly tolerance: number },
): Promise<TableDifference> {
  const [a, b] = [await tables.read(paths[0]), await tables.read(paths[1])];
  const gone = a.columns.filter((column) => !b.columns.includes(column));
  const come = b.columns.filter((column) => !a.columns.includes(column));
  const texts: string[] = [];
  if (gone.length > 0) texts.push(`without column ${gone.join(', ')}`);
  if (come.length > 0) texts.push(`with column ${come.join(', ')}`);
  if (a.rows.length !== b.rows.length) texts.push(`${counted(a.rows.length)}, then ${b.rows.length}`);
  for (const column of a.columns) {
    const [left, right] = [a.columns.indexOf(column), b.columns.indexOf(column)];
    if (right < 0) continue;
    let cells = 0;
    let largest = 0;
    for (let row = 0; row < Math.min(a.rows.length, b.rows.length); row++) {
      const [was, is] = [a.rows[row]?.[left] ?? '', b.rows[row]?.[right] ?? ''];
      if (was === is) continue;
      const [x, y] = [numberOf(was), numberOf(is)];
      if (x !== undefined && y !== undefined) {
        const distance = Math.abs(x - y);
        if (distance <= options.tolerance * Math.max(Math.abs(x), Math.abs(y))) continue;
        largest = Math.max(largest, distance);
      }
      cells++;
    }
    if (cells > 0)
      texts.push(
        `${column}: ${cells} ${cells === 1 ? 'cell' : 'cells'}${largest > 0 ? `, by up to ${Number(largest.toPrecision(4))}` : ''}`,
      );
  }
  return { same: texts.length === 0, text: texts.join('; ') };
}

const counted = (rows: number): string => `${rows} ${rows === 1 ? 'row' : 'rows'}`;

function numberOf(cell: string): number | undefined {
  const value = cell.trim() === '' ? Number.NaN : Number(cell);
  return Number.isNaN(value) ? undefined : value;
}
