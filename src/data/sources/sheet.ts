import { stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import PQueue from 'p-queue';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { suggestions } from '../../diagnostics/suggest.ts';
import { RemoteProblem, type Remotes } from '../../engine/ports/remote.ts';
import {
  fileAtPath,
  type SourceFile,
  type SourceItem,
  type SourceRequest,
} from '../../engine/ports/source-provider.ts';
import { baseNameOf } from '../../util/file-name.ts';
import { cellValue, isCell } from '../formats/cell.ts';
import { readTable } from '../formats/table-read.ts';
import { schemeOf } from '../remote/address.ts';
import { columnType } from './column-type.ts';
import { sourceErrors } from './source-errors.ts';

type SheetRequest = SourceRequest & { readonly spec: { readonly kind: 'sheet' } };
type Column = SheetRequest['spec']['columns'][number];
type Listed = { readonly items: readonly SourceItem[]; readonly diagnostics: readonly Diagnostic[] };

/** One item per row: file columns as paths relative to the sheet or as addresses of other places, the others typed. All that is wrong with the sheet is said at once. */
export async function listSheet(request: SheetRequest, world: { readonly remotes: Remotes }): Promise<Listed> {
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
        files[fileName] = value === null ? null : fileOf(String(value), { folder: dirname(path) });
      else if (column.role === 'field') fields[column.name] = value;
      else if (value !== null) tags[column.name] = value;
    }
    for (const tag of spec.fill) tags[tag.name] ??= tag.value;
    return { tags, files, fields };
  });
  if (bad.length > 0) return { items: [], diagnostics: [sourceErrors.badCells(span, { file, cells: bad })] };
  return lookedAt(items, request, world);
}

/** An address is what begins like one: a file here of such a name can be written as `./s3:…`. */
function fileOf(text: string, { folder }: { readonly folder: string }): SourceFile {
  if (schemeOf(text) === undefined) return fileAtPath(resolve(folder, text));
  const uri = text.trim();
  const name = baseNameOf(uri.replace(/[?#][\s\S]*$/u, ''));
  return { place: uri, name, at: { kind: 'remote', file: { uri, name, directory: false } } };
}

/** What other places say of the files that are there: each is asked about once. */
async function lookedAt(
  items: readonly SourceItem[],
  { span, name, signal }: SheetRequest,
  { remotes }: { readonly remotes: Remotes },
): Promise<Listed> {
  const uris = new Set(
    items.flatMap(({ files }) => Object.values(files).flatMap((one) => (one?.at.kind === 'remote' ? [one.place] : []))),
  );
  const queue = new PQueue({ concurrency: 8 });
  const found = new Map<string, SourceFile>();
  const diagnostics: Diagnostic[] = [];
  const look = async (uri: string): Promise<void> => {
    try {
      const provider = await remotes.provider(schemeOf(uri) ?? 'https');
      const file = await provider.look(uri, { signal, progress: () => {} });
      if (file === undefined)
        diagnostics.push(
          sourceErrors.notListed(span, {
            source: name,
            why: `there is nothing at ${uri}`,
            help: 'Correct the address in the sheet.',
          }),
        );
      else found.set(uri, { place: file.uri, name: file.name, at: { kind: 'remote', file } });
    } catch (problem) {
      if (!(problem instanceof RemoteProblem)) throw problem;
      diagnostics.push(sourceErrors.notListed(span, { source: name, why: problem.message, help: problem.help }));
    }
  };
  await Promise.all([...uris].map((uri) => queue.add(() => look(uri))));
  if (diagnostics.length > 0) return { items: [], diagnostics: diagnostics.slice(0, problemsShown) };
  const known = (file: SourceFile | null): SourceFile | null =>
    file === null ? null : (found.get(file.place) ?? file);
  return {
    items: items.map((item) => ({
      ...item,
      files: Object.fromEntries(Object.entries(item.files).map(([column, file]) => [column, known(file)])),
    })),
    diagnostics: [],
  };
}

const problemsShown = 20;

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
