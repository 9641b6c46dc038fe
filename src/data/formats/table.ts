import type { ColumnType, TableDemand, TableInfo } from '../../engine/ports/formats.ts';
import { columnType, isCell } from './cell.ts';
import type { TableRow } from './csv-records.ts';
import type { Reading } from './reading.ts';
import { tableRows } from './table-rows.ts';
import { quoted } from './wording.ts';

/** Without a demand on its columns only so much of a table is read: types are then those of the rows seen. */
const MOST_BYTES_UNASKED = 32 * 1024 * 1024;
const MOST_CELLS_NAMED = 5;

/**
 * Reads a CSV or TSV file: its columns and their types, and, where `demand` names columns, whether every cell of theirs is of that type.
 */
export async function readDelimited(
  path: string,
  { delimiter, demand, size }: { delimiter: string | undefined; demand: TableDemand | undefined; size: number },
): Promise<Reading> {
  const mostBytes = demand === undefined ? MOST_BYTES_UNASKED : Number.MAX_SAFE_INTEGER;
  let names: readonly string[] | undefined;
  let seen: ReturnType<typeof columnType>[] = [];
  let watched: readonly Watched[] = [];
  let rows = 0;
  const problems: string[] = [];
  const badCells: string[] = [];
  let bad = 0;
  const look = (row: TableRow): void => {
    for (const [index, text] of row.cells.entries()) seen[index]?.see(text);
    for (const column of watched) {
      const text = row.cells[column.index] ?? '';
      if (isCell(text, column.type) || (column.optional && text.trim() === '')) continue;
      bad += 1;
      if (badCells.length >= MOST_CELLS_NAMED) continue;
      const what = text.trim() === '' ? 'the cell is empty' : `${quoted(text)} is not ${nouns[column.type]}`;
      badCells.push(`row ${row.number}, column ${quoted(column.name)}: ${what}`);
    }
  };
  for await (const event of tableRows(path, { delimiter, mostBytes })) {
    switch (event.kind) {
      case 'broken':
        problems.push(event.message);
        break;
      case 'header':
        names = event.columns;
        seen = names.map(() => columnType());
        problems.push(...headerProblems(names, demand));
        watched = watchedColumns(names, demand);
        break;
      case 'rows':
        rows += event.rows.length;
        for (const row of event.rows) look(row);
        break;
    }
  }
  if (bad > badCells.length) badCells.push(`and ${bad - badCells.length} more cells like these`);
  problems.push(...badCells);
  if (names === undefined)
    return { problems: problems.length > 0 ? problems : ['the table is empty: it has no header'] };
  const table: TableInfo = {
    columns: names.map((name, index) => ({ name, type: seen[index]?.type ?? 'Str' })),
    ...(size <= mostBytes && problems.length === 0 && { rows }),
  };
  return { problems, table };
}

/** Problems with the columns themselves, told with the names that are there. Also for formats that state their types (Parquet). */
export function headerProblems(names: readonly string[], demand: TableDemand | undefined): string[] {
  const problems: string[] = [];
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (twice !== undefined) problems.push(`two columns are called ${quoted(twice)}`);
  for (const [name, { optional }] of Object.entries(demand?.columns ?? {})) {
    if (optional === true || names.includes(name)) continue;
    const near = names.find((each) => each.trim().toLowerCase() === name.toLowerCase());
    const there = names.slice(0, 12).map(quoted).join(', ') + (names.length > 12 ? ', …' : '');
    problems.push(
      near === undefined
        ? `the table has no column ${quoted(name)}; its columns are ${there}`
        : `the table has no column ${quoted(name)}, but one called ${quoted(near)}`,
    );
  }
  return problems;
}

interface Watched {
  readonly index: number;
  readonly name: string;
  readonly type: ColumnType;
  readonly optional: boolean;
}

function watchedColumns(names: readonly string[], demand: TableDemand | undefined): Watched[] {
  return Object.entries(demand?.columns ?? {}).flatMap(([name, { type, optional }]) => {
    const index = names.indexOf(name);
    return index < 0 || type === 'Str' ? [] : [{ index, name, type, optional: optional ?? false }];
  });
}

const nouns: Readonly<Record<ColumnType, string>> = {
  Int: 'an Int (a whole number)',
  Float: 'a Float (a number)',
  Bool: 'a Bool (true or false)',
  Str: 'a Str',
};
