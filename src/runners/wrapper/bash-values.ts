import type { ScriptValue, TaskDocument } from '../../engine/ports/runner.ts';
import { bashArray, bashQuote } from './bash-quote.ts';
import { plainValue } from './task-json.ts';

/**
 * Assignments that give a bash script its values: one variable per input, output, used tag (`tag_x`) and resource, arrays for lists.
 * None is exported. An absent optional is not set, so that `${x-}` and `[[ -v x ]]` tell.
 */
export function bashValues(document: TaskDocument): string {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(document.input)) assign(lines, name, value);
  for (const [name, output] of Object.entries(document.output)) {
    if (output.kind === 'path') lines.push(`${name}=${bashQuote(output.path)}`);
    else if (output.kind === 'pattern') lines.push(`${name}=${bashQuote(output.pattern)}`);
  }
  for (const [name, value] of Object.entries(document.tag)) lines.push(`tag_${name}=${bashQuote(String(value))}`);
  for (const [input, rows] of Object.entries(document.tagsOf)) {
    const names = new Set(rows.flatMap((row) => Object.keys(row)));
    for (const name of names) lines.push(`${input}__${name}=${bashArray(rows.map((row) => String(row[name] ?? '')))}`);
  }
  for (const [name, value] of Object.entries(document.resource)) lines.push(`${name}=${value}`);
  return lines.map((line) => `${line}\n`).join('');
}

function assign(lines: string[], name: string, value: ScriptValue): void {
  if (value === null) return;
  if (typeof value !== 'object') lines.push(`${name}=${bashQuote(String(value))}`);
  else if ('path' in value) lines.push(`${name}=${bashQuote(value.path)}`);
  else if ('record' in value) {
    for (const [field, inner] of Object.entries(value.record)) assign(lines, `${name}__${field}`, inner);
  } else assignList(lines, name, value.list);
}

/** A list of records becomes one array per field, so that `${points__x[3]}` and `${points__y[3]}` belong together. */
function assignList(lines: string[], name: string, list: readonly ScriptValue[]): void {
  const fields = new Set<string>();
  for (const item of list) {
    if (item !== null && typeof item === 'object' && 'record' in item)
      for (const field of Object.keys(item.record)) fields.add(field);
  }
  if (fields.size === 0) {
    lines.push(`${name}=${bashArray(list.map(word))}`);
    return;
  }
  for (const field of fields) {
    const column = list.map((item) =>
      item !== null && typeof item === 'object' && 'record' in item ? (item.record[field] ?? null) : null,
    );
    assignList(lines, `${name}__${field}`, column);
  }
}

function word(value: ScriptValue): string {
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  if ('path' in value) return value.path;
  return JSON.stringify(plainValue(value));
}
