import { stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { suggestions } from '../../diagnostics/suggest.ts';
import {
  fileAtPath,
  type SourceFile,
  type SourceItem,
  type SourceRequest,
} from '../../engine/ports/source-provider.ts';
import { cellValue, isCell } from '../formats/cell.ts';
import { readTable } from '../formats/table-read.ts';
import { columnType } from './column-type.ts';
import { sourceErrors } from './source-errors.ts';

type SheetRequest = SourceRequest & { readonly spec: { readonly kind: 'sheet' } };
type Column = SheetRequest['spec']['columns'][number];
type Listed = { readonly items: readonly SourceItem[]; readonly diagnostics: readonly Diagnostic[] };

/** One item per row: file columns as paths relative to the sheet, the others typed. All that is wrong with the sheet is said at once. */
export async function listSheet(request: SheetRequest): Promise<Listed> {
  const { spec, span, name } = request;
  const path = resolve(spec.base, request.text(spec.path));
  const file = relative(process.cwd(), path) || path;
  const failed = (problem: string): Listed => ({
    items: [],
    diagnostics: [sourceErrors.unreadableSheet(span, { source: name, file, problem })],
  });
  const there = await stat(path).catch(() => undefined);
  if (!there) return failed('it is not there');
  if (!there.isFile()) return failed('it is a folder');
  const table = await readTable(path, { delimiter: undefined });
  if (!table.ok) return failed(table.error.map((problem) => problem.message).join('; '));

  const names = table.value.columns.map((column) => column.name);
  const positions = new Map(spec.columns.map((column) => [column.name, names.indexOf(column.from)]));
  const diagnostics: Diagnostic[] = [];
  for (const column of spec.columns) {
    if (positions.get(column.name) !== -1 || column.optional) continue;
    diagnostics.push(
      sourceErrors.missingColumn(span, {
        source: name,
        file,
        column: column.from,
        columns: names,
        near: suggestions(column.from, names),
      }),
    );
  }
  if (diagnostics.length > 0) return { items: [], diagnostics };

  const bad: { row: number; column: string; text: string; type: string }[] = [];
  const items = table.value.rows.map((row, index): SourceItem => {
    const tags: Record<string, string | number | boolean> = {};
    const files: Record<string, SourceFile | null> = {};
    const fields: Record<string, string | number | boolean | null> = {};
    for (const column of spec.columns) {
      const text = row.cells[positions.get(column.name) ?? -1] ?? '';
      // A file in a sheet of one file column is the item itself.
      const fileName = spec.columns.filter((other) => other.role === 'file').length === 1 ? '' : column.name;
      const value = cell(text, column);
      if (value === undefined) bad.push({ row: index + 2, column: column.from, text, type: wanted(column) });
      else if (column.role === 'file')
        files[fileName] = value === null ? null : fileAtPath(resolve(dirname(path), String(value)));
      else if (column.role === 'field') fields[column.name] = value;
      else if (value !== null) tags[column.name] = value;
    }
    for (const tag of spec.fill) tags[tag.name] ??= tag.value;
    return { tags, files, fields };
  });
  if (bad.length > 0) return { items: [], diagnostics: [sourceErrors.badCells(span, { file, cells: bad })] };
  return { items, diagnostics: [] };
}

/** Undefined for a cell that is not what its column says. */
function cell(text: string, column: Column): string | number | boolean | null | undefined {
  if (text.trim() === '')
    return column.optional ? null : column.type.kind === 'str' && column.role === 'field' ? text : undefined;
  if (column.role === 'file') return text;
  const type = columnType(column);
  if (!isCell(text, type)) return undefined;
  const value = cellValue(text, type);
  return typeof value === 'bigint' ? undefined : value;
}

function wanted(column: Column): string {
  if (column.role === 'file') return 'path';
  return columnType(column);
}
