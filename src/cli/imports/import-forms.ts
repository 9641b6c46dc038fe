import stringWidth from 'string-width';
import type { Preview } from '../../data/annotate/preview.ts';
import { leftWords } from '../../data/import/import-errors.ts';
import type { Imported } from '../../data/import/import-files.ts';
import type { ImportRequest } from '../../data/import/import-request.ts';
import type { ImportLook } from '../../data/import/look-at-import.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { diagnosticsJson } from '../../diagnostics/json.ts';
import type { TagValue } from '../../engine/ports/value.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { formats } from '../formats.ts';
import type { Colors } from '../terminal.ts';

type Done = Extract<Imported, { readonly how: 'imported' }>;

/** As docs/json.md says. */
export function importDocument(of: {
  readonly request: ImportRequest;
  readonly look: ImportLook;
  readonly dryRun: boolean;
  readonly done: Done | undefined;
  readonly problems: readonly Diagnostic[];
}) {
  const { request, look, dryRun, done } = of;
  const comparison = done?.comparison;
  return {
    format: formats.import,
    experiment: request.experiment,
    dataset: request.dataset,
    dryRun,
    added: comparison?.added.length ?? 0,
    unchanged: comparison?.unchanged.length ?? 0,
    changed: (comparison?.changed.length ?? 0) + (comparison?.kept.length ?? 0),
    moved: comparison?.moved.length ?? 0,
    left: (done?.left ?? look.left).map(({ path, why }) => ({ path, why: leftWords[why] })),
    leftOut: look.found.leftOut,
    bytes: done?.bytes ?? 0,
    change: done?.change ?? null,
    tags: look.preview.columns.map(({ name, type, unit, isNew, values, distinct, without }) => ({
      name,
      type,
      unit: unit ?? null,
      isNew,
      distinct,
      without,
      values,
    })),
    problems: diagnosticsJson(of.problems).diagnostics,
  };
}

/** What an import would give its items, before anything is written. */
export function previewLines(
  look: ImportLook,
  { colors, columns }: { readonly colors: Colors; readonly columns: number },
): readonly string[] {
  const { bold, dim } = colors;
  const { preview } = look;
  const several = look.found.items.filter(({ companions }) => companions.length > 0);
  const bytes = look.found.items.reduce(
    (sum, item) => item.companions.reduce((all, { size }) => all + size, sum + item.size),
    0,
  );
  const lines = [
    `${bold(`${look.found.items.length} ${look.found.items.length === 1 ? 'item' : 'items'}`)}, ${bytesInWords(bytes)}`,
    ...table(preview).map((line) => `  ${cut(line, columns - 2)}`),
  ];
  const rest = preview.items - preview.rows.length;
  if (rest > 0) lines.push(dim(`  … and ${rest} more`));
  for (const column of preview.columns) lines.push(cut(valuesLine(column, colors), columns));
  for (const { name, companions } of several.slice(0, 3))
    lines.push(
      cut(
        `${dim('together')}  ${shown(name)} with ${companions.map(({ path }) => shown(path.slice(path.lastIndexOf('/') + 1))).join(', ')}`,
        columns,
      ),
    );
  if (several.length > 3) lines.push(dim(`          and ${several.length - 3} more of several files`));
  const { leftOut } = look.found;
  if (leftOut.length > 0)
    lines.push(
      `${dim('left out')}  ${leftOut
        .slice(0, 8)
        .map(({ extension, count }) => `${count} ${extension === '' ? 'without an extension' : extension}`)
        .join(', ')}${leftOut.length > 8 ? ', …' : ''}: no images`,
    );
  if (look.found.closedFolders > 0)
    lines.push(
      `${dim('left out')}  ${look.found.closedFolders} ${look.found.closedFolders === 1 ? 'folder' : 'folders'}: \`--recursive\` looks into them`,
    );
  return lines;
}

function table(preview: Preview): readonly string[] {
  const head = ['', ...preview.columns.map(({ name }) => name)];
  const rows = [
    ...(preview.columns.length === 0 ? [] : [head]),
    ...preview.rows.map(({ path, cells }) => [shown(path), ...cells.map(cell)]),
  ];
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, stringWidth(text));
  return rows.map((row) =>
    row
      .map((text, at) => `${text}${' '.repeat((widths[at] ?? 0) - stringWidth(text))}`)
      .join('  ')
      .trimEnd(),
  );
}

const cell = (value: TagValue | null): string => (value === null ? '–' : shown(String(value)));

/** Names may hold line ends and worse. */
const shown = (text: string): string => (/[\p{Cc}\u2028\u2029]/u.test(text) ? JSON.stringify(text) : text);

function cut(line: string, columns: number): string {
  if (stringWidth(line) <= columns || columns < 20) return line;
  let out = '';
  let width = 0;
  for (const char of line) {
    width += stringWidth(char);
    if (width > columns - 1) break;
    out += char;
  }
  return `${out}…`;
}

function valuesLine(column: Preview['columns'][number], { cyan, dim }: Colors): string {
  const { name, type, unit, isNew, values, distinct, without } = column;
  const list = values.map(({ value, items }) => `${shown(String(value))} (${items})`).join(', ');
  const more = distinct > values.length ? `, … ${distinct} in all` : '';
  return `${cyan(name)} ${dim(`${type}${unit === undefined ? '' : ` in ${unit}`}${isNew ? ', new' : ''}`)}: ${list}${more}${without > 0 ? dim(`; ${without} without`) : ''}`;
}

/** One sentence about what was done, or would be. */
export function doneLines(of: {
  readonly request: ImportRequest;
  readonly done: Done;
  readonly dryRun: boolean;
  readonly colors: Colors;
}): readonly string[] {
  const { request, done, dryRun, colors } = of;
  const { comparison } = done;
  const parts = [
    `${comparison.added.length} ${dryRun ? 'new' : 'added'}`,
    ...(comparison.unchanged.length > 0 ? [`${comparison.unchanged.length} there already`] : []),
    ...(comparison.moved.length > 0 ? [`${comparison.moved.length} moved`] : []),
    ...(comparison.changed.length > 0
      ? [`${comparison.changed.length} changed${request.changed === 'replace' ? '' : ' and left as imported'}`]
      : []),
    ...(comparison.kept.length > 0 && request.changed === 'replace'
      ? [`${comparison.kept.length} taken into the store`]
      : []),
    ...(comparison.retagged.length > 0 && request.tags === 'replace' ? [`${comparison.retagged.length} retagged`] : []),
    ...(done.left.length > 0 ? [`${done.left.length} left`] : []),
  ];
  const place = `${request.experiment}/${request.dataset}`;
  const mark = dryRun ? colors.cyan('would import') : colors.green('✓');
  const lines = [`${mark} ${place}: ${parts.join(', ')}${done.bytes > 0 ? ` (${bytesInWords(done.bytes)})` : ''}`];
  if (done.withoutPixelSize > 0 && comparison.added.length > 0)
    lines.push(
      `  ${done.withoutPixelSize} of ${comparison.added.length} ${comparison.added.length === 1 ? 'says' : 'say'} no pixel size`,
    );
  if (done.change !== undefined)
    lines.push(colors.dim(`  change ${done.change}; \`bit undo ${done.change}\` takes it back`));
  return lines;
}
