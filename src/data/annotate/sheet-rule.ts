import { suggestions } from '../../diagnostics/suggest.ts';
import type { TagKey } from '../../engine/ports/catalog.ts';
import type { TagValue } from '../../engine/ports/value.ts';
import { type AnnotatedItem, type FoundEntry, type FoundTag, foundText } from './annotated-item.ts';
import { fileColumn } from './file-column.ts';
import { type ItemIndex, itemIndex } from './item-index.ts';
import { hasDecimalComma, hasDecimalPoint } from './number-text.ts';
import { nothingFound, type Otherwise, type RuleFound } from './rule-found.ts';
import { type Sheet, type SheetCell, textCell } from './sheet-cell.ts';
import { type NamedColumn, sheetColumns } from './sheet-columns.ts';
import type { TagProblem } from './tag-problem.ts';

export interface SheetRule {
  readonly kind: 'sheet';
  readonly sheet: Sheet;
  /** The header of the column that names the files; found by what stands in it where not given. */
  readonly fileColumn: string | undefined;
  /** Headers to the tags that they shall give, where the header's own name will not do. */
  readonly rename: Readonly<Record<string, string>>;
  /** Headers of columns that give no tag. */
  readonly leaveOut: readonly string[];
  /** `comma` or `point` where the sheet alone would be read otherwise. */
  readonly decimals: 'comma' | 'point' | undefined;
  readonly rowsWithoutFile: Otherwise;
  readonly filesWithoutRow: Otherwise;
}

/** A tag per column and item from the row that names the item. An empty cell gives no tag. */
export function bySheet(
  items: readonly AnnotatedItem[],
  rule: SheetRule,
  { keys }: { readonly keys: readonly TagKey[] },
): RuleFound {
  const { sheet } = rule;
  const index = itemIndex(items);
  const file = fileColumn(sheet, { index, named: rule.fileColumn });
  if (file.how === 'unclear') return nothingFound(file.problem);
  const { columns, problems: headers } = sheetColumns(rule, { file: file.column, keys });
  const rows = rowsOf(items, { sheet, index, column: file.column, rule });
  const problems: TagProblem[] = [];
  const tags = columns.map((column): FoundTag => {
    const decimals = decimalMark(rule, column);
    if (decimals.problem !== undefined) problems.push(decimals.problem);
    const entries: FoundEntry[] = [];
    for (const [item, at] of rows.byItem.entries()) {
      const row = at < 0 ? undefined : sheet.rows[at];
      const value = row?.cells[column.at] ?? null;
      if (row !== undefined && value !== null)
        entries.push({ item, value: asItWas(value, items[item]?.tags[column.name]), row: row.number });
    }
    return {
      name: column.name,
      column: column.header,
      decimalComma: decimals.comma,
      ...(column.unit !== undefined && { unit: column.unit }),
      entries,
    };
  });
  return { tags, problems: [...headers, ...rows.problems, ...strayCells(sheet), ...problems] };
}

function rowsOf(
  items: readonly AnnotatedItem[],
  given: { readonly sheet: Sheet; readonly index: ItemIndex; readonly column: number; readonly rule: SheetRule },
): { readonly byItem: Int32Array; readonly problems: readonly TagProblem[] } {
  const { sheet, index, rule } = given;
  const byItem = new Int32Array(items.length).fill(-1);
  const problems: TagProblem[] = [];
  const lost: { readonly row: number; readonly file: string }[] = [];
  // Paths that begin above the import's root all begin in one place; those from elsewhere are other files of the same name.
  let above: string | undefined;
  for (const [at, row] of sheet.rows.entries()) {
    const cell = row.cells[given.column] ?? null;
    if (cell === null) {
      problems.push({ kind: 'row-without-name', row: row.number });
      continue;
    }
    const file = foundText(cell);
    const found = index.find(file);
    if (found.how === 'one' && found.above !== '') above ??= found.above;
    if (found.how === 'none' || (found.how === 'one' && found.above !== '' && found.above !== above))
      lost.push({ row: row.number, file });
    else if (found.how === 'several') {
      const few = found.items.slice(0, 3).map((item) => items[item]?.path ?? '');
      problems.push({ kind: 'row-unclear', row: row.number, file, items: few });
    } else {
      const earlier = sheet.rows[byItem[found.item] ?? -1];
      if (earlier === undefined) byItem[found.item] = at;
      else
        problems.push({
          kind: 'row-twice',
          rows: [earlier.number, row.number],
          item: items[found.item]?.path ?? '',
        });
    }
  }
  const without = items.filter((_, item) => byItem[item] === -1);
  return {
    byItem,
    problems: [
      ...problems,
      ...(rule.rowsWithoutFile === 'refuse' ? withNearest(lost, without) : []),
      ...(rule.filesWithoutRow === 'refuse' ? without.map(withoutRow) : []),
    ],
  };
}

/** A cell that nobody touched: a sheet cannot hold blanks at the ends of a text, nor letters that are not composed. */
const asItWas = (cell: NonNullable<SheetCell>, own: TagValue | undefined): NonNullable<SheetCell> =>
  typeof own === 'string' && cell !== own && textCell(own) === cell ? own : cell;

const withoutRow = (item: AnnotatedItem): TagProblem => ({ kind: 'file-without-row', item: item.path });

/** With the file that may be meant, for as many rows as a person reads of. */
function withNearest(
  lost: readonly { readonly row: number; readonly file: string }[],
  without: readonly AnnotatedItem[],
): TagProblem[] {
  const names = without
    .slice(0, 2000)
    .flatMap((item) => (item.name === item.path ? [item.path] : [item.path, item.name]));
  return lost.map(({ row, file }, at) => {
    const [near] = at < 5 ? suggestions(file, names) : [];
    return { kind: 'row-without-file', row, file, ...(near !== undefined && { near }) };
  });
}

function strayCells(sheet: Sheet): TagProblem[] {
  return sheet.rows.flatMap((row): TagProblem[] => {
    if (row.cells.length <= sheet.columns.length) return [];
    const stray = row.cells.slice(sheet.columns.length).find((cell) => cell !== null) ?? '';
    return [{ kind: 'stray-cell', row: row.number, text: foundText(stray) }];
  });
}

/** A column that has `0,5` in one row and `0.5` in another was written by two hands, and `1.234` may be either number. */
function decimalMark(
  { sheet, decimals }: SheetRule,
  column: NamedColumn,
): { readonly comma: boolean; readonly problem?: TagProblem } {
  if (decimals !== undefined) return { comma: decimals === 'comma' };
  if (sheet.decimals === 'point' || column.isText) return { comma: false };
  const first = (has: (text: string) => boolean): { row: number; text: string } | undefined => {
    for (const row of sheet.rows) {
      const cell = row.cells[column.at];
      if (typeof cell === 'string' && has(cell)) return { row: row.number, text: cell };
    }
    return undefined;
  };
  const comma = first(hasDecimalComma);
  const point = comma && first(hasDecimalPoint);
  if (comma === undefined || point === undefined) return { comma: comma !== undefined };
  return { comma: true, problem: { kind: 'mixed-decimals', column: column.header, comma, point } };
}
